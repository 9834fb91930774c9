/* Coverage of the RTL, in builds with -DMEMSPIKE_COVERAGE=ON: Verilator's counters of lines and toggles, and
 * the named points of functional coverage, added up over all instances of a process and written at its end to
 * a file of $MEMSPIKE_COVERAGE_DIR. scripts/coverage.sh merges the files. */
#ifndef MEMSPIKE_TESTS_RTL_COVERAGE_H
#define MEMSPIKE_TESTS_RTL_COVERAGE_H

#include "model/dut.h"

#include <cstdint>
#include <memory>
#include <string>

class VerilatedContext;

namespace coverage
{

/* Adds up what the Verilated instance in this context has counted; the instance is about to go. */
void collect(const struct hardware *hardware, VerilatedContext *context);
/* The same at the end of the process, for an instance that stays until then. */
void collect_at_end(const struct hardware *hardware, VerilatedContext *context);

/* Looks at the pins of one instance, clock by clock. */
class Observer
{
  public:
    explicit Observer(const struct hardware *hardware);
    ~Observer();
    Observer(const Observer &) = delete;
    Observer &operator=(const Observer &) = delete;

    /* Before the clock rises: the pins as this clock finds them. */
    void clock(const struct dut *dut);
    /* The instance is about to go. */
    void close(VerilatedContext *context);

  private:
    struct State;
    void review_clock(const struct dut *dut, bool stalled);
    void request(const struct dut_pins &pins);
    void hit(const std::string &point);

    const struct hardware *hardware_;
    std::unique_ptr<State> state_;
};

} // namespace coverage

#endif
