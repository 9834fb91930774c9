// SPDX-License-Identifier: Apache-2.0
// The divider in the proofs of memspike_pulse_predictor.sv: any answer. pulse_predictor.vh assumes of it what divider.vh proves.
module memspike_divider #(
    parameter int FRACTION = 24,
    parameter int DENOMINATOR_W = 37
) (
    input logic clk_i,
    input logic enable_i,
    input logic [FRACTION-1:0] numerator_i,
    input logic [DENOMINATOR_W-1:0] denominator_i,
    output logic [FRACTION-1:0] quotient_o
);
  (* anyseq *) logic [FRACTION-1:0] quotient;
  assign quotient_o = quotient;
  logic unused;
  assign unused = ^{clk_i, enable_i, numerator_i, denominator_i};
endmodule
