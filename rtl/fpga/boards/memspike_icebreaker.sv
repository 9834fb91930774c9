// SPDX-License-Identifier: Apache-2.0
// iCEBreaker: iCE40UP5K, 12 MHz oscillator, UART on the FT2232H, user button, red and green LED (lit by a low level).
`default_nettype none
module memspike_icebreaker #(
    parameter DEMO_FILE = "demo_pages.hex"
) (
    input wire clk_i,
    input wire receive_i,
    output logic transmit_o,
    input wire button_ni,
    output logic led_red_no,    // the demo's review is negative, or something runs
    output logic led_green_no   // it is positive
);
  logic busy;
  logic positive;
  logic negative;
  memspike_board #(
      .MULTIPLIERS(1),
      .LEAK_W(3),
      .DEMO_FILE(DEMO_FILE)
  ) u_board (
      .clk_i,
      .steady_i(1'b1),
      .receive_i,
      .transmit_o,
      .button_i(!button_ni),
      .busy_o(busy),
      .positive_o(positive),
      .negative_o(negative)
  );
  assign led_red_no = !(negative || busy);
  assign led_green_no = !positive;
endmodule
`default_nettype wire
