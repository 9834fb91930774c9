// SPDX-License-Identifier: Apache-2.0
// Proofs of memspike_divider.sv's rules. D1 and D2 as they are written need a product, which solvers take only at a small width (MULTIPLIED):
// there f_product is the quotient so far times the denominator, as schoolbook multiplication builds it.
//
// At full width every stage is proven to be the step of schoolbook division, without a product: with r, q, d before it and the
// quotient bit b that it finds,
//   r' + b d = 2 r      q' = 2 q + b      d' = d      and r' < d if r < d,
// and the first stage finds r = numerator < 2^FRACTION <= d. From the steps D1 follows on paper: after s stages
// numerator x 2^s = q d + r with r < d. D2 follows from D1: q 2^FRACTION <= q d <= numerator x 2^FRACTION.
logic f_past = 1'b0;
always_ff @(posedge clk_i) f_past <= 1'b1;

logic [FRACTION-1:0] f_legal = '0;  // the operands of the division in this stage are what D1 asks for
always_ff @(posedge clk_i) begin
  if (enable_i) f_legal <= {f_legal[FRACTION-2:0], denominator_i >= (DENOMINATOR_W'(1) << FRACTION)};
end

`ifdef MULTIPLIED
logic [FRACTION-1:0] f_numerator[FRACTION];
logic [DENOMINATOR_W+FRACTION-1:0] f_product[FRACTION];

for (genvar s = 0; s < FRACTION; s = s + 1) begin : g_formal
  logic f_bit;
  if (s == 0) begin : g_first
    assign f_bit = {numerator_i, 1'b0} >= denominator_i;
  end else begin : g_other
    assign f_bit = {remainder_b[s-1], 1'b0} >= {1'b0, denominator_b[s-1]};
  end
  always_ff @(posedge clk_i) begin
    if (enable_i) begin
      f_numerator[s] <= (s == 0) ? numerator_i : f_numerator[(s == 0) ? 0 : s-1];
      f_product[s] <= (s == 0) ? (f_bit ? denominator_i : '0)
                               : (f_product[(s == 0) ? 0 : s-1] << 1) + (f_bit ? denominator_b[(s == 0) ? 0 : s-1] : '0);
    end
  end
  always_comb begin
    if (f_legal[s]) begin
      assert (denominator_b[s] >= (DENOMINATOR_W'(1) << FRACTION));
      // D1, first s + 1 bits of the quotient.
      assert (f_product[s] == quotient_b[s] * {{FRACTION{1'b0}}, denominator_b[s]});
      assert (remainder_b[s] < denominator_b[s]);
      assert (({{DENOMINATOR_W{1'b0}}, f_numerator[s]} << (s + 1)) == f_product[s] + remainder_b[s]);
      assert (f_product[s] <= ({{DENOMINATOR_W{1'b0}}, f_numerator[s]} << (s + 1)));
      // D2, likewise.
      assert (({{DENOMINATOR_W{1'b0}}, quotient_b[s]} << FRACTION) <= f_product[s]);
      // The quotient has not more bits than stages have made.
      assert (quotient_b[s] >> (s + 1) == '0 || s == FRACTION - 1);
    end
  end
end
always_comb if (f_legal[FRACTION-1]) assert (quotient_o <= f_numerator[FRACTION-1]);
`else
for (genvar s = 0; s < FRACTION; s = s + 1) begin : g_formal
  // What the stage was given.
  logic [DENOMINATOR_W:0] f_remainder;
  logic [DENOMINATOR_W-1:0] f_denominator;
  logic [FRACTION-1:0] f_quotient;
  always_ff @(posedge clk_i) begin
    f_remainder <= (s == 0) ? numerator_i : remainder_b[(s == 0) ? 0 : s-1];
    f_denominator <= (s == 0) ? denominator_i : denominator_b[(s == 0) ? 0 : s-1];
    f_quotient <= (s == 0) ? '0 : quotient_b[(s == 0) ? 0 : s-1];
  end
  always_ff @(posedge clk_i) begin
    if (f_past && $past(enable_i)) begin
      assert (denominator_b[s] == f_denominator);
      assert (quotient_b[s][FRACTION-1:1] == f_quotient[FRACTION-2:0]);
      if (f_denominator >= (DENOMINATOR_W'(1) << FRACTION) && (s == 0 || f_remainder < f_denominator)) begin
        assert ({1'b0, remainder_b[s]} + (quotient_b[s][0] ? {1'b0, f_denominator} : '0) == f_remainder << 1);
        assert (remainder_b[s] < denominator_b[s]);
      end
    end
  end
end
`endif
always_ff @(posedge clk_i) begin
  // Without enable_i nothing moves.
  if (f_past && !$past(enable_i)) assert ($stable(quotient_o));
  cover (f_legal[FRACTION-1] && quotient_o > 5 && remainder_b[FRACTION-1] != '0);
end
