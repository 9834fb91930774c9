// SPDX-License-Identifier: Apache-2.0
// Lattice ECP5 evaluation board (LFE5UM5G-85F-8BG381): 12 MHz clock of the FT2232H, a serial adapter on J31, eight LEDs (lit by
// a low level), button SW4.
`default_nettype none
module memspike_ecp5 #(
    parameter DEMO_FILE = "demo_pages.hex"
) (
    input wire clk_i,
    input wire receive_i,
    output logic transmit_o,
    input wire button_ni,
    output logic [7:0] leds_no
);
  logic busy;
  logic positive;
  logic negative;
  memspike_board #(
      .MULTIPLIERS(1),
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
  assign leds_no = ~{4'd0, 1'b1, busy, negative, positive};
endmodule
`default_nettype wire
