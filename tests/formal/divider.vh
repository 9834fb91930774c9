// Proofs of divider.v's rules. f_product is the quotient so far times the denominator, as schoolbook multiplication builds it:
// doubled, plus the denominator for a quotient bit of 1. With it every stage is linear, and the induction closes at full width.
logic f_past = 1'b0;
always_ff @(posedge clk_i) f_past <= 1'b1;

logic [FRACTION-1:0] f_legal = '0;  // the operands of the division in this stage are what D1 asks for
logic [FRACTION-1:0] f_numerator[FRACTION];
logic [DENOMINATOR_W+FRACTION-1:0] f_product[FRACTION];
logic [FRACTION-1:0] f_quotient[FRACTION];  // the bits of f_product

logic [FRACTION-1:0] f_bit;
for (genvar s = 0; s < FRACTION; s = s + 1) begin : g_formal
  if (s == 0) begin : g_first
    assign f_bit[s] = {numerator_i, 1'b0} >= denominator_i;
  end else begin : g_other
    assign f_bit[s] = {remainder_q[s-1], 1'b0} >= {1'b0, denominator_q[s-1]};
  end
  always_ff @(posedge clk_i) begin
    if (enable_i) begin
      if (s == 0) begin
        f_legal[s] <= denominator_i >= (DENOMINATOR_W'(1) << FRACTION);
        f_numerator[s] <= numerator_i;
        f_product[s] <= f_bit[s] ? denominator_i : '0;
        f_quotient[s] <= {{(FRACTION - 1) {1'b0}}, f_bit[s]};
      end else begin
        f_legal[s] <= f_legal[s-1];
        f_numerator[s] <= f_numerator[s-1];
        f_product[s] <= (f_product[s-1] << 1) + (f_bit[s] ? denominator_q[s-1] : '0);
        f_quotient[s] <= (f_quotient[s-1] << 1) | f_bit[s];
      end
    end
  end
  always_comb begin
    if (f_legal[s]) begin
      assert (denominator_q[s] >= (DENOMINATOR_W'(1) << FRACTION));
      assert (quotient_q[s] == f_quotient[s]);
      // D1, first s + 1 bits of the quotient.
      assert (remainder_q[s] < denominator_q[s]);
      assert (({{DENOMINATOR_W{1'b0}}, f_numerator[s]} << (s + 1)) == f_product[s] + remainder_q[s]);
      assert (f_product[s] <= ({{DENOMINATOR_W{1'b0}}, f_numerator[s]} << (s + 1)));
      // D2, likewise.
      assert (({{DENOMINATOR_W{1'b0}}, f_quotient[s]} << FRACTION) <= f_product[s]);
`ifdef MULTIPLIED
      // At a small width the solver can multiply: D1 as it is written.
      assert (f_product[s] == f_quotient[s] * {{FRACTION{1'b0}}, denominator_q[s]});
`endif
      // The quotient has not more bits than stages have made.
      assert (f_quotient[s] >> (s + 1) == '0 || s == FRACTION - 1);
    end
  end
end
always_ff @(posedge clk_i) begin
  // Without enable_i nothing moves.
  if (f_past && !$past(enable_i)) assert ($stable(quotient_o));
  cover (f_legal[FRACTION-1] && quotient_o > 5 && remainder_q[FRACTION-1] != '0);
end
