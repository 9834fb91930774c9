// SPDX-License-Identifier: Apache-2.0
/* The SystemC platform: the RTL as a module, clock and reset, the C crossbar at the analogue boundary, a host
 * on a TLM-2.0 socket, the scoreboard.
 *
 *   Host ══TLM-2.0══► Transactor ──AXI4-Lite──► Chip (memspike_axi) ◄──boundary──► Analogue (crossbar)
 *                                      │          │                         │
 *                                   Monitor       └── Scoreboard (reference models) ───┘
 *
 * A model of one's own takes the host's place by binding its initiator socket to the Transactor: see
 * tests/cosim/test_platform.cpp. */
#ifndef MEMSPIKE_TESTBENCH_PLATFORM_H
#define MEMSPIKE_TESTBENCH_PLATFORM_H

#include "testbench/bus.h"
#include "testbench/chip.h"

extern "C" {
#include "model/cosimulation/analogue.h"
#include "model/cosimulation/lockstep.h"
}

#include <functional>
#include <memory>
#include <tlm_utils/simple_initiator_socket.h>
#include <vector>

namespace platform
{

class Analogue;

/* Clock and reset; the clock stands still, low, while nothing runs.
 *
 * Loosely timed, it lets many clocks pass at once while the chip is busy and its bus is quiet, at no time in
 * between: a simulator's kernel takes longer over the two edges of a clock than the RTL over all of it. The chip
 * does the same in every clock, and its outputs move at their time; a transfer that begins meanwhile waits for
 * the quantum's end. */
class Clock : public sc_core::sc_module
{
  public:
    Clock(const sc_core::sc_module_name &name, Chip &chip, sc_core::sc_time period);
    void run(bool on);
    /* Hold reset for two clocks from now. */
    void reset();
    /* Let at most `quantum` clocks pass at once; 1: every edge is an event. */
    void set_quantum(uint32_t quantum, const Monitor &monitor, Analogue &analogue);

  private:
    SC_HAS_PROCESS(Clock);
    void tick();
    uint32_t pass();

    Chip &chip_;
    uint32_t quantum_ = 1;
    const Monitor *monitor_ = nullptr;
    Analogue *analogue_ = nullptr;
    bool passed_ = false;
    bool edge_due_ = false; /* for whoever waits for one, with a transfer say */
    sc_core::sc_time half_;
    sc_core::sc_event wake_;
    bool running_ = false;
    uint32_t reset_edges_ = 4;
};

/* The sample or writing that runs, for the analogue side and the scoreboard; one at a time. */
struct Operation {
    struct crossbar *crossbar;
    const struct register_values *registers; /* what the chip holds */
    const uint32_t *targets;                 /* of a writing; NULL: a sample */
    const struct pulse_observer *pulse_observer;
    const struct step_observer *step_observer;
    uint32_t sample;
};

/* The analogue side: the crossbar answers in the middle of a clock, in time for its end. */
class Analogue : public sc_core::sc_module
{
  public:
    Analogue(const sc_core::sc_module_name &name, Chip &chip, const struct hardware *hardware);
    /* Before CONTROL is written. */
    void start(const Operation &operation);
    /* Forget the operation: it may be freed. */
    void stop();
    /* In the middle of a clock. */
    void respond();
    uint64_t count(enum interface_event event) const
    {
        return counts_[event];
    }

  private:
    SC_HAS_PROCESS(Analogue);
    void sense();
    void observe_step();
    void write();

    Chip &chip_;
    const struct hardware *hardware_;
    Operation operation_ = {};
    bool active_ = false;
    std::vector<int32_t> codes_;
    /* Of a sample. */
    uint32_t step_ = 0;
    bool step_ended_ = false;
    std::vector<uint8_t> spikes_;
    std::vector<int64_t> membranes_;
    /* Of a writing. */
    struct analogue_writing writing_ = {};
    struct dut_pins pins_ = {};
    uint64_t clocks_ = 0;
    bool pulsing_ = false;
    uint64_t counts_[INTERFACE_EVENTS] = {};
};

/* The host: does through the TLM-2.0 socket what a driver would do. */
class Host : public sc_core::sc_module
{
  public:
    tlm_utils::simple_initiator_socket<Host> socket;

    explicit Host(const sc_core::sc_module_name &name);
    /* Run the job in the host's thread and return when it is done; for callers outside the simulation. */
    void run(const std::function<void()> &job);
    /* Transfer one word, or several in a row. For the job. False when the chip refused. */
    bool transfer(bool write, uint32_t address, uint32_t *words, uint32_t count = 1);
    /* Let time pass; with events, until one of them. For the job. */
    void wait_for(const sc_core::sc_time &time)
    {
        wait(time);
    }
    void wait_for(const sc_core::sc_time &limit, const sc_core::sc_event_or_list &events)
    {
        wait(limit, events);
    }
    /* A dut whose register transfers go through the socket: for dut_write(), dut_read() and what builds on
     * them. */
    struct dut *registers()
    {
        return &registers_.dut;
    }
    uint64_t transfers() const
    {
        return transfers_;
    }

  private:
    SC_HAS_PROCESS(Host);
    struct Registers {
        struct dut dut;
        Host *host;
    };
    static void transfer_of(struct dut *dut);
    void work();

    sc_core::sc_event start_;
    const std::function<void()> *job_ = nullptr;
    uint64_t transfers_ = 0;
    struct dut_model model_ = {};
    Registers registers_ = {};
};

/* Compares the chip with the reference models at every clock of a sample or a writing. */
class Scoreboard : public sc_core::sc_module
{
  public:
    Scoreboard(const sc_core::sc_module_name &name, Chip &chip, Host &host, const struct hardware *hardware);
    ~Scoreboard() override;
    /* Before CONTROL is written. `rates` and `seed` of a sample. */
    void start(const Operation &operation, const uint16_t *rates, uint32_t seed);
    /* After the end: compare the registers. */
    enum status end(struct error *error);
    /* No more comparing. */
    void stop();
    bool failed() const
    {
        return failed_;
    }
    const sc_core::sc_event &failure() const
    {
        return failure_;
    }
    const struct error &error() const
    {
        return error_;
    }
    const struct lockstep *lockstep() const
    {
        return lockstep_;
    }

  private:
    SC_HAS_PROCESS(Scoreboard);
    struct View {
        struct dut dut;
        Scoreboard *scoreboard;
    };
    static Scoreboard *of(const struct dut *dut);
    void compare();

    Chip &chip_;
    Host &host_;
    struct dut_model model_ = {};
    View view_ = {};
    struct lockstep *lockstep_ = nullptr;
    bool comparing_ = false;
    bool failed_ = false;
    struct error error_ = {};
    sc_core::sc_event started_, failure_;
};

/* All of it, for one set of hardware parameters. */
struct Platform {
    Platform(const struct hardware *hardware, struct axi_dut *dut);

    const struct hardware *hardware;
    sc_core::sc_time period;
    Chip chip;
    Clock clock;
    Transactor transactor;
    Monitor monitor;
    Analogue analogue;
    Host host;
    Scoreboard scoreboard;
    const void *owner = nullptr; /* whose settings the registers hold */
};

/* The platform of a set. The first call makes those of all sets that are built, as SystemC takes no modules once
 * it runs. STATUS_INVALID for a set that is not. */
MUST_CHECK enum status platform_of(const struct hardware *hardware, Platform **platform, struct error *error);

} // namespace platform

#endif
