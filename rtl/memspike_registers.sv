// SPDX-License-Identifier: Apache-2.0
// Made by scripts/registers.py from rtl/registers.csv; change that file, not this one.
package memspike_registers;
  // verilator lint_off UNUSEDPARAM
  localparam logic [15:0] ID = 16'h0000;
  localparam int ID_W = 32;
  localparam logic [31:0] ID_RESET = 32'h4D53504B;
  localparam logic [15:0] MAP_VERSION = 16'h0004;
  localparam int MAP_VERSION_W = 32;
  localparam logic [31:0] MAP_VERSION_RESET = 32'h4;
  localparam logic [15:0] INPUTS = 16'h0008;
  localparam int INPUTS_W = 32;
  localparam logic [15:0] LANES = 16'h000C;
  localparam int LANES_W = 32;
  localparam logic [15:0] OUTPUTS = 16'h0010;
  localparam int OUTPUTS_W = 32;
  localparam logic [15:0] CLOCKS_PER_US = 16'h0014;
  localparam int CLOCKS_PER_US_W = 32;
  localparam logic [15:0] TILES = 16'h0018;
  localparam int TILES_W = 32;
  localparam logic [15:0] DIFFERENTIAL = 16'h001C;
  localparam int DIFFERENTIAL_W = 32;
  localparam logic [15:0] CONTROL = 16'h0020;
  localparam int CONTROL_W = 2;
  localparam int CONTROL_REVIEW_LSB = 0;
  localparam int CONTROL_REVIEW_W = 1;
  localparam int CONTROL_WRITING_LSB = 1;
  localparam int CONTROL_WRITING_W = 1;
  localparam logic [15:0] STATUS = 16'h0024;
  localparam int STATUS_W = 2;
  localparam logic [1:0] STATUS_RESET = 2'h0;
  localparam int STATUS_REVIEW_LSB = 0;
  localparam int STATUS_REVIEW_W = 1;
  localparam int STATUS_WRITING_LSB = 1;
  localparam int STATUS_WRITING_W = 1;
  localparam logic [15:0] CLOCKS = 16'h0028;
  localparam int CLOCKS_W = 32;
  localparam logic [31:0] CLOCKS_RESET = 32'h0;
  localparam logic [15:0] STEPS = 16'h0040;
  localparam int STEPS_W = 16;
  localparam logic [15:0] STEPS_RESET = 16'h0;
  localparam logic [15:0] SEED = 16'h0044;
  localparam int SEED_W = 31;
  localparam logic [30:0] SEED_RESET = 31'h0;
  localparam logic [15:0] ENCODER = 16'h0048;
  localparam int ENCODER_W = 1;
  localparam logic [0:0] ENCODER_RESET = 1'h0;
  localparam logic [15:0] THRESHOLD = 16'h004C;
  localparam int THRESHOLD_W = 32;
  localparam logic [31:0] THRESHOLD_RESET = 32'h0;
  localparam logic [15:0] MEMBRANE_START = 16'h0050;
  localparam int MEMBRANE_START_W = 32;
  localparam logic [31:0] MEMBRANE_START_RESET = 32'h0;
  localparam logic [15:0] LEAK = 16'h0054;
  localparam int LEAK_W = 5;
  localparam logic [4:0] LEAK_RESET = 5'h0;
  localparam logic [15:0] EARLY_DECISION = 16'h0058;
  localparam int EARLY_DECISION_W = 1;
  localparam logic [0:0] EARLY_DECISION_RESET = 1'h0;
  localparam logic [15:0] TOLERANCE = 16'h0080;
  localparam int TOLERANCE_W = 24;
  localparam logic [23:0] TOLERANCE_RESET = 24'h0;
  localparam logic [15:0] MAX_PULSES = 16'h0084;
  localparam int MAX_PULSES_W = 6;
  localparam logic [5:0] MAX_PULSES_RESET = 6'h0;
  localparam logic [15:0] PULSE_ENTRIES = 16'h0088;
  localparam int PULSE_ENTRIES_W = 5;
  localparam logic [4:0] PULSE_ENTRIES_RESET = 5'h0;
  localparam logic [15:0] FIRST_DEVICE = 16'h008C;
  localparam int FIRST_DEVICE_W = 16;
  localparam logic [15:0] FIRST_DEVICE_RESET = 16'h0;
  localparam logic [15:0] LAST_DEVICE = 16'h0090;
  localparam int LAST_DEVICE_W = 16;
  localparam logic [15:0] VERIFY_READS = 16'h0094;
  localparam int VERIFY_READS_W = 3;
  localparam logic [2:0] VERIFY_READS_RESET = 3'h0;
  localparam logic [15:0] CONVERGED = 16'h00A0;
  localparam int CONVERGED_W = 16;
  localparam logic [15:0] CONVERGED_RESET = 16'h0;
  localparam logic [15:0] STALLED = 16'h00A4;
  localparam int STALLED_W = 16;
  localparam logic [15:0] STALLED_RESET = 16'h0;
  localparam logic [15:0] EXHAUSTED = 16'h00A8;
  localparam int EXHAUSTED_W = 16;
  localparam logic [15:0] EXHAUSTED_RESET = 16'h0;
  localparam logic [15:0] PULSES = 16'h00AC;
  localparam int PULSES_W = 32;
  localparam logic [31:0] PULSES_RESET = 32'h0;
  localparam logic [15:0] PULSE_TIME = 16'h00B0;
  localparam int PULSE_TIME_W = 32;
  localparam logic [31:0] PULSE_TIME_RESET = 32'h0;
  localparam logic [15:0] PULSE_WIDTH = 16'h0100;
  localparam int PULSE_WIDTH_W = 17;
  localparam int PULSE_WIDTH_WIDTH_LSB = 0;
  localparam int PULSE_WIDTH_WIDTH_W = 16;
  localparam int PULSE_WIDTH_NEGATIVE_LSB = 16;
  localparam int PULSE_WIDTH_NEGATIVE_W = 1;
  localparam int PULSE_WIDTH_WORDS = 16;
  localparam int PULSE_WIDTH_INDEX_W = 4;
  localparam logic [15:0] PULSE_WIDTH_WINDOW = 16'hFFC0;
  localparam logic [15:0] PULSE_RATE = 16'h0140;
  localparam int PULSE_RATE_W = 32;
  localparam int PULSE_RATE_WORDS = 16;
  localparam int PULSE_RATE_INDEX_W = 4;
  localparam logic [15:0] PULSE_RATE_WINDOW = 16'hFFC0;
  localparam logic [15:0] PULSE_ASYMPTOTE = 16'h0180;
  localparam int PULSE_ASYMPTOTE_W = 24;
  localparam int PULSE_ASYMPTOTE_WORDS = 16;
  localparam int PULSE_ASYMPTOTE_INDEX_W = 4;
  localparam logic [15:0] PULSE_ASYMPTOTE_WINDOW = 16'hFFC0;
  localparam logic [15:0] RATE_PAIR = 16'h0800;
  localparam int RATE_PAIR_W = 32;
  localparam int RATE_PAIR_LOWER_LSB = 0;
  localparam int RATE_PAIR_LOWER_W = 16;
  localparam int RATE_PAIR_UPPER_LSB = 16;
  localparam int RATE_PAIR_UPPER_W = 16;
  localparam int RATE_PAIR_WORDS = 512;
  localparam int RATE_PAIR_INDEX_W = 9;
  localparam logic [15:0] RATE_PAIR_WINDOW = 16'hF800;
  localparam logic [15:0] RATE = 16'h1000;
  localparam int RATE_W = 16;
  localparam int RATE_WORDS = 1024;
  localparam int RATE_INDEX_W = 10;
  localparam logic [15:0] RATE_WINDOW = 16'hF000;
  localparam logic [15:0] COUNT = 16'h2000;
  localparam int COUNT_W = 16;
  localparam logic [15:0] COUNT_RESET = 16'h0;
  localparam int COUNT_WORDS = 1024;
  localparam int COUNT_INDEX_W = 10;
  localparam logic [15:0] COUNT_WINDOW = 16'hF000;
  localparam logic [15:0] MEMBRANE_LOW = 16'h3000;
  localparam int MEMBRANE_LOW_W = 32;
  localparam logic [31:0] MEMBRANE_LOW_RESET = 32'h0;
  localparam int MEMBRANE_LOW_WORDS = 512;
  localparam int MEMBRANE_LOW_INDEX_W = 9;
  localparam logic [15:0] MEMBRANE_LOW_WINDOW = 16'hF800;
  localparam logic [15:0] MEMBRANE_HIGH = 16'h3800;
  localparam int MEMBRANE_HIGH_W = 32;
  localparam logic [31:0] MEMBRANE_HIGH_RESET = 32'h0;
  localparam int MEMBRANE_HIGH_WORDS = 512;
  localparam int MEMBRANE_HIGH_INDEX_W = 9;
  localparam logic [15:0] MEMBRANE_HIGH_WINDOW = 16'hF800;
  localparam logic [15:0] TARGET = 16'h4000;
  localparam int TARGET_W = 24;
  localparam int TARGET_WORDS = 4096;
  localparam int TARGET_INDEX_W = 12;
  localparam logic [15:0] TARGET_WINDOW = 16'hC000;
  localparam logic [15:0] RESULT = 16'h8000;
  localparam int RESULT_W = 32;
  localparam int RESULT_READING_LSB = 0;
  localparam int RESULT_READING_W = 24;
  localparam int RESULT_PULSES_LSB = 24;
  localparam int RESULT_PULSES_W = 6;
  localparam int RESULT_ENDING_LSB = 30;
  localparam int RESULT_ENDING_W = 2;
  localparam int RESULT_WORDS = 4096;
  localparam int RESULT_INDEX_W = 12;
  localparam logic [15:0] RESULT_WINDOW = 16'hC000;

  // Whether the host writes the register and, where the build allows it, reads it back.
  function automatic logic is_setting(input logic [15:0] address);
    case (address)
      STEPS,
      SEED,
      ENCODER,
      THRESHOLD,
      MEMBRANE_START,
      LEAK,
      EARLY_DECISION,
      TOLERANCE,
      MAX_PULSES,
      PULSE_ENTRIES,
      FIRST_DEVICE,
      LAST_DEVICE,
      VERIFY_READS: is_setting = 1'b1;
      default: is_setting = 1'b0;
    endcase
  endfunction
  // verilator lint_on UNUSEDPARAM
endpackage
