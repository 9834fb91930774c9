// Proofs of memspike.v's rules, on the whole design.
logic f_past = 1'b0;
always_ff @(posedge clk_i) f_past <= 1'b1;
initial assume (!rst_ni);

logic [31:0] f_busy = '0;
always_ff @(posedge clk_i) begin
  if (!rst_ni || start_review || start_writing) f_busy <= '0;
  else if (busy_o && f_busy != 32'hffff_ffff) f_busy <= f_busy + 32'd1;
end

always_comb begin
  if (f_past && rst_ni) begin
    // M1
    assert (!(review_busy && writing_busy));
    assert (!(sense_o && !review_busy));
    assert ({1'b0, sense_o} + {1'b0, read_o} + {1'b0, pulse_o} <= 2'd1);
    // M2
    assert (clocks_q == f_busy);
  end
end
always_ff @(posedge clk_i) begin
  cover (f_past && $past(rst_ni) && sense_o);
  cover (f_past && $past(rst_ni) && read_o);
end
