// SPDX-License-Identifier: Apache-2.0
// Proofs of memspike_lif_array.sv's rules, in 64-bit arithmetic that cannot wrap.
logic f_past = 1'b0;
always_ff @(posedge clk_i) f_past <= 1'b1;

localparam logic signed [63:0] FLargest = (64'sd1 <<< (MEMBRANE_W - 1)) - 64'sd1;
localparam logic signed [63:0] FSmallest = -(64'sd1 <<< (MEMBRANE_W - 1));

// Codes since the start, up to those of 65,535 steps: MEMBRANE_W says how many phases a step has.
localparam int FPhaseBits = (MEMBRANE_W - CODE_W > 17) ? MEMBRANE_W - CODE_W - 17 : 0;
logic [31:0] f_codes = '0;
always_ff @(posedge clk_i) begin
  if (!rst_ni || load_i) f_codes <= '0;
  else if (sense_valid_i) f_codes <= f_codes + 32'd1;
end

`ifdef NO_LIMIT
logic f_step_done = 1'b1;  // no phase of a step since its last one
always_ff @(posedge clk_i) begin
  if (!rst_ni || load_i) f_step_done <= 1'b1;
  else if (sense_valid_i) f_step_done <= sense_last_i;
end
initial assume (!rst_ni);
logic signed [31:0] f_threshold_before;
logic f_started = 1'b0;  // Vth has not changed since the start
logic f_current;
assign f_current = f_started && threshold_i == f_threshold_before;
always_ff @(posedge clk_i) begin
  f_threshold_before <= threshold_i;
  f_started <= rst_ni && (load_i || f_current);
end
always_comb begin
  assume (f_codes <= 32'd65535 << FPhaseBits);
  assume (threshold_i >= 0);
  // The port keeps Vth while a review runs.
  assume (!sense_valid_i || f_current);
  // A step begins with its first phase, and only with it.
  assume (!sense_valid_i || sense_first_i == f_step_done);
end
`endif

for (genvar n = 0; n < OUTPUTS; n = n + 1) begin : g_formal
  logic signed [63:0] f_membrane;
  logic signed [63:0] f_code;
  logic signed [63:0] f_threshold;
  logic signed [63:0] f_leak;
  logic signed [63:0] f_before;
  logic signed [63:0] f_exact;
  logic f_spikes;
  assign f_membrane = $signed(membrane_o[n*MEMBRANE_W+:MEMBRANE_W]);
  assign f_code = $signed(code_i[n*CODE_W+:CODE_W]);
  assign f_threshold = threshold_i;
  // Floor division by a power of two: what an arithmetic shift is for.
  assign f_leak = (leak_i == '0) ? 64'sd0 : f_membrane >>> leak_i;
  assign f_before = f_membrane - (sense_first_i ? f_leak : 64'sd0) - ((sense_first_i && spike_o[n]) ? f_threshold : 64'sd0);
  assign f_exact = f_before + f_code;
  // V > Vth, V having no limits, which lie beyond any Vth.
  assign f_spikes = f_exact > f_threshold;

  logic f_limited = 1'b0;  // V has met a limit since the start
  always_ff @(posedge clk_i) begin
    if (!rst_ni || load_i) f_limited <= 1'b0;
    else if (sense_valid_i && (f_exact > FLargest || f_exact < FSmallest)) f_limited <= 1'b1;
  end

`ifndef NO_LIMIT
  always_ff @(posedge clk_i) begin
    if (f_past && $past(rst_ni) && !$past(load_i)) begin
      if ($past(sense_valid_i)) begin
        // L1, L2
        assert (f_membrane == (($past(f_exact) > FLargest)    ? FLargest
                               : ($past(f_exact) < FSmallest) ? FSmallest
                                                              : $past(f_exact)));
        // L4
        if ($past(sense_last_i)) begin
          assert (spike_o[n] == $past(f_spikes));
          assert (count_o[n*16+:16] == 16'($past(count_o[n*16+:16]) + $past(f_spikes)));
          assert (spike_o[n] == (f_membrane > $past(f_threshold)));
        end else begin
          assert ($stable(spike_o[n]) && $stable(count_o[n*16+:16]));
        end
      end else begin
        // L3
        assert ($stable(membrane_o) && $stable(spike_o) && $stable(count_o));
      end
    end
    if (f_past && (!$past(rst_ni) || $past(load_i))) begin
      assert (f_membrane == ($past(rst_ni) ? 64'($past(membrane_start_i)) : 64'sd0));
      assert (!spike_o[n] && count_o[n*16+:16] == '0);
    end
    cover (f_past && f_membrane == FLargest && $past(f_exact) > FLargest);
    cover (f_past && f_membrane == FSmallest && $past(f_exact) < FSmallest);
    cover (f_past && count_o[n*16+:16] == 16'd3);
  end
`else
  // L5: V moves away from its start by at most 2^(CODE_W - 1) a code. A reset only takes from a V above a Vth of at least 0.
  logic signed [63:0] f_reach;
  assign f_reach = (64'sd1 <<< 31) + (64'(f_codes) <<< (CODE_W - 1));
  always_comb begin
    if (f_past) begin
      assert (f_membrane <= f_reach && f_membrane >= -f_reach);
      assert (!f_current || !spike_o[n] || f_membrane > f_threshold || !f_step_done);
      assert (!f_limited);
    end
  end
  always_ff @(posedge clk_i) cover (f_past && spike_o[n] && f_codes == 32'd3 && f_step_done);
`endif
end
