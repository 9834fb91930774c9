// SPDX-License-Identifier: Apache-2.0
// Proofs of memspike_pulse_predictor_sequential.sv's rules, for one entry of the table that the solver picks, and so for all.
logic f_past = 1'b0;
always_ff @(posedge clk_i) f_past <= 1'b1;

// P4: a prediction gets further in every clock, from any state: entries, of which 31 comes before 0, then ticks. After its first
// clock no tick is beyond the comparison's.
logic [10:0] f_progress;
assign f_progress = {entry_q + 5'd1, tick_q};
always_ff @(posedge clk_i) begin
  if (f_past && $past(rst_ni) && $past(busy_q) && busy_q) assert (f_progress > $past(f_progress) && tick_q <= CompareTick);
end

`ifdef ANY_STATE
always_ff @(posedge clk_i) cover (f_past && $past(busy_q) && !busy_q && done_o);
`elsif ARITHMETIC
// For any word that stays while it is multiplied, as the proof of the choice shows of the rate of each entry.
initial assume (!rst_ni);
logic [31:0] f_rate;
always_ff @(posedge clk_i) f_rate <= word_q;
always_comb if (tick_q > FirstProductTick && tick_q <= DenominatorTick) assume (word_q == f_rate);

// P5, the product: long multiplication, a bit of the difference a clock.
logic [55:0] f_addend;  // the rate, a bit further up with every clock
logic [23:0] f_rest;    // of the difference, a bit further down
logic [55:0] f_product;
// P5, the quotient: with r, d before a clock and the bit b that it finds r' + b d = 2 r and r' < d, as in divider.vh. So is the
// divider's D2, for the largest quotient is that of the smallest denominator, 2^FRACTION: the numerator's highest bits, which leaves
// the others.
logic [FRACTION-1:0] f_quotient;
logic [2*FRACTION-1:0] f_largest;
always_ff @(posedge clk_i) begin
  if (tick_q == FirstProductTick) begin
    f_product <= difference_q[0] ? {24'd0, word_q} : '0;
    f_addend <= {23'd0, word_q, 1'b0};
    f_rest <= difference_q >> 1;
  end else if (tick_q < DenominatorTick) begin
    if (f_rest[0]) f_product <= f_product + f_addend;
    f_addend <= f_addend << 1;
    f_rest <= f_rest >> 1;
  end
  if (tick_q <= DenominatorTick) begin
    f_quotient <= '0;
    f_largest <= {{FRACTION{1'b0}}, difference_q};
  end else begin
    f_quotient <= {f_quotient[FRACTION-2:0], fits};
    f_largest <= f_largest << 1;
  end
end
for (genvar n = 1; n <= FRACTION; n = n + 1) begin : g_formal_product
  always_comb begin
    if (rst_ni && busy_q && tick_q == FirstProductTick + n) begin
      assert (f_addend == {24'd0, f_rate} << n && f_rest == difference_q >> n && f_product >> (32 + n) == '0);
      assert (product_q == (({24'd0, f_product} << (FRACTION - n)) | {56'd0, f_rest}));
    end
  end
end
for (genvar n = 0; n <= FRACTION; n = n + 1) begin : g_formal_quotient
  always_comb begin
    if (rst_ni && busy_q && tick_q == DenominatorTick + 6'd1 + n) begin
      assert (f_largest == {{FRACTION{1'b0}}, difference_q} << n);
      assert (f_quotient >> n == '0 && 24'(quotient_q << (FRACTION - n)) == 24'(f_quotient << (FRACTION - n)));
    end
  end
end
always_comb begin
  if (rst_ni && busy_q) begin
    if (tick_q == 6'd3 || tick_q == FirstProductTick) assert (product_q == {32'd0, difference_q});
    if (tick_q > DenominatorTick) begin
      assert (denominator_q == {1'b0, f_product[55:20]} + (37'd1 << FRACTION));
      assert (remainder_q < denominator_q);
      assert (f_quotient < f_largest[2*FRACTION-1:FRACTION] ||
              (f_quotient == f_largest[2*FRACTION-1:FRACTION] && remainder_q <= {13'd0, f_largest[FRACTION-1:0]}));
    end
    if (tick_q == CompareTick) assert (quotient_q <= difference_q);
  end
end
always_ff @(posedge clk_i) begin
  if (f_past && $past(rst_ni) && rst_ni && busy_q) begin
    if (tick_q == DenominatorTick + 6'd1) assert (remainder_q == {13'd0, difference_q});
    if (tick_q > DenominatorTick + 6'd1) begin
      assert (quotient_q[FRACTION-1:1] == $past(quotient_q[FRACTION-2:0]) && $stable(denominator_q));
      assert ({1'b0, remainder_q} + (quotient_q[0] ? {1'b0, denominator_q} : 38'd0) == {$past(remainder_q), 1'b0});
    end
  end
  cover (f_past && busy_q && tick_q == CompareTick && quotient_q > 24'd5 && quotient_q < difference_q);
end
`else
initial assume (!rst_ni);
(* anyconst *) logic [3:0] f_entry;
logic [31:0] f_width_word;
logic [31:0] f_asymptote_word;
logic [31:0] f_rate;
logic [16:0] f_width;
logic [23:0] f_asymptote;
assign f_width_word = pulse_table[{Width, f_entry}];
assign f_asymptote_word = pulse_table[{Asymptote, f_entry}];
assign f_rate = pulse_table[{Rate, f_entry}];
assign f_width = f_width_word[16:0];
assign f_asymptote = f_asymptote_word[23:0];

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
logic f_moves;
logic f_candidate;
assign f_resistance = {4'd0, resistance_i};
assign f_target = {4'd0, target_i};
assign f_limit = {4'd0, f_asymptote};
assign f_now = (f_target > f_resistance) ? f_target - f_resistance : f_resistance - f_target;
assign f_difference = (f_limit > f_resistance) ? f_limit - f_resistance : f_resistance - f_limit;
assign f_moves = f_width[16] ? f_limit < f_resistance : f_limit > f_resistance;
assign f_candidate = f_width[15:0] != '0 && f_moves && f_width[16] == (f_target <= f_resistance);

logic f_turn;  // of the entry
logic f_seen = 1'b0;  // compared
logic signed [27:0] f_predicted;
logic signed [27:0] f_off;
logic signed [27:0] f_distance;  // of the entry, once compared
logic [9:0] f_clocks = '0;
assign f_turn = busy_q && entry_q == {1'b0, f_entry};
assign f_predicted = f_width[16] ? f_limit + $signed({4'd0, quotient_q}) : f_limit - $signed({4'd0, quotient_q});
assign f_off = (f_predicted > f_target) ? f_predicted - f_target : f_target - f_predicted;
always_ff @(posedge clk_i) begin
  if (!rst_ni || (start_i && !busy_q)) f_seen <= 1'b0;
  else if (f_turn && tick_q == CompareTick) begin
    f_seen <= 1'b1;
    f_distance <= f_off;
  end
  if (!busy_q) f_clocks <= '0;
  else f_clocks <= f_clocks + 1'b1;
end

// The divider's D2, which ARITHMETIC proves: the quotient may be any that it allows.
always_comb if (f_turn && tick_q == CompareTick) assume (quotient_q <= difference_q);

always_comb begin
  if (f_past && rst_ni) begin
    if (busy_q) begin
      assert (entry_q < entries_i && tick_q <= CompareTick && f_clocks == 10'd54 * entry_q + tick_q);
    end else begin
      assert (tick_q == '0 && difference_o == f_now[23:0]);
    end
    if (f_turn) begin
      // What the table is read for.
      if (tick_q == 6'd1) assert (word_q == f_width_word);
      if (tick_q == 6'd2 || tick_q > DenominatorTick) assert (word_q == f_asymptote_word);
      if (tick_q > 6'd2 && tick_q <= DenominatorTick) assert (word_q == f_rate);
      if (tick_q >= 6'd2) assert (width_q == f_width);
      if (tick_q >= 6'd3) assert (difference_q == f_difference[23:0] && moves_q == f_moves);
    end
    assert (prediction_valid_o == (busy_q && tick_q == CompareTick));
    if (prediction_valid_o && f_turn) assert (prediction_entry_o == f_entry && prediction_o == f_predicted[24:0]);
    if (busy_q) begin
      assert (rising_q == (f_target > f_resistance));
      assert (f_seen == (entry_q > {1'b0, f_entry}));
      if (found_o) assert ({1'b0, entry_o} < entry_q);
    end
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
    if (done_o) assert ($past(busy_q) ? $past(f_clocks) + 1'b1 == 10'd54 * entries_i : ($past(start_i) && entries_i == '0));
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
