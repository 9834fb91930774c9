// SPDX-License-Identifier: Apache-2.0
// Predict-write-verify controller (the paper's section 2.5): writes every device of a range to its target resistance.
//
// For each device: read R; converged if |target - R| / target <= tolerance; otherwise, if pulses are left, predict R after
// every pulse of the table and apply the one that ends nearest the target, then read again. Three endings, counted
// apart: converged, stalled (no pulse would come nearer), exhausted (out of tolerance after max_pulses_i pulses).
// A target of 0 leaves its device alone. R is the mean of 2^verify_reads_i readings, so that read noise misleads less.
//
//   ROWS, COLUMNS  of the array
//   CLOCKS_PER_US  clocks for which a pulse of 1 us stays high
//   SEQUENTIAL     1: without large multipliers and dividers, for FPGAs: memspike_pulse_predictor_sequential.sv, and 24 more clocks
//                  for each device, in which tolerance x target is added up; 0: memspike_pulse_predictor.sv
//
// Devices are addressed as {column, row}; rows run fastest. A device within tolerance costs two clocks
// and one for each reading, one left alone two.
//
// Rules:
//   W1  a pulse follows a reading of the same device, at most max_pulses_i times between two devices.
//   W2  pulse_o stays high for exactly width x CLOCKS_PER_US clocks, with entry, sign and device steady.
//   W3  read_o and pulse_o are never high together.
//   W4  every device from first to last ends in one of the four endings; a range whose last device lies before its first
//       goes on to the array's end. In every clock the writing gets further: device, pulse, state, clock within the state.
//   W5  from any state of the registers, as a single-event upset may leave them, it is idle again after a bounded number of clocks.
`default_nettype none
module memspike_write_verify #(
    parameter int ROWS = 100,
    parameter int COLUMNS = 1,
    parameter int CLOCKS_PER_US = 1,
    parameter int SEQUENTIAL = 0,
    localparam int ROW_W = memspike_widths::index_width(ROWS),
    localparam int COLUMN_W = memspike_widths::index_width(COLUMNS),
    localparam int DEVICE_W = memspike_widths::device_width(ROWS, COLUMNS)
) (
    input wire clk_i,
    input wire rst_ni,

    // Write ports of the tables; only while idle.
    input wire target_write_i,
    input wire [DEVICE_W-1:0] target_device_i,
    input wire table_write_width_i,
    input wire table_write_rate_i,
    input wire table_write_asymptote_i,
    input wire [memspike_registers::PULSE_WIDTH_INDEX_W-1:0] table_entry_i,
    input wire [31:0] write_data_i,

    // Read port of the results, one clock late.
    input wire result_read_i,
    input wire [DEVICE_W-1:0] result_device_i,
    output logic [memspike_registers::RESULT_W-1:0] result_o,

    input wire [memspike_registers::TOLERANCE_W-1:0] tolerance_i,
    input wire [memspike_registers::MAX_PULSES_W-1:0] max_pulses_i,
    input wire [memspike_registers::VERIFY_READS_W-1:0] verify_reads_i,  // log2 of the readings that are averaged
    input wire [memspike_registers::PULSE_ENTRIES_W-1:0] entries_i,
    input wire [DEVICE_W-1:0] first_device_i,
    input wire [DEVICE_W-1:0] last_device_i,

    input wire start_i,
    output logic busy_o,

    // The analogue side: read_o asks for the resistance of a device, a new reading in every clock, which is taken at the
    // clock's end; pulse_o is
    // high while a pulse is applied to it.
    output logic [ROW_W-1:0] row_o,
    output logic [COLUMN_W-1:0] column_o,
    output logic read_o,
    input wire [23:0] reading_i,
    output logic pulse_o,
    output logic pulse_negative_o,
    output logic [3:0] pulse_entry_o,

    output logic [memspike_registers::CONVERGED_W-1:0] converged_o,
    output logic [memspike_registers::STALLED_W-1:0] stalled_o,
    output logic [memspike_registers::EXHAUSTED_W-1:0] exhausted_o,
    output logic [memspike_registers::PULSES_W-1:0] pulses_o,
    output logic [memspike_registers::PULSE_TIME_W-1:0] pulse_time_o,

    // For waveforms and checkers.
    output logic [2:0] state_o,
    output logic [5:0] iteration_o,
    output logic prediction_valid_o,
    output logic [3:0] prediction_entry_o,
    output logic [24:0] prediction_o
);
  localparam int TIMER_W = 16 + $clog2(CLOCKS_PER_US + 1);
  localparam logic [ROW_W-1:0] LastRow = ROW_W'(ROWS - 1);

  localparam logic [DEVICE_W-1:0] FinalDevice = {COLUMN_W'(COLUMNS - 1), LastRow};

  typedef enum logic [2:0] {
    Idle,     // waits for start_i
    Fetch,    // the device's target is read from the table, and if SEQUENTIAL multiplied by the tolerance
    Read,     // the analogue side is asked for R until enough readings are there; devices without a target are passed over
    Check,    // R is compared with the target; the device may end here
    Predict,  // the predictor looks for the best pulse; the device may stall here
    Pulse     // the pulse is high
  } state_e;

  typedef enum logic [1:0] {
    Untouched,
    Converged,
    Stalled,
    Exhausted
  } ending_e;

  state_e state_q;
  logic [ROW_W-1:0] row_q;
  logic [COLUMN_W-1:0] column_q;
  logic [23:0] target_q;
  logic [23:0] reading_q;
  logic [5:0] iteration_q;
  logic [6:0] readings_q;     // taken so far for this mean
  logic [30:0] sum_q;         // of them, from half a reading on
  logic [TIMER_W-1:0] timer_q;

  logic [memspike_registers::TARGET_W-1:0] target_memory[1<<DEVICE_W];
  logic [memspike_registers::RESULT_W-1:0] result_memory[1<<DEVICE_W];

  // |target - R| / target <= tolerance without a division. Both sides have 32 fraction bits, the left one's lower 24 are 0.
  logic [23:0] difference;
  logic in_tolerance;
  logic checking;
  logic fetched;
  logic [47:0] limit;  // tolerance x target
  logic [23:0] limit_high;
  assign limit_high = limit[47:24];
  assign checking = state_q == Check;
  always_comb begin : compare_tolerance
    in_tolerance = 1'b0;
    if (checking) in_tolerance = difference <= limit_high;
  end

  // The mean of the readings, rounded half up: it fits, since no reading exceeds 24 bits.
  logic [6:0] last_reading;
  logic [30:0] sum_next;
  logic [30:0] half;
  logic [23:0] mean;
  assign last_reading = 7'((8'd1 << verify_reads_i) - 8'd1);
  assign sum_next = sum_q + {7'd0, reading_i};
  assign half = (31'd1 << verify_reads_i) >> 1;
  assign mean = 24'(sum_next >> verify_reads_i);

  logic predict_start;
  logic predict_busy;
  logic predict_done;
  logic predict_found;
  logic [15:0] predict_width;

  if (SEQUENTIAL == 0) begin : g_pipelined
    assign fetched = 1'b1;
    assign limit = checking ? {24'd0, tolerance_i} * {24'd0, target_q} : 48'd0;
    assign difference = !checking ? 24'd0 : (target_q > reading_q) ? target_q - reading_q : reading_q - target_q;

    memspike_pulse_predictor u_predictor (
        .clk_i,
        .rst_ni,
        .table_write_width_i,
        .table_write_rate_i,
        .table_write_asymptote_i,
        .table_entry_i,
        .table_data_i(write_data_i),
        .entries_i,
        .start_i(predict_start),
        .resistance_i(reading_q),
        .target_i(target_q),
        .busy_o(predict_busy),
        .done_o(predict_done),
        .found_o(predict_found),
        .entry_o(pulse_entry_o),
        .negative_o(pulse_negative_o),
        .width_o(predict_width),
        .prediction_valid_o,
        .prediction_entry_o,
        .prediction_o
    );
  end else begin : g_sequential
    // The product's upper half, and below it what is left of the tolerance: both move down a bit a clock.
    logic [4:0] bits_q;
    logic [47:0] limit_q;
    assign fetched = bits_q >= 5'd24;
    assign limit = limit_q;
    always_ff @(posedge clk_i) begin : multiply
      if (state_q != Fetch) begin
        bits_q <= '0;
      end else begin
        bits_q <= bits_q + 5'd1;
        if (bits_q == '0) limit_q <= {24'd0, tolerance_i};
        else limit_q <= {{1'b0, limit_q[47:24]} + (limit_q[0] ? {1'b0, target_q} : 25'd0), limit_q[23:1]};
      end
    end

    memspike_pulse_predictor_sequential u_predictor (
        .clk_i,
        .rst_ni,
        .table_write_width_i,
        .table_write_rate_i,
        .table_write_asymptote_i,
        .table_entry_i,
        .table_data_i(write_data_i),
        .entries_i,
        .start_i(predict_start),
        .resistance_i(reading_q),
        .target_i(target_q),
        .busy_o(predict_busy),
        .done_o(predict_done),
        .found_o(predict_found),
        .entry_o(pulse_entry_o),
        .negative_o(pulse_negative_o),
        .width_o(predict_width),
        .difference_o(difference),
        .prediction_valid_o,
        .prediction_entry_o,
        .prediction_o
    );
  end

  // How the device ends in this clock, if it does; whether a pulse is looked for.
  ending_e ending;
  logic ends;
  always_comb begin : decide_ending
    ends = 1'b0;
    ending = Untouched;
    predict_start = 1'b0;
    if (state_q != Idle) begin
      case (state_q)
        Read: ends = target_q == '0;
        Check: begin
          if (in_tolerance) begin
            ends = 1'b1;
            ending = Converged;
          end else if (iteration_q >= max_pulses_i) begin
            ends = 1'b1;
            ending = Exhausted;
          end else begin
            predict_start = 1'b1;
          end
        end
        Predict: begin
          // Neither busy nor done is a predictor that a single-event upset has stopped.
          if (predict_done ? !predict_found : !predict_busy) begin
            ends = 1'b1;
            ending = Stalled;
          end
        end
        default: ;
      endcase
    end
  end

  assign busy_o = state_q != Idle;
  assign row_o = row_q;
  assign column_o = column_q;
  assign read_o = state_q == Read && target_q != '0;
  assign pulse_o = state_q == Pulse;
  assign state_o = state_q;
  assign iteration_o = iteration_q;

  // No device has a target, and none has been written. (`always`, since always_ff allows no initial contents.)
  initial begin : clear_memories
    integer word;
    for (word = 0; word < 1 << DEVICE_W; word = word + 1) begin
      target_memory[word] = '0;
      result_memory[word] = '0;
    end
  end

  always @(posedge clk_i) begin : control
    state_e state;
    logic [ROW_W-1:0] row;
    logic [COLUMN_W-1:0] column;
    logic [5:0] iteration;
    logic [6:0] readings;
    // What is read after a branch has written it is copied before: see rtl/README.md.
    state = state_q;
    row = '0;
    column = '0;
    iteration = '0;
    readings = '0;
    // Reads come before writes, which change a memory at once: nobody else reads it, and simulators pay for holding a write back with a
    // copy and a flag, at every clock.
    if (result_read_i) result_o <= result_memory[result_device_i];
    if (state != Idle) begin
      row = row_q;
      column = column_q;
      iteration = iteration_q;
      readings = readings_q;
      if (state == Fetch) target_q <= target_memory[{column, row}];
      // verilator lint_off BLKSEQ
      if (ends) result_memory[{column, row}] = {ending, iteration, ending == Untouched ? 24'd0 : reading_q};
      // verilator lint_on BLKSEQ
    end
    // verilator lint_off BLKSEQ
    if (target_write_i) target_memory[target_device_i] = write_data_i[memspike_registers::TARGET_W-1:0];
    // verilator lint_on BLKSEQ
    if (!rst_ni) begin
      state_q <= Idle;
      row_q <= '0;
      column_q <= '0;
      reading_q <= '0;
      iteration_q <= '0;
      readings_q <= '0;
      sum_q <= '0;
      timer_q <= '0;
      converged_o <= '0;
      stalled_o <= '0;
      exhausted_o <= '0;
      pulses_o <= '0;
      pulse_time_o <= '0;
    end else if (state != Idle) begin
      if (state == Read && readings >= last_reading) reading_q <= mean;
      if (ends) begin
        if (ending == Converged) converged_o <= converged_o + 16'd1;
        if (ending == Stalled) stalled_o <= stalled_o + 16'd1;
        if (ending == Exhausted) exhausted_o <= exhausted_o + 16'd1;
        state_q <= ({column, row} == last_device_i || {column, row} == FinalDevice) ? Idle : Fetch;
        if (row == LastRow) column_q <= column + 1'b1;
        row_q <= (row == LastRow) ? '0 : row + 1'b1;
        iteration_q <= '0;
        readings_q <= '0;  // a device left alone has none that counts
        sum_q <= half;
      end else begin
        case (state)
          Fetch: if (fetched) state_q <= Read;
          Read: begin
            if (readings < last_reading) begin
              readings_q <= readings + 7'd1;
              sum_q <= sum_next;
            end else begin
              readings_q <= '0;
              sum_q <= half;
              state_q <= Check;
            end
          end
          Check: state_q <= Predict;
          Predict: begin
            if (predict_done && predict_found) begin
              state_q <= Pulse;
              timer_q <= TIMER_W'(predict_width) * TIMER_W'(CLOCKS_PER_US);
              iteration_q <= iteration + 6'd1;
              pulses_o <= pulses_o + 32'd1;
              pulse_time_o <= pulse_time_o + {16'd0, predict_width};
            end
          end
          Pulse: begin
            if (timer_q <= TIMER_W'(1)) state_q <= Read;
            timer_q <= timer_q - 1'b1;
          end
          default: state_q <= Idle;
        endcase
      end
    end else if (start_i) begin
      state_q <= Fetch;
      {column_q, row_q} <= first_device_i;
      iteration_q <= '0;
      sum_q <= half;
      converged_o <= '0;
      stalled_o <= '0;
      exhausted_o <= '0;
      pulses_o <= '0;
      pulse_time_o <= '0;
    end
  end

  logic unused;
  assign unused = ^{limit[23:0]};

  if (CLOCKS_PER_US < 1) begin : g_check
    error_CLOCKS_PER_US_must_be_at_least_1 check ();
  end
  if (SEQUENTIAL != 0 && SEQUENTIAL != 1) begin : g_check_sequential
    error_SEQUENTIAL_must_be_0_or_1 check ();
  end

`ifdef FORMAL
  `include "write_verify.vh"  // the rules above, as proofs
`endif
endmodule
`default_nettype wire
