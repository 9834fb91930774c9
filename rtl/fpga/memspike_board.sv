// SPDX-License-Identifier: Apache-2.0
// What every board holds: memspike, the crossbar emulator, a UART with the frame port, and the demo behind a button.
//
//   LANES           rows of the array
//   CLOCKS_PER_US   clocks of a pulse of 1 us: the clock's frequency in MHz, for pulses of true length
//   CLOCKS_PER_BIT  of the UART
//   MULTIPLIERS     1 if the FPGA has them
//   LEAK_W          bits of the register LEAK
//   DEBOUNCE_W      a button counts when it was steady for 2^DEBOUNCE_W clocks
//   DEMO_FILE       the demo's pages, one byte a line in hexadecimal; see scripts/fpga/demo_pages.py
//
// The demo: each press of the button puts the stored resistances into the emulator (page 0, which runs on into page 1) and
// classifies the next of the four stored reviews (pages 2 to 5). It is positive when the neuron spikes in more than half of the
// steps. A host may use the board before and afterwards.
`default_nettype none
module memspike_board #(
    parameter int LANES = 10,
    parameter int CLOCKS_PER_US = 12,
    parameter int CLOCKS_PER_BIT = 12,
    parameter int MULTIPLIERS = 0,
    parameter int LEAK_W = 5,
    parameter int DEBOUNCE_W = 16,
    parameter DEMO_FILE = "demo_pages.hex"
) (
    input wire clk_i,
    input wire steady_i,    // the clock is; until then the board stays in reset
    input wire receive_i,   // UART
    output logic transmit_o,
    input wire button_i,    // high while pressed
    output logic busy_o,     // a review or a writing runs
    output logic positive_o, // the demo's last review
    output logic negative_o
);
  localparam int INPUTS = 100;
  localparam int PHASES = INPUTS / LANES;
  localparam int ROW_W = memspike_widths::index_width(LANES);
  localparam int COLUMN_W = memspike_widths::index_width(PHASES);
  localparam int CODE_W = memspike_widths::code_width(LANES, 1);
  localparam int MEMBRANE_W = memspike_widths::membrane_width(CODE_W, PHASES);
  localparam int DEMO_STEPS = 1000;
  localparam logic [2:0] FirstReview = 3'd2;
  localparam logic [2:0] LastReview = 3'd5;

  // Reset for the first clocks: registers wake up as zero, and block RAM needs a few microseconds. This one alone has
  // a first value, which always_ff would keep for itself.
  logic [6:0] awake_q;
  logic rst_n;
  initial awake_q = '0;
  assign rst_n = awake_q[6];
  always @(posedge clk_i) begin : wake_up
    if (!rst_n && steady_i) awake_q <= awake_q + 7'd1;
  end

  logic receive_valid;
  logic [7:0] receive_data;
  logic transmit_valid;
  logic transmit_ready;
  logic [7:0] transmit_data;
  memspike_uart_receiver #(
      .CLOCKS_PER_BIT(CLOCKS_PER_BIT)
  ) u_receiver (
      .clk_i,
      .rst_ni(rst_n),
      .line_i(receive_i),
      .valid_o(receive_valid),
      .data_o(receive_data)
  );
  memspike_uart_transmitter #(
      .CLOCKS_PER_BIT(CLOCKS_PER_BIT)
  ) u_transmitter (
      .clk_i,
      .rst_ni(rst_n),
      .valid_i(transmit_valid),
      .ready_o(transmit_ready),
      .data_i(transmit_data),
      .line_o(transmit_o)
  );

  logic request_valid;
  logic request_ready;
  logic request_write;
  logic [15:0] request_address;
  logic [31:0] request_data;
  logic response_valid;
  logic [31:0] response_data;
  logic response_error;
  logic demo_start;
  logic [2:0] demo_page;
  logic [10:0] demo_address;
  logic [7:0] demo_data_q;
  logic port_idle;
  memspike_frame_port u_port (
      .clk_i,
      .rst_ni(rst_n),
      .receive_valid_i(receive_valid),
      .receive_data_i(receive_data),
      .transmit_valid_o(transmit_valid),
      .transmit_ready_i(transmit_ready),
      .transmit_data_o(transmit_data),
      .request_valid_o(request_valid),
      .request_ready_i(request_ready),
      .request_write_o(request_write),
      .request_address_o(request_address),
      .request_data_o(request_data),
      .response_valid_i(response_valid),
      .response_data_i(response_data),
      .response_error_i(response_error),
      .demo_start_i(demo_start),
      .demo_page_i(demo_page),
      .demo_address_o(demo_address),
      .demo_data_i(demo_data_q),
      .idle_o(port_idle)
  );

  // The emulator's registers lie above memspike's. While memspike is busy they are left to it, which refuses them.
  logic to_emulator;
  logic core_valid;
  logic [31:0] core_data;
  logic core_error;
  logic emulator_ready;
  logic emulator_valid;
  logic [31:0] emulator_data;
  logic emulator_error;
  logic converting;
  assign converting = !emulator_ready;
  assign to_emulator = request_address[15:14] == 2'b11 && !busy_o;
  assign request_ready = to_emulator ? emulator_ready : (busy_o || !converting);
  assign response_valid = core_valid || emulator_valid;
  assign response_data = emulator_valid ? emulator_data : core_data;
  assign response_error = emulator_valid ? emulator_error : core_error;

  logic sense;
  logic [COLUMN_W-1:0] sense_phase;
  logic [LANES-1:0] rows;
  logic [CODE_W-1:0] code;
  logic [ROW_W-1:0] row;
  logic [COLUMN_W-1:0] column;
  logic read;
  logic [23:0] reading;
  logic pulse;
  logic pulse_negative;
  logic [3:0] pulse_entry;
  logic [15:0] count;
  logic [MEMBRANE_W-1:0] membrane;
  logic spike;
  logic [2:0] write_state;
  logic [5:0] write_iteration;
  logic prediction_valid;
  logic [3:0] prediction_entry;
  logic [24:0] prediction;
  logic core_ready;
  memspike #(
      .INPUTS(INPUTS),
      .LANES(LANES),
      .OUTPUTS(1),
      .CLOCKS_PER_US(CLOCKS_PER_US),
      .SEQUENTIAL(1),
      .RATE_CODING(0),
      .EARLY_DECISION(0),
      .LEAK_W(LEAK_W),
      .READABLE_SETTINGS(0),
      .RATE_PAIRS(0)
  ) u_memspike (
      .clk_i,
      .rst_ni(rst_n),
      .request_valid_i(request_valid && !to_emulator && request_ready),
      .request_ready_o(core_ready),  // always: its answers are taken at once
      .request_write_i(request_write),
      .request_address_i(request_address),
      .request_data_i(request_data),
      .response_valid_o(core_valid),
      .response_ready_i(1'b1),
      .response_data_o(core_data),
      .response_error_o(core_error),
      .busy_o,
      .sense_o(sense),
      .sense_phase_o(sense_phase),
      .rows_o(rows),
      .code_i(code),
      .row_o(row),
      .column_o(column),
      .read_o(read),
      .reading_i(reading),
      .pulse_o(pulse),
      .pulse_negative_o(pulse_negative),
      .pulse_entry_o(pulse_entry),
      .membrane_o(membrane),
      .spike_o(spike),
      .count_o(count),
      .write_state_o(write_state),
      .write_iteration_o(write_iteration),
      .prediction_valid_o(prediction_valid),
      .prediction_entry_o(prediction_entry),
      .prediction_o(prediction)
  );

  memspike_crossbar_emulator #(
      .LANES(LANES),
      .PHASES(PHASES),
      .CLOCKS_PER_US(CLOCKS_PER_US),
      .MULTIPLIERS(MULTIPLIERS)
  ) u_crossbar (
      .clk_i,
      .rst_ni(rst_n),
      .sense_i(sense),
      .sense_phase_i(sense_phase),
      .rows_i(rows),
      .code_o(code),
      .row_i(row),
      .column_i(column),
      .read_i(read),
      .reading_o(reading),
      .pulse_i(pulse),
      .pulse_negative_i(pulse_negative),
      .pulse_entry_i(pulse_entry),
      .host_valid_i(request_valid && to_emulator),
      .host_ready_o(emulator_ready),
      .host_write_i(request_write),
      .host_address_i(request_address),
      .host_data_i(request_data),
      .host_valid_o(emulator_valid),
      .host_data_o(emulator_data),
      .host_error_o(emulator_error)
  );

  // ---- The demo
  logic [7:0] demo_memory[1536];
  initial $readmemh(DEMO_FILE, demo_memory);
  always_ff @(posedge clk_i) demo_data_q <= demo_memory[demo_address];

  typedef enum logic [1:0] {
    Wait,     // for the button
    Place,    // the resistances and the settings are written
    Classify, // the review is written and started
    Answer    // it runs
  } demo_e;
  demo_e demo_q;
  logic [2:0] button_q;
  logic [DEBOUNCE_W-1:0] steady_q;
  logic pressed_q;
  logic started_q;
  logic [2:0] review_q;
  assign demo_start = (demo_q == Place || demo_q == Classify) && !started_q;
  assign demo_page = (demo_q == Place) ? 3'd0 : review_q;

  always_ff @(posedge clk_i) begin : demo
    button_q <= {button_q[1:0], button_i};
    if (!rst_n) begin
      demo_q <= Wait;
      pressed_q <= 1'b0;
      steady_q <= '0;
      started_q <= 1'b0;
      review_q <= FirstReview;
      positive_o <= 1'b0;
      negative_o <= 1'b0;
    end else begin
      steady_q <= (button_q[2] == pressed_q) ? '0 : steady_q + 1'b1;
      if (steady_q == '1) pressed_q <= button_q[2];
      // The port takes the start in its first idle clock.
      if (demo_start && port_idle) started_q <= 1'b1;
      case (demo_q)
        Wait: begin
          started_q <= 1'b0;
          if (steady_q == '1 && button_q[2] && !busy_o) begin
            demo_q <= Place;
            positive_o <= 1'b0;
            negative_o <= 1'b0;
          end
        end
        Place: begin
          if (started_q && port_idle) begin
            demo_q <= Classify;
            started_q <= 1'b0;
          end
        end
        Classify: if (started_q && port_idle) demo_q <= Answer;
        default: begin
          if (!busy_o) begin
            demo_q <= Wait;
            review_q <= (review_q == LastReview) ? FirstReview : review_q + 3'd1;
            positive_o <= {count, 1'b0} > 17'(DEMO_STEPS);
            negative_o <= {count, 1'b0} <= 17'(DEMO_STEPS);
          end
        end
      endcase
    end
  end

  logic unused;
  assign unused = ^{membrane, spike, write_state, write_iteration, prediction_valid, prediction_entry, prediction, core_ready};

  if (DEBOUNCE_W < 1) begin : g_check_debounce
    error_DEBOUNCE_W_must_be_at_least_1 check ();
  end
endmodule
`default_nettype wire
