// SPDX-License-Identifier: Apache-2.0
// memspike in the proofs of memspike_axi.sv: any answers that keep memspike_register_port.sv's rules H1, H2 and H4, for one whose answers are always
// taken. A request is taken and answered one clock later, and refused if its address is no word's; ID can be read, but not written. What
// is not driven here may be anything.
module memspike #(
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
    input wire request_valid_i,
    output logic request_ready_o,
    input wire request_write_i,
    input wire [15:0] request_address_i,
    input wire [31:0] request_data_i,
    output logic response_valid_o,
    input wire response_ready_i,
    output logic [31:0] response_data_o,
    output logic response_error_o,
    output logic busy_o,
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
    output logic [OUTPUTS*MEMBRANE_W-1:0] membrane_o,
    output logic [OUTPUTS-1:0] spike_o,
    output logic [OUTPUTS*16-1:0] count_o,
    output logic [2:0] write_state_o,
    output logic [5:0] write_iteration_o,
    output logic prediction_valid_o,
    output logic [3:0] prediction_entry_o,
    output logic [24:0] prediction_o
);
  (* anyseq *) logic error;
  logic valid_q = 1'b0;
  logic refused_q = 1'b0;
  logic read_q = 1'b0;  // of ID
  always_ff @(posedge clk_i) begin
    valid_q <= rst_ni && request_valid_i;
    refused_q <= request_address_i[1:0] != 2'd0 || (request_write_i && request_address_i == memspike_registers::ID);
    read_q <= !request_write_i && request_address_i == memspike_registers::ID;
  end
  (* anyseq *) logic [31:0] data;
  assign request_ready_o = 1'b1;
  assign response_valid_o = valid_q;
  assign response_error_o = refused_q || (error && !read_q);
  assign response_data_o = data;
  logic unused;
  assign unused = ^{request_data_i, response_ready_i, code_i, reading_i};
endmodule
