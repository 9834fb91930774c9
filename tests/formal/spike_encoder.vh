// SPDX-License-Identifier: Apache-2.0
// Proofs of memspike_spike_encoder.sv's rules, for one lane and phase that the solver picks, and so for all.
logic f_past = 1'b0;
always_ff @(posedge clk_i) f_past <= 1'b1;

(* anyconst *) logic [LANE_W-1:0] f_lane;
(* anyconst *) logic [LANE_W-1:0] f_other_lane;
(* anyconst *) logic [PHASE_W-1:0] f_phase;
always_comb begin
  assume (f_lane < LANES);
  assume (f_other_lane < LANES);
  assume (f_phase < PHASES);
end

logic [30:0] f_state;
logic [30:0] f_key;
logic [30:0] f_other_key;
if (PHASES == 1) begin : g_formal_planes
  for (genvar i = 0; i < 31; i = i + 1) begin : g_bit
    logic [g_registers.GROUPS*g_registers.GROUP-1:0] states;
    logic [g_registers.GROUPS*g_registers.GROUP-1:0] keys;
    for (genvar g = 0; g < g_registers.GROUPS; g = g + 1) begin : g_group
      assign states[g*g_registers.GROUP+:g_registers.GROUP] = g_registers.state_b[g*STATE_W+i];
      assign keys[g*g_registers.GROUP+:g_registers.GROUP] = g_registers.key[g*STATE_W+i];
    end
    assign f_state[i] = states[f_lane];
    assign f_key[i] = keys[f_lane];
    assign f_other_key[i] = keys[f_other_lane];
  end
end else begin : g_formal_lanes
  assign f_state = ~g_memory.complement_b[f_lane];
  assign f_key = g_memory.key[f_lane];
  assign f_other_key = g_memory.key[f_other_lane];
end

// E3
always_comb begin
  assert (f_key != '0);
  assert (f_lane == f_other_lane || f_key != f_other_key);
end

// The step once more, one position at a time: shift up, the new bit is the sum of the taps 31 and 28.
function automatic logic [30:0] f_sixteen_steps(input logic [30:0] state);
  integer i;
  f_sixteen_steps = state;
  for (i = 0; i < 16; i = i + 1) f_sixteen_steps = {f_sixteen_steps[29:0], f_sixteen_steps[30] ^ f_sixteen_steps[27]};
endfunction

// The start state once more: lane 31 m + j takes for its bit b the seed's bit (b (m + 2) + j) mod 31.
logic [30:0] f_start;
integer f_b;
integer f_l;
logic f_coded;  // a build without the rate-coded mode takes no notice of who asks for it
assign f_coded = RATE_CODING != 0 && rate_coded_i;
always_comb begin
  f_b = 0;
  f_start = '0;
  for (f_l = 0; f_l < LANES; f_l = f_l + 1) begin
    if (f_lane == f_l) begin
      for (f_b = 0; f_b < 31; f_b = f_b + 1) f_start[f_b] = seed_i[(f_b * (f_l / 31 + 2) + f_l % 31) % 31] ^ f_key[f_b];
    end
  end
end

always_ff @(posedge clk_i) begin
  if (f_past) begin
    if ($past(load_i) && !$past(f_coded)) assert (f_state == $past(f_start));
    else if ($past(advance_i) && !$past(f_coded)) assert (f_state == f_sixteen_steps($past(f_state)));
    else assert ($stable(f_state));
    // E2
    if (!$past(load_i) && $past(f_state) != '0) assert (f_state != '0);
  end
end

// What the sequencer and the port promise: rates are written while no review runs; a phase is advanced to in the clock
// after it was named as the next one; phases follow each other; the first step has all of them.
logic f_ready = 1'b0;
logic [PHASE_W-1:0] f_next_phase;
always_ff @(posedge clk_i) begin
  f_ready <= load_i || advance_i;
  f_next_phase <= phase_next_i;
end
always_comb begin
  assume (!(load_i && advance_i));
  assume (!(rate_write_i && (load_i || advance_i)));
  assume (!rate_write_i || (rate_lane_i < LANES && rate_phase_i < PHASES));
  assume (!advance_i || (f_ready && phase_i == f_next_phase));
  assume (!load_i || phase_next_i == '0);
  assume (!advance_i || phase_next_i == ((phase_i == PHASE_W'(PHASES - 1)) ? '0 : phase_i + 1'b1));
  assume (phase_i < PHASES && phase_next_i < PHASES);
end
logic f_advanced = 1'b0;
logic f_loaded = 1'b0;
logic f_rate_coded;
logic f_first_step;
always_ff @(posedge clk_i) begin
  f_advanced <= advance_i;
  f_loaded <= load_i;
  f_rate_coded <= f_coded;
  f_first_step <= first_step_i;
end
always_comb begin
  if (f_past && advance_i && f_advanced) begin
    assume (f_coded == f_rate_coded);
    assume (f_first_step || !first_step_i);
    assume (first_step_i == f_first_step || phase_i == '0);
  end
  if (f_past && advance_i && f_loaded) assume (first_step_i);
end

logic f_written = 1'b0;  // the rate is known
logic [15:0] f_rate;
logic f_started = 1'b0;  // the accumulator is known
logic [15:0] f_accumulator;
logic [16:0] f_sum;
logic f_turn;
assign f_turn = advance_i && (PHASES == 1 || phase_i == f_phase);
assign f_sum = {1'b0, first_step_i ? 16'h8000 : f_accumulator} + {1'b0, f_rate};
always_ff @(posedge clk_i) begin
  if (rate_write_i && (PHASES == 1 || rate_phase_i == f_phase) &&
      (rate_lane_i == f_lane || (rate_pair_i && 32'(rate_lane_i) + 1 == 32'(f_lane)))) begin
    f_written <= 1'b1;
    f_rate <= (rate_lane_i == f_lane) ? rate_i[15:0] : rate_i[31:16];
    f_started <= 1'b0;
  end
  if (load_i) f_started <= 1'b0;
  else if (f_turn && f_coded) begin
    f_started <= f_written && (first_step_i || f_started);
    f_accumulator <= f_sum[15:0];
  end
end
always_ff @(posedge clk_i) begin
  if (f_past) begin
    // E1, E2
    if (!$past(rst_ni) || !$past(advance_i)) assert (spikes_o == '0);
    else if ($past(f_turn) && $past(f_written)) begin
      if (!$past(f_coded)) assert (spikes_o[f_lane] == ($past(f_state[15:0]) < $past(f_rate)));
      else if ($past(f_started) || $past(first_step_i)) begin
        assert (spikes_o[f_lane] == $past(f_sum[16]));
      end
      if ($past(f_rate) == '0 && ($past(f_started) || $past(first_step_i) || !$past(f_coded))) assert (!spikes_o[f_lane]);
    end
  end
  cover (f_past && $past(f_turn) && $past(f_written) && !$past(f_coded) && spikes_o[f_lane]);
end
if (RATE_CODING != 0) begin : g_cover_rate_coding
  always_ff @(posedge clk_i)
    cover (f_past && $past(f_turn) && $past(f_started) && $past(f_coded) && spikes_o[f_lane] && $past(f_rate) != 16'hffff);
end

// Where rate and accumulator are kept.
if (PHASES == 1) begin : g_formal_registers
  for (genvar i = 0; i < 16; i = i + 1) begin : g_bit
    logic [g_registers.GROUPS*g_registers.GROUP-1:0] rates;
    logic [g_registers.GROUPS*g_registers.GROUP-1:0] accumulators;
    for (genvar g = 0; g < g_registers.GROUPS; g = g + 1) begin : g_group
      assign rates[g*g_registers.GROUP+:g_registers.GROUP] = g_registers.rate_b[g*RATE_W+i];
      assign accumulators[g*g_registers.GROUP+:g_registers.GROUP] = g_registers.accumulator_b[g*RATE_W+i];
    end
    always_comb begin
      if (f_written) assert (rates[f_lane] == f_rate[i]);
      if (f_started) assert (accumulators[f_lane] == f_accumulator[i]);
    end
  end
end else begin : g_formal_memory
  logic [g_memory.WORD_W-1:0] f_rate_word;
  logic [g_memory.WORD_W-1:0] f_accumulator_word;
  assign f_rate_word = g_memory.rate_memory[f_phase];
  assign f_accumulator_word = g_memory.accumulator_memory[f_phase];
  logic f_accumulator_ready = 1'b0;  // the word was read for the phase to come
  always_ff @(posedge clk_i) f_accumulator_ready <= advance_i && f_coded;
  always_comb begin
    if (f_written) assert (f_rate_word[f_lane*RATE_W+:RATE_W] == f_rate);
    if (f_started) assert (f_accumulator_word[f_lane*RATE_W+:RATE_W] == f_accumulator);
    if (f_written && f_ready && f_next_phase == f_phase) assert (g_memory.rate_b[f_lane*RATE_W+:RATE_W] == f_rate);
    if (f_started && f_accumulator_ready && f_next_phase == f_phase) assert (g_memory.accumulator_b[f_lane*RATE_W+:RATE_W] == f_accumulator);
  end
end
