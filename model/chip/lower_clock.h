// SPDX-License-Identifier: Apache-2.0
/* The falling clock of the Verilated class MODEL. In one source of each set of hardware parameters, with
 *   MODEL_ROOT_HEADER   the header of what is in the class
 *   MODEL_CLOCK_MEMORY  in there, what the model remembers of its clock, where that is known and the low clock
 *                       need not be seen */
#ifndef MEMSPIKE_MODEL_CHIP_LOWER_CLOCK_H
#define MEMSPIKE_MODEL_CHIP_LOWER_CLOCK_H

#include MODEL_ROOT_HEADER

namespace verilated_dut
{

// A clock that falls changes nothing but what Verilator remembers of it, to see it rise; what depends on the
// inputs alone is worked out again when it does. So the memory is set instead, where the build has found its
// name, and nobody looks at the second half of a clock.
inline void lower_clock(MODEL &top)
{
#ifdef MODEL_CLOCK_MEMORY
    top.rootp->MODEL_CLOCK_MEMORY = 0;
#else
    top.clk_i = 0;
    top.eval();
#endif
}

} // namespace verilated_dut

#endif
