// SPDX-License-Identifier: Apache-2.0
// memspike on an AXI4-Lite bus: an adapter in front of the register port. Parameters and analogue boundary are memspike's;
// docs/registers.md is the map of the addresses.
//
// Address and data of a write may come in any order, reads and writes at the same time; writes and reads pass one a clock
// each as long as the register port, which takes one transfer a clock, is not wanted by both, and in turn when it is.
// A write without a strobe does nothing and is answered with OKAY. A transfer that the register port refuses, a write with
// some of its strobes set, and an address that is not a multiple of 4 are answered with SLVERR and change nothing.
//
// Rules:
//   A1  every valid stays high, with what it offers steady, until its ready.
//   A2  no output depends on an input of the same clock: there is no path from a valid to a ready.
//   A3  every write whose address and data were taken gets one B, every read whose address was taken one R, each channel in
//       order, and none comes before.
//   A4  a channel that waits (B or R not taken) does not hold up the other one.
//   A5  reads and writes that wait at the same time take turns.
`default_nettype none
module memspike_axi #(
    parameter int INPUTS = 100,
    parameter int LANES = 100,
    parameter int OUTPUTS = 1,
    parameter int TILES = 1,
    parameter int DIFFERENTIAL = 0,
    parameter int CLOCKS_PER_US = 1,
    parameter int SEQUENTIAL = 0,
    localparam int PHASES = INPUTS / LANES,
    localparam int COLUMNS = memspike_widths::columns(PHASES, OUTPUTS, DIFFERENTIAL),
    localparam int ROW_W = memspike_widths::index_width(LANES),
    localparam int PHASE_W = memspike_widths::index_width(PHASES),
    localparam int COLUMN_W = memspike_widths::index_width(COLUMNS),
    localparam int TILE_CODE_W = memspike_widths::tile_code_width(LANES, TILES),
    localparam int CODE_W = memspike_widths::code_width(LANES, TILES),
    localparam int MEMBRANE_W = memspike_widths::membrane_width(CODE_W, PHASES)
) (
    input wire clk_i,
    input wire rst_ni,

    // AXI4-Lite
    input wire awvalid_i,
    output logic awready_o,
    input wire [15:0] awaddr_i,
    input wire wvalid_i,
    output logic wready_o,
    input wire [31:0] wdata_i,
    input wire [3:0] wstrb_i,
    output logic bvalid_o,
    input wire bready_i,
    output logic [1:0] bresp_o,
    input wire arvalid_i,
    output logic arready_o,
    input wire [15:0] araddr_i,
    output logic rvalid_o,
    input wire rready_i,
    output logic [31:0] rdata_o,
    output logic [1:0] rresp_o,

    // A review or a writing runs
    output logic busy_o,

    // Analogue boundary: see memspike.sv
    output logic sense_o,
    output logic [PHASE_W-1:0] sense_phase_o,
    output logic [LANES-1:0] rows_o,
    input wire [OUTPUTS*TILES*TILE_CODE_W-1:0] code_i,
    output logic [ROW_W-1:0] row_o,
    output logic [COLUMN_W-1:0] column_o,
    output logic read_o,
    input wire [23:0] reading_i,
    output logic pulse_o,
    output logic pulse_negative_o,
    output logic [3:0] pulse_entry_o,

    // For waveforms and checkers
    output logic [OUTPUTS*MEMBRANE_W-1:0] membrane_o,
    output logic [OUTPUTS-1:0] spike_o,
    output logic [OUTPUTS*16-1:0] count_o,
    output logic [2:0] write_state_o,
    output logic [5:0] write_iteration_o,
    output logic prediction_valid_o,
    output logic [3:0] prediction_entry_o,
    output logic [24:0] prediction_o
);
  // What waits to go to the register port.
  logic address_valid;
  logic data_valid;
  logic read_valid;
  logic write_taken;
  logic read_taken;
  logic [15:0] write_address;
  logic [31:0] write_data;
  logic whole_word;
  logic no_byte;
  logic [15:0] read_address;

  memspike_axi_queue #(
      .WIDTH(16)
  ) u_write_address (
      .clk_i,
      .rst_ni,
      .valid_i(awvalid_i),
      .ready_o(awready_o),
      .data_i(awaddr_i),
      .valid_o(address_valid),
      .ready_i(write_taken),
      .data_o(write_address)
  );

  memspike_axi_queue #(
      .WIDTH(34)
  ) u_write_data (
      .clk_i,
      .rst_ni,
      .valid_i(wvalid_i),
      .ready_o(wready_o),
      .data_i({wstrb_i == '0, wstrb_i == '1, wdata_i}),
      .valid_o(data_valid),
      .ready_i(write_taken),
      .data_o({no_byte, whole_word, write_data})
  );

  memspike_axi_queue #(
      .WIDTH(16)
  ) u_read_address (
      .clk_i,
      .rst_ni,
      .valid_i(arvalid_i),
      .ready_o(arready_o),
      .data_i(araddr_i),
      .valid_o(read_valid),
      .ready_i(read_taken),
      .data_o(read_address)
  );

  // A request goes to the register port when its answer has a place in its queue of answers; so the port never waits.
  logic [1:0] write_answers_q;  // on their way or in the queue
  logic [1:0] read_answers_q;
  logic write_answer_leaves;
  logic read_answer_leaves;
  logic can_write;
  logic can_read;
  logic write_last_q;  // the last request was a write
  assign write_answer_leaves = bvalid_o && bready_i;
  assign read_answer_leaves = rvalid_o && rready_i;
  assign can_write = address_valid && data_valid && (write_answers_q != 2'd2 || write_answer_leaves);
  assign can_read = read_valid && (read_answers_q != 2'd2 || read_answer_leaves);
  assign write_taken = can_write && !(can_read && write_last_q);
  assign read_taken = can_read && !write_taken;

  always_ff @(posedge clk_i) begin : take_turns
    if (!rst_ni) begin
      write_answers_q <= '0;
      read_answers_q <= '0;
      write_last_q <= 1'b0;
    end else begin
      write_answers_q <= write_answers_q + {1'b0, write_taken} - {1'b0, write_answer_leaves};
      read_answers_q <= read_answers_q + {1'b0, read_taken} - {1'b0, read_answer_leaves};
      if (write_taken || read_taken) write_last_q <= write_taken;
    end
  end

  // A word with some of its strobes goes to an address that is not a multiple of 4: the register port refuses it. One without
  // a strobe becomes a read that always succeeds and whose data nobody takes.
  logic request_ready;
  logic [15:0] request_address;
  logic response_valid;
  logic [31:0] response_data;
  logic response_error;
  assign request_address = !write_taken ? read_address
                         : no_byte ? memspike_registers::ID
                         : {write_address[15:1], write_address[0] || !whole_word};

  memspike #(
      .INPUTS(INPUTS),
      .LANES(LANES),
      .OUTPUTS(OUTPUTS),
      .TILES(TILES),
      .DIFFERENTIAL(DIFFERENTIAL),
      .CLOCKS_PER_US(CLOCKS_PER_US),
      .SEQUENTIAL(SEQUENTIAL)
  ) u_memspike (
      .clk_i,
      .rst_ni,
      .request_valid_i(write_taken || read_taken),
      .request_ready_o(request_ready),
      .request_write_i(write_taken && !no_byte),
      .request_address_i(request_address),
      .request_data_i(write_data),
      .response_valid_o(response_valid),
      .response_ready_i(1'b1),
      .response_data_o(response_data),
      .response_error_o(response_error),
      .busy_o,
      .sense_o,
      .sense_phase_o,
      .rows_o,
      .code_i,
      .row_o,
      .column_o,
      .read_o,
      .reading_i,
      .pulse_o,
      .pulse_negative_o,
      .pulse_entry_o,
      .membrane_o,
      .spike_o,
      .count_o,
      .write_state_o,
      .write_iteration_o,
      .prediction_valid_o,
      .prediction_entry_o,
      .prediction_o
  );

  // The answer to the request before: write_last_q says whose it is.
  logic write_answer_ready;
  logic read_answer_ready;
  logic write_error;
  logic read_error;

  memspike_axi_queue #(
      .WIDTH(1)
  ) u_write_answers (
      .clk_i,
      .rst_ni,
      .valid_i(response_valid && write_last_q),
      .ready_o(write_answer_ready),
      .data_i(response_error),
      .valid_o(bvalid_o),
      .ready_i(bready_i),
      .data_o(write_error)
  );

  memspike_axi_queue #(
      .WIDTH(33)
  ) u_read_answers (
      .clk_i,
      .rst_ni,
      .valid_i(response_valid && !write_last_q),
      .ready_o(read_answer_ready),
      .data_i({response_error, response_data}),
      .valid_o(rvalid_o),
      .ready_i(rready_i),
      .data_o({read_error, rdata_o})
  );

  assign bresp_o = {write_error, 1'b0};
  assign rresp_o = {read_error, 1'b0};

  // Always high: the register port's answer leaves in the clock in which it comes.
  logic unused;
  assign unused = ^{request_ready, write_answer_ready, read_answer_ready};

`ifdef FORMAL
  `include "memspike_axi.vh"  // the rules above, as proofs
`endif
endmodule
`default_nettype wire
