// SPDX-License-Identifier: Apache-2.0
// Leaky integrate-and-fire neurons, one for each output, with reset by subtraction one step later (the paper's
// equations 3 and 4):
//
//   V(t) = V(t-1) - (V(t-1) >> LEAK) + code(t) - Vth z(t-1)       z(t) = V(t) > Vth       count += z(t)
//
// saturating. The codes of a step come in PHASES clocks; leak and reset happen with the first of them, the comparison with
// the last. V and Vth are signed with 12 fraction bits.
//
//   OUTPUTS     neurons
//   CODE_W      width of a signed code
//   MEMBRANE_W  width of V: wide enough that 65,535 steps of the largest code from any start cannot wrap
//
// Rules:
//   L1  V never wraps: it stops at the largest or the smallest value.
//   L2  after a step that spiked, the next step subtracts exactly Vth, once.
//   L3  without sense_valid_i and load_i nothing changes.
//   L4  count goes up by one with every step that spikes, which is one that ends with V > Vth.
//   L5  with Vth >= 0, as many codes as 65,535 steps have never bring V to a limit.
`default_nettype none
module memspike_lif_array #(
    parameter int OUTPUTS = 1,
    parameter int CODE_W = 20,
    parameter int MEMBRANE_W = 37
) (
    input wire clk_i,
    input wire rst_ni,

    input wire signed [31:0] threshold_i,
    input wire signed [31:0] membrane_start_i,
    input wire [4:0] leak_i,  // 0: no leak

    input wire load_i,  // start of a review
    input wire sense_valid_i,  // code_i holds the codes of a phase
    input wire sense_first_i,  // the first phase of a step
    input wire sense_last_i,  // the last one
    input wire [OUTPUTS*CODE_W-1:0] code_i,

    output logic [OUTPUTS*MEMBRANE_W-1:0] membrane_o,
    output logic [OUTPUTS-1:0] spike_o,
    output logic [OUTPUTS*16-1:0] count_o
);
  // One more bit holds V, its leak of at most half, and two or three terms of less than a quarter of V's range.
  localparam int SUM_W = MEMBRANE_W + 1;
  localparam logic signed [MEMBRANE_W-1:0] Largest = {1'b0, {(MEMBRANE_W - 1) {1'b1}}};
  localparam logic signed [MEMBRANE_W-1:0] Smallest = {1'b1, {(MEMBRANE_W - 1) {1'b0}}};

  logic signed [MEMBRANE_W-1:0] threshold;
  assign threshold = MEMBRANE_W'(threshold_i);

  for (genvar o = 0; o < OUTPUTS; o = o + 1) begin : g_neuron
    logic signed [MEMBRANE_W-1:0] membrane_q;
    logic spike_q;
    logic [15:0] count_q;

    always_ff @(posedge clk_i) begin : neuron
      logic signed [SUM_W-1:0] sum;
      logic signed [SUM_W-1:0] missing;
      logic signed [SUM_W-1:0] limit;
      logic signed [CODE_W-1:0] code;
      logic signed [MEMBRANE_W-1:0] leak;
      logic signed [MEMBRANE_W-1:0] membrane;
      logic spike;
      logic spiked;
      logic [15:0] count;
      sum = '0;
      missing = '0;
      limit = '0;
      code = '0;
      leak = '0;
      membrane = membrane_q;
      spike = 1'b0;
      spiked = spike_q;
      count = count_q;
      if (!rst_ni) begin
        membrane_q <= '0;
        spike_q <= 1'b0;
        count_q <= '0;
      end else if (load_i) begin
        membrane_q <= MEMBRANE_W'(membrane_start_i);
        spike_q <= 1'b0;
        count_q <= '0;
      end else if (sense_valid_i) begin
        code = $signed(code_i[o*CODE_W+:CODE_W]);
        sum = SUM_W'(membrane);
        limit = SUM_W'(threshold);
        if (sense_first_i) begin
          if (leak_i != '0) leak = membrane >>> leak_i;
          sum = sum - SUM_W'(leak);
          if (spiked) sum = sum - limit;
        end
        // The code comes late in the clock. So it is added last, and V > Vth is seen from what V lacks before it:
        // a comparison as short as the code.
        if (sense_last_i) begin
          missing = limit - sum;
          if (missing[SUM_W-1:CODE_W-1] == '0 || missing[SUM_W-1:CODE_W-1] == '1) spike = $signed(missing[CODE_W-1:0]) < code;
          else spike = missing[SUM_W-1];
          spike_q <= spike;
          if (spike) count_q <= count + 16'd1;
        end
        sum = sum + SUM_W'(code);
        // In range if all bits from V's sign bit on are equal.
        if (sum[SUM_W-1:MEMBRANE_W-1] == '0 || sum[SUM_W-1:MEMBRANE_W-1] == '1) membrane = sum[MEMBRANE_W-1:0];
        else membrane = sum[SUM_W-1] ? Smallest : Largest;
        membrane_q <= membrane;
      end
    end

    assign membrane_o[o*MEMBRANE_W+:MEMBRANE_W] = membrane_q;
    assign spike_o[o] = spike_q;
    assign count_o[o*16+:16] = count_q;
  end

  if (MEMBRANE_W < 34 || MEMBRANE_W <= CODE_W) begin : g_check
    error_MEMBRANE_W_must_be_at_least_34_and_more_than_CODE_W check ();
  end

`ifdef FORMAL
  `include "lif_array.vh"  // the rules above, as proofs
`endif
endmodule
`default_nettype wire
