// SPDX-License-Identifier: Apache-2.0
// A queue of two words between two valid/ready handshakes: ready comes from a register, and a word can pass every clock.
//
//   WIDTH  bits of a word
//
// Rules:
//   Q1  words leave in the order in which they came; none is lost, none comes twice.
//   Q2  ready_o and valid_o depend on registers only.
//   Q3  valid_o stays high, with the word steady, until ready_i.
`default_nettype none
module memspike_axi_queue #(
    parameter int WIDTH = 32
) (
    input wire clk_i,
    input wire rst_ni,

    input wire valid_i,
    output logic ready_o,
    input wire [WIDTH-1:0] data_i,

    output logic valid_o,
    input wire ready_i,
    output logic [WIDTH-1:0] data_o
);
  logic [1:0] count_q;
  logic [WIDTH-1:0] first_q;
  logic [WIDTH-1:0] second_q;
  logic push;
  logic pop;

  assign ready_o = count_q != 2'd2;
  assign valid_o = count_q != 2'd0;
  assign data_o = first_q;
  assign push = valid_i && ready_o;
  assign pop = valid_o && ready_i;

  always_ff @(posedge clk_i) begin : queue
    if (!rst_ni) begin
      count_q <= '0;
      first_q <= '0;
      second_q <= '0;
    end else begin
      if (push && !pop) count_q <= count_q + 2'd1;
      if (pop && !push) count_q <= count_q - 2'd1;
      if (pop && count_q == 2'd2) first_q <= second_q;
      else if (push && (pop || count_q == 2'd0)) first_q <= data_i;
      if (push && !pop && count_q == 2'd1) second_q <= data_i;
    end
  end

`ifdef FORMAL
  `include "axi_queue.vh"  // the rules above, as proofs
`endif
endmodule
`default_nettype wire
