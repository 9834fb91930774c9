// SPDX-License-Identifier: Apache-2.0
/* The observer of a build's Verilated instances: none, the coverage counter (rtl_coverage.cpp), or the
 * mutants' watchdog (mutant_watchdog.cpp). CMake links one of the three. */
#ifndef MEMSPIKE_MODEL_CHIP_DUT_OBSERVER_H
#define MEMSPIKE_MODEL_CHIP_DUT_OBSERVER_H

#include "model/chip/dut.h"

#include <memory>

class VerilatedContext;

/* Of one instance. */
class DutObserver
{
  public:
    DutObserver() = default;
    virtual ~DutObserver() = default;
    DutObserver(const DutObserver &) = delete;
    DutObserver &operator=(const DutObserver &) = delete;

    /* Before the clock rises: the pins as this clock finds them. */
    virtual void clock(const struct dut *dut) = 0;
    /* The instance is about to be freed. */
    virtual void close(VerilatedContext *context) = 0;
};

/* NULL for none. */
std::unique_ptr<DutObserver> make_dut_observer(const struct hardware *hardware);
/* For an instance without pins of a dut that stays to the end of the process. */
void observe_to_the_end(const struct hardware *hardware, VerilatedContext *context);

#endif
