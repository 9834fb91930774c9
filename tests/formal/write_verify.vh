// SPDX-License-Identifier: Apache-2.0
// Proofs of memspike_write_verify.sv's rules. The predictor stands behind its own rules here (pulse_predictor_rules.v).
logic f_past = 1'b0;
always_ff @(posedge clk_i) f_past <= 1'b1;

logic [DEVICE_W-1:0] f_at;  // the device whose turn it is
assign f_at = {column_q, row_q};

// Rules P3 and P4 of the predictors: the clocks until the answer, and at most until it is idle from any state.
localparam int FPredictorW = (SEQUENTIAL != 0) ? 11 : 7;
localparam logic [FPredictorW-1:0] FLongest = (SEQUENTIAL != 0) ? 32 * 54 : 64;
logic [FPredictorW-1:0] f_answer;  // clocks of Predict before that of the answer
assign f_answer = (SEQUENTIAL != 0) ? 54 * entries_i : (entries_i == '0) ? '0 : entries_i + 27;

// The clock within Fetch, in which the sequential controller multiplies.
logic [4:0] f_fetching;
if (SEQUENTIAL != 0) begin : g_formal_fetching
  assign f_fetching = g_sequential.bits_q;
end else begin : g_formal_not_fetching
  assign f_fetching = '0;
end

`ifdef TOLERANCE
// What converged means: |target - R| / target <= tolerance, both sides times the target, with 32 fraction bits.
logic [23:0] f_difference;
logic [47:0] f_limit;
assign f_difference = (target_q > reading_q) ? target_q - reading_q : reading_q - target_q;
always_comb if (checking && (SEQUENTIAL == 0 || rst_ni)) assert (in_tolerance == ({f_difference, 24'd0} <= f_limit));
always_ff @(posedge clk_i) begin
  cover (checking && in_tolerance && f_difference > 24'd5);
  cover (checking && !in_tolerance && f_limit[47:24] > 24'd5);
end
if (SEQUENTIAL != 0) begin : g_formal_limit
  initial assume (!rst_ni);
  // What the predictor promises, and that the port keeps table and tolerance while a writing runs.
  logic [23:0] f_tolerance;
  logic f_busy = 1'b0;
  always_ff @(posedge clk_i) begin
    f_tolerance <= tolerance_i;
    f_busy <= busy_o;
  end
  always_comb begin
    if (checking) assume (difference == f_difference);
    assume (!busy_o || !target_write_i);
    if (f_busy) assume (tolerance_i == f_tolerance);
  end
  // Long multiplication, a bit of the tolerance a clock.
  logic [47:0] f_addend;  // the target, a bit further up with every clock
  logic [23:0] f_rest;    // of the tolerance, a bit further down
  always_ff @(posedge clk_i) begin
    if (state_q == Fetch && f_fetching == '0) begin
      f_limit <= '0;
      f_addend <= {24'd0, target_memory[f_at]};
      f_rest <= tolerance_i;
    end else if (state_q == Fetch) begin
      if (f_rest[0]) f_limit <= f_limit + f_addend;
      f_addend <= f_addend << 1;
      f_rest <= f_rest >> 1;
    end
  end
  always_comb begin
    if (f_past && rst_ni) begin
      assert (f_fetching <= 5'd24 || state_q != Fetch);
      if (state_q == Fetch && f_fetching != '0) assert (target_q == target_memory[f_at]);
      if (state_q == Read || checking || state_q == Predict || state_q == Pulse) assert (limit == f_limit);
    end
  end
  for (genvar n = 0; n < 24; n = n + 1) begin : g_formal_bit
    always_comb begin
      if (f_past && rst_ni && state_q == Fetch && f_fetching == n + 1) begin
        assert (f_addend == {24'd0, target_q} << n && f_rest == tolerance_i >> n && f_limit >> (24 + n) == '0);
        assert (g_sequential.limit_q == (({24'd0, f_limit} << (24 - n)) | {48'd0, f_rest}));
      end
    end
  end
end else begin : g_formal_product
  assign f_limit = {24'd0, tolerance_i} * {24'd0, target_q};
end
`else

// W4, W5: the writing gets further in every clock: columns, rows, pulses, state, clock within the state. Rows and columns
// beyond the array, where an upset may lead, come before the first.
logic [ROW_W-1:0] f_rows_left;
logic [COLUMN_W-1:0] f_columns_left;
logic [2:0] f_order;
logic [TIMER_W-1:0] f_within;
logic [FPredictorW-1:0] f_predicting = '0;  // clocks of this prediction
logic [DEVICE_W+TIMER_W+8:0] f_progress;
assign f_rows_left = LastRow - row_q;
assign f_columns_left = COLUMN_W'(COLUMNS - 1) - column_q;
always_comb begin
  f_order = '0;
  f_within = '0;
  case (state_q)
    Fetch: begin
      f_order = 3'd0;
      f_within = f_fetching;
    end
    Pulse: begin
      f_order = 3'd1;
      f_within = ~(timer_q - 1'b1);  // a timer at 0, where an upset may lead, is as good as at 1
      if (timer_q == '0) f_within = '1;
    end
    Read: begin
      f_order = 3'd2;
      f_within = readings_q;
    end
    Check: f_order = 3'd3;
    Predict: begin
      f_order = 3'd4;
      f_within = f_predicting;
    end
    default: f_order = 3'd5;  // no state: it goes Idle
  endcase
end
assign f_progress = {~f_columns_left, ~f_rows_left, iteration_q, f_order, f_within};
always_ff @(posedge clk_i) f_predicting <= (state_q == Predict) ? f_predicting + 1'b1 : '0;

// What the port promises: registers and tables keep while a writing runs, and name devices that exist.
logic [37+2*DEVICE_W:0] f_settings;
logic [37+2*DEVICE_W:0] f_settings_before;
logic f_busy = 1'b0;
assign f_settings = {max_pulses_i, verify_reads_i, entries_i, tolerance_i, first_device_i, last_device_i};
always_ff @(posedge clk_i) begin
  f_settings_before <= f_settings;
  f_busy <= busy_o;
end
always_comb begin
  if (f_past && (busy_o || f_busy)) assume (f_settings == f_settings_before);
  assume (!busy_o || !(target_write_i || table_write_width_i || table_write_rate_i || table_write_asymptote_i));
  assume (!busy_o || !start_i);
  assume (entries_i <= 5'd16);
  assume (first_device_i[ROW_W-1:0] < ROWS && first_device_i[DEVICE_W-1:ROW_W] < COLUMNS);
  assume (last_device_i[ROW_W-1:0] < ROWS && last_device_i[DEVICE_W-1:ROW_W] < COLUMNS);
end

always_ff @(posedge clk_i) begin
  if (f_past && $past(rst_ni)) begin
    // Nothing is predicted once the pulses are used up; only an upset leads there, and only once.
    if ($past(busy_o) && state_q == Predict && $past(state_q) != Predict) assert (iteration_q < max_pulses_i);
    if ($past(busy_o) && busy_o && !($past(state_q) == Predict && $past(iteration_q) >= max_pulses_i)) begin
      assert (f_progress > $past(f_progress));
    end
  end
end

`ifdef ANY_STATE
// P4
always_comb assume (f_predicting <= FLongest && !(f_predicting == FLongest && predict_busy && !predict_done));
always_ff @(posedge clk_i) cover (f_past && $past(busy_o) && !busy_o);
`else
initial assume (!rst_ni);
// Rules P3 and P1 of the predictor: when it answers, and that its answer can be applied and stays.
always_comb begin
  assume (predict_done == (state_q == Predict && f_predicting == f_answer));
  assume (predict_busy == (state_q == Predict && f_predicting < f_answer));
  assume (!predict_done || !predict_found || (predict_width != '0 && pulse_entry_o < entries_i));
end
logic [21:0] f_prediction;
logic f_predicted = 1'b0;  // nothing was under way in the clock before
always_ff @(posedge clk_i) begin
  f_prediction <= {predict_found, pulse_entry_o, pulse_negative_o, predict_width};
  f_predicted <= !predict_busy && !predict_start;
end
always_comb begin
  if (f_predicted) assume ({predict_found, pulse_entry_o, pulse_negative_o, predict_width} == f_prediction);
end
logic f_read = 1'b0;  // this device has been read since it was last changed
logic [DEVICE_W-1:0] f_read_device;
logic [TIMER_W-1:0] f_wanted;  // clocks that the pulse is to last
logic [TIMER_W-1:0] f_high;    // that it has been high
logic [3:0] f_entry;
logic f_negative;
always_ff @(posedge clk_i) begin
  if (!rst_ni || state_q == Idle || state_q == Fetch || (pulse_o && timer_q <= TIMER_W'(1))) f_read <= 1'b0;
  else if (read_o) begin
    f_read <= 1'b1;
    f_read_device <= f_at;
  end
  if (state_q == Predict) begin
    f_wanted <= predict_width * CLOCKS_PER_US;
    f_high <= '0;
    f_entry <= pulse_entry_o;
    f_negative <= pulse_negative_o;
  end else if (pulse_o) f_high <= f_high + 1'b1;
end

// W4 for one device that the solver picks.
(* anyconst *) logic [DEVICE_W-1:0] f_device;
always_comb assume (f_device[ROW_W-1:0] < ROWS && f_device[DEVICE_W-1:ROW_W] < COLUMNS);
logic [1:0] f_ended = '0;
logic [31:0] f_result;
logic [31:0] f_endings;
logic [DEVICE_W-1:0] f_last;
logic f_done = 1'b0;  // a writing has ended
assign f_last = (last_device_i < first_device_i) ? FinalDevice : last_device_i;
always_ff @(posedge clk_i) begin
  if (!rst_ni || (state_q == Idle && start_i)) begin
    f_ended <= '0;
    f_done <= 1'b0;
  end else begin
    if (ends && f_at == f_device && f_ended != 2'd3) f_ended <= f_ended + 1'b1;
    if (ends && f_at == f_device) f_result <= {ending, iteration_q, (ending == Untouched) ? 24'd0 : reading_q};
    if (busy_o && ends && f_at == f_last) f_done <= 1'b1;
  end
end
logic f_in_range;
assign f_in_range = f_device >= first_device_i && f_device <= f_last;

always_comb begin
  if (f_past && rst_ni) begin
    // W3
    assert (!(read_o && pulse_o));
    assert (state_q == Idle || state_q == Fetch || state_q == Read || state_q == Check || state_q == Predict || state_q == Pulse);
    if (busy_o) begin
      assert (row_q < ROWS && column_q < COLUMNS && f_at >= first_device_i && f_at <= f_last && !f_done);
      assert (iteration_q <= max_pulses_i);
      // W4
      assert (f_ended == ((f_in_range && f_device < f_at) ? 2'd1 : 2'd0));
      assert (readings_q <= last_reading && (state_q == Read || readings_q == '0));
    end else begin
      assert (readings_q == '0);
    end
    if (f_done) assert (state_q == Idle);
    if (f_done && f_busy) assert (f_ended == {1'b0, f_in_range});
    if (f_ended == 2'd1) assert (result_memory[f_device] == f_result);
    assert (state_q != Predict || f_predicting <= f_answer);
    if (state_q == Fetch) assert (iteration_q == '0);
    // W1
    if (state_q == Check || state_q == Predict || state_q == Pulse) assert (f_read && f_read_device == f_at && target_q != '0);
    if (state_q == Predict) assert (iteration_q < max_pulses_i);
    if (pulse_o) begin
      assert (iteration_q != '0);
      // W2
      assert (timer_q != '0 && f_high < f_wanted && timer_q == f_wanted - f_high);
      assert (pulse_entry_o == f_entry && pulse_negative_o == f_negative);
      assert (pulse_entry_o < entries_i);
    end
  end
end
always_ff @(posedge clk_i) begin
  if (f_past && $past(rst_ni)) begin
    if ($past(pulse_o) && !pulse_o) assert (f_high == f_wanted && f_wanted != '0);
    if ($past(busy_o) && !busy_o) assert (f_done);
    // The endings mean what they say, and are counted.
    if ($past(ends) && $past(ending) == Converged) begin
      assert ($past(in_tolerance) && converged_o == 16'($past(converged_o) + 16'd1));
    end
    if ($past(ends) && $past(ending) == Exhausted) begin
      assert ($past(iteration_q) == max_pulses_i && !$past(in_tolerance) && exhausted_o == 16'($past(exhausted_o) + 16'd1));
    end
    if ($past(ends) && $past(ending) == Stalled) begin
      assert (!$past(predict_found) && stalled_o == 16'($past(stalled_o) + 16'd1));
    end
    if ($past(ends) && $past(ending) == Untouched) assert ($past(target_q) == '0);
    if (pulse_o && !$past(pulse_o)) begin
      assert (pulses_o == $past(pulses_o) + 32'd1 && pulse_time_o == $past(pulse_time_o) + $past(predict_width));
    end
  end
  cover (f_past && $past(rst_ni) && $past(ends) && $past(ending) == Converged && !busy_o);
  cover (f_past && $past(rst_ni) && $past(ends) && $past(ending) == Stalled);
  cover (f_past && $past(rst_ni) && $past(ends) && $past(ending) == Exhausted && max_pulses_i == 6'd1);
  cover (f_past && $past(rst_ni) && $past(ends) && $past(ending) == Untouched && busy_o);
  cover (f_past && $past(rst_ni) && $past(pulse_o) && !pulse_o && f_high == TIMER_W'(2 * CLOCKS_PER_US));
end
`endif
`endif
