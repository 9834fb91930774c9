// SPDX-License-Identifier: Apache-2.0
// UART transmitter: 8 data bits, no parity, one stop bit, the lowest bit first.
//
//   CLOCKS_PER_BIT  at least 2
`default_nettype none
module memspike_uart_transmitter #(
    parameter int CLOCKS_PER_BIT = 12
) (
    input wire clk_i,
    input wire rst_ni,
    input wire valid_i,
    output logic ready_o,
    input wire [7:0] data_i,
    output logic line_o
);
  localparam int TIMER_W = $clog2(CLOCKS_PER_BIT);
  logic [TIMER_W-1:0] timer_q;
  logic [3:0] bits_q;   // left to send
  logic [8:0] shift_q;  // the bit on the line, and those after it

  assign ready_o = bits_q == '0;
  assign line_o = shift_q[0];

  always_ff @(posedge clk_i) begin : transmit
    if (!rst_ni) begin
      timer_q <= '0;
      bits_q <= '0;
      shift_q <= '1;
    end else if (bits_q == '0) begin
      timer_q <= TIMER_W'(CLOCKS_PER_BIT - 1);
      if (valid_i) begin
        bits_q <= 4'd10;
        shift_q <= {data_i, 1'b0};
      end
    end else if (timer_q != '0) begin
      timer_q <= timer_q - 1'b1;
    end else begin
      timer_q <= TIMER_W'(CLOCKS_PER_BIT - 1);
      bits_q <= bits_q - 4'd1;
      shift_q <= {1'b1, shift_q[8:1]};
    end
  end

  if (CLOCKS_PER_BIT < 2) begin : g_check
    error_CLOCKS_PER_BIT_must_be_at_least_2 check ();
  end
endmodule
`default_nettype wire
