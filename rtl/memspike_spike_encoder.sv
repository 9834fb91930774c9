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
// With one phase the lanes are many, and all numbers are stored as bit planes, plane b holding bit b of every lane: a step of
// all lanes is a few wide logic operations. In hardware these are the same wires, in simulation a multiple of the speed. A plane is cut
// into groups of at most 128 lanes, which are one vector word to a compiler. With several phases the lanes are few, and each has words of
// its own.
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

  // Of a lane. A bijection on 31-bit numbers (odd multiplications and shifts), so that distinct lanes get distinct keys, none of
  // them zero.
  function automatic logic [STATE_W-1:0] key_of(input int lane);
    key_of = STATE_W'(lane + 1);
    key_of = key_of * 31'h2C1B3C6D;
    key_of = key_of ^ (key_of >> 15);
    key_of = key_of * 31'h297A2D39;
    key_of = key_of ^ (key_of >> 14);
  endfunction

  logic rate_pair;
  assign rate_pair = rate_pair_i && 32'(rate_lane_i) + 1 < LANES;
  logic rate_coded;
  assign rate_coded = RATE_CODING != 0 && rate_coded_i;

  // What only one block below reads and writes, it changes at once, not at the end of the clock (_b): simulators pay for
  // holding back with a copy and a flag for every register, at every clock. Each mode's work, and what it needs for that, lies behind one
  // test, so that the other one costs nothing.
  //
  // Rates are 0 until they are written. (`always`, since always_ff allows no initial contents.)
  if (PHASES == 1) begin : g_registers
    // One phase: the registers are the storage.
    localparam int BLOCKS = (LANES + STATE_W - 1) / STATE_W;
    localparam int GROUPS = (LANES + 127) / 128;
    localparam int GROUP = (LANES + GROUPS - 1) / GROUPS;  // lanes in a group; the last one may have some too many, which nobody reads
    localparam int GROUP_W = memspike_widths::index_width(GROUP);

    // The keys, plane by plane, one group after the other, as all planes.
    logic [GROUP-1:0] key[GROUPS*STATE_W];
    for (genvar l = 0; l < GROUPS * GROUP; l = l + 1) begin : g_lane
      localparam logic [STATE_W-1:0] Key = key_of(l);
      for (genvar p = 0; p < STATE_W; p = p + 1) begin : g_plane
        assign key[l/GROUP*STATE_W+p][l%GROUP] = Key[p];
      end
    end

    logic [GROUP-1:0] state_b[GROUPS*STATE_W];
    logic [GROUP-1:0] rate_b[GROUPS*RATE_W];
    logic [GROUP-1:0] accumulator_b[GROUPS*RATE_W];  // as stored; on the first step they are one half

    initial begin : clear_rates
      integer b;
      for (b = 0; b < GROUPS * RATE_W; b = b + 1) rate_b[b] = '0;
    end
    always @(posedge clk_i) begin : encode
      integer g;
      integer b;
      integer m;
      logic [GROUPS*GROUP-1:0] spikes;
      logic [GROUPS*GROUP-1:0] permuted;
      logic [GROUP-1:0] number;  // a plane of it, or of the accumulator
      logic [GROUP-1:0] carry;  // into the next bit; at the end of the numbers, the spikes
      logic [GROUP-1:0] tap_12;  // planes b + 12 to b + 15 as they were
      logic [GROUP-1:0] tap_13;
      logic [GROUP-1:0] tap_14;
      logic [GROUP-1:0] tap_15;
      logic [LANE_W-1:0] lane;
      spikes = '0;
      permuted = '0;
      number = '0;
      carry = '0;
      tap_12 = '0;
      tap_13 = '0;
      tap_14 = '0;
      tap_15 = '0;
      lane = '0;
      // verilator lint_off BLKSEQ
      if (advance_i) begin
        if (rate_coded) begin
          for (g = 0; g < GROUPS; g = g + 1) begin
            carry = '0;
            for (b = 0; b < RATE_W; b = b + 1) begin
              number = first_step_i ? {GROUP{b == RATE_W - 1}} : accumulator_b[g*RATE_W+b];
              accumulator_b[g*RATE_W+b] = number ^ rate_b[g*RATE_W+b] ^ carry;
              carry = (number & rate_b[g*RATE_W+b]) | (carry & (number | rate_b[g*RATE_W+b]));
            end
            spikes[g*GROUP+:GROUP] = carry;
          end
        end else begin
          for (g = 0; g < GROUPS; g = g + 1) begin
            carry = '0;
            tap_12 = state_b[g*STATE_W+12];
            tap_13 = state_b[g*STATE_W+13];
            tap_14 = state_b[g*STATE_W+14];
            tap_15 = state_b[g*STATE_W+15];
            for (b = 0; b < RATE_W; b = b + 1) begin
              // The lanes whose numbers are below their rates, from the lowest bit up: where the bits differ, the rate's decides.
              number = state_b[g*STATE_W+b];
              carry = carry ^ ((number ^ rate_b[g*RATE_W+b]) & (carry ^ rate_b[g*RATE_W+b]));
              // The next numbers. Sixteen positions at once: new bit k is old bit 30-k xor old bit 27-k, and lands at 15-k.
              state_b[g*STATE_W+b] = tap_12 ^ tap_15;
              tap_12 = tap_13;
              tap_13 = tap_14;
              tap_14 = tap_15;
              if (b < STATE_W - RATE_W) begin
                tap_15 = state_b[g*STATE_W+b+RATE_W];
                state_b[g*STATE_W+b+RATE_W] = number;
              end
            end
            spikes[g*GROUP+:GROUP] = carry;
          end
        end
      end
      if (load_i) begin
        if (!rate_coded) begin
          for (b = 0; b < STATE_W; b = b + 1) begin
            // For 31 lanes in a row the permutation is a rotation of the seed.
            permuted = '0;
            for (m = 0; m < BLOCKS; m = m + 1) begin
              permuted = permuted | ((GROUPS * GROUP)'(STATE_W'({seed_i, seed_i} >> ((b * (m + 2)) % STATE_W))) << (m * STATE_W));
            end
            for (g = 0; g < GROUPS; g = g + 1) state_b[g*STATE_W+b] = permuted[g*GROUP+:GROUP] ^ key[g*STATE_W+b];
          end
        end
      end
      if (rate_write_i) begin
        for (g = 0; g < GROUPS; g = g + 1) begin
          lane = rate_lane_i - LANE_W'(g * GROUP);
          if (32'(lane) < GROUP) for (b = 0; b < RATE_W; b = b + 1) rate_b[g*RATE_W+b][GROUP_W'(lane)] = rate_i[b];
          lane = lane + 1'b1;
          if (rate_pair && 32'(lane) < GROUP) for (b = 0; b < RATE_W; b = b + 1) rate_b[g*RATE_W+b][GROUP_W'(lane)] = rate_i[RATE_W+b];
        end
      end
      // verilator lint_on BLKSEQ
      spikes_o <= rst_ni ? spikes[LANES-1:0] : '0;
    end
    logic unused;
    assign unused = ^{phase_i, phase_next_i, rate_phase_i};
  end else begin : g_memory
    // Several phases: memories with one word a phase, read one clock ahead.
    localparam int WORD_W = RATE_W * LANES;
    logic [STATE_W-1:0] key[LANES];
    for (genvar l = 0; l < LANES; l = l + 1) begin : g_lane
      localparam logic [STATE_W-1:0] Key = key_of(l);
      assign key[l] = Key;
    end

    logic [STATE_W-1:0] complement_b[LANES];  // of the LFSRs: so a comparison is the carry of a sum, without inverters
    logic [WORD_W-1:0] rate_memory[PHASES];
    logic [WORD_W-1:0] accumulator_memory[PHASES];
    logic [WORD_W-1:0] rate_b;         // of the phase to come
    logic [WORD_W-1:0] accumulator_b;  // of the phase to come; on the first step they are one half

    initial begin : clear_rates
      integer phase;
      for (phase = 0; phase < PHASES; phase = phase + 1) rate_memory[phase] = '0;
    end
    always @(posedge clk_i) begin : encode
      integer lane;
      integer b;
      logic [LANES-1:0] spikes;
      logic [RATE_W:0] sum;
      logic [STATE_W-1:0] state;
      logic [WORD_W-1:0] word;
      logic upper;
      spikes = '0;
      sum = '0;
      state = '0;
      upper = 1'b0;
      // verilator lint_off BLKSEQ
      if (advance_i) begin
        if (rate_coded) begin
          word = '0;
          for (lane = 0; lane < LANES; lane = lane + 1) begin
            sum = {1'b0, first_step_i ? {1'b1, {(RATE_W - 1) {1'b0}}} : accumulator_b[lane*RATE_W+:RATE_W]} + {1'b0, rate_b[lane*RATE_W+:RATE_W]};
            word[lane*RATE_W+:RATE_W] = sum[RATE_W-1:0];
            spikes[lane] = sum[RATE_W];
          end
          accumulator_b = accumulator_memory[phase_next_i];
          accumulator_memory[phase_i] = word;
        end else begin
          for (lane = 0; lane < LANES; lane = lane + 1) begin
            state = complement_b[lane];
            sum = {1'b0, state[RATE_W-1:0]} + {1'b0, rate_b[lane*RATE_W+:RATE_W]};
            spikes[lane] = sum[RATE_W];  // the number is below the rate
            // Sixteen positions at once: new bit k is old bit 30-k xor old bit 27-k, and lands at 15-k.
            complement_b[lane] = {state[14:0], ~(state[30:15] ^ state[27:12])};
          end
        end
      end
      if (load_i) begin
        if (!rate_coded) begin
          for (lane = 0; lane < LANES; lane = lane + 1) begin
            for (b = 0; b < STATE_W; b = b + 1) state[b] = seed_i[(b*(lane/STATE_W+2)+lane%STATE_W)%STATE_W];
            complement_b[lane] = ~(state ^ key[lane]);
          end
        end
      end
      if (load_i || advance_i) rate_b = rate_memory[phase_next_i];
      if (rate_write_i) begin
        // Lane by lane: a bit position that is computed would be a shifter in hardware.
        for (lane = 0; lane < LANES; lane = lane + 1) begin
          upper = rate_pair && lane > 0 && rate_lane_i == LANE_W'(lane - 1);
          if (upper || rate_lane_i == LANE_W'(lane)) begin
            rate_memory[rate_phase_i][lane*RATE_W+:RATE_W] = upper ? rate_i[2*RATE_W-1:RATE_W] : rate_i[RATE_W-1:0];
          end
        end
      end
      // verilator lint_on BLKSEQ
      spikes_o <= rst_ni ? spikes : '0;
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
