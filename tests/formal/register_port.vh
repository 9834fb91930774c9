// SPDX-License-Identifier: Apache-2.0
// Proofs of memspike_register_port.sv's rules.
logic f_past = 1'b0;
always_ff @(posedge clk_i) f_past <= 1'b1;
initial assume (!rst_ni);

// The result memory answers one clock after result_read_o and holds its answer.
logic f_fetching = 1'b0;
logic [31:0] f_result;
always_ff @(posedge clk_i) begin
  f_fetching <= result_read_o;
  f_result <= result_i;
end
always_comb if (f_past && !f_fetching) assume (result_i == f_result);

logic [31:0] f_writes;  // whatever a request can set going
assign f_writes = {start_review_o, start_writing_o, rate_write_o, target_write_o, pulse_width_write_o, pulse_rate_write_o,
                   pulse_asymptote_write_o};
logic [255:0] f_settings;
assign f_settings = {steps_o, seed_o, rate_coded_o, threshold_o, membrane_start_o, leak_o, early_decision_o, tolerance_o, max_pulses_o,
                     verify_reads_o, pulse_entries_o, first_device_o, last_device_o};
logic f_lane_exists;
logic f_device_exists;
assign f_lane_exists = rate_lane_o < LANES;
assign f_device_exists = device_o[LANE_W-1:0] < LANES && device_o[DEVICE_W-1:LANE_W] < COLUMNS;

logic [7:0] f_requests = '0;
logic [7:0] f_responses = '0;
always_ff @(posedge clk_i) begin
  if (!rst_ni) begin
    f_requests <= '0;
    f_responses <= '0;
  end else begin
    f_requests <= f_requests + accept;
    f_responses <= f_responses + (response_valid_o && response_ready_i);
  end
end

always_ff @(posedge clk_i) begin
  if (f_past && $past(rst_ni)) begin
    // H1
    if ($past(response_valid_o) && !$past(response_ready_i)) begin
      assert (response_valid_o && $stable(response_error_o) && $stable(response_data_o));
    end
    // H2
    if ($past(accept) && response_error_o) assert ($stable(f_settings) && $past(f_writes) == '0 && response_data_o == '0);
    if ($past(accept) && $past(request_address_i[1:0]) != 2'd0) assert (response_error_o);
    if ($past(accept) && $past(request_write_i) && $past(request_address_i) == memspike_registers::LEAK && !response_error_o) begin
      assert (leak_o == $past(request_data_i[4:0]));
    end
    // H3
    if ($past(accept) && $past(request_write_i) && ($past(review_busy_i) || $past(writing_busy_i))) assert (response_error_o);
    // H4
    if ($past(accept)) assert (response_valid_o);
    // Nothing moves without an accepted write.
    if (!$past(accept) || !$past(request_write_i)) assert ($stable(f_settings) && $past(f_writes) == '0);
    // Reading changes nothing and is answered with what there is.
    if ($past(accept) && !$past(request_write_i) && !response_error_o && $past(request_address_i) == memspike_registers::CLOCKS) begin
      assert (response_data_o == $past(clocks_i));
    end
    if ($past(accept) && $past(request_address_i) == memspike_registers::ID) begin
      assert (response_error_o == $past(request_write_i) && ($past(request_write_i) || response_data_o == 32'h4D53504B));
    end
    if ($past(f_fetching) == 1'b0 && $past(result_read_o)) assert (response_data_o == result_i && !response_error_o);
  end
  // A writing of the last device, a read that waits, an error.
  cover (f_past && $past(rst_ni) && $past(target_write_o) && $past(device_o) == {COLUMN_W'(COLUMNS - 1), LANE_W'(LANES - 1)});
  cover (f_past && $past(rst_ni) && $past(rate_write_o) && $past(rate_phase_o) == PHASE_W'(PHASES - 1));
  cover (f_past && $past(rst_ni) && $past(response_valid_o) && !$past(response_ready_i) && response_data_o == 32'h4D53504B);
  cover (f_past && $past(rst_ni) && $past(start_writing_o) && last_device_o == '0 && pulse_entries_o == 5'd16);
  cover (f_past && $past(rst_ni) && response_error_o && response_valid_o && $past(request_write_i));
end
always_comb begin
  if (f_past && rst_ni) begin
    // H4
    assert (8'(f_requests - f_responses) == {7'd0, response_valid_o});
    assert (request_ready_o == (!response_valid_o || response_ready_i));
    // H5
    assert (!(start_review_o && start_writing_o));
    if (rate_write_o) assert (f_lane_exists && rate_phase_o < PHASES && idle);
    if (target_write_o || result_read_o) assert (f_device_exists);
    assert (pulse_entries_o <= 5'd16);
    // What the block is built without cannot be asked for.
    assert ((RATE_CODING != 0 || !rate_coded_o) && (EARLY_DECISION != 0 || !early_decision_o) && leak_o >> LEAK_W == '0);
    assert (first_device_o[LANE_W-1:0] < LANES && first_device_o[DEVICE_W-1:LANE_W] < COLUMNS);
    assert (last_device_o[LANE_W-1:0] < LANES && last_device_o[DEVICE_W-1:LANE_W] < COLUMNS);
  end
end
