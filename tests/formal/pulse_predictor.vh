// SPDX-License-Identifier: Apache-2.0
// Proofs of memspike_pulse_predictor.sv's rules, for one entry of the table that the solver picks, and so for all. The divider stands
// behind its own rules here (divider_rules.v): what it answers is any number that D2 allows.
logic f_past = 1'b0;
always_ff @(posedge clk_i) f_past <= 1'b1;

// P4: a prediction gets further in every clock, from any state, and tick_q has 64 values.
always_ff @(posedge clk_i) begin
  if (f_past && $past(rst_ni) && $past(busy_q) && busy_q) assert (tick_q == $past(tick_q) + 1'b1 && tick_q != '0);
end

`ifdef ANY_STATE
always_ff @(posedge clk_i) cover (f_past && $past(busy_q) && !busy_q && done_o);
`elsif PRODUCT
// The denominator: 1 + k t u, of whose 44 fraction bits 24 are kept. (The divider's rules are proven in divider.vh.)
logic [55:0] f_product;
always_ff @(posedge clk_i) begin
  f_product <= {24'd0, rate_difference_q} * {32'd0, difference_q};
  if (f_past && $past(busy_q)) begin
    assert (denominator_q == {1'b0, f_product[55:20]} + (37'd1 << FRACTION) && numerator_q == $past(difference_q));
    assert (rate_difference_q == $past(rate_q));
    assert (difference_q == 24'(($past(asymptote_q) > $past(resistance_i)) ? $past(asymptote_q) - $past(resistance_i)
                                                                         : $past(resistance_i) - $past(asymptote_q)));
  end
  cover (f_past && $past(busy_q) && f_product[55:20] > 36'd5);
end
`else
initial assume (!rst_ni);
(* anyconst *) logic [3:0] f_entry;
logic [16:0] f_width;
logic [31:0] f_rate;
logic [23:0] f_asymptote;
assign f_width = width_table[f_entry];
assign f_rate = rate_table[f_entry];
assign f_asymptote = asymptote_table[f_entry];

// What the controller and the port promise: nothing changes while a prediction runs.
always_comb begin
  assume (entries_i <= 5'd16);
  assume (!(busy_q || start_i) || !(table_write_width_i || table_write_rate_i || table_write_asymptote_i));
  assume (!(busy_q && start_i));
end
logic [52:0] f_asked;
always_ff @(posedge clk_i) f_asked <= {resistance_i, target_i, entries_i};
always_comb if (f_past && (busy_q || done_o)) assume ({resistance_i, target_i, entries_i} == f_asked);

// The same in numbers that cannot wrap.
logic signed [27:0] f_resistance;
logic signed [27:0] f_target;
logic signed [27:0] f_limit;
logic signed [27:0] f_now;
logic signed [27:0] f_difference;
logic f_candidate;
assign f_resistance = {4'd0, resistance_i};
assign f_target = {4'd0, target_i};
assign f_limit = {4'd0, f_asymptote};
assign f_now = (f_target > f_resistance) ? f_target - f_resistance : f_resistance - f_target;
assign f_difference = (f_limit > f_resistance) ? f_limit - f_resistance : f_resistance - f_limit;
assign f_candidate = f_width[15:0] != '0 &&
    (f_width[16] ? (f_limit < f_resistance && f_target <= f_resistance) : (f_limit > f_resistance && f_target > f_resistance));

// The entry on its way through the pipeline: it enters at tick f_entry.
logic signed [7:0] f_age;  // clocks since
assign f_age = $signed({2'd0, tick_q}) - $signed({4'd0, f_entry});
logic [23:0] f_line[FRACTION];  // numerators in the divider
logic f_seen = 1'b0;  // compared
logic signed [27:0] f_predicted;
logic signed [27:0] f_off;
logic signed [27:0] f_distance;  // of the entry, once compared
logic [5:0] f_clocks = '0;
assign f_predicted = f_width[16] ? f_limit + $signed({4'd0, quotient}) : f_limit - $signed({4'd0, quotient});
assign f_off = (f_predicted > f_target) ? f_predicted - f_target : f_target - f_predicted;
integer f_i;
always_ff @(posedge clk_i) begin
  if (busy_q) begin
    f_line[0] <= numerator_q;
    for (f_i = 1; f_i < FRACTION; f_i = f_i + 1) f_line[f_i] <= f_line[f_i-1];
  end
  if (!rst_ni || (start_i && !busy_q)) f_seen <= 1'b0;
  else if (busy_q && f_age == DEPTH) begin
    f_seen <= 1'b1;
    f_distance <= f_off;
  end
  if (!busy_q) f_clocks <= '0;
  else f_clocks <= f_clocks + 1'b1;
end
// D2, FRACTION enabled clocks after the numerator.
always_comb assume (quotient <= f_line[FRACTION-1]);

logic f_answered = 1'b0;  // there has been one since the reset
always_ff @(posedge clk_i) f_answered <= rst_ni && (f_answered || done_o) && !start_i;

always_comb begin
  if (f_past && rst_ni) begin
    if (busy_q) begin
      assert (entries_i != '0 && tick_q < last_tick && f_clocks == tick_q);
      if (f_age == 1) assert (rate_q == f_rate && asymptote_q == f_asymptote);
      if (f_age == 2) assert (rate_difference_q == f_rate && difference_q == f_difference[23:0]);
      if (f_age == 3) assert (numerator_q == f_difference[23:0]);
      if (f_age >= 4 && f_age < 4 + FRACTION) assert (f_line[f_age-4] == f_difference[23:0]);
      if (f_age == DEPTH) begin
        assert (prediction_valid_o && prediction_entry_o == f_entry && prediction_o == f_predicted[24:0]);
        assert (compare_entry_q == f_entry && {compare_width_q, compare_asymptote_q} == {f_width, f_asymptote});
      end
      assert (f_seen == (f_age > DEPTH));
      if (tick_q >= DEPTH) assert (compare_entry_q == 4'(tick_q - 6'(DEPTH)));
      if (found_o) assert (tick_q > DEPTH + {2'd0, entry_o});
    end
    assert (prediction_valid_o == (busy_q && tick_q >= DEPTH));
    if (busy_q || done_o) begin
      assert (best_distance_q <= f_now);
      // P2: nothing seen is nearer, nothing seen before it as near.
      if (f_seen && f_candidate) begin
        assert (f_distance >= 0 && best_distance_q <= f_distance);
        if (found_o && f_entry < entry_o) assert (best_distance_q < f_distance);
      end
      // P1
      if (found_o && entry_o == f_entry) begin
        assert (f_seen && f_candidate && best_distance_q == f_distance && f_distance < f_now);
        assert (f_entry < entries_i && width_o == f_width[15:0] && negative_o == f_width[16]);
      end
      if (!found_o) assert (best_distance_q == f_now);
    end
    if (done_o && f_entry < entries_i) assert (f_seen);
    assert (!(busy_q && done_o));
  end
end
always_ff @(posedge clk_i) begin
  if (f_past && $past(rst_ni)) begin
    // P3
    if (done_o) assert ($past(busy_q) ? $past(f_clocks) + 1'b1 == entries_i + DEPTH : ($past(start_i) && entries_i == '0));
    if ($past(busy_q) && !busy_q) assert (done_o);
    if (!$past(busy_q) && !$past(start_i)) begin
      assert (!done_o && !busy_q && $stable(found_o) && $stable(entry_o) && $stable(negative_o) && $stable(width_o));
    end
  end
  // The second of two entries wins; none does; the table is empty.
  cover (f_past && done_o && found_o && entry_o == 4'd1 && entries_i == 5'd2 && f_seen && f_entry == 4'd0 && f_candidate);
  cover (f_past && done_o && !found_o && entries_i == 5'd1 && f_candidate && f_seen);
  cover (f_past && done_o && entries_i == '0);
end
`endif
