// SPDX-License-Identifier: Apache-2.0
// Proofs of memspike_axi_queue.sv's rules.
logic f_past = 1'b0;
always_ff @(posedge clk_i) f_past <= 1'b1;
initial assume (!rst_ni);

// Q1 for one word, which the solver picks as it comes in, and so for all: it leaves once, in its place.
(* anyseq *) logic f_pick;
logic f_waits = 1'b0;  // the word is in the queue
logic f_picked = 1'b0; // and has been
logic [WIDTH-1:0] f_word;
logic [7:0] f_ahead;   // words that came before it and are still there
always_ff @(posedge clk_i) begin
  if (!rst_ni) begin
    f_waits <= 1'b0;
    f_picked <= 1'b0;
  end else if (f_pick && push && !f_picked) begin
    f_waits <= 1'b1;
    f_picked <= 1'b1;
    f_word <= data_i;
    f_ahead <= {6'd0, count_q} - {7'd0, pop};
  end else if (f_waits && pop) begin
    f_waits <= f_ahead != '0;
    f_ahead <= f_ahead - 8'd1;
  end
end

// As many leave as have come, but for those that are there.
logic [7:0] f_came = '0;
logic [7:0] f_left = '0;
always_ff @(posedge clk_i) begin
  if (!rst_ni) begin
    f_came <= '0;
    f_left <= '0;
  end else begin
    f_came <= f_came + {7'd0, push};
    f_left <= f_left + {7'd0, pop};
  end
end

always_comb begin
  if (f_past && rst_ni) begin
    assert (count_q <= 2'd2);
    assert (8'(f_came - f_left) == {6'd0, count_q});
    if (f_waits) assert (f_ahead < {6'd0, count_q} && f_word == ((f_ahead == '0) ? first_q : second_q));
    if (f_waits && valid_o && f_ahead == '0) assert (data_o == f_word);
  end
end
always_ff @(posedge clk_i) begin
  if (f_past && $past(rst_ni)) begin
    // Q3
    if ($past(valid_o) && !$past(ready_i)) assert (valid_o && $stable(data_o));
  end
  cover (f_past && $past(rst_ni) && f_picked && !f_waits && $past(f_waits) && $past(f_ahead, 2) == 8'd1);
  cover (f_past && $past(rst_ni) && !ready_o && $past(push));
end
