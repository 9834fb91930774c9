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
// logic operations: in hardware the same wires, in simulation a multiple of the speed.
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

  // Bit b of every lane's start state. The key is a bijection on 31-bit numbers (odd multiplications and shifts), so that
  // distinct lanes get distinct keys, none of them zero.
  function automatic logic [LANES-1:0] key_plane(input logic [4:0] b);
    logic [30:0] x;
    integer lane;
    for (lane = 0; lane < LANES; lane = lane + 1) begin
      x = lane[30:0] + 31'd1;
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

  // The keys, plane by plane.
  logic [LANES-1:0] key[STATE_W];
  for (genvar b = 0; b < STATE_W; b = b + 1) begin : g_key
    localparam logic [LANES-1:0] KeyPlane = key_plane(5'(b));
    assign key[b] = KeyPlane;
  end

  // What only one block below reads and writes, it changes at once, not at the end of the clock (_b): simulators pay for
  // holding back with a copy and a flag for every plane, at every clock. With several phases the rates and accumulators lie in
  // memories, and rate_b and accumulator_b are the planes of the words that were read.
  logic [LANES-1:0] state_b[STATE_W];
  logic [LANES-1:0] rate_b[RATE_W];         // rates of the phase to come
  logic [LANES-1:0] accumulator_b[RATE_W];  // accumulators of the phase to come, as stored; on the first step they are one half

  task automatic load_lanes(input logic [STATE_W-1:0] seed);
    integer b;
    integer m;
    logic [LANES-1:0] permuted;
    for (b = 0; b < STATE_W; b = b + 1) begin
      // For 31 lanes in a row the permutation is a rotation of the seed.
      permuted = '0;
      for (m = 0; m < BLOCKS; m = m + 1) begin
        permuted = permuted | (LANES'(rotate(seed, 5'((b * (m + 2)) % STATE_W))) << (m * STATE_W));
      end
      // verilator lint_off BLKSEQ
      state_b[b] = permuted ^ key[b];
      // verilator lint_on BLKSEQ
    end
  endtask

  // The lanes whose numbers are below their rates, from the lowest bit up; then the next numbers.
  task automatic draw_spikes(output logic [LANES-1:0] spikes);
    integer b;
    logic [LANES-1:0] low[16];
    spikes = '0;
    for (b = 0; b < RATE_W; b = b + 1) spikes = (~state_b[b] & rate_b[b]) | (~(state_b[b] ^ rate_b[b]) & spikes);
    // Sixteen positions at once: new bit k is old bit 30-k xor old bit 27-k, and lands at 15-k.
    for (b = 0; b < 16; b = b + 1) low[b] = state_b[b+15] ^ state_b[b+12];
    // verilator lint_off BLKSEQ
    for (b = STATE_W - 1; b >= 16; b = b - 1) state_b[b] = state_b[b-16];
    for (b = 0; b < 16; b = b + 1) state_b[b] = low[b];
    // verilator lint_on BLKSEQ
  endtask

  // Rates are 0 until they are written. (`always`, since always_ff allows no initial contents.)
  if (PHASES == 1) begin : g_registers
    // One phase: the registers are the storage.
    initial begin : clear_rates
      integer b;
      for (b = 0; b < RATE_W; b = b + 1) rate_b[b] = '0;
    end
    always @(posedge clk_i) begin : encode
      integer b;
      logic [LANES-1:0] spikes;
      logic [LANES-1:0] accumulator;
      logic [LANES-1:0] carry;
      spikes = '0;
      accumulator = '0;
      carry = '0;
      if (advance_i && rate_coded) begin
        for (b = 0; b < RATE_W; b = b + 1) begin
          accumulator = first_step_i ? {LANES{b == RATE_W - 1}} : accumulator_b[b];
          // verilator lint_off BLKSEQ
          accumulator_b[b] = accumulator ^ rate_b[b] ^ carry;
          // verilator lint_on BLKSEQ
          carry = (accumulator & rate_b[b]) | (carry & (accumulator | rate_b[b]));
        end
        spikes = carry;
      end else if (advance_i) begin
        draw_spikes(spikes);
      end
      spikes_o <= rst_ni ? spikes : '0;
      if (load_i && !rate_coded) load_lanes(seed_i);
      if (rate_write_i) begin
        // verilator lint_off BLKSEQ
        for (b = 0; b < RATE_W; b = b + 1) rate_b[b][rate_lane_i] = rate_i[b];
        if (rate_pair) for (b = 0; b < RATE_W; b = b + 1) rate_b[b][rate_lane_i+1'b1] = rate_i[RATE_W+b];
        // verilator lint_on BLKSEQ
      end
    end
    logic unused;
    assign unused = ^{phase_i, phase_next_i, rate_phase_i};
  end else begin : g_memory
    // Several phases: memories with one word a phase, read one clock ahead.
    logic [RATE_W*LANES-1:0] rate_memory[PHASES];
    logic [RATE_W*LANES-1:0] accumulator_memory[PHASES];
    logic [RATE_W*LANES-1:0] rate_word_q;
    logic [RATE_W*LANES-1:0] accumulator_word_q;

    for (genvar b = 0; b < RATE_W; b = b + 1) begin : g_plane
      assign rate_b[b] = rate_word_q[b*LANES+:LANES];
      assign accumulator_b[b] = accumulator_word_q[b*LANES+:LANES];
    end

    always_ff @(posedge clk_i) begin : encode
      integer b;
      logic [LANES-1:0] spikes;
      logic [LANES-1:0] accumulator;
      logic [LANES-1:0] carry;
      logic [RATE_W*LANES-1:0] word;
      spikes = '0;
      accumulator = '0;
      carry = '0;
      word = '0;
      if (advance_i && rate_coded) begin
        for (b = 0; b < RATE_W; b = b + 1) begin
          accumulator = first_step_i ? {LANES{b == RATE_W - 1}} : accumulator_b[b];
          word[b*LANES+:LANES] = accumulator ^ rate_b[b] ^ carry;
          carry = (accumulator & rate_b[b]) | (carry & (accumulator | rate_b[b]));
        end
        spikes = carry;
        accumulator_memory[phase_i] <= word;
        accumulator_word_q <= accumulator_memory[phase_next_i];
      end else if (advance_i) begin
        draw_spikes(spikes);
      end
      spikes_o <= rst_ni ? spikes : '0;
      if (load_i && !rate_coded) load_lanes(seed_i);
    end

    initial begin : clear_rates
      integer phase;
      for (phase = 0; phase < PHASES; phase = phase + 1) rate_memory[phase] = '0;
    end
    always @(posedge clk_i) begin : store_rate
      integer b;
      integer lane;
      logic upper;
      logic [RATE_W-1:0] rate;
      upper = 1'b0;
      rate = '0;
      // Lane by lane: a bit position that is computed would be a shifter in hardware.
      for (lane = 0; lane < LANES; lane = lane + 1) begin
        upper = rate_pair && lane > 0 && rate_lane_i == LANE_W'(lane - 1);
        rate = upper ? rate_i[2*RATE_W-1:RATE_W] : rate_i[RATE_W-1:0];
        if (rate_write_i && (upper || rate_lane_i == LANE_W'(lane))) begin
          for (b = 0; b < RATE_W; b = b + 1) rate_memory[rate_phase_i][b*LANES+lane] <= rate[b];
        end
      end
      if (load_i || advance_i) rate_word_q <= rate_memory[phase_next_i];
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
