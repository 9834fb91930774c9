// SPDX-License-Identifier: Apache-2.0
// Pulse predictor: which entry of the pulse table brings a device nearest to its target?
//
// For an entry with rate k t and asymptote r the resistance after the pulse is (the closed form of the paper's equation 19)
//
//   u = |r - R|      u' = u / (1 + k t u)      R' = r - u' for a positive pulse, r + u' for a negative one
//
// in fixed point: R, r, u, u' in ohm with 8 fraction bits; k t in 1/ohm with 36; the denominator with 24, cut off, not
// rounded. Entries that would move R away from the target, or that have no width, are left out. The nearest entry wins,
// the first of equals; none, if none comes nearer than R is now.
//
// After start_i one entry a clock enters the pipeline: table read, difference, product, division. The answer is there
// (done_o, for one clock) entries_i + 28 clocks after start_i; with no entry in use, one clock after it.
//
// Rules:
//   P1  found_o implies that the chosen entry is in use, has a width and moves R towards the target.
//   P2  without found_o no entry in use predicts a distance below |target - R|; with it none predicts one below the chosen
//       entry's, and none before it the same.
//   P3  the answer comes at its clock, once, and stays until the next start_i.
//   P4  from any state of the registers, as a single-event upset may leave them, it is idle again after at most 64 clocks.
`default_nettype none
module memspike_pulse_predictor (
    input wire clk_i,
    input wire rst_ni,

    // Write port of the pulse table; only while idle.
    input wire table_write_width_i,
    input wire table_write_rate_i,
    input wire table_write_asymptote_i,
    input wire [memspike_registers::PULSE_WIDTH_INDEX_W-1:0] table_entry_i,
    input wire [31:0] table_data_i,

    input wire [memspike_registers::PULSE_ENTRIES_W-1:0] entries_i,  // in use, 0 to 16

    input wire start_i,
    input wire [23:0] resistance_i,  // held from start_i to done_o
    input wire [23:0] target_i,

    output logic busy_o,
    output logic done_o,
    output logic found_o,
    output logic [3:0] entry_o,
    output logic negative_o,
    output logic [memspike_registers::PULSE_WIDTH_WIDTH_W-1:0] width_o,

    // For checkers: every prediction as it is compared, of all entries in use. Modulo 2^25, since an entry that would move R
    // away from its target may end below zero.
    output logic prediction_valid_o,
    output logic [3:0] prediction_entry_o,
    output logic [24:0] prediction_o
);
  localparam int FRACTION = 24;
  localparam int DENOMINATOR_W = 37;
  // Clocks from an entry's address to its quotient: table, difference, product, FRACTION stages.
  localparam int DEPTH = 3 + FRACTION;
  localparam int TICK_W = 6;

  // The table; one word for each of its three columns.
  logic [memspike_registers::PULSE_WIDTH_W-1:0] width_table[memspike_registers::PULSE_WIDTH_WORDS];
  logic [memspike_registers::PULSE_RATE_W-1:0] rate_table[memspike_registers::PULSE_RATE_WORDS];
  logic [memspike_registers::PULSE_ASYMPTOTE_W-1:0] asymptote_table[memspike_registers::PULSE_ASYMPTOTE_WORDS];

  // Without a width an entry is left out. (`always`, since always_ff allows no initial contents.)
  initial begin : clear_table
    integer word;
    for (word = 0; word < 16; word = word + 1) begin
      width_table[word] = '0;
      rate_table[word] = '0;
      asymptote_table[word] = '0;
    end
  end

  // tick_q counts from start_i: at tick t entry t enters, and the quotient of entry t - DEPTH is compared.
  logic busy_q;
  assign busy_o = busy_q;
  logic [TICK_W-1:0] tick_q;
  logic [TICK_W-1:0] last_tick;
  assign last_tick = TICK_W'(entries_i) + TICK_W'(DEPTH);

  // Table read.
  logic [31:0] rate_q;
  logic [23:0] asymptote_q;
  // Difference.
  logic [31:0] rate_difference_q;
  logic [23:0] difference_q;
  // Product: k t u with 44 fraction bits, of which 24 are kept.
  logic [DENOMINATOR_W-1:0] denominator_q;
  logic [23:0] numerator_q;
  logic [23:0] quotient;

  always_ff @(posedge clk_i) begin : pipeline
    logic [35:0] product;
    product = '0;
    if (busy_q) begin
      rate_difference_q <= rate_q;
      difference_q <= (asymptote_q > resistance_i) ? asymptote_q - resistance_i : resistance_i - asymptote_q;
      product = 36'(({24'd0, rate_difference_q} * {32'd0, difference_q}) >> 20);
      denominator_q <= {1'b0, product} + {{(DENOMINATOR_W - FRACTION - 1) {1'b0}}, 1'b1, {FRACTION{1'b0}}};
      numerator_q <= difference_q;
    end
  end

  memspike_divider #(
      .FRACTION(FRACTION),
      .DENOMINATOR_W(DENOMINATOR_W)
  ) u_divider (
      .clk_i,
      .enable_i(busy_q),
      .numerator_i(numerator_q),
      .denominator_i(denominator_q),
      .quotient_o(quotient)
  );

  // The entry whose quotient comes next is read again, one clock ahead.
  logic [TICK_W-1:0] compare_tick;
  assign compare_tick = tick_q - TICK_W'(DEPTH) + 1'b1;
  logic [16:0] compare_width_q;
  logic [23:0] compare_asymptote_q;
  logic [3:0] compare_entry_q;

  // Reads come before writes, which change a table at once: nobody else reads it, and simulators pay for holding a write back with a copy
  // and a flag, at every clock.
  always @(posedge clk_i) begin : tables
    if (busy_q) begin
      rate_q <= rate_table[tick_q[3:0]];
      asymptote_q <= asymptote_table[tick_q[3:0]];
      if (rst_ni) begin
        compare_width_q <= width_table[compare_tick[3:0]];
        compare_asymptote_q <= asymptote_table[compare_tick[3:0]];
        compare_entry_q <= compare_tick[3:0];
      end
    end
    // verilator lint_off BLKSEQ
    if (table_write_width_i) width_table[table_entry_i] = table_data_i[memspike_registers::PULSE_WIDTH_W-1:0];
    if (table_write_rate_i) rate_table[table_entry_i] = table_data_i;
    if (table_write_asymptote_i) asymptote_table[table_entry_i] = table_data_i[memspike_registers::PULSE_ASYMPTOTE_W-1:0];
    // verilator lint_on BLKSEQ
  end

  logic [24:0] best_distance_q;

  logic comparing;
  logic negative;
  logic [24:0] predicted;
  assign comparing = busy_q && tick_q >= TICK_W'(DEPTH);
  assign negative = compare_width_q[16];
  assign predicted = negative ? {1'b0, compare_asymptote_q} + {1'b0, quotient}
                              : {1'b0, compare_asymptote_q} - {1'b0, quotient};
  assign prediction_valid_o = comparing;
  assign prediction_entry_o = compare_entry_q;
  assign prediction_o = predicted;

  always_ff @(posedge clk_i) begin : compare
    logic [TICK_W-1:0] tick;
    logic rising;
    logic [24:0] distance;
    tick = tick_q;
    rising = 1'b0;
    distance = '0;
    done_o <= 1'b0;
    if (!rst_ni) begin
      busy_q <= 1'b0;
      tick_q <= '0;
      found_o <= 1'b0;
      entry_o <= '0;
      negative_o <= 1'b0;
      width_o <= '0;
      best_distance_q <= '0;
    end else if (busy_q) begin
      rising = target_i > resistance_i;
      if (comparing) begin
        distance = (predicted > {1'b0, target_i}) ? predicted - {1'b0, target_i} : {1'b0, target_i} - predicted;
        if (compare_width_q[15:0] != '0 && negative != rising &&
            (negative ? compare_asymptote_q < resistance_i : compare_asymptote_q > resistance_i) &&
            distance < best_distance_q) begin
          found_o <= 1'b1;
          entry_o <= compare_entry_q;
          negative_o <= negative;
          width_o <= compare_width_q[15:0];
          best_distance_q <= distance;
        end
        // Not "equal": after a single-event upset of tick_q or entries_i the answer must come all the same.
        if ({1'b0, tick} + 1'b1 >= {1'b0, last_tick}) begin
          busy_q <= 1'b0;
          done_o <= 1'b1;
        end
      end
      tick_q <= tick + 1'b1;
    end else begin
      tick_q <= '0;
      if (start_i) begin
        rising = target_i > resistance_i;
        found_o <= 1'b0;
        best_distance_q <= {1'b0, rising ? target_i - resistance_i : resistance_i - target_i};
        busy_q <= entries_i != '0;
        done_o <= entries_i == '0;
      end
    end
  end

  logic unused;
  assign unused = ^{compare_tick[TICK_W-1:4]};

`ifdef FORMAL
  `include "pulse_predictor.vh"  // the rules above, as proofs
`endif
endmodule
`default_nettype wire
