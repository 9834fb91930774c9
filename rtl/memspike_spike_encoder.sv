// SPDX-License-Identifier: Apache-2.0
// Spike encoder: turns the rates of a sample into the spikes that drive the rows of the array, one phase a clock.
//
//   INPUTS       values in a sample
//   LANES        rows driven at once; divides INPUTS. Input i sits on lane i mod LANES, in phase i / LANES
//   RATE_CODING  0: without the rate-coded mode and its accumulators
//
// Poisson mode: lane l draws a number from a 31-bit Fibonacci LFSR (x^31 + x^28 + 1) for every phase and spikes when the
// low 16 bits are below the rate. The LFSR advances 16 positions for a number: advancing by one makes successive
// numbers overlap and nearly doubles the variance of the mean current.
//
// A lane starts from KEY[l] xor a permutation of the seed: bit b takes seed bit ((b (m + 2) + j) mod 31), where
// l = 31 m + j. Without the permutation the difference of two lanes' states would be the same in every review, because the
// LFSR is linear, and lanes would be correlated (measured: up to 0.18 over reviews of 1,000 steps; with it none).
//
// Rate-coded mode (sigma-delta): each input has a 16-bit accumulator that starts at one half; the rate is added every step,
// the carry is the spike. So an input of rate x spikes x T times in T steps, rounded: from zero it would be rounded down.
//
// The state is stored as bit planes, plane b holding bit b of every lane, so that a step of all lanes is a few wide
// logic operations: in hardware the same wires, in simulation a multiple of the speed. A plane is cut into groups of at most
// 128 lanes, which are one vector word to a compiler.
//
// Rules:
//   E1  spikes_o holds the spikes of a phase in the clock after advance_i named it, and is zero otherwise.
//   E2  a rate of 0 never spikes; the LFSR of a lane that starts nonzero never becomes zero.
//   E3  KEY has no two equal entries and no zero.
`default_nettype none
module memspike_spike_encoder #(
    parameter int INPUTS = 100,
    parameter int LANES = 100,
    parameter int RATE_CODING = 1,
    localparam int PHASES = INPUTS / LANES,
    localparam int LANE_W = memspike_widths::index_width(LANES),
    localparam int PHASE_W = memspike_widths::index_width(PHASES)
) (
    input wire clk_i,
    input wire rst_ni,

    input wire rate_coded_i,
    input wire [30:0] seed_i,

    // Write port of the rates; only while no review runs.
    input wire rate_write_i,
    input wire rate_pair_i,  // and, from rate_i[31:16], of the lane above, if there is one
    input wire [PHASE_W-1:0] rate_phase_i,
    input wire [LANE_W-1:0] rate_lane_i,
    input wire [31:0] rate_i,

    input wire load_i,                     // one clock before the first phase: start a review
    input wire advance_i,                  // make the spikes of this phase
    input wire first_step_i,               // the phase belongs to the first step
    input wire [PHASE_W-1:0] phase_i,
    input wire [PHASE_W-1:0] phase_next_i, // the phase of the next clock

    output logic [LANES-1:0] spikes_o
);
  localparam int STATE_W = 31;
  localparam int RATE_W = 16;
  localparam int BLOCKS = (LANES + STATE_W - 1) / STATE_W;
  localparam int GROUPS = (LANES + 127) / 128;
  localparam int GROUP = (LANES + GROUPS - 1) / GROUPS;  // lanes in a group; the last one may have some too many, which nobody reads
  localparam int GROUP_W = memspike_widths::index_width(GROUP);
  localparam int WORD_W = RATE_W * GROUPS * GROUP;       // a number for every lane

  // Bit b of the start states of a group's lanes. The key is a bijection on 31-bit numbers (odd multiplications and shifts), so
  // that distinct lanes get distinct keys, none of them zero.
  function automatic logic [GROUP-1:0] key_plane(input int group, input logic [4:0] b);
    logic [30:0] x;
    integer lane;
    for (lane = 0; lane < GROUP; lane = lane + 1) begin
      x = 31'(group * GROUP + lane + 1);
      x = x * 31'h2C1B3C6D;
      x = x ^ (x >> 15);
      x = x * 31'h297A2D39;
      x = x ^ (x >> 14);
      key_plane[lane] = x[b];
    end
  endfunction

  function automatic logic [STATE_W-1:0] rotate(input logic [STATE_W-1:0] value, input logic [4:0] positions);
    rotate = STATE_W'({value, value} >> positions);
  endfunction

  logic rate_pair;
  assign rate_pair = rate_pair_i && 32'(rate_lane_i) + 1 < LANES;
  logic rate_coded;
  assign rate_coded = RATE_CODING != 0 && rate_coded_i;

  // The keys, plane by plane, one group after the other, as all planes below.
  logic [GROUP-1:0] key[GROUPS*STATE_W];
  for (genvar p = 0; p < GROUPS * STATE_W; p = p + 1) begin : g_key
    localparam logic [GROUP-1:0] KeyPlane = key_plane(p / STATE_W, 5'(p % STATE_W));
    assign key[p] = KeyPlane;
  end

  // What only one block below reads and writes, it changes at once, not at the end of the clock (_b): simulators pay for
  // holding back with a copy and a flag for every plane, at every clock.
  logic [GROUP-1:0] state_b[GROUPS*STATE_W];

  task automatic load_lanes(input logic [STATE_W-1:0] seed);
    integer g;
    integer b;
    integer m;
    logic [GROUPS*GROUP-1:0] permuted;
    for (b = 0; b < STATE_W; b = b + 1) begin
      // For 31 lanes in a row the permutation is a rotation of the seed.
      permuted = '0;
      for (m = 0; m < BLOCKS; m = m + 1) begin
        permuted = permuted | ((GROUPS * GROUP)'(rotate(seed, 5'((b * (m + 2)) % STATE_W))) << (m * STATE_W));
      end
      for (g = 0; g < GROUPS; g = g + 1) begin
        // verilator lint_off BLKSEQ
        state_b[g*STATE_W+b] = permuted[g*GROUP+:GROUP] ^ key[g*STATE_W+b];
        // verilator lint_on BLKSEQ
      end
    end
  endtask

  // The next numbers of all lanes. Sixteen positions at once: new bit k is old bit 30-k xor old bit 27-k, and lands at 15-k.
  task automatic advance_lanes;
    integer g;
    integer b;
    logic [GROUP-1:0] low[GROUPS*16];
    for (g = 0; g < GROUPS; g = g + 1) begin
      for (b = 0; b < 16; b = b + 1) low[g*16+b] = state_b[g*STATE_W+b+15] ^ state_b[g*STATE_W+b+12];
      // verilator lint_off BLKSEQ
      for (b = STATE_W - 1; b >= 16; b = b - 1) state_b[g*STATE_W+b] = state_b[g*STATE_W+b-16];
      for (b = 0; b < 16; b = b + 1) state_b[g*STATE_W+b] = low[g*16+b];
      // verilator lint_on BLKSEQ
    end
  endtask

  // Rates are 0 until they are written. (`always`, since always_ff allows no initial contents.)
  if (PHASES == 1) begin : g_registers
    // One phase: the registers are the storage.
    logic [GROUP-1:0] rate_b[GROUPS*RATE_W];
    logic [GROUP-1:0] accumulator_b[GROUPS*RATE_W];  // as stored; on the first step they are one half
    initial begin : clear_rates
      integer b;
      for (b = 0; b < GROUPS * RATE_W; b = b + 1) rate_b[b] = '0;
    end
    always @(posedge clk_i) begin : encode
      integer g;
      integer b;
      logic [GROUPS*GROUP-1:0] spikes;
      logic [GROUP-1:0] accumulator;
      logic [GROUP-1:0] carry;  // into the next bit; at the end of the numbers, the spikes
      logic [LANE_W-1:0] lane;
      spikes = '0;
      accumulator = '0;
      carry = '0;
      lane = '0;
      if (advance_i) begin
        for (g = 0; g < GROUPS; g = g + 1) begin
          carry = '0;
          if (rate_coded) begin
            for (b = 0; b < RATE_W; b = b + 1) begin
              accumulator = first_step_i ? {GROUP{b == RATE_W - 1}} : accumulator_b[g*RATE_W+b];
              // verilator lint_off BLKSEQ
              accumulator_b[g*RATE_W+b] = accumulator ^ rate_b[g*RATE_W+b] ^ carry;
              // verilator lint_on BLKSEQ
              carry = (accumulator & rate_b[g*RATE_W+b]) | (carry & (accumulator | rate_b[g*RATE_W+b]));
            end
          end else begin
            // The lanes whose numbers are below their rates, from the lowest bit up: where the bits differ, the rate's decides.
            for (b = 0; b < RATE_W; b = b + 1) begin
              carry = carry ^ ((state_b[g*STATE_W+b] ^ rate_b[g*RATE_W+b]) & (carry ^ rate_b[g*RATE_W+b]));
            end
          end
          spikes[g*GROUP+:GROUP] = carry;
        end
        if (!rate_coded) advance_lanes;
      end
      spikes_o <= rst_ni ? spikes[LANES-1:0] : '0;
      if (load_i && !rate_coded) load_lanes(seed_i);
      if (rate_write_i) begin
        for (g = 0; g < GROUPS; g = g + 1) begin
          // verilator lint_off BLKSEQ
          lane = rate_lane_i - LANE_W'(g * GROUP);
          if (32'(lane) < GROUP) for (b = 0; b < RATE_W; b = b + 1) rate_b[g*RATE_W+b][GROUP_W'(lane)] = rate_i[b];
          lane = lane + 1'b1;
          if (rate_pair && 32'(lane) < GROUP) for (b = 0; b < RATE_W; b = b + 1) rate_b[g*RATE_W+b][GROUP_W'(lane)] = rate_i[RATE_W+b];
          // verilator lint_on BLKSEQ
        end
      end
    end
    logic unused;
    assign unused = ^{phase_i, phase_next_i, rate_phase_i};
  end else begin : g_memory
    // Several phases: memories with one word a phase, read one clock ahead.
    logic [WORD_W-1:0] rate_memory[PHASES];
    logic [WORD_W-1:0] accumulator_memory[PHASES];
    logic [WORD_W-1:0] rate_b;         // of the phase to come
    logic [WORD_W-1:0] accumulator_b;  // of the phase to come; on the first step they are one half

    initial begin : clear_rates
      integer phase;
      for (phase = 0; phase < PHASES; phase = phase + 1) rate_memory[phase] = '0;
    end
    always @(posedge clk_i) begin : encode
      integer g;
      integer b;
      integer lane;
      logic [GROUPS*GROUP-1:0] spikes;
      logic [GROUP-1:0] rate;
      logic [GROUP-1:0] accumulator;
      logic [GROUP-1:0] carry;  // into the next bit; at the end of the numbers, the spikes
      logic [WORD_W-1:0] word;
      logic upper;
      spikes = '0;
      rate = '0;
      accumulator = '0;
      carry = '0;
      upper = 1'b0;
      // verilator lint_off BLKSEQ
      if (advance_i && rate_coded) begin
        word = '0;
        for (g = 0; g < GROUPS; g = g + 1) begin
          carry = '0;
          for (b = 0; b < RATE_W; b = b + 1) begin
            rate = rate_b[(g*RATE_W+b)*GROUP+:GROUP];
            accumulator = first_step_i ? {GROUP{b == RATE_W - 1}} : accumulator_b[(g*RATE_W+b)*GROUP+:GROUP];
            word[(g*RATE_W+b)*GROUP+:GROUP] = accumulator ^ rate ^ carry;
            carry = (accumulator & rate) | (carry & (accumulator | rate));
          end
          spikes[g*GROUP+:GROUP] = carry;
        end
        accumulator_b = accumulator_memory[phase_next_i];
        accumulator_memory[phase_i] = word;
      end else if (advance_i) begin
        for (g = 0; g < GROUPS; g = g + 1) begin
          // The lanes whose numbers are below their rates, from the lowest bit up: where the bits differ, the rate's decides.
          carry = '0;
          for (b = 0; b < RATE_W; b = b + 1) begin
            rate = rate_b[(g*RATE_W+b)*GROUP+:GROUP];
            carry = carry ^ ((state_b[g*STATE_W+b] ^ rate) & (carry ^ rate));
          end
          spikes[g*GROUP+:GROUP] = carry;
        end
        advance_lanes;
      end
      spikes_o <= rst_ni ? spikes[LANES-1:0] : '0;
      if (load_i && !rate_coded) load_lanes(seed_i);
      if (load_i || advance_i) rate_b = rate_memory[phase_next_i];
      if (rate_write_i) begin
        // Lane by lane: a bit position that is computed would be a shifter in hardware.
        for (lane = 0; lane < LANES; lane = lane + 1) begin
          upper = rate_pair && lane > 0 && rate_lane_i == LANE_W'(lane - 1);
          if (upper || rate_lane_i == LANE_W'(lane)) begin
            for (b = 0; b < RATE_W; b = b + 1) begin
              rate_memory[rate_phase_i][(lane/GROUP*RATE_W+b)*GROUP+lane%GROUP] = rate_i[b+(upper?RATE_W:0)];
            end
          end
        end
      end
      // verilator lint_on BLKSEQ
    end
  end

  // Wrong parameters stop the elaboration with a missing module whose name says why, which every tool understands.
  if (LANES < 1 || INPUTS % LANES != 0) begin : g_check_lanes
    error_LANES_must_divide_INPUTS check ();
  end
  if (LANES > 31 * 29) begin : g_check_seed
    error_more_than_899_lanes_would_repeat_a_permutation_of_the_seed check ();
  end

`ifdef FORMAL
  `include "spike_encoder.vh"  // the rules above, as proofs
`endif
endmodule
`default_nettype wire
