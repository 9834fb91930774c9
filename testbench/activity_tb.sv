// SPDX-License-Identifier: Apache-2.0
// Test bench of scripts/cost.py: puts a netlist of memspike through what it does in use, and says by `activity` what the clocks
// that follow belong to, so that switching can be counted apart. Rates are drawn evenly around one half; what is sensed is as of
// weights around one half; devices go an eighth of the way to a pulse's asymptote with each of its clocks.
//
//   INPUTS, LANES, OUTPUTS, DIFFERENTIAL   defined: the netlist's parameters
`default_nettype none
module activity_tb;
  localparam int PHASES = `INPUTS / `LANES;
  localparam int COLUMNS = memspike_widths::columns(PHASES, `OUTPUTS, `DIFFERENTIAL);
  localparam int ROW_W = memspike_widths::index_width(`LANES);
  localparam int COLUMN_W = memspike_widths::index_width(COLUMNS);
  localparam int PHASE_W = memspike_widths::index_width(PHASES);
  localparam int CODE_W = memspike_widths::code_width(`LANES, 1);
  localparam int MEMBRANE_W = memspike_widths::membrane_width(CODE_W, PHASES);
  localparam int ROW_STRIDE = 1 << ROW_W;
  localparam int DEVICES = COLUMNS << ROW_W;
  localparam int Transfers = 1;  // rates, seed, results
  localparam int Poisson = 2;  // a review of Poisson spikes
  localparam int Rate = 3;  // a review of rate-coded spikes
  localparam int Writing = 4;  // devices that want pulses
  localparam int Idle = 5;

  logic clk = 1'b0;
  logic rst_n = 1'b0;
  always #5 clk = !clk;

  integer activity = 0;
  logic request_valid = 1'b0;
  logic request_write = 1'b0;
  logic [15:0] request_address = '0;
  logic [31:0] request_data = '0;
  wire request_ready, response_valid, response_error, busy, sense, read, pulse, pulse_negative;
  wire [31:0] response_data;
  wire [PHASE_W-1:0] sense_phase;
  wire [`LANES-1:0] rows;
  logic [`OUTPUTS*CODE_W-1:0] code = '0;
  wire [ROW_W-1:0] row;
  wire [COLUMN_W-1:0] column;
  logic [23:0] reading = '0;
  wire [3:0] pulse_entry;
  wire [`OUTPUTS*MEMBRANE_W-1:0] membrane;
  wire [`OUTPUTS-1:0] spike;
  wire [`OUTPUTS*16-1:0] count;
  wire [2:0] write_state;
  wire [5:0] write_iteration;

  memspike dut (
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
      .membrane_o(membrane),
      .spike_o(spike),
      .count_o(count),
      .write_state_o(write_state),
      .write_iteration_o(write_iteration),
      .prediction_valid_o(),
      .prediction_entry_o(),
      .prediction_o()
  );

  // The analogue side.
  integer resistance[DEVICES];
  integer device;
  integer spikes;
  integer o;
  integer i;
  always @(negedge clk) begin
    device = column * ROW_STRIDE + row;
    spikes = 0;
    for (i = 0; i < `LANES; i = i + 1) if (rows[i]) spikes = spikes + 1;
    for (o = 0; o < `OUTPUTS; o = o + 1) code[o*CODE_W+:CODE_W] = CODE_W'(spikes * 2048);
    if (pulse) begin
      if (pulse_negative) resistance[device] = resistance[device] - (resistance[device] - 570880) / 8;
      else resistance[device] = resistance[device] + (4841728 - resistance[device]) / 8;
    end
    reading = 24'(resistance[device]);
  end

  task automatic transfer(input logic write, input logic [15:0] address, input logic [31:0] data);
    @(negedge clk);
    request_valid = 1'b1;
    request_write = write;
    request_address = address;
    request_data = data;
    @(posedge clk);
    #1 request_valid = 1'b0;
  endtask

  task automatic rates(input integer phases);
    integer phase;
    integer pair;
    for (phase = 0; phase < phases; phase = phase + 1) begin
      for (pair = 0; pair < (`LANES + 1) / 2; pair = pair + 1) begin
        transfer(1'b1, memspike_registers::RATE_PAIR + 16'(4 * (phase * ROW_STRIDE / 2 + pair)),
                 {16'd24000 + 16'($urandom % 17000), 16'd24000 + 16'($urandom % 17000)});
      end
    end
    transfer(1'b1, memspike_registers::SEED, $urandom);
  endtask

  task automatic run(input integer what, input logic [31:0] command);
    transfer(1'b1, memspike_registers::CONTROL, command);
    activity = what;
    @(negedge clk);
    while (busy) @(negedge clk);
    activity = 0;
  endtask

  integer review;
  initial begin
    for (i = 0; i < DEVICES; i = i + 1) resistance[i] = 1792000 + $urandom % 2048000;
    repeat (3) @(negedge clk);
    rst_n = 1'b1;
    $dumpfile("activity.vcd");
    $dumpvars(0, activity_tb.activity, activity_tb.clk, activity_tb.dut);
    transfer(1'b1, memspike_registers::THRESHOLD, `INPUTS * 2048);
    transfer(1'b1, memspike_registers::PULSE_WIDTH, 32'd2);
    transfer(1'b1, memspike_registers::PULSE_RATE, 32'd500000);
    transfer(1'b1, memspike_registers::PULSE_ASYMPTOTE, 32'd4841728);
    transfer(1'b1, memspike_registers::PULSE_WIDTH + 16'd4, 32'h10002);
    transfer(1'b1, memspike_registers::PULSE_RATE + 16'd4, 32'd500000);
    transfer(1'b1, memspike_registers::PULSE_ASYMPTOTE + 16'd4, 32'd570880);
    transfer(1'b1, memspike_registers::PULSE_ENTRIES, 32'd2);
    transfer(1'b1, memspike_registers::MAX_PULSES, 32'd3);
    transfer(1'b1, memspike_registers::TOLERANCE, 32'd83886);
    for (i = 0; i < 3; i = i + 1) begin
      transfer(1'b1, memspike_registers::TARGET + 16'(4 * (i % `LANES + i / `LANES * ROW_STRIDE)), 32'd700000 + $urandom % 3000000);
    end
    transfer(1'b1, memspike_registers::LAST_DEVICE, 32'd2);
    run(Writing, 2);
    for (review = 0; review < 2; review = review + 1) begin
      activity = Transfers;
      rates(`INPUTS / `LANES);
      activity = 0;
      transfer(1'b1, memspike_registers::ENCODER, 32'(review % 2));
      transfer(1'b1, memspike_registers::STEPS, 32'd8);
      run(review % 2 == 0 ? Poisson : Rate, 1);
    end
    activity = Idle;
    repeat (20) @(negedge clk);
    $finish(0);
  end
endmodule
`default_nettype wire
