// SPDX-License-Identifier: Apache-2.0
// UART receiver: 8 data bits, no parity, one stop bit, the lowest bit first. A byte whose stop bit is missing is dropped.
//
//   CLOCKS_PER_BIT  at least 4
`default_nettype none
module memspike_uart_receiver #(
    parameter int CLOCKS_PER_BIT = 12
) (
    input wire clk_i,
    input wire rst_ni,
    input wire line_i,
    output logic valid_o,  // for one clock
    output logic [7:0] data_o
);
  localparam int TIMER_W = $clog2(CLOCKS_PER_BIT);
  logic [2:0] line_q;  // the first one may be metastable
  logic busy_q;
  logic [TIMER_W-1:0] timer_q;
  logic [3:0] bit_q;  // start bit, eight of data, stop bit

  always_ff @(posedge clk_i) begin : receive
    valid_o <= 1'b0;
    line_q <= {line_q[1:0], line_i};
    if (!rst_ni) begin
      line_q <= '1;
      busy_q <= 1'b0;
      timer_q <= '0;
      bit_q <= '0;
      data_o <= '0;
    end else if (!busy_q) begin
      timer_q <= TIMER_W'(CLOCKS_PER_BIT / 2 - 1);
      bit_q <= '0;
      busy_q <= line_q[2:1] == 2'b10;
    end else if (timer_q != '0) begin
      timer_q <= timer_q - 1'b1;
    end else begin
      // The middle of a bit.
      timer_q <= TIMER_W'(CLOCKS_PER_BIT - 1);
      bit_q <= bit_q + 4'd1;
      if (bit_q == 4'd0) begin
        busy_q <= !line_q[2];
      end else if (bit_q == 4'd9) begin
        busy_q <= 1'b0;
        valid_o <= line_q[2];
      end else begin
        data_o <= {line_q[2], data_o[7:1]};
      end
    end
  end

  if (CLOCKS_PER_BIT < 4) begin : g_check
    error_CLOCKS_PER_BIT_must_be_at_least_4 check ();
  end
endmodule
`default_nettype wire
