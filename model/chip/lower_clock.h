// SPDX-License-Identifier: Apache-2.0
/* The falling clock of the Verilated class MODEL. In one source of each set of hardware parameters, with
 *   MODEL_ROOT_HEADER   the header of what is in the class
 *   MODEL_CLOCK_HEADER  where that is known, defines MODEL_CLOCK_MEMORY, what it remembers in there of its clock,
 *                       and MODEL_RISE, Verilator's function for what happens when the clock has risen */
#ifndef MEMSPIKE_MODEL_CHIP_LOWER_CLOCK_H
#define MEMSPIKE_MODEL_CHIP_LOWER_CLOCK_H

#include MODEL_CLOCK_HEADER
#include MODEL_ROOT_HEADER

namespace verilated_dut
{

// A clock that falls changes nothing but what Verilator remembers of it, to see it rise; what depends on the
// inputs alone is worked out again when it does. So the memory is set instead, where the build has found its
// name, and nobody looks at the second half of a clock, as those who count coverage do.
inline void lower_clock(MODEL &top)
{
#if defined MODEL_CLOCK_MEMORY && !VM_COVERAGE
    top.rootp->MODEL_CLOCK_MEMORY = 0;
#else
    top.clk_i = 0;
    top.eval();
#endif
}

} // namespace verilated_dut

#endif
