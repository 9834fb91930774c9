// SPDX-License-Identifier: Apache-2.0
// Proofs of memspike_early_decision.sv's rules.
(* anyseq *) logic [15:0] f_more;  // spikes in the steps left
logic [15:0] f_left;
assign f_left = steps_i - done_q;
always_comb assume (f_more <= f_left);

for (genvar o = 0; o < OUTPUTS; o = o + 1) begin : g_formal
  logic [15:0] f_count;
  logic [17:0] f_final;
  assign f_count = count_i[o*16+:16];
  assign f_final = {2'b00, f_count} + {2'b00, f_more};
  always_comb begin
    // Y1
    if (decided_o) assert (({f_count, 1'b0} > {1'b0, steps_i}) == ({f_final, 1'b0} > {3'b000, steps_i}));
    // Y2
    if (enable_i && f_left == '0) assert (decided_o);
  end
end

logic f_past = 1'b0;
always_ff @(posedge clk_i) begin
  f_past <= 1'b1;
  if (f_past) begin
    if (!$past(rst_ni) || $past(load_i)) assert (done_q == '0);
    else assert (done_q == $past(done_q) + {15'd0, $past(step_i)});
  end
  cover (f_past && decided_o && steps_i == 16'd6 && f_left == 16'd2 && count_i[OUTPUTS*16-1-:16] == 16'd4);
  cover (f_past && decided_o && steps_i == 16'd6 && f_left == 16'd2 && count_i[OUTPUTS*16-1-:16] == 16'd1);
end
