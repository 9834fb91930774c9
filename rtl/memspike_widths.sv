// SPDX-License-Identifier: Apache-2.0
// Widths of what passes between the modules, and other sizes that follow from the parameters. The C side has the same in
// model/hardware/hardware.c; test_hardware compares the two.
//
// Constant functions, called by their full names in the parameter lists of the modules, where all tools take them.
package memspike_widths;
  localparam int CODE_FRAC = 12;  // fraction bits of a code, of V and of Vth

  // Of a number below `count`.
  function automatic int index_width(input int count);
    index_width = (count > 1) ? $clog2(count) : 1;
  endfunction

  // Of the sum of `count` numbers of a width.
  function automatic int sum_width(input int width, input int count);
    sum_width = width + $clog2(count);
  endfunction

  // Columns of the array: a phase senses one for each output, or two with DIFFERENTIAL.
  function automatic int columns(input int phases, input int outputs, input int differential);
    columns = phases * outputs * (1 + differential);
  endfunction

  // Of a device's address, {column, row}.
  function automatic int device_width(input int rows, input int columns_there);
    device_width = index_width(rows) + index_width(columns_there);
  endfunction

  // Of a signed code of one tile: the largest sum is one of LANES / TILES x 1.0; a sign bit comes on top.
  function automatic int tile_code_width(input int lanes, input int tiles);
    tile_code_width = $clog2(lanes / tiles * (1 << CODE_FRAC) + 1) + 1;
  endfunction

  // Of the sum of an output's codes.
  function automatic int code_width(input int lanes, input int tiles);
    code_width = sum_width(tile_code_width(lanes, tiles), tiles);
  endfunction

  // Of V: 65,535 steps of `phases` codes from a 32-bit start; see memspike_lif_array.sv.
  function automatic int membrane_width(input int width_of_code, input int phases);
    membrane_width = sum_width(width_of_code, phases) + 17;
    if (membrane_width < 34) membrane_width = 34;
  endfunction
endpackage
