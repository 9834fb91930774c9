// SPDX-License-Identifier: Apache-2.0
/* Ends the process when a mutant of scripts/mutate.py never comes to an end. */
#include "model/chip/dut_observer.h"

#include <cstdlib>

namespace
{

/* Busy without a pause: the longest writing of a test takes some 12 millions. */
constexpr uint64_t most_clocks = 20000000;
constexpr int without_end = 3; /* for scripts/mutate.py */

class Watchdog final : public DutObserver
{
  public:
    void clock(const struct dut *dut) override
    {
        busy_clocks_ = dut->pins.busy ? busy_clocks_ + 1 : 0;
        if (busy_clocks_ == most_clocks) {
            std::_Exit(without_end);
        }
    }
    void close(VerilatedContext * /*context*/) override
    {
    }

  private:
    uint64_t busy_clocks_ = 0;
};

} // namespace

std::unique_ptr<DutObserver> make_dut_observer(const struct hardware * /*hardware*/)
{
    return std::make_unique<Watchdog>();
}

void observe_to_the_end(const struct hardware * /*hardware*/, VerilatedContext * /*context*/)
{
}
