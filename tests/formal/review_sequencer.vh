// SPDX-License-Identifier: Apache-2.0
// Proofs of memspike_review_sequencer.sv's rules.
logic f_past = 1'b0;
always_ff @(posedge clk_i) f_past <= 1'b1;

logic [PHASE_W-1:0] f_left;  // phases to the last one; phase_q wraps around after an upset beyond it
assign f_left = LastPhase - phase_q;

// S3: the review gets further in every clock, from any state.
logic [PHASE_W+17:0] f_progress;
assign f_progress = {state_q, step_q, ~f_left};
always_ff @(posedge clk_i) begin
  if (f_past && $past(rst_ni) && $past(busy_o) && busy_o) begin
    assert (f_progress > $past(f_progress));
  end
end

`ifdef ANY_STATE
always_ff @(posedge clk_i) cover (f_past && $past(busy_o) && !busy_o);
`else
initial assume (!rst_ni);
logic f_busy;
logic [15:0] f_steps;
logic [31:0] f_clocks = '0;  // of the review that runs
logic [31:0] f_named = '0;   // phases named so far
always_ff @(posedge clk_i) begin
  f_clocks <= (rst_ni && busy_o) ? f_clocks + 32'd1 : '0;
  if (!rst_ni || load_o) f_named <= '0;
  else if (advance_o) f_named <= f_named + 32'd1;
  f_busy <= busy_o;
  f_steps <= steps_i;
end
always_comb begin
  // The port keeps the settings while a review runs. (An assumption in a clocked block would come a clock late.)
  if (f_past && f_busy) assume (steps_i == f_steps);
  if (f_past && rst_ni) begin
    assert (state_q == Idle || state_q == Load || state_q == Run || state_q == Drain);
    if (state_q == Load) assert (f_clocks == '0);
    if (state_q == Load) assert (step_q == '0 && phase_q == '0);
    if (state_q == Run) begin
      // S1
      assert (f_named == step_q * PHASES + phase_q);
      assert (f_clocks == f_named + 32'd1);
      assert (step_q < steps_i && phase_q <= LastPhase);
      assert (first_step_o == (f_named < PHASES));
      assert (phase_next_o == ((phase_q == LastPhase) ? '0 : phase_q + 1'b1));
    end
    if (state_q == Drain) begin
      assert (f_named == steps_i * PHASES);
      assert (f_clocks == f_named + 32'd1);  // this is the last one: steps x PHASES + 2 in all
    end
  end
end
always_ff @(posedge clk_i) begin
  if (f_past && $past(rst_ni)) begin
    // S2
    assert (sense_valid_o == ($past(advance_o) && !$past(stop_i)));
    // S4
    if ($past(stop_i) && $past(advance_o)) assert (!busy_o);
    if (sense_valid_o) begin
      assert (sense_phase_o == $past(phase_o));
      assert (sense_first_o == ($past(phase_o) == '0) && sense_last_o == ($past(phase_o) == LastPhase));
    end
    // No gap: from the first phase to the last.
    if ($past(advance_o) && !$past(stop_i)) assert (advance_o || state_q == Drain);
    if ($past(state_q) == Drain) assert (state_q == Idle);
  end
  cover (f_past && $past(rst_ni) && $past(busy_o) && !busy_o && steps_i == 16'd2);
  cover (f_past && $past(rst_ni) && $past(busy_o) && !busy_o && steps_i == 16'd0);
end
`endif
