// SPDX-License-Identifier: Apache-2.0
// Proofs of memspike_tile_adder.sv's rules, for one output that the solver picks, and so for all. T1 against a sum in 32 bits, which hold
// every sum of as many codes.
(* anyconst *) logic [15:0] f_output;
always_comb assume (f_output < OUTPUTS);

logic [OUTPUTS*TILES*TILE_CODE_W-1:0] f_codes;
logic [OUTPUTS*CODE_W-1:0] f_sums;
logic signed [31:0] f_sum;
logic signed [TILE_CODE_W-1:0] f_code;
logic signed [CODE_W-1:0] f_code_o;
integer f_t;
always_comb begin
  f_codes = code_i >> (f_output * TILES * TILE_CODE_W);
  f_sums = code_o >> (f_output * CODE_W);
  f_code_o = f_sums[CODE_W-1:0];
  f_sum = '0;
  f_code = '0;
  for (f_t = 0; f_t < TILES; f_t = f_t + 1) begin
    f_code = f_codes[f_t*TILE_CODE_W+:TILE_CODE_W];
    f_sum = f_sum + f_code;
  end
  assert (f_sum == f_code_o);
  cover (f_sum < 0);
  cover (f_sum > 1000);
end
