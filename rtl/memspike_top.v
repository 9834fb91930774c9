// SPDX-License-Identifier: Apache-2.0
// memspike_axi for tools that want a plain Verilog-2001 top around SystemVerilog sources, such as the block designs of FPGA
// vendors. Ports of the bus have the usual names. What is for waveforms and checkers alone stays inside.
//
// Verilog-2001 has no packages: the widths below repeat memspike_widths.sv, and the lint fails where a port's differs.
`default_nettype none
module memspike_top (
    aclk, aresetn,
    s_axi_awvalid, s_axi_awready, s_axi_awaddr, s_axi_wvalid, s_axi_wready, s_axi_wdata, s_axi_wstrb,
    s_axi_bvalid, s_axi_bready, s_axi_bresp,
    s_axi_arvalid, s_axi_arready, s_axi_araddr, s_axi_rvalid, s_axi_rready, s_axi_rdata, s_axi_rresp,
    busy,
    sense, sense_phase, rows, code, row, column, read, reading, pulse, pulse_negative, pulse_entry
);
  parameter INPUTS = 100;
  parameter LANES = 100;
  parameter OUTPUTS = 1;
  parameter TILES = 1;
  parameter DIFFERENTIAL = 0;
  parameter CLOCKS_PER_US = 1;
  parameter SEQUENTIAL = 0;

  // The bits of numbers below `count`; at least one.
  function integer index_width;
    input integer count;
    begin
      index_width = 1;
      while ((1 << index_width) < count) index_width = index_width + 1;
    end
  endfunction

  localparam PHASES = INPUTS / LANES;
  localparam PHASE_W = index_width(PHASES);
  localparam ROW_W = index_width(LANES);
  localparam COLUMN_W = index_width(PHASES * OUTPUTS * (1 + DIFFERENTIAL));
  localparam CODES_W = OUTPUTS * TILES * (index_width(LANES / TILES * 4096 + 1) + 1);

  input wire aclk;
  input wire aresetn;

  input wire s_axi_awvalid;
  output wire s_axi_awready;
  input wire [15:0] s_axi_awaddr;
  input wire s_axi_wvalid;
  output wire s_axi_wready;
  input wire [31:0] s_axi_wdata;
  input wire [3:0] s_axi_wstrb;
  output wire s_axi_bvalid;
  input wire s_axi_bready;
  output wire [1:0] s_axi_bresp;
  input wire s_axi_arvalid;
  output wire s_axi_arready;
  input wire [15:0] s_axi_araddr;
  output wire s_axi_rvalid;
  input wire s_axi_rready;
  output wire [31:0] s_axi_rdata;
  output wire [1:0] s_axi_rresp;

  output wire busy;

  // Analogue boundary: see memspike.sv
  output wire sense;
  output wire [PHASE_W-1:0] sense_phase;
  output wire [LANES-1:0] rows;
  input wire [CODES_W-1:0] code;
  output wire [ROW_W-1:0] row;
  output wire [COLUMN_W-1:0] column;
  output wire read;
  input wire [23:0] reading;
  output wire pulse;
  output wire pulse_negative;
  output wire [3:0] pulse_entry;

  memspike_axi #(
      .INPUTS(INPUTS),
      .LANES(LANES),
      .OUTPUTS(OUTPUTS),
      .TILES(TILES),
      .DIFFERENTIAL(DIFFERENTIAL),
      .CLOCKS_PER_US(CLOCKS_PER_US),
      .SEQUENTIAL(SEQUENTIAL)
  ) u_memspike_axi (
      .clk_i(aclk),
      .rst_ni(aresetn),
      .awvalid_i(s_axi_awvalid),
      .awready_o(s_axi_awready),
      .awaddr_i(s_axi_awaddr),
      .wvalid_i(s_axi_wvalid),
      .wready_o(s_axi_wready),
      .wdata_i(s_axi_wdata),
      .wstrb_i(s_axi_wstrb),
      .bvalid_o(s_axi_bvalid),
      .bready_i(s_axi_bready),
      .bresp_o(s_axi_bresp),
      .arvalid_i(s_axi_arvalid),
      .arready_o(s_axi_arready),
      .araddr_i(s_axi_araddr),
      .rvalid_o(s_axi_rvalid),
      .rready_i(s_axi_rready),
      .rdata_o(s_axi_rdata),
      .rresp_o(s_axi_rresp),
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
      // verilator lint_off PINCONNECTEMPTY
      .membrane_o(),
      .spike_o(),
      .count_o(),
      .write_state_o(),
      .write_iteration_o(),
      .prediction_valid_o(),
      .prediction_entry_o(),
      .prediction_o()
      // verilator lint_on PINCONNECTEMPTY
  );
endmodule
`default_nettype wire
