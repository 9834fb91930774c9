// SPDX-License-Identifier: Apache-2.0
// Sequential pulse predictor: the answers of memspike_pulse_predictor.sv with one adder for the product and one for the quotient, for
// FPGAs on which its multiplier and its 24 divider stages take too much room. One entry after the other:
//
//   tick     0 to 3               4 to 27                   28               29 to 52               53
//   what     table: width,        product k t u,            denominator      quotient,              comparison
//            asymptote, rate      a bit of u a clock        1 + k t u        a bit a clock
//
// The table is read over and over: the rate stays its word while it is multiplied, then the asymptote.
//
// The answer is there (done_o, for one clock) 54 x entries_i + 1 clocks after start_i.
//
// Rules:
//   P1, P2  of memspike_pulse_predictor.sv, so found_o, entry_o, negative_o and width_o are the same for the same table and inputs.
//   P3  the answer comes at its clock, once, and stays until the next start_i.
//   P4  from any state of the registers, as a single-event upset may leave them, it is idle again after at most 32 x 54 clocks.
//   P5  product and quotient are exact: what is added and subtracted a bit a clock is long multiplication and long division.
`default_nettype none
module memspike_pulse_predictor_sequential (
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
    output logic [23:0] difference_o,  // |target_i - resistance_i|, before start_i

    // For checkers: see memspike_pulse_predictor.sv
    output logic prediction_valid_o,
    output logic [3:0] prediction_entry_o,
    output logic [24:0] prediction_o
);
  localparam int FRACTION = 24;
  localparam int DENOMINATOR_W = 37;
  localparam logic [5:0] FirstProductTick = 6'd4;
  localparam logic [5:0] DenominatorTick = FirstProductTick + 6'(FRACTION);
  localparam logic [5:0] CompareTick = DenominatorTick + 6'd1 + 6'(FRACTION);

  // One memory holds the table's three columns, so that it fits narrow block RAM: address {column, entry}.
  localparam logic [1:0] Width = 2'd0;
  localparam logic [1:0] Asymptote = 2'd1;
  localparam logic [1:0] Rate = 2'd2;
  logic [31:0] pulse_table[64];
  logic [1:0] write_column;
  assign write_column = table_write_width_i ? Width : table_write_rate_i ? Rate : Asymptote;

  logic busy_q;
  assign busy_o = busy_q;
  logic [5:0] tick_q;
  logic [4:0] entry_q;
  logic [31:0] word_q;

  logic [1:0] read_column;
  assign read_column = (tick_q == '0) ? Width : (tick_q == 6'd1 || tick_q >= DenominatorTick) ? Asymptote : Rate;

  // Without a width an entry is left out. (`always`, since always_ff allows no initial contents.)
  initial begin : clear_table
    integer word;
    for (word = 0; word < 64; word = word + 1) pulse_table[word] = '0;
  end

  always @(posedge clk_i) begin : table_memory
    if (table_write_width_i || table_write_rate_i || table_write_asymptote_i) begin
      pulse_table[{write_column, table_entry_i}] <= table_data_i;
    end
    word_q <= pulse_table[{read_column, entry_q[3:0]}];
  end

  logic [16:0] width_q;
  logic [23:0] difference_q;
  // The product's upper half, and below it what is left of the difference: both move down a bit a clock.
  logic [55:0] product_q;
  logic [32:0] product_sum;
  assign product_sum = {1'b0, product_q[55:24]} + (product_q[0] ? {1'b0, word_q} : 33'd0);

  logic [DENOMINATOR_W-1:0] denominator_q;
  logic [DENOMINATOR_W-1:0] remainder_q;
  logic [FRACTION-1:0] quotient_q;
  logic [DENOMINATOR_W:0] doubled;
  logic [DENOMINATOR_W:0] left;  // below zero in its highest bit: the remainder stays below the denominator
  logic fits;
  assign doubled = {remainder_q, 1'b0};
  assign left = doubled - {1'b0, denominator_q};
  assign fits = !left[DENOMINATOR_W];

  // One subtractor for |target - R|, |r - R| and |predicted - target|.
  logic rising_q;
  logic negative;
  logic comparing;
  logic moves_q;  // r lies on the side to which the pulse moves R
  logic [24:0] predicted;
  logic [24:0] minuend;
  logic [24:0] subtrahend;
  logic [25:0] signed_distance;
  logic [24:0] distance;
  logic [24:0] best_distance_q;
  assign difference_o = distance[23:0];
  assign negative = width_q[16];
  assign comparing = tick_q == CompareTick;
  assign predicted = {1'b0, word_q[23:0]} + ({25{!negative}} ^ {1'b0, quotient_q}) + {24'd0, !negative};
  assign minuend = comparing ? predicted : !busy_q ? {1'b0, target_i} : {1'b0, word_q[23:0]};
  assign subtrahend = comparing ? {1'b0, target_i} : {1'b0, resistance_i};
  assign signed_distance = {1'b0, minuend} - {1'b0, subtrahend};
  assign distance = ({25{signed_distance[25]}} ^ signed_distance[24:0]) + {24'd0, signed_distance[25]};
  assign prediction_valid_o = busy_q && comparing;
  assign prediction_entry_o = entry_q[3:0];
  assign prediction_o = predicted;

  always_ff @(posedge clk_i) begin : predict
    done_o <= 1'b0;
    if (!rst_ni) begin
      busy_q <= 1'b0;
      tick_q <= '0;
      entry_q <= '0;
      found_o <= 1'b0;
      entry_o <= '0;
      negative_o <= 1'b0;
      width_o <= '0;
      best_distance_q <= '0;
    end else if (!busy_q) begin
      tick_q <= '0;
      entry_q <= '0;
      if (start_i) begin
        found_o <= 1'b0;
        best_distance_q <= distance;
        rising_q <= !signed_distance[25] && distance != '0;
        busy_q <= entries_i != '0;
        done_o <= entries_i == '0;
      end
    end else begin
      tick_q <= tick_q + 6'd1;
      if (tick_q < FirstProductTick) begin
        // The word of the column that the clock before has named.
        if (tick_q == 6'd1) width_q <= word_q[16:0];
        if (tick_q == 6'd2) begin
          moves_q <= negative == signed_distance[25] && distance != '0;
          difference_q <= distance[23:0];
          product_q <= {32'd0, distance[23:0]};
        end
      end else if (tick_q < DenominatorTick) begin
        product_q <= {product_sum, product_q[23:1]};
      end else if (tick_q == DenominatorTick) begin
        // k t u with 44 fraction bits, of which 24 are kept.
        denominator_q <= {1'b0, product_q[55:20]} + {{(DENOMINATOR_W - FRACTION - 1) {1'b0}}, 1'b1, {FRACTION{1'b0}}};
        remainder_q <= {{(DENOMINATOR_W - FRACTION) {1'b0}}, difference_q};
      end else if (tick_q < CompareTick) begin
        quotient_q <= {quotient_q[FRACTION-2:0], fits};
        remainder_q <= fits ? left[DENOMINATOR_W-1:0] : doubled[DENOMINATOR_W-1:0];
      end else begin
        tick_q <= '0;
        entry_q <= entry_q + 5'd1;
        if (width_q[15:0] != '0 && negative != rising_q && moves_q && distance < best_distance_q) begin
          found_o <= 1'b1;
          entry_o <= entry_q[3:0];
          negative_o <= negative;
          width_o <= width_q[15:0];
          best_distance_q <= distance;
        end
        // Not "equal": after a single-event upset of entry_q or entries_i the answer must come all the same.
        if (entry_q + 5'd1 >= entries_i) begin
          busy_q <= 1'b0;
          done_o <= 1'b1;
        end
      end
    end
  end

  logic unused;
  assign unused = doubled[DENOMINATOR_W];

`ifdef FORMAL
  `include "pulse_predictor_sequential.vh"  // the rules above, as proofs
`endif
endmodule
`default_nettype wire
