// SPDX-License-Identifier: Apache-2.0
// Crossbar emulator: a digital stand-in for the memristor array at memspike's analogue boundary, for FPGAs.
//
//   LANES          rows, at most 16
//   MULTIPLIERS    1: `*`, for FPGAs that have multipliers; 0: four bits a clock. The results are the same
//   PHASES         columns (one output: a phase senses one column)
//   CLOCKS_PER_US  clocks of a pulse of 1 us, at least 12
//
// Every device has a resistance (ohm, 16 fraction bits) and the conductance code that follows from it:
//
//   code = (floor(SCALE 2^16 / R) - OFFSET + 8) >> 4, from 0 to 4095    SCALE = Rmin Rmax / (Rmax - Rmin), 16 fraction bits
//                                                                       OFFSET = 2^16 Rmin / (Rmax - Rmin)
// which is 4096 (G - Gmin) / (Gmax - Gmin). The column sum of a phase is the sum of the codes of the rows that spike.
//
// A pulse is integrated in Euler steps of 1 us (the paper's equation 19) with a multiplier of 4 bits a clock:
//
//   u = floor(|r - R|) in ohm (r - R one 2^-16 ohm smaller)    p = min(floor(RATE u / 2^20), 2^24 - 1)    R moves floor(p u / 2^8) / 2^16 ohm towards r
//
// RATE is k in 1/(ohm us) with 44 fraction bits, r the asymptote. A device that lies beyond r does not move.
//
//   tick    0    1    2       3 to 6    7 to 10          11
//   what    R    u    RATE    RATE u    p u, R written    R read
//
// Read noise, when switched on: with n = NOISE, from 1 to 7, every read of a device is off by its 2^n-th part, up or down as a
// bit of a 31-bit LFSR says (x^31 + x^28 + 1, 16 positions a read). Bits are 1 for up; row l takes bit l. Of a column the
// parts are added up first and then shifted down, towards minus infinity; a reading is off by whole ohm, and one more when it goes down.
//
// Rules:
//   C1  a code is valid in the clock of sense_i if sense_i was low before phase 0 and phases follow one another.
//   C2  reading_o is the resistance after all pulses that have ended, in every clock without pulse_i and host access, if row
//       and column were steady in the clock before.
//   C3  the conductance code follows its resistance within 50 clocks; until then host_ready_o is low.
`default_nettype none
module memspike_crossbar_emulator #(
    parameter int LANES = 10,
    parameter int PHASES = 10,
    parameter int CLOCKS_PER_US = 12,
    parameter int MULTIPLIERS = 0,
    localparam int CODE_FRAC = memspike_widths::CODE_FRAC,
    localparam int ROW_W = memspike_widths::index_width(LANES),
    localparam int COLUMN_W = memspike_widths::index_width(PHASES),
    localparam int DEVICE_W = memspike_widths::device_width(LANES, PHASES),
    localparam int CODE_W = memspike_widths::code_width(LANES, 1)
) (
    input wire clk_i,
    input wire rst_ni,

    // Analogue boundary: see memspike.sv
    input wire sense_i,
    input wire [COLUMN_W-1:0] sense_phase_i,
    input wire [LANES-1:0] rows_i,
    output logic [CODE_W-1:0] code_o,
    input wire [ROW_W-1:0] row_i,
    input wire [COLUMN_W-1:0] column_i,
    input wire read_i,
    output logic [23:0] reading_o,
    input wire pulse_i,
    input wire pulse_negative_i,
    input wire [3:0] pulse_entry_i,

    // Host port, for addresses from EMULATOR_RESISTANCE on; only while memspike is idle. A request is answered one clock later.
    input wire host_valid_i,
    output logic host_ready_o,
    input wire host_write_i,
    input wire [15:0] host_address_i,
    input wire [31:0] host_data_i,
    output logic host_valid_o,
    output logic [31:0] host_data_o,
    output logic host_error_o
);
  // The state memory: resistances in the order of memspike's devices, then the rates and the asymptotes of the pulses.
  localparam int DEVICES_END = ((PHASES - 1) << ROW_W) + LANES;
  localparam int TABLES = ((DEVICES_END + 31) / 32) * 32;
  localparam int ADDRESS_W = $clog2(TABLES + 32);
  localparam int TICK_W = $clog2(CLOCKS_PER_US);
  localparam logic [TICK_W-1:0] LastTick = TICK_W'(CLOCKS_PER_US - 1);
  localparam logic [5:0] ConvertSteps = 6'd48;
  localparam int QUOTIENT_W = memspike_emulator_registers::EMULATOR_OFFSET_W;
  localparam int SUM_W = CODE_FRAC + 6;  // up to 16 codes; noise adds up to half, and the sum of its signs may be negative

  // ---- Host
  logic in_resistance;
  logic in_rate;
  logic in_asymptote;
  logic device_exists;
  logic in_memory;
  logic accept;
  logic [31:0] host_index;
  logic [ADDRESS_W-1:0] host_memory_address;
  assign host_index = 32'(host_address_i[memspike_emulator_registers::EMULATOR_RESISTANCE_INDEX_W+1:2]);
  assign in_resistance = (host_address_i & memspike_emulator_registers::EMULATOR_RESISTANCE_WINDOW) == memspike_emulator_registers::EMULATOR_RESISTANCE;
  assign in_rate = (host_address_i & memspike_emulator_registers::EMULATOR_RATE_WINDOW) == memspike_emulator_registers::EMULATOR_RATE;
  assign in_asymptote = (host_address_i & memspike_emulator_registers::EMULATOR_ASYMPTOTE_WINDOW) == memspike_emulator_registers::EMULATOR_ASYMPTOTE;
  assign device_exists = 32'(host_index[ROW_W-1:0]) < LANES && 32'(host_index >> ROW_W) < PHASES;
  assign in_memory = (in_resistance && device_exists) || in_rate || in_asymptote;
  assign host_memory_address = in_resistance ? ADDRESS_W'(host_index[DEVICE_W-1:0])
                             : ADDRESS_W'(TABLES) + ADDRESS_W'({in_asymptote, host_index[memspike_emulator_registers::EMULATOR_RATE_INDEX_W-1:0]});

  logic [memspike_emulator_registers::EMULATOR_SCALE_W-1:0] scale_q;
  logic [memspike_emulator_registers::EMULATOR_OFFSET_W-1:0] offset_q;
  logic [memspike_emulator_registers::EMULATOR_NOISE_W-1:0] noise_q;
  logic [memspike_emulator_registers::EMULATOR_NOISE_SEED_W-1:0] lfsr_q;
  logic converting;
  logic register_exists;
  logic [31:0] memory_q;
  assign host_ready_o = !converting;
  assign accept = host_valid_i && host_ready_o;
  assign register_exists = host_address_i == memspike_emulator_registers::EMULATOR_SCALE ||
      host_address_i == memspike_emulator_registers::EMULATOR_OFFSET ||
      host_address_i == memspike_emulator_registers::EMULATOR_NOISE ||
      host_address_i == memspike_emulator_registers::EMULATOR_NOISE_SEED;
  assign host_data_o = memory_q;

  always_ff @(posedge clk_i) begin : host
    host_valid_o <= rst_ni && accept;
    host_error_o <= !in_memory && !(register_exists && host_write_i);
  end

  always_ff @(posedge clk_i) begin : settings
    integer b;
    if (!rst_ni) begin
      scale_q <= memspike_emulator_registers::EMULATOR_SCALE_RESET;
      offset_q <= memspike_emulator_registers::EMULATOR_OFFSET_RESET;
      noise_q <= memspike_emulator_registers::EMULATOR_NOISE_RESET;
      lfsr_q <= memspike_emulator_registers::EMULATOR_NOISE_SEED_RESET;
    end else if (accept && host_write_i) begin
      case (host_address_i)
        memspike_emulator_registers::EMULATOR_SCALE: scale_q <= host_data_i;
        memspike_emulator_registers::EMULATOR_OFFSET: offset_q <= host_data_i[memspike_emulator_registers::EMULATOR_OFFSET_W-1:0];
        memspike_emulator_registers::EMULATOR_NOISE: noise_q <= host_data_i[memspike_emulator_registers::EMULATOR_NOISE_W-1:0];
        memspike_emulator_registers::EMULATOR_NOISE_SEED: lfsr_q <= host_data_i[memspike_emulator_registers::EMULATOR_NOISE_SEED_W-1:0];
        default: ;
      endcase
    end else if (sense_i || read_i) begin
      // Sixteen positions at once, as in memspike_spike_encoder.sv.
      for (b = 16; b < 31; b = b + 1) lfsr_q[b] <= lfsr_q[b-16];
      for (b = 0; b < 16; b = b + 1) lfsr_q[b] <= lfsr_q[b+15] ^ lfsr_q[b+12];
    end
  end

  // ---- State memory
  logic [31:0] state_memory[1<<ADDRESS_W];
  logic [TICK_W-1:0] tick_q;
  logic [DEVICE_W-1:0] device;
  logic [ADDRESS_W-1:0] read_address;
  logic step_write;
  logic host_write;
  logic [31:0] stepped;
  assign device = {column_i, row_i};
  assign step_write = pulse_i && tick_q == TICK_W'(10);
  assign host_write = accept && host_write_i && in_memory;
  always_comb begin : choose_address
    read_address = ADDRESS_W'(device);
    if (accept) read_address = host_memory_address;
    else if (pulse_i && tick_q == '0) read_address = ADDRESS_W'(TABLES + 16) + ADDRESS_W'(pulse_entry_i);
    else if (pulse_i && tick_q == TICK_W'(1)) read_address = ADDRESS_W'(TABLES) + ADDRESS_W'(pulse_entry_i);
  end
  // (`always`, since always_ff allows no initial contents.)
  initial begin : clear_state
    integer word;
    for (word = 0; word < 1 << ADDRESS_W; word = word + 1) state_memory[word] = '0;
  end
  always @(posedge clk_i) begin : memory
    if (step_write || host_write) begin
      state_memory[step_write ? ADDRESS_W'(device) : host_memory_address] <= step_write ? stepped : host_data_i;
    end
    memory_q <= state_memory[read_address];
  end

  // ---- A pulse
  logic [31:0] resistance_q;
  logic [32:0] distance;
  logic [15:0] u;
  logic [15:0] u_q;     // 0 for a device that does not move
  logic [27:0] p;
  logic [23:0] p_limited;
  logic [31:0] change;
  assign distance = {1'b0, resistance_q} - {1'b0, memory_q[23:0], 8'd0};
  assign u = (distance[32] == pulse_negative_i) ? '0 : pulse_negative_i ? distance[31:16] : ~distance[31:16];
  assign p_limited = (p[27:24] != '0) ? 24'hFFFFFF : p[23:0];
  // R - x is the complement of (the complement of R) + x.
  assign stepped = {32{pulse_negative_i}} ^ ((resistance_q ^ {32{pulse_negative_i}}) + change);

  always_ff @(posedge clk_i) begin : integrate
    if (!rst_ni || !pulse_i || tick_q == LastTick) tick_q <= '0;
    else tick_q <= tick_q + 1'b1;
    if (tick_q == '0) resistance_q <= memory_q;
    if (tick_q == TICK_W'(1)) u_q <= u;
  end

  if (MULTIPLIERS != 0) begin : g_at_once
    logic [23:0] p_q;
    logic [47:0] product_p;
    logic [39:0] product_change;
    assign product_p = {16'd0, memory_q} * {32'd0, u_q};
    assign p = product_p[47:20];
    assign product_change = {16'd0, p_q} * {24'd0, u_q};
    assign change = product_change[39:8];
    always_ff @(posedge clk_i) if (tick_q == TICK_W'(2)) p_q <= p_limited;
    logic unused;
    assign unused = ^{product_p[19:0], product_change[7:0]};
  end else begin : g_bit_by_bit
    logic [31:0] factor_q;   // RATE, then p
    logic [15:0] nibbles_q;  // what is left of u to multiply with
    logic [47:0] product_q;
    logic [47:0] product_next;
    logic [35:0] partial_0;
    logic [35:0] partial_1;
    logic [35:0] partial_2;
    logic [35:0] partial_3;
    assign partial_0 = {4'd0, product_q[47:16]} + (nibbles_q[0] ? {4'd0, factor_q} : 36'd0);
    assign partial_1 = partial_0 + (nibbles_q[1] ? {3'd0, factor_q, 1'd0} : 36'd0);
    assign partial_2 = partial_1 + (nibbles_q[2] ? {2'd0, factor_q, 2'd0} : 36'd0);
    assign partial_3 = partial_2 + (nibbles_q[3] ? {1'd0, factor_q, 3'd0} : 36'd0);
    assign product_next = {partial_3, product_q[15:4]};
    assign p = product_next[47:20];
    assign change = product_next[39:8];
    always_ff @(posedge clk_i) begin : multiply
      if (tick_q == TICK_W'(1)) begin
        nibbles_q <= u;
        product_q <= '0;
      end
      if (tick_q == TICK_W'(2)) factor_q <= memory_q;
      if (tick_q >= TICK_W'(3) && tick_q <= TICK_W'(10)) begin
        product_q <= product_next;
        nibbles_q <= {4'd0, nibbles_q[15:4]};
      end
      if (tick_q == TICK_W'(6)) begin
        factor_q <= {8'd0, p_limited};
        nibbles_q <= u_q;
        product_q <= '0;
      end
    end
    logic unused;
    assign unused = ^{product_q[3:0]};
  end

  // ---- Resistance to conductance code: SCALE 2^16 / R, a bit a clock
  logic pulse_q;
  logic [DEVICE_W-1:0] convert_device_q;
  logic [5:0] convert_q;  // steps left, and one to write
  logic [31:0] divisor_q;
  logic [31:0] dividend_q;  // and behind it, as it moves out, the quotient
  logic [31:0] remainder_q;
  logic overflow_q;
  logic overflow;
  logic [32:0] doubled;
  logic dividend_next;
  logic [33:0] left;
  logic fits;
  logic pulse_ended;
  logic convert_write;
  logic [QUOTIENT_W:0] above_offset;
  logic [QUOTIENT_W:0] rounded;
  logic [CODE_FRAC-1:0] conductance;
  logic below;
  logic above;
  assign converting = convert_q != '0 || pulse_i || pulse_ended;
  assign pulse_ended = pulse_q && !pulse_i;
  assign convert_write = convert_q == 6'd1;
  assign dividend_next = convert_q > 6'd17 && dividend_q[31];  // 16 zeros behind the dividend
  assign doubled = {remainder_q, dividend_next};
  assign left = {1'b0, doubled} - {2'd0, divisor_q};
  assign fits = !left[33];
  assign above_offset = {1'b0, dividend_q[QUOTIENT_W-1:0]} - {1'b0, offset_q};
  assign rounded = above_offset + (QUOTIENT_W + 1)'(8);
  assign overflow = overflow_q || dividend_q[31:QUOTIENT_W] != '0;
  assign below = !overflow && above_offset[QUOTIENT_W];
  assign above = overflow || rounded[QUOTIENT_W:4+CODE_FRAC] != '0;
  assign conductance = below ? '0 : above ? '1 : rounded[4+:CODE_FRAC];

  always_ff @(posedge clk_i) begin : convert
    pulse_q <= pulse_i;
    if (!rst_ni) begin
      convert_q <= '0;
    end else if (pulse_ended || (host_write && in_resistance)) begin
      convert_q <= ConvertSteps + 6'd1;
      convert_device_q <= pulse_ended ? device : host_index[DEVICE_W-1:0];
      divisor_q <= pulse_ended ? memory_q : host_data_i;
      dividend_q <= scale_q;
      remainder_q <= '0;
      overflow_q <= 1'b0;
    end else if (convert_q != '0) begin
      convert_q <= convert_q - 6'd1;
      if (!convert_write) begin
        remainder_q <= fits ? left[31:0] : doubled[31:0];
        dividend_q <= {dividend_q[30:0], fits};
        if (convert_q <= 6'd17) overflow_q <= overflow_q || dividend_q[31];
      end
    end
  end

  // ---- Sensing: a word holds the codes of a column. The next phase is read ahead.
  logic [LANES*CODE_FRAC-1:0] conductance_memory[PHASES];
  logic [LANES*CODE_FRAC-1:0] conductances_q;
  logic [COLUMN_W-1:0] phase_next;
  assign phase_next = (sense_i && sense_phase_i != COLUMN_W'(PHASES - 1)) ? sense_phase_i + 1'b1 : '0;
  initial begin : clear_conductances
    integer phase;
    for (phase = 0; phase < PHASES; phase = phase + 1) conductance_memory[phase] = '0;
  end
  always @(posedge clk_i) begin : codes
    integer row;
    if (convert_write) begin
      for (row = 0; row < LANES; row = row + 1) begin
        if (convert_device_q[ROW_W-1:0] == ROW_W'(row)) begin
          conductance_memory[convert_device_q[DEVICE_W-1:ROW_W]][row*CODE_FRAC+:CODE_FRAC] <= conductance;
        end
      end
    end
    conductances_q <= conductance_memory[phase_next];
  end

  // The sum of the codes S, and of those that noise raises P: the rest it lowers, and the sum with signs is 2 P - S.
  // Both sums are trees of adders; `keep` stops Yosys from making chains of them.
  logic [SUM_W-1:0] exact;
  logic [SUM_W-1:0] raised;
  logic signed [SUM_W-1:0] noise_sum;
  logic [SUM_W-1:0] sum;
  for (genvar row = 0; row < 16; row = row + 1) begin : g_row
    logic [CODE_FRAC-1:0] code;
    logic [CODE_FRAC-1:0] up;
    if (row < LANES) begin : g_there
      assign code = rows_i[row] ? conductances_q[row*CODE_FRAC+:CODE_FRAC] : '0;
      assign up = lfsr_q[row] ? code : '0;
    end else begin : g_missing
      assign code = '0;
      assign up = '0;
    end
  end
  for (genvar i = 0; i < 8; i = i + 1) begin : g_two
    (* keep *) logic [CODE_FRAC:0] code;
    (* keep *) logic [CODE_FRAC:0] up;
    assign code = {1'b0, g_row[2*i].code} + {1'b0, g_row[2*i+1].code};
    assign up = {1'b0, g_row[2*i].up} + {1'b0, g_row[2*i+1].up};
  end
  for (genvar i = 0; i < 4; i = i + 1) begin : g_four
    (* keep *) logic [CODE_FRAC+1:0] code;
    (* keep *) logic [CODE_FRAC+1:0] up;
    assign code = {1'b0, g_two[2*i].code} + {1'b0, g_two[2*i+1].code};
    assign up = {1'b0, g_two[2*i].up} + {1'b0, g_two[2*i+1].up};
  end
  for (genvar i = 0; i < 2; i = i + 1) begin : g_eight
    (* keep *) logic [CODE_FRAC+2:0] code;
    (* keep *) logic [CODE_FRAC+2:0] up;
    assign code = {1'b0, g_four[2*i].code} + {1'b0, g_four[2*i+1].code};
    assign up = {1'b0, g_four[2*i].up} + {1'b0, g_four[2*i+1].up};
  end
  (* keep *) logic [CODE_FRAC+3:0] all_code;
  (* keep *) logic [CODE_FRAC+3:0] all_up;
  assign all_code = {1'b0, g_eight[0].code} + {1'b0, g_eight[1].code};
  assign all_up = {1'b0, g_eight[0].up} + {1'b0, g_eight[1].up};
  assign exact = SUM_W'(all_code);
  assign raised = SUM_W'(all_up);
  assign noise_sum = (raised << 1) - exact;
  assign sum = exact + ((noise_q == '0) ? '0 : SUM_W'(noise_sum >>> noise_q));
  // Noise adds less than half to the sum; where that fits the code, nothing is there to saturate.
  if (LANES * 6144 < (1 << (CODE_W - 1))) begin : g_fits
    assign code_o = CODE_W'(sum);
    logic unused;
    assign unused = ^{sum[SUM_W-1:CODE_W]};
  end else begin : g_saturate
    assign code_o = ((sum >> (CODE_W - 1)) != '0) ? {1'b0, {(CODE_W - 1) {1'b1}}} : CODE_W'(sum);
  end

  logic [15:0] reading_noise;
  logic [16:0] noisy;
  if (MULTIPLIERS != 0) begin : g_multiplied
    logic [23:0] shifted;
    assign shifted = {8'd0, memory_q[31:16]} * {16'd0, (noise_q == '0) ? 8'd0 : 8'd128 >> (noise_q - 3'd1)};
    assign reading_noise = shifted[23:8];
    logic unused;
    assign unused = ^{shifted[7:0]};
  end else begin : g_shifted
    assign reading_noise = (noise_q == '0) ? '0 : memory_q[31:16] >> noise_q;
  end
  assign noisy = {1'b0, memory_q[31:16]} + ((noise_q != '0 && !lfsr_q[0]) ? {1'b1, ~reading_noise} : {1'b0, reading_noise});
  assign reading_o = noisy[16] ? '1 : {noisy[15:0], memory_q[15:8]};

  logic unused;
  assign unused = ^{host_address_i[1:0], left[32], rounded[3:0], distance[15:0]};

  if (MULTIPLIERS != 0 && MULTIPLIERS != 1) begin : g_check_multipliers
    error_MULTIPLIERS_must_be_0_or_1 check ();
  end
  if (LANES < 1 || LANES > 16 || CLOCKS_PER_US < 12) begin : g_check
    error_the_emulator_takes_1_to_16_lanes_and_at_least_12_clocks_a_microsecond check ();
  end
endmodule
`default_nettype wire
