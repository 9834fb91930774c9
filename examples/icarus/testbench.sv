// SPDX-License-Identifier: Apache-2.0
// A memristor array in a Verilog test bench, with Icarus Verilog: the RTL, and crossbar_vpi.c at its analogue boundary. It
// writes a ramp of weights by predict-write-verify and runs three samples.
//
//   iverilog-vpi --name=crossbar_vpi crossbar_vpi.c $(pkg-config --cflags --libs memspike)
//   rtl=$(pkg-config --variable=rtldir memspike)
//   iverilog -g2012 -o testbench $(sed "s|^|$rtl/|" "$rtl/memspike.f") testbench.sv && vvp -M. -mcrossbar_vpi testbench
`timescale 1us / 1ns
module testbench;
  localparam int INPUTS = 100;
  localparam int LANES = 10;
  localparam int CODE_W = memspike_widths::code_width(LANES, 1);

  logic clk = 1'b0;
  logic rst_n = 1'b0;
  logic request_valid = 1'b0;
  logic [15:0] request_address = '0;
  logic [31:0] request_data = '0;
  logic busy, sense, read, pulse;
  logic [3:0] phase, row, column, entry;
  logic [LANES-1:0] rows;
  logic [CODE_W-1:0] code = '0;
  logic [23:0] reading = '0;
  logic [15:0] count;

  always #0.5 clk = !clk;

  memspike #(
      .INPUTS(INPUTS),
      .LANES(LANES)
  ) dut (
      .clk_i(clk),
      .rst_ni(rst_n),
      .request_valid_i(request_valid),
      .request_ready_o(),
      .request_write_i(1'b1),
      .request_address_i(request_address),
      .request_data_i(request_data),
      .response_valid_o(),
      .response_ready_i(1'b1),
      .response_data_o(),
      .response_error_o(),
      .busy_o(busy),
      .sense_o(sense),
      .sense_phase_o(phase),
      .rows_o(rows),
      .code_i(code),
      .row_o(row),
      .column_o(column),
      .read_o(read),
      .reading_i(reading),
      .pulse_o(pulse),
      .pulse_negative_o(),
      .pulse_entry_o(entry),
      .membrane_o(),
      .spike_o(),
      .count_o(count),
      .write_state_o(),
      .write_iteration_o(),
      .prediction_valid_o(),
      .prediction_entry_o(),
      .prediction_o()
  );

  // The array answers in the middle of the clock, in time for its end.
  integer sample = 0;
  integer step = -1;
  integer pulse_clocks = 0;
  always @(negedge clk) begin
    if (sense) begin
      if (phase == 0) step = step + 1;
      code = CODE_W'($memspike_sense(sample, step, phase, rows));
    end
    if (read) reading = 24'($memspike_read(column * LANES + row));
    if (pulse) pulse_clocks = pulse_clocks + $memspike_pulse(column * LANES + row, entry) + 1;
  end

  task automatic write(input logic [15:0] address, input logic [31:0] data);
    @(negedge clk);
    request_valid = 1'b1;
    request_address = address;
    request_data = data;
    @(negedge clk);
    request_valid = 1'b0;
  endtask

  task automatic run(input logic [31:0] control);
    step = -1;
    write(memspike_registers::CONTROL, control);
    while (busy) @(negedge clk);
  endtask

  integer i;
  initial begin
    if ($memspike_open("10x10", "read_noise=0.05 steps=200 tolerance=0.01") != 0) $finish(1);
    repeat (3) @(negedge clk);
    rst_n = 1'b1;
    for (i = 0; i < $memspike_transfers(); i = i + 1) write(16'($memspike_address(i)), $memspike_data(i));

    for (i = 0; i < INPUTS; i = i + 1) write(memspike_registers::TARGET + 16'(4 * (i / LANES * 16 + i % LANES)), $memspike_target(100 + 8 * i));
    run(2);
    $display("writing: %0d us of pulses; device 99 has %0d ohm", pulse_clocks, $memspike_resistance(99) / 1000);

    for (i = 0; i < INPUTS; i = i + 1) write(memspike_registers::RATE + 16'(4 * (i / LANES * 16 + i % LANES)), $memspike_rate(400));
    for (sample = 0; sample < 3; sample = sample + 1) begin
      write(memspike_registers::SEED, $memspike_seed(sample));
      run(1);
      $display("sample %0d: %0d spikes", sample, count);
    end
    $finish(0);
  end
endmodule
