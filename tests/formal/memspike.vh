// SPDX-License-Identifier: Apache-2.0
// Proofs of memspike.sv's rules, on the whole design.
logic f_past = 1'b0;
always_ff @(posedge clk_i) f_past <= 1'b1;
initial assume (!rst_ni);

logic [31:0] f_busy = '0;
always_ff @(posedge clk_i) begin
  if (!rst_ni || start_review || start_writing) f_busy <= '0;
  else if (busy_o && f_busy != 32'hffff_ffff) f_busy <= f_busy + 32'd1;
end

always_comb begin
  if (f_past && rst_ni) begin
    // M1
    assert (!(review_busy && writing_busy));
    assert (!(sense_o && !review_busy));
    assert ({1'b0, sense_o} + {1'b0, read_o} + {1'b0, pulse_o} <= 2'd1);
    // M2
    assert (clocks_q == f_busy);
  end
end

// What the proofs of the blocks assume of each other, and the ports between them keep.
logic [DEVICE_W*2+37:0] f_writing_settings;
logic [47:0] f_review_settings;
assign f_writing_settings = {max_pulses, verify_reads, pulse_entries, tolerance, first_device, last_device};
assign f_review_settings = {steps, seed, rate_coded};
always_comb begin
  if (f_past && rst_ni) begin
    assert (!(busy_o && (start_review || start_writing)));
    assert (!(busy_o && (target_write || pulse_width_write || pulse_rate_write || pulse_asymptote_write || rate_write)));
  end
end
always_ff @(posedge clk_i) begin
  if (f_past && $past(rst_ni) && rst_ni && $past(busy_o)) begin
    assert ($stable(f_writing_settings) && $stable(f_review_settings) && $stable(early_decision));
  end
end

always_ff @(posedge clk_i) begin
  cover (f_past && $past(rst_ni) && sense_o);
  cover (f_past && $past(rst_ni) && read_o);
end
