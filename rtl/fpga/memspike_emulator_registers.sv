// Made by scripts/registers.py from rtl/registers.csv; change that file, not this one.
package memspike_emulator_registers;
  localparam logic [15:0] EMULATOR_RESISTANCE = 16'hC000;
  localparam logic [15:0] EMULATOR_SCALE = 16'hD000;
  localparam logic [15:0] EMULATOR_OFFSET = 16'hD004;
  localparam logic [15:0] EMULATOR_NOISE = 16'hD008;
  localparam logic [15:0] EMULATOR_NOISE_SEED = 16'hD00C;
  localparam logic [15:0] EMULATOR_RATE = 16'hD100;
  localparam logic [15:0] EMULATOR_ASYMPTOTE = 16'hD140;
endpackage
