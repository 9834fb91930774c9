// SPDX-License-Identifier: Apache-2.0
// memspike: the digital part of a memristor spiking neural network. It encodes the rates of a sample as spikes, integrates
// the sensed column currents in LIF neurons, and writes the memristors by predict-write-verify. The memristor array
// itself is analogue and lies outside, at the analogue boundary.
//
//   INPUTS             values in a sample
//   LANES              rows of the array; divides INPUTS
//   OUTPUTS            LIF neurons
//   TILES              arrays that the rows are spread over, LANES / TILES in each; divides LANES
//   DIFFERENTIAL       1: an output is sensed as the difference of two columns, so that its weights have a sign
//   CLOCKS_PER_US      clocks for which a pulse of 1 us stays high
// and, for FPGAs, what costs room:
//   SEQUENTIAL         1: the writing controller computes bit by bit; 0: with multipliers, its predictor in a pipeline
//   RATE_CODING        0: without the encoder's rate-coded mode and its accumulators; ENCODER then takes only 0
//   EARLY_DECISION     0: without the logic that ends reviews early; the register of that name then takes only 0
//   LEAK_W             bits of the register LEAK, 1 to 5: larger values are refused
//   READABLE_SETTINGS  0: registers that the host writes cannot be read back
//   RATE_PAIRS         0: without the window RATE_PAIR, which takes two rates in a write
//
// Input i sits on row i mod LANES and is driven in phase i / LANES. The array has LANES rows and PHASES x OUTPUTS columns;
// phase p senses columns p x OUTPUTS to p x OUTPUTS + OUTPUTS - 1 at once. With DIFFERENTIAL there are twice as many: output o
// of phase p has the columns 2 (p x OUTPUTS + o), which counts, and the one after it, which is subtracted. With several TILES
// row r lies in tile r / (LANES / TILES); a tile has a converter for each output and phase, as if it were alone.
//
// Analogue boundary, inference: while sense_o is high, rows_o holds the spikes on the rows and sense_phase_o the phase;
// by the end of the same clock code_i must hold a signed code for each of the phase's outputs, for each tile, tile by tile:
//   round(4096 x sum of spike x (G - Gref) / (Gmax - Gmin)), saturated to TILE_CODE_W bits,
// where Gref is Gmin or, with DIFFERENTIAL, the conductance in the same row of the column that is subtracted.
// Analogue boundary, writing: while read_o is high, reading_i must hold, by the end of the same clock, the
// resistance of the device at row_o, column_o in ohm with 8 fraction bits. While pulse_o is high, a pulse of the table's
// entry pulse_entry_o (pulse_negative_o: its sign) is applied to that device.
//
// Rules:
//   M1  a review and a writing never run together; sense_o, read_o and pulse_o are never high together.
//   M2  CLOCKS counts the clocks for which busy_o has been high since the last start.
`default_nettype none
module memspike #(
    parameter int INPUTS = 100,
    parameter int LANES = 100,
    parameter int OUTPUTS = 1,
    parameter int TILES = 1,
    parameter int DIFFERENTIAL = 0,
    parameter int CLOCKS_PER_US = 1,
    parameter int SEQUENTIAL = 0,
    parameter int RATE_CODING = 1,
    parameter int EARLY_DECISION = 1,
    parameter int LEAK_W = 5,
    parameter int READABLE_SETTINGS = 1,
    parameter int RATE_PAIRS = 1,
    localparam int PHASES = INPUTS / LANES,
    localparam int COLUMNS = memspike_widths::columns(PHASES, OUTPUTS, DIFFERENTIAL),
    localparam int ROW_W = memspike_widths::index_width(LANES),
    localparam int PHASE_W = memspike_widths::index_width(PHASES),
    localparam int COLUMN_W = memspike_widths::index_width(COLUMNS),
    localparam int DEVICE_W = memspike_widths::device_width(LANES, COLUMNS),
    localparam int TILE_CODE_W = memspike_widths::tile_code_width(LANES, TILES),
    localparam int CODE_W = memspike_widths::code_width(LANES, TILES),
    localparam int MEMBRANE_W = memspike_widths::membrane_width(CODE_W, PHASES)
) (
    input wire clk_i,
    input wire rst_ni,

    // Register port
    input wire request_valid_i,
    output logic request_ready_o,
    input wire request_write_i,
    input wire [15:0] request_address_i,
    input wire [31:0] request_data_i,
    output logic response_valid_o,
    input wire response_ready_i,
    output logic [31:0] response_data_o,
    output logic response_error_o,

    // A review or a writing runs
    output logic busy_o,

    // Analogue boundary: inference
    output logic sense_o,
    output logic [PHASE_W-1:0] sense_phase_o,
    output logic [LANES-1:0] rows_o,
    input wire [OUTPUTS*TILES*TILE_CODE_W-1:0] code_i,

    // Analogue boundary: writing
    output logic [ROW_W-1:0] row_o,
    output logic [COLUMN_W-1:0] column_o,
    output logic read_o,
    input wire [23:0] reading_i,
    output logic pulse_o,
    output logic pulse_negative_o,
    output logic [3:0] pulse_entry_o,

    // For waveforms and checkers
    output logic [OUTPUTS*MEMBRANE_W-1:0] membrane_o,
    output logic [OUTPUTS-1:0] spike_o,
    output logic [OUTPUTS*16-1:0] count_o,
    output logic [2:0] write_state_o,
    output logic [5:0] write_iteration_o,
    output logic prediction_valid_o,
    output logic [3:0] prediction_entry_o,
    output logic [24:0] prediction_o
);
  logic [memspike_registers::STEPS_W-1:0] steps;
  logic [memspike_registers::SEED_W-1:0] seed;
  logic [memspike_registers::ENCODER_W-1:0] rate_coded;
  logic [memspike_registers::THRESHOLD_W-1:0] threshold;
  logic [memspike_registers::MEMBRANE_START_W-1:0] membrane_start;
  logic [memspike_registers::LEAK_W-1:0] leak;
  logic [memspike_registers::EARLY_DECISION_W-1:0] early_decision;
  logic [memspike_registers::TOLERANCE_W-1:0] tolerance;
  logic [memspike_registers::MAX_PULSES_W-1:0] max_pulses;
  logic [memspike_registers::VERIFY_READS_W-1:0] verify_reads;
  logic [memspike_registers::PULSE_ENTRIES_W-1:0] pulse_entries;
  logic [DEVICE_W-1:0] first_device;
  logic [DEVICE_W-1:0] last_device;
  logic start_review;
  logic start_writing;
  logic [31:0] write_data;
  logic rate_write;
  logic rate_pair;
  logic [PHASE_W-1:0] rate_phase;
  logic [ROW_W-1:0] rate_lane;
  logic target_write;
  logic pulse_width_write;
  logic pulse_rate_write;
  logic pulse_asymptote_write;
  logic [memspike_registers::PULSE_WIDTH_INDEX_W-1:0] pulse_entry;
  logic [DEVICE_W-1:0] device;
  logic result_read;
  logic [memspike_registers::RESULT_W-1:0] result;
  logic review_busy;
  logic writing_busy;
  logic [memspike_registers::CONVERGED_W-1:0] converged;
  logic [memspike_registers::STALLED_W-1:0] stalled;
  logic [memspike_registers::EXHAUSTED_W-1:0] exhausted;
  logic [memspike_registers::PULSES_W-1:0] pulses;
  logic [memspike_registers::PULSE_TIME_W-1:0] pulse_time;
  logic [memspike_registers::CLOCKS_W-1:0] clocks_q;

  assign busy_o = review_busy || writing_busy;

  always_ff @(posedge clk_i) begin : count_clocks
    if (!rst_ni) begin
      clocks_q <= '0;
    end else if (busy_o) begin  // and so nothing starts
      if (clocks_q != '1) clocks_q <= clocks_q + 32'd1;
    end else if (start_review || start_writing) begin
      clocks_q <= '0;
    end
  end

  memspike_register_port #(
      .INPUTS(INPUTS),
      .LANES(LANES),
      .OUTPUTS(OUTPUTS),
      .TILES(TILES),
      .DIFFERENTIAL(DIFFERENTIAL),
      .MEMBRANE_W(MEMBRANE_W),
      .CLOCKS_PER_US(CLOCKS_PER_US),
      .RATE_CODING(RATE_CODING),
      .EARLY_DECISION(EARLY_DECISION),
      .LEAK_W(LEAK_W),
      .READABLE_SETTINGS(READABLE_SETTINGS),
      .RATE_PAIRS(RATE_PAIRS)
  ) u_registers (
      .clk_i,
      .rst_ni,
      .request_valid_i,
      .request_ready_o,
      .request_write_i,
      .request_address_i,
      .request_data_i,
      .response_valid_o,
      .response_ready_i,
      .response_data_o,
      .response_error_o,
      .steps_o(steps),
      .seed_o(seed),
      .rate_coded_o(rate_coded),
      .threshold_o(threshold),
      .membrane_start_o(membrane_start),
      .leak_o(leak),
      .early_decision_o(early_decision),
      .tolerance_o(tolerance),
      .max_pulses_o(max_pulses),
      .verify_reads_o(verify_reads),
      .pulse_entries_o(pulse_entries),
      .first_device_o(first_device),
      .last_device_o(last_device),
      .start_review_o(start_review),
      .start_writing_o(start_writing),
      .write_data_o(write_data),
      .rate_write_o(rate_write),
      .rate_pair_o(rate_pair),
      .rate_phase_o(rate_phase),
      .rate_lane_o(rate_lane),
      .target_write_o(target_write),
      .pulse_width_write_o(pulse_width_write),
      .pulse_rate_write_o(pulse_rate_write),
      .pulse_asymptote_write_o(pulse_asymptote_write),
      .pulse_entry_o(pulse_entry),
      .device_o(device),
      .result_read_o(result_read),
      .result_i(result),
      .review_busy_i(review_busy),
      .writing_busy_i(writing_busy),
      .clocks_i(clocks_q),
      .converged_i(converged),
      .stalled_i(stalled),
      .exhausted_i(exhausted),
      .pulses_i(pulses),
      .pulse_time_i(pulse_time),
      .count_i(count_o),
      .membrane_i(membrane_o)
  );

  logic load;
  logic advance;
  logic first_step;
  logic [PHASE_W-1:0] phase;
  logic [PHASE_W-1:0] phase_next;
  logic sense_valid;
  logic sense_first;
  logic sense_last;
  logic decided;

  // The steps that an early decision makes needless are neither sensed nor counted.
  assign sense_o = sense_valid && !decided;

  memspike_review_sequencer #(
      .PHASES(PHASES)
  ) u_sequencer (
      .clk_i,
      .rst_ni,
      .start_i(start_review),
      .steps_i(steps),
      .stop_i(decided),
      .busy_o(review_busy),
      .load_o(load),
      .advance_o(advance),
      .first_step_o(first_step),
      .phase_o(phase),
      .phase_next_o(phase_next),
      .sense_valid_o(sense_valid),
      .sense_first_o(sense_first),
      .sense_last_o(sense_last),
      .sense_phase_o(sense_phase_o)
  );

  memspike_spike_encoder #(
      .INPUTS(INPUTS),
      .LANES(LANES),
      .RATE_CODING(RATE_CODING)
  ) u_encoder (
      .clk_i,
      .rst_ni,
      .rate_coded_i(rate_coded),
      .seed_i(seed),
      .rate_write_i(rate_write),
      .rate_pair_i(rate_pair),
      .rate_phase_i(rate_phase),
      .rate_lane_i(rate_lane),
      .rate_i(write_data),
      .load_i(load),
      .advance_i(advance),
      .first_step_i(first_step),
      .phase_i(phase),
      .phase_next_i(phase_next),
      .spikes_o(rows_o)
  );

  logic [OUTPUTS*CODE_W-1:0] code;

  memspike_tile_adder #(
      .OUTPUTS(OUTPUTS),
      .TILES(TILES),
      .TILE_CODE_W(TILE_CODE_W)
  ) u_tiles (
      .code_i,
      .code_o(code)
  );

  memspike_lif_array #(
      .OUTPUTS(OUTPUTS),
      .CODE_W(CODE_W),
      .MEMBRANE_W(MEMBRANE_W)
  ) u_neurons (
      .clk_i,
      .rst_ni,
      .threshold_i(threshold),
      .membrane_start_i(membrane_start),
      .leak_i(leak),
      .load_i(load),
      .sense_valid_i(sense_o),
      .sense_first_i(sense_first),
      .sense_last_i(sense_last),
      .code_i(code),
      .membrane_o,
      .spike_o,
      .count_o
  );

  memspike_early_decision #(
      .OUTPUTS(OUTPUTS)
  ) u_decision (
      .clk_i,
      .rst_ni,
      .enable_i(EARLY_DECISION != 0 && early_decision),
      .steps_i(steps),
      .load_i(load),
      .step_i(sense_o && sense_last),
      .count_i(count_o),
      .decided_o(decided)
  );

  memspike_write_verify #(
      .ROWS(LANES),
      .COLUMNS(COLUMNS),
      .CLOCKS_PER_US(CLOCKS_PER_US),
      .SEQUENTIAL(SEQUENTIAL)
  ) u_write_verify (
      .clk_i,
      .rst_ni,
      .target_write_i(target_write),
      .target_device_i(device),
      .table_write_width_i(pulse_width_write),
      .table_write_rate_i(pulse_rate_write),
      .table_write_asymptote_i(pulse_asymptote_write),
      .table_entry_i(pulse_entry),
      .write_data_i(write_data),
      .result_read_i(result_read),
      .result_device_i(device),
      .result_o(result),
      .tolerance_i(tolerance),
      .max_pulses_i(max_pulses),
      .verify_reads_i(verify_reads),
      .entries_i(pulse_entries),
      .first_device_i(first_device),
      .last_device_i(last_device),
      .start_i(start_writing),
      .busy_o(writing_busy),
      .row_o,
      .column_o,
      .read_o,
      .reading_i,
      .pulse_o,
      .pulse_negative_o,
      .pulse_entry_o,
      .converged_o(converged),
      .stalled_o(stalled),
      .exhausted_o(exhausted),
      .pulses_o(pulses),
      .pulse_time_o(pulse_time),
      .state_o(write_state_o),
      .iteration_o(write_iteration_o),
      .prediction_valid_o,
      .prediction_entry_o,
      .prediction_o
  );

  if (INPUTS < 1 || LANES < 1) begin : g_check_rows
    error_INPUTS_and_LANES_must_be_at_least_1 check ();
  end
  if (TILES < 1 || LANES % TILES != 0) begin : g_check_tiles
    error_TILES_must_divide_LANES check ();
  end
  if (DIFFERENTIAL != 0 && DIFFERENTIAL != 1) begin : g_check_differential
    error_DIFFERENTIAL_must_be_0_or_1 check ();
  end

`ifdef FORMAL
  `include "memspike.vh"  // the rules above, as proofs
`endif
endmodule
`default_nettype wire
