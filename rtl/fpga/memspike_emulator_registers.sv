// SPDX-License-Identifier: Apache-2.0
// Made by scripts/registers.py from rtl/registers.csv; change that file, not this one.
package memspike_emulator_registers;
  // verilator lint_off UNUSEDPARAM
  localparam logic [15:0] EMULATOR_RESISTANCE = 16'hC000;
  localparam int EMULATOR_RESISTANCE_W = 32;
  localparam int EMULATOR_RESISTANCE_WORDS = 1024;
  localparam int EMULATOR_RESISTANCE_INDEX_W = 10;
  localparam logic [15:0] EMULATOR_RESISTANCE_WINDOW = 16'hF000;
  localparam logic [15:0] EMULATOR_SCALE = 16'hD000;
  localparam int EMULATOR_SCALE_W = 32;
  localparam logic [31:0] EMULATOR_SCALE_RESET = 32'h0;
  localparam logic [15:0] EMULATOR_OFFSET = 16'hD004;
  localparam int EMULATOR_OFFSET_W = 24;
  localparam logic [23:0] EMULATOR_OFFSET_RESET = 24'h0;
  localparam logic [15:0] EMULATOR_NOISE = 16'hD008;
  localparam int EMULATOR_NOISE_W = 3;
  localparam logic [2:0] EMULATOR_NOISE_RESET = 3'h0;
  localparam logic [15:0] EMULATOR_NOISE_SEED = 16'hD00C;
  localparam int EMULATOR_NOISE_SEED_W = 31;
  localparam logic [30:0] EMULATOR_NOISE_SEED_RESET = 31'h1;
  localparam logic [15:0] EMULATOR_RATE = 16'hD100;
  localparam int EMULATOR_RATE_W = 32;
  localparam int EMULATOR_RATE_WORDS = 16;
  localparam int EMULATOR_RATE_INDEX_W = 4;
  localparam logic [15:0] EMULATOR_RATE_WINDOW = 16'hFFC0;
  localparam logic [15:0] EMULATOR_ASYMPTOTE = 16'hD140;
  localparam int EMULATOR_ASYMPTOTE_W = 24;
  localparam int EMULATOR_ASYMPTOTE_WORDS = 16;
  localparam int EMULATOR_ASYMPTOTE_INDEX_W = 4;
  localparam logic [15:0] EMULATOR_ASYMPTOTE_WINDOW = 16'hFFC0;
  // verilator lint_on UNUSEDPARAM
endpackage
