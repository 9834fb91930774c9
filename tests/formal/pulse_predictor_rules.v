// SPDX-License-Identifier: Apache-2.0
// The predictor in the proofs of memspike_write_verify.sv, the sequential one with SEQUENTIAL: any answer. write_verify.vh assumes of it what
// pulse_predictor.vh and pulse_predictor_sequential.vh prove.
`ifdef SEQUENTIAL
module memspike_pulse_predictor_sequential (
    output logic [23:0] difference_o,
`else
module memspike_pulse_predictor (
`endif
    input logic clk_i,
    input logic rst_ni,
    input logic table_write_width_i,
    input logic table_write_rate_i,
    input logic table_write_asymptote_i,
    input logic [3:0] table_entry_i,
    input logic [31:0] table_data_i,
    input logic [4:0] entries_i,
    input logic start_i,
    input logic [23:0] resistance_i,
    input logic [23:0] target_i,
    output logic busy_o,
    output logic done_o,
    output logic found_o,
    output logic [3:0] entry_o,
    output logic negative_o,
    output logic [15:0] width_o,
    output logic prediction_valid_o,
    output logic [3:0] prediction_entry_o,
    output logic [24:0] prediction_o
);
  (* anyseq *) logic found;
  (* anyseq *) logic [3:0] entry;
  (* anyseq *) logic negative;
  (* anyseq *) logic [15:0] width;
  (* anyseq *) logic busy;
  (* anyseq *) logic done;
  (* anyseq *) logic [29:0] prediction;
  assign busy_o = busy;
  assign done_o = done;
  assign {found_o, entry_o, negative_o, width_o} = {found, entry, negative, width};
  assign {prediction_valid_o, prediction_entry_o, prediction_o} = prediction;
`ifdef SEQUENTIAL
  (* anyseq *) logic [23:0] difference;
  assign difference_o = difference;
`endif
  logic unused;
  assign unused = ^{table_write_width_i, table_write_rate_i, table_write_asymptote_i, table_entry_i, table_data_i, entries_i,
                    start_i, clk_i, rst_ni, resistance_i, target_i};
endmodule
