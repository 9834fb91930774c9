// SPDX-License-Identifier: Apache-2.0
// Pipelined divider: quotient = floor(numerator x 2^FRACTION / denominator), one division a clock, FRACTION clocks later.
//
// For a denominator of at least 1.0 (2^FRACTION) and a numerator below 2^FRACTION the quotient fits FRACTION bits: the
// numerator is then the first partial remainder of a restoring division, and each stage yields one quotient bit.
//
// Rules:
//   D1  quotient_o x denominator <= numerator x 2^FRACTION < (quotient_o + 1) x denominator, FRACTION enabled clocks
//       after numerator and denominator, if denominator >= 2^FRACTION.
//   D2  quotient_o <= numerator, then as well.
`default_nettype none
module memspike_divider #(
    parameter int FRACTION = 24,
    parameter int DENOMINATOR_W = 37
) (
    input wire clk_i,
    input wire enable_i,  // the pipeline moves
    input wire [FRACTION-1:0] numerator_i,
    input wire [DENOMINATOR_W-1:0] denominator_i,
    output logic [FRACTION-1:0] quotient_o
);
  logic [DENOMINATOR_W-1:0] remainder_b[FRACTION];
  logic [DENOMINATOR_W-1:0] denominator_b[FRACTION];
  logic [FRACTION-1:0] quotient_b[FRACTION];

  // From the last stage to the first each takes what is still in the one before it, so that nothing has to be held back to
  // the end of the clock: simulators pay for that with a copy and a flag for every register, at every clock. Only the
  // answer, which others see, changes at the end.
  always_ff @(posedge clk_i) begin : stages
    integer i;
    logic [DENOMINATOR_W-1:0] remainder;
    logic [DENOMINATOR_W-1:0] denominator;
    logic [FRACTION-2:0] quotient;  // its bits so far; the highest is never shifted out
    logic [DENOMINATOR_W:0] doubled;
    remainder = '0;
    denominator = '0;
    quotient = '0;
    doubled = '0;
    if (enable_i) begin
      for (i = FRACTION - 1; i >= 0; i = i - 1) begin
        if (i == 0) begin
          remainder = {{(DENOMINATOR_W - FRACTION) {1'b0}}, numerator_i};
          denominator = denominator_i;
          quotient = '0;
        end else begin
          remainder = remainder_b[i-1];
          denominator = denominator_b[i-1];
          quotient = quotient_b[i-1][FRACTION-2:0];
        end
        doubled = {remainder, 1'b0};
        // verilator lint_off BLKSEQ
        denominator_b[i] = denominator;
        if (doubled >= {1'b0, denominator}) begin
          doubled = doubled - {1'b0, denominator};
          quotient_b[i] = {quotient, 1'b1};
        end else begin
          quotient_b[i] = {quotient, 1'b0};
        end
        remainder_b[i] = doubled[DENOMINATOR_W-1:0];
        // verilator lint_on BLKSEQ
      end
      quotient_o <= quotient_b[FRACTION-1];
    end
  end

`ifdef FORMAL
  `include "divider.vh"  // the rules above, as proofs
`endif
endmodule
`default_nettype wire
