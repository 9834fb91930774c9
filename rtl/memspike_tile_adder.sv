// SPDX-License-Identifier: Apache-2.0
// Tile adder: where the rows of an output are spread over several arrays (tiles), each with converters of its own, their codes
// are added here, digitally. With one tile it is a wire.
//
//   OUTPUTS      outputs sensed at once
//   TILES        arrays side by side; tile t has the rows t x LANES / TILES and up
//   TILE_CODE_W  width of a signed code of one tile
//
// Rules:
//   T1  code_o is the exact sum: it is wide enough for the largest codes of all tiles.
`default_nettype none
module memspike_tile_adder #(
    parameter int OUTPUTS = 1,
    parameter int TILES = 1,
    parameter int TILE_CODE_W = 20,
    localparam int CODE_W = memspike_widths::sum_width(TILE_CODE_W, TILES)
) (
    input wire [OUTPUTS*TILES*TILE_CODE_W-1:0] code_i,  // output by output, tile by tile
    output logic [OUTPUTS*CODE_W-1:0] code_o
);
  if (TILES == 1) begin : g_wire
    assign code_o = code_i;
  end else begin : g_sum
    always_comb begin : add
      integer o;
      integer t;
      logic signed [CODE_W-1:0] sum;
      sum = '0;
      code_o = '0;
      for (o = 0; o < OUTPUTS; o = o + 1) begin
        sum = '0;
        for (t = 0; t < TILES; t = t + 1) sum = sum + CODE_W'($signed(code_i[(o*TILES+t)*TILE_CODE_W+:TILE_CODE_W]));
        code_o[o*CODE_W+:CODE_W] = sum;
      end
    end
  end

`ifdef FORMAL
  `include "tile_adder.vh"  // the rules above, as proofs
`endif
endmodule
`default_nettype wire
