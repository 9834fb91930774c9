// SPDX-License-Identifier: Apache-2.0
// Sequencer of a review: loads the encoder and the neurons, then names one phase a clock, and one clock later tells the
// neurons that the codes of that phase are there.
//
//   clock     0      1      2     ...    T PHASES + 1    T PHASES + 2
//   state     Load   Run    Run          Drain           Idle
//   spikes           -      phase 0      last phase
//   codes                   phase 0 (taken at this clock's end)
//
// A review of T steps takes T x PHASES + 2 clocks. stop_i ends it at once: what it says after the codes of step t have come
// in, it says in clock t PHASES + 3, the review's last.
//
// Rules:
//   S1  without stop_i, exactly steps_i x PHASES phases are named, in order, without a gap.
//   S2  sense_valid_o follows advance_o by one clock, unless stop_i comes with it.
//   S3  from any state of the registers, as a single-event upset may leave them, it is idle again after a bounded number of clocks.
//   S4  stop_i while phases are named ends the review with this clock.
`default_nettype none
module memspike_review_sequencer #(
    parameter int PHASES = 1,
    localparam int PHASE_W = memspike_widths::index_width(PHASES)
) (
    input wire clk_i,
    input wire rst_ni,

    input wire start_i,
    input wire [15:0] steps_i,
    input wire stop_i,

    output logic busy_o,
    output logic load_o,
    output logic advance_o,
    output logic first_step_o,
    output logic [PHASE_W-1:0] phase_o,
    output logic [PHASE_W-1:0] phase_next_o,

    output logic sense_valid_o,
    output logic sense_first_o,
    output logic sense_last_o,
    output logic [PHASE_W-1:0] sense_phase_o
);
  localparam logic [PHASE_W-1:0] LastPhase = PHASE_W'(PHASES - 1);

  typedef enum logic [1:0] {
    Idle,   // waits for start_i
    Load,   // encoder and neurons take their start values; the rates of phase 0 are fetched
    Run,    // a phase a clock
    Drain   // the last codes come in
  } state_e;

  state_e state_q;
  logic [15:0] step_q;
  logic [PHASE_W-1:0] phase_q;

  assign busy_o = state_q != Idle;
  assign load_o = state_q == Load;
  assign advance_o = state_q == Run;
  assign first_step_o = step_q == '0;
  assign phase_o = phase_q;
  assign phase_next_o = (state_q == Run && phase_q != LastPhase) ? phase_q + 1'b1 : '0;

  always_ff @(posedge clk_i) begin : sequence_phases
    state_e state;
    logic [15:0] step;
    logic last;
    state = state_q;
    step = step_q;
    last = phase_q == LastPhase;
    if (!rst_ni) begin
      state_q <= Idle;
      step_q <= '0;
      phase_q <= '0;
      sense_valid_o <= 1'b0;
      sense_first_o <= 1'b0;
      sense_last_o <= 1'b0;
      sense_phase_o <= '0;
    end else begin
      sense_valid_o <= 1'b0;
      sense_first_o <= 1'b0;
      sense_last_o <= 1'b0;
      sense_phase_o <= phase_q;
      case (state)
        Run: begin
          sense_valid_o <= !stop_i;
          sense_first_o <= phase_q == '0;
          sense_last_o <= last;
          phase_q <= phase_next_o;
          if (last) begin
            step_q <= step + 16'd1;
            // Not "equal": a single-event upset of step_q or steps_i must not make it run on.
            if ({1'b0, step} + 17'd1 >= {1'b0, steps_i}) state_q <= Drain;
          end
          if (stop_i) state_q <= Idle;
        end
        Idle: begin
          step_q <= '0;
          phase_q <= '0;
          if (start_i) state_q <= Load;
        end
        Load: state_q <= (steps_i == '0) ? Drain : Run;
        default: state_q <= Idle;
      endcase
    end
  end

`ifdef FORMAL
  `include "review_sequencer.vh"  // the rules above, as proofs
`endif
endmodule
`default_nettype wire
