// SPDX-License-Identifier: Apache-2.0
// Early decision: tells when the remaining steps of a review cannot change its answer, which is, for each output, whether it
// spikes in more than half of the steps.
//
// A step adds one spike or none. So the answer is certain as soon as an output has more than steps_i / 2 spikes, or so few that
// one in each of the remaining steps would not take it above.
//
// Only what it says while steps run means anything: before that the counts are those of the review before.
//
//   OUTPUTS  neurons
//
// Rules:
//   Y1  decided_o is high only if every count that can follow gives the same answers as the counts that are there.
//   Y2  once all steps are done it is high, unless it is not enabled.
`default_nettype none
module memspike_early_decision #(
    parameter int OUTPUTS = 1
) (
    input wire clk_i,
    input wire rst_ni,

    input wire enable_i,
    input wire [15:0] steps_i,
    input wire load_i,  // start of a review
    input wire step_i,  // the counts take in the last phase of a step
    input wire [OUTPUTS*16-1:0] count_i,

    output logic decided_o
);
  logic [15:0] done_q;  // steps that the counts hold

  always_ff @(posedge clk_i) begin : count_steps
    logic [15:0] done;
    done = done_q;
    if (!rst_ni) done_q <= '0;
    else if (load_i) done_q <= '0;
    else if (step_i) done_q <= done + 16'd1;
  end

  always_comb begin : decide
    integer o;
    logic [15:0] left;
    logic [17:0] doubled;
    logic [17:0] possible;
    o = 0;
    decided_o = enable_i;
    left = '0;
    doubled = '0;
    possible = '0;
    if (enable_i) begin
      left = steps_i - done_q;
      for (o = 0; o < OUTPUTS; o = o + 1) begin
        doubled = {1'b0, count_i[o*16+:16], 1'b0};
        possible = doubled + {1'b0, left, 1'b0};
        if (doubled <= {2'b00, steps_i} && possible > {2'b00, steps_i}) decided_o = 1'b0;
      end
    end
  end

`ifdef FORMAL
  `include "early_decision.vh"  // the rules above, as proofs
`endif
endmodule
`default_nettype wire
