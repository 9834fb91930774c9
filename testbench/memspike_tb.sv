// SPDX-License-Identifier: Apache-2.0
// A plain SystemVerilog test bench of the top, for any simulator: a host on the register port and a stand-in for the analogue
// side. It runs a review whose outcome is known by hand, and one writing that converges, stalls and exhausts.
//
//   cd rtl && iverilog -g2012 -o memspike_tb -f memspike.f ../testbench/memspike_tb.sv && vvp memspike_tb
//
// With +waves it writes memspike_tb.vcd. The last line is PASS or FAIL.
`timescale 1us / 1ns
`default_nettype none
module memspike_tb;
  localparam int INPUTS = 4;
  localparam int LANES = 2;
  localparam int CODE_W = memspike_widths::code_width(LANES, 1);

  logic clk = 1'b0;
  logic rst_n = 1'b0;
  logic request_valid = 1'b0;
  logic request_ready;
  logic request_write = 1'b0;
  logic [15:0] request_address = '0;
  logic [31:0] request_data = '0;
  logic response_valid;
  logic [31:0] response_data;
  logic response_error;
  logic busy;
  logic sense;
  logic sense_phase;
  logic [LANES-1:0] rows;
  logic [CODE_W-1:0] code;
  logic row;
  logic column;
  logic read;
  logic [23:0] reading;
  logic pulse;
  logic pulse_negative;
  logic [3:0] pulse_entry;

  integer failures = 0;
  integer pulse_clocks = 0;

  always #0.5 clk = !clk;

  memspike #(
      .INPUTS(INPUTS),
      .LANES(LANES)
  ) dut (
      .clk_i(clk),
      .rst_ni(rst_n),
      .request_valid_i(request_valid),
      .request_ready_o(request_ready),
      .request_write_i(request_write),
      .request_address_i(request_address),
      .request_data_i(request_data),
      .response_valid_o(response_valid),
      .response_ready_i(1'b1),
      .response_data_o(response_data),
      .response_error_o(response_error),
      .busy_o(busy),
      .sense_o(sense),
      .sense_phase_o(sense_phase),
      .rows_o(rows),
      .code_i(code),
      .row_o(row),
      .column_o(column),
      .read_o(read),
      .reading_i(reading),
      .pulse_o(pulse),
      .pulse_negative_o(pulse_negative),
      .pulse_entry_o(pulse_entry),
      .membrane_o(),
      .spike_o(),
      .count_o(),
      .write_state_o(),
      .write_iteration_o(),
      .prediction_valid_o(),
      .prediction_entry_o(),
      .prediction_o()
  );

  // The analogue side: every device has weight 1, so that a column's code is 4096 for each spike. A device's resistance
  // starts at 10,000 ohm and rises by 1,000 ohm with each clock of a positive pulse.
  assign code = CODE_W'(({14'd0, rows[0]} + {14'd0, rows[1]}) << 12);
  logic [23:0] resistance[4];
  assign reading = resistance[{column, row}];
  always @(posedge clk) begin
    if (pulse) begin
      pulse_clocks <= pulse_clocks + 1;
      if (!pulse_negative) resistance[{column, row}] <= resistance[{column, row}] + 24'd256000;
    end
  end

  task automatic expect_equal(input logic [31:0] actual, input logic [31:0] expected, input [8*24:1] what);
    if (actual !== expected) begin
      $display("%0s: %0d, expected %0d", what, actual, expected);
      failures = failures + 1;
    end
  endtask

  task automatic transfer(input logic write, input logic [15:0] address, input logic [31:0] data);
    @(negedge clk);
    request_valid = 1'b1;
    request_write = write;
    request_address = address;
    request_data = data;
    @(negedge clk);
    request_valid = 1'b0;
    expect_equal({31'd0, response_valid}, 32'd1, "response");
    expect_equal({31'd0, response_error}, 32'd0, "response error");
  endtask

  task automatic wait_until_idle;
    @(negedge clk);
    while (busy) @(negedge clk);
  endtask

  integer i;
  initial begin
    if ($test$plusargs("waves")) begin
      $dumpfile("memspike_tb.vcd");
      $dumpvars(0, memspike_tb);
    end
    for (i = 0; i < 4; i = i + 1) resistance[i] = 24'd2560000;
    repeat (3) @(negedge clk);
    rst_n = 1'b1;

    transfer(1'b0, memspike_registers::ID, 0);
    expect_equal(response_data, memspike_registers::ID_RESET, "ID");
    for (i = 0; i < 4; i = i + 1) begin
      transfer(1'b0, memspike_registers::RESULT + 16'(4 * i), 0);
      expect_equal(response_data, 32'd0, "result of a device never written");
    end

    // Rate-coded, rates of one half: every input spikes in every second step, the first among them, four together. With
    // Vth = 1.5 the eight steps bring 16 in all and V is above the threshold in each of them.
    transfer(1'b1, memspike_registers::ENCODER, 1);
    transfer(1'b1, memspike_registers::STEPS, 8);
    transfer(1'b1, memspike_registers::THRESHOLD, 32'd6144);
    for (i = 0; i < 4; i = i + 1) begin
      transfer(1'b1, memspike_registers::RATE + 16'(i * 4), 32'd32768);
    end
    transfer(1'b1, memspike_registers::CONTROL, 1);
    wait_until_idle();
    transfer(1'b0, memspike_registers::COUNT, 0);
    expect_equal(response_data, 32'd8, "spikes");
    transfer(1'b0, memspike_registers::MEMBRANE_LOW, 0);
    // 16 in, 7 times 1.5 taken out: the reset of the last spike would come one step later.
    expect_equal(response_data, 32'd11 << 11, "membrane");
    transfer(1'b0, memspike_registers::CLOCKS, 0);
    expect_equal(response_data, 32'd18, "clocks of a review");

    // One pulse of 1 us that the table says brings 10,000 ohm to 11,000 ohm (r = 20,000 ohm, k t = 1/90,000): device 0
    // converges with one pulse, device 1 wants 13,000 ohm and runs out of its two, device 2 wants less and stalls,
    // device 3 is left alone.
    transfer(1'b1, memspike_registers::PULSE_WIDTH, 1);
    transfer(1'b1, memspike_registers::PULSE_RATE, 32'd763550);
    transfer(1'b1, memspike_registers::PULSE_ASYMPTOTE, 32'd5120000);
    transfer(1'b1, memspike_registers::PULSE_ENTRIES, 1);
    transfer(1'b1, memspike_registers::MAX_PULSES, 2);
    transfer(1'b1, memspike_registers::TOLERANCE, 32'd16777);
    transfer(1'b1, memspike_registers::TARGET, 32'd2816000);
    transfer(1'b1, memspike_registers::TARGET + 16'd4, 32'd3328000);
    transfer(1'b1, memspike_registers::TARGET + 16'd8, 32'd2304000);
    transfer(1'b1, memspike_registers::TARGET + 16'd12, 32'd0);
    transfer(1'b1, memspike_registers::CONTROL, 2);
    wait_until_idle();
    transfer(1'b0, memspike_registers::CONVERGED, 0);
    expect_equal(response_data, 32'd1, "converged");
    transfer(1'b0, memspike_registers::EXHAUSTED, 0);
    expect_equal(response_data, 32'd1, "exhausted");
    transfer(1'b0, memspike_registers::STALLED, 0);
    expect_equal(response_data, 32'd1, "stalled");
    transfer(1'b0, memspike_registers::PULSES, 0);
    expect_equal(response_data, 32'd3, "pulses");
    expect_equal(pulse_clocks, 32'd3, "clocks of pulses");
    transfer(1'b0, memspike_registers::RESULT, 0);
    expect_equal(response_data, {2'd1, 6'd1, 24'd2816000}, "result of device 0");

    if (failures == 0) $display("PASS");
    else $display("FAIL: %0d differences", failures);
    $finish(0);
  end
endmodule
`default_nettype wire
