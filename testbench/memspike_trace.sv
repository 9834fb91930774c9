// SPDX-License-Identifier: Apache-2.0
// The top for waveforms: memspike with, beside it, what is analogue, as real signals in the same file. Not for synthesis;
// compiled with tracing on for `memspike trace`, from C only (model/chip/dut.cpp).
//
//   dut.clocks_q  clock of the review or the writing, as the messages of the lock-step checker count it
//   g_output[o]  code, spike and count of an output; membrane and threshold in volt-like units (V has 12 fraction bits);
//                column_current in currents of one device of weight 1, as the ADCs have it, 0 while nothing is sensed
//   g_device[n]  the chosen devices: number (column x rows + row), row, column, resistance and target in ohm
//   g_addressed  the device that the controller is at: resistance and target in ohm; pulse_width in us of the pulse that
//                is applied, negative for a pulse that lowers the resistance
`default_nettype none
module memspike_trace #(
    parameter int INPUTS = 100,
    parameter int LANES = 100,
    parameter int OUTPUTS = 1,
    parameter int TILES = 1,
    parameter int DIFFERENTIAL = 0,
    parameter int CLOCKS_PER_US = 1,
    parameter int SEQUENTIAL = 0,
    localparam int CHOSEN = 16,
    localparam int CODE_FRAC = memspike_widths::CODE_FRAC,
    localparam int PHASES = INPUTS / LANES,
    localparam int COLUMNS = memspike_widths::columns(PHASES, OUTPUTS, DIFFERENTIAL),
    localparam int ROW_W = memspike_widths::index_width(LANES),
    localparam int PHASE_W = memspike_widths::index_width(PHASES),
    localparam int COLUMN_W = memspike_widths::index_width(COLUMNS),
    localparam int TILE_CODE_W = memspike_widths::tile_code_width(LANES, TILES),
    localparam int CODE_W = memspike_widths::code_width(LANES, TILES),
    localparam int MEMBRANE_W = memspike_widths::membrane_width(CODE_W, PHASES)
) (
    input wire clk_i,
    input wire rst_ni,
    input wire request_valid_i,
    output logic request_ready_o,
    input wire request_write_i,
    input wire [15:0] request_address_i,
    input wire [31:0] request_data_i,
    output logic response_valid_o,
    input wire response_ready_i,
    output logic [31:0] response_data_o,
    output logic response_error_o,
    output logic busy_o,
    output logic sense_o,
    output logic [PHASE_W-1:0] sense_phase_o,
    output logic [LANES-1:0] rows_o,
    input wire [OUTPUTS*TILES*TILE_CODE_W-1:0] code_i,
    output logic [ROW_W-1:0] row_o,
    output logic [COLUMN_W-1:0] column_o,
    output logic read_o,
    input wire [23:0] reading_i,
    output logic pulse_o,
    output logic pulse_negative_o,
    output logic [3:0] pulse_entry_o,
    output logic [OUTPUTS*MEMBRANE_W-1:0] membrane_o,
    output logic [OUTPUTS-1:0] spike_o,
    output logic [OUTPUTS*16-1:0] count_o,
    output logic [2:0] write_state_o,
    output logic [5:0] write_iteration_o,
    output logic prediction_valid_o,
    output logic [3:0] prediction_entry_o,
    output logic [24:0] prediction_o,

    // For the waves only, under the names below
    // verilator tracing_off
    input int chosen_i[CHOSEN],  // the number of each chosen device; -1 behind the last
    input real chosen_resistance_i[CHOSEN],
    input real chosen_target_i[CHOSEN],
    input real resistance_i,  // of the device that the controller is at
    input real target_i,
    input real pulse_width_i  // of the pulse that is applied, in us, negative for a negative one; 0 without a pulse
    // verilator tracing_on
);
  // What is only looked at.
  // verilator lint_off UNUSEDSIGNAL
  logic [1:0] review_state;  // no enum: GTKWave translates plain vectors only
  assign review_state = dut.u_sequencer.state_q;

  if (1) begin : g_addressed
    real resistance;
    real target;
    real pulse_width;
    assign resistance = resistance_i;
    assign target = target_i;
    assign pulse_width = pulse_width_i;
  end

  memspike #(
      .INPUTS(INPUTS),
      .LANES(LANES),
      .OUTPUTS(OUTPUTS),
      .TILES(TILES),
      .DIFFERENTIAL(DIFFERENTIAL),
      .CLOCKS_PER_US(CLOCKS_PER_US),
      .SEQUENTIAL(SEQUENTIAL)
  ) dut (
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
      .busy_o,
      .sense_o,
      .sense_phase_o,
      .rows_o,
      .code_i,
      .row_o,
      .column_o,
      .read_o,
      .reading_i,
      .pulse_o,
      .pulse_negative_o,
      .pulse_entry_o,
      .membrane_o,
      .spike_o,
      .count_o,
      .write_state_o,
      .write_iteration_o,
      .prediction_valid_o,
      .prediction_entry_o,
      .prediction_o
  );

  for (genvar o = 0; o < OUTPUTS; o = o + 1) begin : g_output
    real column_current;
    real membrane;
    real threshold;
    logic signed [CODE_W-1:0] code;
    logic [15:0] count;
    logic spike;
    assign code = dut.code[o*CODE_W+:CODE_W];
    assign count = count_o[o*16+:16];
    assign spike = spike_o[o];
    assign column_current = sense_o ? real'(code) / (1 << CODE_FRAC) : 0.0;
    assign membrane = real'($signed(membrane_o[o*MEMBRANE_W+:MEMBRANE_W])) / (1 << CODE_FRAC);
    assign threshold = real'($signed(dut.threshold)) / (1 << CODE_FRAC);
  end

  for (genvar d = 0; d < CHOSEN; d = d + 1) begin : g_device
    int number;
    int row;
    int column;
    real resistance;
    real target;
    assign number = chosen_i[d];
    assign row = number % LANES;
    assign column = number / LANES;
    assign resistance = chosen_resistance_i[d];
    assign target = chosen_target_i[d];
  end
  // verilator lint_on UNUSEDSIGNAL
endmodule
`default_nettype wire
