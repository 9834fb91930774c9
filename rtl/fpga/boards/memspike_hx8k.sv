// SPDX-License-Identifier: Apache-2.0
// Lattice iCE40-HX8K breakout board: 12 MHz oscillator, UART on the FT2232H, eight LEDs, no button: a wire from GND to pin C2
// presses one.
//
//   PLL  1: the board's clock doubled to 24 MHz by the PLL
`default_nettype none
module memspike_hx8k #(
    parameter int PLL = 0,
    parameter DEMO_FILE = "demo_pages.hex"
) (
    input wire clk_i,
    input wire receive_i,
    output logic transmit_o,
    input wire button_ni,  // pulled up
    output logic [7:0] leds_o
);
  localparam int ClockMhz = (PLL != 0) ? 24 : 12;
  logic clk;
  logic locked;
  if (PLL != 0) begin : g_pll
    // 12 MHz x 64 / 2^5
    SB_PLL40_CORE #(
        .FEEDBACK_PATH("SIMPLE"),
        .DIVR(4'd0),
        .DIVF(7'd63),
        .DIVQ(3'd5),
        .FILTER_RANGE(3'd1)
    ) u_pll (
        .REFERENCECLK(clk_i),
        .PLLOUTGLOBAL(clk),
        .RESETB(1'b1),
        .BYPASS(1'b0),
        .LOCK(locked)
    );
  end else begin : g_no_pll
    assign clk = clk_i;
    assign locked = 1'b1;
  end

  logic busy;
  logic positive;
  logic negative;
  memspike_board #(
      .CLOCKS_PER_US(ClockMhz),
      .CLOCKS_PER_BIT(ClockMhz),
      .MULTIPLIERS(0),
      .DEMO_FILE(DEMO_FILE)
  ) u_board (
      .clk_i(clk),
      .steady_i(locked),
      .receive_i,
      .transmit_o,
      .button_i(!button_ni),
      .busy_o(busy),
      .positive_o(positive),
      .negative_o(negative)
  );
  assign leds_o = {4'd0, 1'b1, busy, negative, positive};
endmodule
`default_nettype wire
