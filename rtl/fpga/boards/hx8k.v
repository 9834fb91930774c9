// Lattice iCE40-HX8K breakout board: 12 MHz oscillator, UART on the FT2232H, eight LEDs, no button: a wire from GND to pin C2
// presses one.
module hx8k #(
    parameter DEMO_FILE = "demo_pages.hex"
) (
    input logic clk_i,
    input logic receive_i,
    output logic transmit_o,
    input logic button_ni,  // pulled up
    output logic [7:0] leds_o
);
  logic busy;
  logic positive;
  logic negative;
  board #(
      .MULTIPLIERS(0),
      .DEMO_FILE(DEMO_FILE)
  ) u_board (
      .clk_i,
      .receive_i,
      .transmit_o,
      .button_i(!button_ni),
      .busy_o(busy),
      .positive_o(positive),
      .negative_o(negative)
  );
  assign leds_o = {4'd0, 1'b1, busy, negative, positive};
endmodule
