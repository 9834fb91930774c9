// SPDX-License-Identifier: Apache-2.0
// Proofs of memspike_axi.sv's rules. memspike stands behind memspike_register_port.sv's rules here (memspike_rules.v). That the queues keep order
// and content is memspike_axi_queue.sv's Q1; A2 is asserted on the netlist.
logic f_past = 1'b0;
always_ff @(posedge clk_i) f_past <= 1'b1;
initial assume (!rst_ni);

// The bus keeps its side of A1.
always_ff @(posedge clk_i) begin
  if (f_past && $past(rst_ni) && rst_ni) begin
    if ($past(awvalid_i) && !$past(awready_o)) assume (awvalid_i && $stable(awaddr_i));
    if ($past(wvalid_i) && !$past(wready_o)) assume (wvalid_i && $stable(wdata_i) && $stable(wstrb_i));
    if ($past(arvalid_i) && !$past(arready_o)) assume (arvalid_i && $stable(araddr_i));
  end
end

// The words in a queue.
function automatic logic [1:0] f_waiting(input logic valid, input logic ready);
  f_waiting = !valid ? 2'd0 : ready ? 2'd1 : 2'd2;
endfunction

// What has passed each channel, and what has gone to the register port.
logic [7:0] f_write_addresses = '0;
logic [7:0] f_write_words = '0;
logic [7:0] f_writes = '0;
logic [7:0] f_write_answers = '0;
logic [7:0] f_read_addresses = '0;
logic [7:0] f_reads = '0;
logic [7:0] f_read_answers = '0;
// Clocks for which a request has waited while its answers were taken; the other channel may do what it likes.
logic [2:0] f_write_waits = '0;
logic [2:0] f_read_waits = '0;
always_ff @(posedge clk_i) begin
  if (!rst_ni) begin
    f_write_addresses <= '0;
    f_write_words <= '0;
    f_writes <= '0;
    f_write_answers <= '0;
    f_read_addresses <= '0;
    f_reads <= '0;
    f_read_answers <= '0;
    f_write_waits <= '0;
    f_read_waits <= '0;
  end else begin
    f_write_addresses <= f_write_addresses + {7'd0, awvalid_i && awready_o};
    f_write_words <= f_write_words + {7'd0, wvalid_i && wready_o};
    f_writes <= f_writes + {7'd0, write_taken};
    f_write_answers <= f_write_answers + {7'd0, write_answer_leaves};
    f_read_addresses <= f_read_addresses + {7'd0, arvalid_i && arready_o};
    f_reads <= f_reads + {7'd0, read_taken};
    f_read_answers <= f_read_answers + {7'd0, read_answer_leaves};
    if (!address_valid || !data_valid || write_taken || !bready_i) f_write_waits <= '0;
    else f_write_waits <= f_write_waits + 3'd1;
    if (!read_valid || read_taken || !rready_i) f_read_waits <= '0;
    else f_read_waits <= f_read_waits + 3'd1;
  end
end

always_comb begin
  if (f_past && rst_ni) begin
    // A3: an answer for each request that went to the port, a request for each address (and word) that was taken, no more.
    assert (8'(f_write_addresses - f_writes) == {6'd0, f_waiting(address_valid, awready_o)});
    assert (8'(f_write_words - f_writes) == {6'd0, f_waiting(data_valid, wready_o)});
    assert (8'(f_read_addresses - f_reads) == {6'd0, f_waiting(read_valid, arready_o)});
    assert (8'(f_writes - f_write_answers) == {6'd0, write_answers_q} && write_answers_q <= 2'd2);
    assert (8'(f_reads - f_read_answers) == {6'd0, read_answers_q} && read_answers_q <= 2'd2);
    // Answers on their way and in the queue.
    assert (write_answers_q == f_waiting(bvalid_o, write_answer_ready) + {1'b0, response_valid && write_last_q});
    assert (read_answers_q == f_waiting(rvalid_o, read_answer_ready) + {1'b0, response_valid && !write_last_q});
    // No answer is lost for want of room.
    if (response_valid) assert (write_last_q ? write_answer_ready : read_answer_ready);
    assert (!(write_taken && read_taken));
    // A4, and that something comes of every request: two clocks while its answers are taken, and a third for the other one's turn.
    assert (f_write_waits <= 3'd2 && f_read_waits <= 3'd2);
  end
end
always_ff @(posedge clk_i) begin
  if (f_past && $past(rst_ni) && rst_ni) begin
    // A1
    if ($past(bvalid_o) && !$past(bready_i)) assert (bvalid_o && $stable(bresp_o));
    if ($past(rvalid_o) && !$past(rready_i)) assert (rvalid_o && $stable(rdata_o) && $stable(rresp_o));
    // A3: the answer goes to the side that asked.
    if (response_valid) assert (write_last_q == $past(write_taken));
    // A write is refused unless it is a whole word; one without a strobe is only a read that succeeds.
    if (response_valid && write_last_q && !$past(whole_word)) assert (response_error == !$past(no_byte));
    // A5
    if ($past(can_write) && $past(can_read)) assert ($past(write_taken) != $past(write_last_q) && $past(read_taken) == $past(write_last_q));
  end
  // A write without a strobe, and one with some. Both channels at once; reads while the answers of writes are not taken.
  cover (f_past && $past(rst_ni) && bvalid_o && bresp_o == 2'b00 && $past(no_byte, 2));
  cover (f_past && $past(rst_ni) && bvalid_o && bresp_o == 2'b10 && !$past(no_byte, 2) && !$past(whole_word, 2));
  cover (f_past && $past(rst_ni) && bvalid_o && rvalid_o && bready_i && rready_i);
  cover (f_past && $past(rst_ni) && write_answers_q == 2'd2 && !$past(bready_i) && f_read_answers == 8'd3);
end
