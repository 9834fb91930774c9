// SPDX-License-Identifier: Apache-2.0
// Frame port: the register port over a byte line. Every frame from the host is answered by one frame.
//
//   frame    0xA5, sequence, length, payload of that length, CRC (2 bytes, high one first)
//   request  payload: length of the answer's payload, then operations
//   answer   payload: what was read, words of 4 bytes, low one first; then a status: 0 good, 1 an operation was refused
//
//   operation  kind << 6 | count (1 to 63), address (2 bytes, high one first), data for `count` successive words:
//              kind 0 writes words of 4 bytes, 1 half-words of 2 bytes, 2 reads words, 3 writes half-words as upper halves
//              A count of 0 ends the operations.
//
// The CRC (x^16 + x^12 + x^5 + 1, from 0xFFFF, high bit first) is that of sequence, length and payload. A frame with a wrong CRC,
// or one that stops for TIMEOUT clocks, is dropped without an answer: the host asks again. A frame with the sequence number of
// the frame before (other than 0) is that frame once more: it reads but does not write, and its answer has the same status.
//
// demo_start_i runs the operations of page demo_page_i of a memory (256 bytes a page) instead of a frame's; nothing is answered.
//
// Rules:
//   F1  a frame whose CRC is wrong requests nothing.
//   F2  a frame's writes are requested once, however often it arrives in a row.
//   F3  while a frame or a page is worked on, bytes that come in are dropped.
`default_nettype none
module memspike_frame_port #(
    parameter int TIMEOUT = 65536
) (
    input wire clk_i,
    input wire rst_ni,

    // Byte line
    input wire receive_valid_i,
    input wire [7:0] receive_data_i,
    output logic transmit_valid_o,
    input wire transmit_ready_i,
    output logic [7:0] transmit_data_o,

    // Register port
    output logic request_valid_o,
    input wire request_ready_i,
    output logic request_write_o,
    output logic [15:0] request_address_o,
    output logic [31:0] request_data_o,
    input wire response_valid_i,
    input wire [31:0] response_data_i,
    input wire response_error_i,

    // Operations without a host
    input wire demo_start_i,
    input wire [2:0] demo_page_i,
    output logic [10:0] demo_address_o,
    input wire [7:0] demo_data_i,  // one clock later

    output logic idle_o
);
  localparam int TIMEOUT_W = memspike_widths::index_width(TIMEOUT);
  localparam logic [7:0] Mark = 8'hA5;

  typedef enum logic [4:0] {
    Hunt,             // waits for the mark, or for the demo's start
    Sequence,         // the frame's head comes in
    Length,
    Payload,          // the payload comes in, into the buffer
    CrcHigh,          // the CRC comes in
    CrcLow,
    AnswerMark,       // the answer's head goes out
    AnswerSequence,
    AnswerLength,
    Operation,        // the operations are worked on
    AddressHigh,
    AddressLow,
    Data,             // a word to be written is collected
    Request,          // it, or a read, is requested
    Response,
    AnswerData,       // a word that was read goes out
    AnswerStatus,     // the answer's end goes out
    AnswerCrcHigh,
    AnswerCrcLow
  } state_e;

  function automatic logic [15:0] crc_of(input logic [15:0] crc, input logic [7:0] data);
    integer i;
    crc_of = crc ^ {data, 8'd0};
    for (i = 0; i < 8; i = i + 1) crc_of = {crc_of[14:0], 1'b0} ^ (crc_of[15] ? 16'h1021 : 16'h0000);
  endfunction

  state_e state_q;
  logic [TIMEOUT_W-1:0] silence_q;
  logic [15:0] crc_q;
  logic crc_high_good_q;
  logic [7:0] sequence_q;
  logic [7:0] length_q;
  logic [7:0] answer_length_q;
  logic [7:0] last_sequence_q;
  logic demo_q;
  logic repeated_q;
  logic error_q;
  logic last_error_q;
  logic [10:0] position_q;  // in the buffer, or in the demo's memory
  logic [1:0] kind_q;
  logic [5:0] count_q;
  logic [15:0] address_q;
  logic [31:0] data_q;
  logic [1:0] byte_q;

  // The buffer, and the byte at position_q once fetched_q.
  logic [7:0] buffer[256];
  logic [7:0] buffer_q;
  logic fetched_q;
  logic [7:0] source;
  always_ff @(posedge clk_i) begin : memory
    if (state_q == Payload && receive_valid_i) buffer[position_q[7:0]] <= receive_data_i;
    buffer_q <= buffer[position_q[7:0]];
  end
  assign demo_address_o = position_q;
  assign source = demo_q ? demo_data_i : buffer_q;

  // States that take a byte of the operations.
  logic takes;
  logic take;
  logic ended;
  assign ended = !demo_q && position_q[7:0] == length_q;
  assign takes = (state_q == Operation && !ended) || state_q == AddressHigh || state_q == AddressLow || state_q == Data;
  assign take = takes && fetched_q;

  logic reading;
  assign reading = kind_q == 2'd2;
  assign request_valid_o = state_q == Request && (reading || !repeated_q);
  assign request_write_o = !reading;
  assign request_address_o = address_q;
  assign request_data_o = data_q;
  assign idle_o = state_q == Hunt;

  assign transmit_valid_o = !demo_q && (state_q == AnswerMark || state_q == AnswerSequence || state_q == AnswerLength ||
      state_q == AnswerData || state_q == AnswerStatus || state_q == AnswerCrcHigh || state_q == AnswerCrcLow);
  logic [7:0] crc_high;
  logic [7:0] data_low;
  assign crc_high = crc_q[15:8];
  assign data_low = data_q[7:0];
  always_comb begin : choose_byte
    case (state_q)
      AnswerMark: transmit_data_o = Mark;
      AnswerSequence: transmit_data_o = sequence_q;
      AnswerLength: transmit_data_o = answer_length_q;
      AnswerStatus: transmit_data_o = {7'd0, error_q};
      AnswerCrcHigh, AnswerCrcLow: transmit_data_o = crc_high;
      default: transmit_data_o = data_low;
    endcase
  end
  logic sent;
  assign sent = transmit_valid_o && transmit_ready_i;

  // Frames come in, or answers go out, never both.
  logic crc_takes;
  logic crc_shifts;
  logic [7:0] crc_data;
  assign crc_takes = (receive_valid_i && (state_q == Sequence || state_q == Length || state_q == Payload)) ||
      (sent && (state_q == AnswerSequence || state_q == AnswerLength || state_q == AnswerData || state_q == AnswerStatus));
  assign crc_shifts = (receive_valid_i && state_q == CrcHigh) || (sent && state_q == AnswerCrcHigh);
  assign crc_data = transmit_valid_o ? transmit_data_o : receive_data_i;
  always_ff @(posedge clk_i) begin : check
    if (state_q == Hunt || state_q == AnswerMark) crc_q <= '1;
    else if (crc_takes) crc_q <= crc_of(crc_q, crc_data);
    else if (crc_shifts) crc_q <= {crc_q[7:0], 8'd0};
  end

  logic receiving;
  assign receiving = state_q == Sequence || state_q == Length || state_q == Payload || state_q == CrcHigh ||
      state_q == CrcLow;

  always_ff @(posedge clk_i) begin : control
    silence_q <= (receiving && !receive_valid_i) ? silence_q + 1'b1 : '0;
    fetched_q <= takes && !fetched_q;
    if (take) position_q <= position_q + 11'd1;
    if (!rst_ni) begin
      state_q <= Hunt;
      last_sequence_q <= '0;
      last_error_q <= 1'b0;
      demo_q <= 1'b0;
      repeated_q <= 1'b0;
      error_q <= 1'b0;
      fetched_q <= 1'b0;
    end else begin
      case (state_q)
        Hunt: begin
          byte_q <= '0;
          error_q <= 1'b0;
          demo_q <= demo_start_i;
          repeated_q <= 1'b0;
          position_q <= demo_start_i ? {demo_page_i, 8'd0} : '0;
          if (demo_start_i) state_q <= Operation;
          else if (receive_valid_i && receive_data_i == Mark) state_q <= Sequence;
        end
        Sequence: begin
          if (receive_valid_i) begin
            sequence_q <= receive_data_i;
            state_q <= Length;
          end
        end
        Length: begin
          if (receive_valid_i) begin
            length_q <= receive_data_i;
            state_q <= (receive_data_i == '0) ? Hunt : Payload;
          end
        end
        Payload: begin
          if (receive_valid_i) begin
            if (position_q == '0) answer_length_q <= receive_data_i;
            position_q <= position_q + 11'd1;
            if (position_q[7:0] + 8'd1 == length_q) state_q <= CrcHigh;
          end
        end
        CrcHigh: begin
          if (receive_valid_i) begin
            crc_high_good_q <= receive_data_i == crc_q[15:8];
            state_q <= CrcLow;
          end
        end
        CrcLow: begin
          position_q <= 11'd1;
          if (receive_valid_i) begin
            repeated_q <= sequence_q == last_sequence_q && sequence_q != '0;
            error_q <= sequence_q == last_sequence_q && sequence_q != '0 && last_error_q;
            state_q <= (crc_high_good_q && receive_data_i == crc_q[15:8]) ? AnswerMark : Hunt;
          end
        end
        AnswerMark: if (sent) state_q <= AnswerSequence;
        AnswerSequence: if (sent) state_q <= AnswerLength;
        AnswerLength: if (sent) state_q <= Operation;
        Operation: begin
          {kind_q, count_q} <= source;
          byte_q <= '0;
          if (ended) state_q <= AnswerStatus;
          else if (take) state_q <= (source[5:0] == '0) ? (demo_q ? Hunt : AnswerStatus) : AddressHigh;
        end
        AddressHigh: begin
          address_q[15:8] <= source;
          if (take) state_q <= AddressLow;
        end
        AddressLow: begin
          address_q[7:0] <= source;
          if (take) state_q <= reading ? Request : Data;
        end
        Data: begin
          if (take) begin
            // From above: half-words end in the upper half, and move down if they belong there.
            data_q <= (byte_q == '0) ? {source, 24'd0} : {source, data_q[31:8]};
            byte_q <= byte_q + 2'd1;
            if (byte_q == (kind_q == 2'd0 ? 2'd3 : 2'd1)) begin
              if (kind_q == 2'd1) data_q <= {16'd0, source, data_q[31:24]};
              byte_q <= '0;
              state_q <= Request;
            end
          end
        end
        Request: if (!request_valid_o || request_ready_i) state_q <= Response;
        Response: begin
          if (response_valid_i || (repeated_q && !reading)) begin
            if (response_valid_i && response_error_i) error_q <= 1'b1;
            if (reading) data_q <= response_data_i;
            address_q <= address_q + 16'd4;
            count_q <= count_q - 6'd1;
            state_q <= reading ? AnswerData : (count_q == 6'd1) ? Operation : Data;
          end
        end
        AnswerData: begin
          if (sent || demo_q) begin
            data_q <= {8'd0, data_q[31:8]};
            byte_q <= byte_q + 2'd1;
            if (byte_q == 2'd3) state_q <= (count_q == '0) ? Operation : Request;
          end
        end
        AnswerStatus: begin
          last_sequence_q <= sequence_q;
          last_error_q <= error_q;
          if (sent) state_q <= AnswerCrcHigh;
        end
        AnswerCrcHigh: if (sent) state_q <= AnswerCrcLow;
        AnswerCrcLow: if (sent) state_q <= Hunt;
        default: state_q <= Hunt;
      endcase
      if (receiving && silence_q == TIMEOUT_W'(TIMEOUT - 1)) state_q <= Hunt;
    end
  end

  if (TIMEOUT < 2) begin : g_check_timeout
    error_TIMEOUT_must_be_at_least_2 check ();
  end
endmodule
`default_nettype wire
