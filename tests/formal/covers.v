// SPDX-License-Identifier: Apache-2.0
// What a cover run wants reached, as a rule that says it never is: reaching it breaks the rule. For bounded model checkers.
(* techmap_celltype = "$cover" *)
module covers_as_rules (
    input A,
    input EN
);
  \$assert _TECHMAP_REPLACE_ (
      .A(!A),
      .EN(EN)
  );
endmodule
