// memspike in the proofs of memspike_axi.v: any answer, one clock after each request that it takes, for as long as it is not taken;
// that is H1 and H4 of register_port.v. Everything else is anything.
module memspike #(
    parameter int INPUTS = 100,
    parameter int LANES = 100,
    parameter int OUTPUTS = 1,
    parameter int CLOCKS_PER_US = 1,
    parameter int SEQUENTIAL = 0,
    parameter int RATE_CODING = 1,
    parameter int EARLY_DECISION = 1,
    parameter int LEAK_W = 5,
    parameter int READABLE_SETTINGS = 1,
    localparam int CODE_FRAC = 12,
    localparam int PHASES = INPUTS / LANES,
    localparam int COLUMNS = PHASES * OUTPUTS,
    localparam int ROW_W = (LANES > 1) ? $clog2(LANES) : 1,
    localparam int PHASE_W = (PHASES > 1) ? $clog2(PHASES) : 1,
    localparam int COLUMN_W = (COLUMNS > 1) ? $clog2(COLUMNS) : 1,
    localparam int DEVICE_W = ROW_W + COLUMN_W,
    // The largest sum is LANES x 1.0; a sign bit comes on top.
    localparam int CODE_W = $clog2(LANES * (1 << CODE_FRAC) + 1) + 1,
    // 65,535 steps of PHASES codes from a 32-bit start; see lif_array.
    localparam int MEMBRANE_SUM_W = CODE_W + $clog2(PHASES) + 17,
    localparam int MEMBRANE_W = (MEMBRANE_SUM_W > 34) ? MEMBRANE_SUM_W : 34
) (
    input logic clk_i,
    input logic rst_ni,

    // Register port
    input logic request_valid_i,
    output logic request_ready_o,
    input logic request_write_i,
    input logic [15:0] request_address_i,
    input logic [31:0] request_data_i,
    output logic response_valid_o,
    input logic response_ready_i,
    output logic [31:0] response_data_o,
    output logic response_error_o,

    // A review or a writing runs
    output logic busy_o,

    // Analogue boundary: inference
    output logic sense_o,
    output logic [PHASE_W-1:0] sense_phase_o,
    output logic [LANES-1:0] rows_o,
    input logic [OUTPUTS*CODE_W-1:0] code_i,

    // Analogue boundary: programming
    output logic [ROW_W-1:0] row_o,
    output logic [COLUMN_W-1:0] column_o,
    output logic read_o,
    input logic [23:0] reading_i,
    output logic pulse_o,
    output logic pulse_negative_o,
    output logic [3:0] pulse_entry_o,

    // For waveforms and checkers
    output logic [OUTPUTS*MEMBRANE_W-1:0] membrane_o,
    output logic [OUTPUTS-1:0] spike_o,
    output logic [OUTPUTS*16-1:0] count_o,
    output logic [2:0] write_state_o,
    output logic [5:0] write_iteration_o
);
  logic valid_q;
  (* anyseq *) logic [32:0] answer;
  logic [32:0] answer_q;
  logic fresh_q;  // the answer comes in this clock
  logic [32:0] answer_now;
  assign answer_now = fresh_q ? answer : answer_q;
  assign request_ready_o = !valid_q || response_ready_i;
  assign response_valid_o = valid_q;
  assign {response_error_o, response_data_o} = answer_now;
  always_ff @(posedge clk_i) begin
    answer_q <= answer_now;
    fresh_q <= rst_ni && request_valid_i && request_ready_o;
    if (!rst_ni) valid_q <= 1'b0;
    else if (request_ready_o) valid_q <= request_valid_i;
  end
  // A request to an address that is no word's is refused (H2).
  logic misaligned_q;
  always_ff @(posedge clk_i) misaligned_q <= request_address_i[1:0] != 2'd0;
  always_comb if (valid_q && fresh_q && misaligned_q) assume (response_error_o);
  logic unused;
  assign unused = ^{request_write_i, request_data_i, code_i, reading_i};
endmodule
