// SPDX-License-Identifier: Apache-2.0
// Register port: the host's way in. Valid/ready on both sides, one transfer a clock, 32-bit data, byte addresses of words.
// Every request, read or write, gets one response, in order, at the earliest one clock later. docs/registers.md is the map.
//
// Rules:
//   H1  response_valid_o stays high, with data and error steady, until response_ready_i.
//   H2  a request that is answered with an error changes nothing.
//   H3  while a review or a writing runs, every write is answered with an error.
//   H4  every request gets one response, one clock later at the earliest.
//   H5  what it starts and where it writes exists: never a review and a writing at once, devices and lanes of the array,
//       at most 16 pulse entries.
`default_nettype none
module memspike_register_port #(
    parameter int INPUTS = 100,
    parameter int LANES = 100,
    parameter int OUTPUTS = 1,
    parameter int TILES = 1,
    parameter int DIFFERENTIAL = 0,
    parameter int MEMBRANE_W = 37,
    parameter int CLOCKS_PER_US = 1,
    parameter int RATE_CODING = 1,  // 0: ENCODER takes only 0
    parameter int EARLY_DECISION = 1,  // 0: EARLY_DECISION takes only 0
    parameter int LEAK_W = 5,  // LEAK takes values of so many bits, 1 to 5
    parameter int READABLE_SETTINGS = 1,  // 0: what the host writes cannot be read back
    parameter int RATE_PAIRS = 1,  // 0: there is no RATE_PAIR
    localparam int PHASES = INPUTS / LANES,
    localparam int COLUMNS = memspike_widths::columns(PHASES, OUTPUTS, DIFFERENTIAL),
    localparam int LANE_W = memspike_widths::index_width(LANES),
    localparam int PHASE_W = memspike_widths::index_width(PHASES),
    localparam int COLUMN_W = memspike_widths::index_width(COLUMNS),
    localparam int DEVICE_W = memspike_widths::device_width(LANES, COLUMNS)
) (
    input wire clk_i,
    input wire rst_ni,

    input wire request_valid_i,
    output logic request_ready_o,
    input wire request_write_i,
    input wire [15:0] request_address_i,
    input wire [31:0] request_data_i,
    output logic response_valid_o,
    input wire response_ready_i,
    output logic [31:0] response_data_o,
    output logic response_error_o,

    // Settings
    output logic [memspike_registers::STEPS_W-1:0] steps_o,
    output logic [memspike_registers::SEED_W-1:0] seed_o,
    output logic [memspike_registers::ENCODER_W-1:0] rate_coded_o,
    output logic [memspike_registers::THRESHOLD_W-1:0] threshold_o,
    output logic [memspike_registers::MEMBRANE_START_W-1:0] membrane_start_o,
    output logic [memspike_registers::LEAK_W-1:0] leak_o,
    output logic [memspike_registers::EARLY_DECISION_W-1:0] early_decision_o,
    output logic [memspike_registers::TOLERANCE_W-1:0] tolerance_o,
    output logic [memspike_registers::MAX_PULSES_W-1:0] max_pulses_o,
    output logic [memspike_registers::VERIFY_READS_W-1:0] verify_reads_o,
    output logic [memspike_registers::PULSE_ENTRIES_W-1:0] pulse_entries_o,
    output logic [DEVICE_W-1:0] first_device_o,
    output logic [DEVICE_W-1:0] last_device_o,

    // Commands, high for one clock
    output logic start_review_o,
    output logic start_writing_o,

    // Write ports of the tables
    output logic [31:0] write_data_o,
    output logic rate_write_o,
    output logic rate_pair_o,  // of two lanes
    output logic [PHASE_W-1:0] rate_phase_o,
    output logic [LANE_W-1:0] rate_lane_o,
    output logic target_write_o,
    output logic pulse_width_write_o,
    output logic pulse_rate_write_o,
    output logic pulse_asymptote_write_o,
    output logic [memspike_registers::PULSE_WIDTH_INDEX_W-1:0] pulse_entry_o,
    output logic [DEVICE_W-1:0] device_o,
    output logic result_read_o,
    input wire [memspike_registers::RESULT_W-1:0] result_i,

    // State
    input wire review_busy_i,
    input wire writing_busy_i,
    input wire [memspike_registers::CLOCKS_W-1:0] clocks_i,
    input wire [memspike_registers::CONVERGED_W-1:0] converged_i,
    input wire [memspike_registers::STALLED_W-1:0] stalled_i,
    input wire [memspike_registers::EXHAUSTED_W-1:0] exhausted_i,
    input wire [memspike_registers::PULSES_W-1:0] pulses_i,
    input wire [memspike_registers::PULSE_TIME_W-1:0] pulse_time_i,
    input wire [OUTPUTS*memspike_registers::COUNT_W-1:0] count_i,
    input wire [OUTPUTS*MEMBRANE_W-1:0] membrane_i
);
  logic response_valid_q;
  logic response_error_q;
  logic response_result_q;
  logic [31:0] response_data_q;

  assign request_ready_o = !response_valid_q || response_ready_i;
  assign response_valid_o = response_valid_q;
  assign response_error_o = response_error_q;
  assign response_data_o = response_result_q ? result_i : response_data_q;

  logic accept;
  assign accept = request_valid_i && request_ready_o;

  logic idle;
  assign idle = !review_busy_i && !writing_busy_i;

  // The windows of the map, the index inside them, and whether what it points to exists.
  logic aligned;
  logic in_pulse_width;
  logic in_pulse_rate;
  logic in_pulse_asymptote;
  logic in_rate;
  logic in_rate_pair;
  logic in_count;
  logic in_membrane_low;
  logic in_membrane_high;
  logic in_target;
  logic in_result;
  assign aligned = request_address_i[1:0] == 2'd0;
  assign in_pulse_width = (request_address_i & memspike_registers::PULSE_WIDTH_WINDOW) == memspike_registers::PULSE_WIDTH;
  assign in_pulse_rate = (request_address_i & memspike_registers::PULSE_RATE_WINDOW) == memspike_registers::PULSE_RATE;
  assign in_pulse_asymptote = (request_address_i & memspike_registers::PULSE_ASYMPTOTE_WINDOW) == memspike_registers::PULSE_ASYMPTOTE;
  assign in_rate = (request_address_i & memspike_registers::RATE_WINDOW) == memspike_registers::RATE;
  assign in_rate_pair = RATE_PAIRS != 0 && (request_address_i & memspike_registers::RATE_PAIR_WINDOW) == memspike_registers::RATE_PAIR;
  assign in_count = (request_address_i & memspike_registers::COUNT_WINDOW) == memspike_registers::COUNT;
  assign in_membrane_low = (request_address_i & memspike_registers::MEMBRANE_LOW_WINDOW) == memspike_registers::MEMBRANE_LOW;
  assign in_membrane_high = (request_address_i & memspike_registers::MEMBRANE_HIGH_WINDOW) == memspike_registers::MEMBRANE_HIGH;
  assign in_target = (request_address_i & memspike_registers::TARGET_WINDOW) == memspike_registers::TARGET;
  assign in_result = (request_address_i & memspike_registers::RESULT_WINDOW) == memspike_registers::RESULT;

  logic [31:0] index;
  assign index = 32'(request_address_i[memspike_registers::TARGET_INDEX_W+1:2]);
  logic [31:0] rate_index;
  assign rate_index = in_rate_pair ? 32'({request_address_i[memspike_registers::RATE_PAIR_INDEX_W+1:2], 1'b0})
                                   : 32'(request_address_i[memspike_registers::RATE_INDEX_W+1:2]);
  logic [31:0] phase_index;
  assign phase_index = rate_index >> LANE_W;
  logic [31:0] output_index;
  assign output_index = in_count ? 32'(request_address_i[memspike_registers::COUNT_INDEX_W+1:2])
                                 : 32'(request_address_i[memspike_registers::MEMBRANE_LOW_INDEX_W+1:2]);

  logic lane_exists;
  logic rate_exists;
  logic device_exists;
  logic output_exists;
  logic data_device_exists;
  assign lane_exists = 32'(index[LANE_W-1:0]) < LANES;
  assign rate_exists = 32'(rate_index[LANE_W-1:0]) < LANES && phase_index < PHASES;
  assign device_exists = lane_exists && (index >> LANE_W) < COLUMNS;
  assign output_exists = output_index < OUTPUTS;
  assign data_device_exists = 32'(request_data_i[LANE_W-1:0]) < LANES && (request_data_i >> LANE_W) < COLUMNS;

  assign write_data_o = request_data_i;
  assign rate_lane_o = rate_index[LANE_W-1:0];
  assign rate_pair_o = in_rate_pair;
  assign rate_phase_o = phase_index[PHASE_W-1:0];
  assign device_o = index[DEVICE_W-1:0];
  assign pulse_entry_o = index[memspike_registers::PULSE_WIDTH_INDEX_W-1:0];

  logic command_review;
  logic command_writing;
  logic entries_fit;
  logic encoder_fits;
  logic decision_fits;
  logic leak_fits;
  assign command_review = request_data_i[memspike_registers::CONTROL_REVIEW_LSB];
  assign command_writing = request_data_i[memspike_registers::CONTROL_WRITING_LSB];
  assign encoder_fits = RATE_CODING != 0 || !request_data_i[0];
  assign decision_fits = EARLY_DECISION != 0 || !request_data_i[0];
  assign leak_fits = (request_data_i[memspike_registers::LEAK_W-1:0] >> LEAK_W) == '0;
  assign entries_fit = request_data_i[memspike_registers::PULSE_ENTRIES_W-1:0] <=
      memspike_registers::PULSE_ENTRIES_W'(memspike_registers::PULSE_WIDTH_WORDS);

  logic is_setting;
  assign is_setting = memspike_registers::is_setting(request_address_i);

  // What a request would do.
  logic writable;
  logic readable;
  logic [31:0] read_data;
  always_comb begin : decode
    integer o;
    logic [memspike_registers::COUNT_W-1:0] count;
    logic [63:0] membrane;
    o = 0;
    count = '0;
    membrane = '0;
    writable = 1'b0;
    readable = 1'b0;
    read_data = '0;
    start_review_o = 1'b0;
    start_writing_o = 1'b0;
    rate_write_o = 1'b0;
    target_write_o = 1'b0;
    pulse_width_write_o = 1'b0;
    pulse_rate_write_o = 1'b0;
    pulse_asymptote_write_o = 1'b0;
    result_read_o = 1'b0;
    if (accept && aligned) begin
      if (request_write_i) begin
        if (idle) begin
          if (in_pulse_width || in_pulse_rate || in_pulse_asymptote) begin
            writable = 1'b1;
            pulse_width_write_o = in_pulse_width;
            pulse_rate_write_o = in_pulse_rate;
            pulse_asymptote_write_o = in_pulse_asymptote;
          end else if (in_rate || in_rate_pair) begin
            writable = rate_exists;
            rate_write_o = rate_exists;
          end else if (in_target) begin
            writable = device_exists;
            target_write_o = device_exists;
          end else begin
            case (request_address_i)
              memspike_registers::CONTROL: begin
                writable = !(command_review && command_writing);
                start_review_o = command_review && !command_writing;
                start_writing_o = command_writing && !command_review;
              end
              memspike_registers::ENCODER: writable = encoder_fits;
              memspike_registers::EARLY_DECISION: writable = decision_fits;
              memspike_registers::LEAK: writable = leak_fits;
              memspike_registers::PULSE_ENTRIES: writable = entries_fit;
              memspike_registers::FIRST_DEVICE, memspike_registers::LAST_DEVICE: writable = data_device_exists;
              default: writable = is_setting;
            endcase
          end
        end
      end else begin
        for (o = 0; o < OUTPUTS; o = o + 1) begin
          if (output_index == o) begin
            count = count_i[o*memspike_registers::COUNT_W+:memspike_registers::COUNT_W];
            membrane = 64'($signed(membrane_i[o*MEMBRANE_W+:MEMBRANE_W]));
          end
        end
        if (in_count) begin
          readable = output_exists;
          read_data = 32'(count);
        end else if (in_membrane_low) begin
          readable = output_exists;
          read_data = 32'(membrane);
        end else if (in_membrane_high) begin
          readable = output_exists;
          read_data = 32'(membrane >> 32);
        end else if (in_result) begin
          readable = device_exists;
          result_read_o = device_exists;
        end else begin
          readable = 1'b1;
          case (request_address_i)
            memspike_registers::ID: read_data = memspike_registers::ID_RESET;
            memspike_registers::MAP_VERSION: read_data = memspike_registers::MAP_VERSION_RESET;
            memspike_registers::INPUTS: read_data = 32'(INPUTS);
            memspike_registers::LANES: read_data = 32'(LANES);
            memspike_registers::OUTPUTS: read_data = 32'(OUTPUTS);
            memspike_registers::CLOCKS_PER_US: read_data = 32'(CLOCKS_PER_US);
            memspike_registers::TILES: read_data = 32'(TILES);
            memspike_registers::DIFFERENTIAL: read_data = 32'(DIFFERENTIAL);
            memspike_registers::STATUS: read_data = (32'(review_busy_i) << memspike_registers::STATUS_REVIEW_LSB) |
                                                    (32'(writing_busy_i) << memspike_registers::STATUS_WRITING_LSB);
            memspike_registers::CLOCKS: read_data = clocks_i;
            memspike_registers::STEPS: read_data = 32'(steps_o);
            memspike_registers::SEED: read_data = 32'(seed_o);
            memspike_registers::ENCODER: read_data = 32'(rate_coded_o);
            memspike_registers::THRESHOLD: read_data = threshold_o;
            memspike_registers::MEMBRANE_START: read_data = membrane_start_o;
            memspike_registers::LEAK: read_data = 32'(leak_o);
            memspike_registers::EARLY_DECISION: read_data = 32'(early_decision_o);
            memspike_registers::TOLERANCE: read_data = 32'(tolerance_o);
            memspike_registers::MAX_PULSES: read_data = 32'(max_pulses_o);
            memspike_registers::VERIFY_READS: read_data = 32'(verify_reads_o);
            memspike_registers::PULSE_ENTRIES: read_data = 32'(pulse_entries_o);
            memspike_registers::FIRST_DEVICE: read_data = 32'(first_device_o);
            memspike_registers::LAST_DEVICE: read_data = 32'(last_device_o);
            memspike_registers::CONVERGED: read_data = 32'(converged_i);
            memspike_registers::STALLED: read_data = 32'(stalled_i);
            memspike_registers::EXHAUSTED: read_data = 32'(exhausted_i);
            memspike_registers::PULSES: read_data = pulses_i;
            memspike_registers::PULSE_TIME: read_data = pulse_time_i;
            default: readable = 1'b0;
          endcase
          if (READABLE_SETTINGS == 0 && is_setting) begin
            readable = 1'b0;
            read_data = '0;
          end
        end
      end
    end
  end

  always_ff @(posedge clk_i) begin : respond
    if (!rst_ni) begin
      response_valid_q <= 1'b0;
      response_error_q <= 1'b0;
      response_result_q <= 1'b0;
      response_data_q <= '0;
    end else if (accept) begin
      response_valid_q <= 1'b1;
      response_error_q <= !(request_write_i ? writable : readable);
      response_result_q <= result_read_o;
      response_data_q <= readable ? read_data : '0;
    end else if (response_ready_i) begin
      response_valid_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin : settings
    if (!rst_ni) begin
      steps_o <= memspike_registers::STEPS_RESET;
      seed_o <= memspike_registers::SEED_RESET;
      rate_coded_o <= memspike_registers::ENCODER_RESET;
      threshold_o <= memspike_registers::THRESHOLD_RESET;
      membrane_start_o <= memspike_registers::MEMBRANE_START_RESET;
      leak_o <= memspike_registers::LEAK_RESET;
      early_decision_o <= memspike_registers::EARLY_DECISION_RESET;
      tolerance_o <= memspike_registers::TOLERANCE_RESET;
      max_pulses_o <= memspike_registers::MAX_PULSES_RESET;
      verify_reads_o <= memspike_registers::VERIFY_READS_RESET;
      pulse_entries_o <= memspike_registers::PULSE_ENTRIES_RESET;
      first_device_o <= DEVICE_W'(memspike_registers::FIRST_DEVICE_RESET);
      last_device_o <= {COLUMN_W'(COLUMNS - 1), LANE_W'(LANES - 1)};
    end else if (writable) begin
      case (request_address_i)
        memspike_registers::STEPS: steps_o <= request_data_i[memspike_registers::STEPS_W-1:0];
        memspike_registers::SEED: seed_o <= request_data_i[memspike_registers::SEED_W-1:0];
        memspike_registers::ENCODER: rate_coded_o <= request_data_i[memspike_registers::ENCODER_W-1:0];
        memspike_registers::THRESHOLD: threshold_o <= request_data_i;
        memspike_registers::MEMBRANE_START: membrane_start_o <= request_data_i;
        memspike_registers::LEAK: leak_o <= memspike_registers::LEAK_W'(request_data_i[LEAK_W-1:0]);
        memspike_registers::EARLY_DECISION: early_decision_o <= request_data_i[memspike_registers::EARLY_DECISION_W-1:0];
        memspike_registers::TOLERANCE: tolerance_o <= request_data_i[memspike_registers::TOLERANCE_W-1:0];
        memspike_registers::MAX_PULSES: max_pulses_o <= request_data_i[memspike_registers::MAX_PULSES_W-1:0];
        memspike_registers::VERIFY_READS: verify_reads_o <= request_data_i[memspike_registers::VERIFY_READS_W-1:0];
        memspike_registers::PULSE_ENTRIES: pulse_entries_o <= request_data_i[memspike_registers::PULSE_ENTRIES_W-1:0];
        memspike_registers::FIRST_DEVICE: first_device_o <= request_data_i[DEVICE_W-1:0];
        memspike_registers::LAST_DEVICE: last_device_o <= request_data_i[DEVICE_W-1:0];
        default: ;
      endcase
    end
  end

  if (INPUTS > memspike_registers::RATE_WORDS || (PHASES << LANE_W) > memspike_registers::RATE_WORDS ||
      DEVICE_W > memspike_registers::TARGET_INDEX_W || OUTPUTS > memspike_registers::MEMBRANE_LOW_WORDS) begin : g_check
    error_the_register_map_holds_1024_rates_4096_devices_and_512_outputs check ();
  end
  if (OUTPUTS < 1) begin : g_check_outputs
    error_OUTPUTS_must_be_at_least_1 check ();
  end
  if (LEAK_W < 1 || LEAK_W > memspike_registers::LEAK_W) begin : g_check_leak
    error_LEAK_W_must_be_1_to_5 check ();
  end
  if (RATE_CODING != 0 && RATE_CODING != 1) begin : g_check_rate_coding
    error_RATE_CODING_must_be_0_or_1 check ();
  end
  if (EARLY_DECISION != 0 && EARLY_DECISION != 1) begin : g_check_early_decision
    error_EARLY_DECISION_must_be_0_or_1 check ();
  end
  if (READABLE_SETTINGS != 0 && READABLE_SETTINGS != 1) begin : g_check_readable_settings
    error_READABLE_SETTINGS_must_be_0_or_1 check ();
  end
  if (RATE_PAIRS != 0 && RATE_PAIRS != 1) begin : g_check_rate_pairs
    error_RATE_PAIRS_must_be_0_or_1 check ();
  end

`ifdef FORMAL
  `include "register_port.vh"  // the rules above, as proofs
`endif
endmodule
`default_nettype wire
