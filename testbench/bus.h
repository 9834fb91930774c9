// SPDX-License-Identifier: Apache-2.0
/* The platform's bus: from TLM-2.0 to AXI4-Lite, and a monitor of the rules that both sides must keep. */
#ifndef MEMSPIKE_TESTBENCH_BUS_H
#define MEMSPIKE_TESTBENCH_BUS_H

#include "model/cosimulation/interface_event.h"
#include "model/hardware/hardware.h"
#include "testbench/chip.h"

#include <deque>
#include <string>
#include <systemc>
#include <tlm>
#include <tlm_utils/simple_target_socket.h>

namespace platform
{

/* A TLM-2.0 target that turns payloads into AXI4-Lite transfers. A payload is one word or several in a row;
 * each word becomes a transfer, one a clock. The response is TLM_OK_RESPONSE when the chip accepted them all,
 * TLM_ADDRESS_ERROR_RESPONSE when it did not, and TLM_BURST_ERROR_RESPONSE when the payload is not made of
 * whole words. Byte enables become the strobes of a write; on a read they give
 * TLM_BYTE_ENABLE_ERROR_RESPONSE. One initiator may call at a time; nb_transport works too. */
class Transactor : public sc_core::sc_module
{
  public:
    tlm_utils::simple_target_socket<Transactor> socket;

    Transactor(const sc_core::sc_module_name &name, Chip &chip, sc_core::sc_time period);

    /* Vary the order of address and data, wait before taking answers, and change the pins in the middle of a
     * clock, where everything that depends on them at once shows. */
    void vary(bool on)
    {
        vary_ = on;
    }

  private:
    SC_HAS_PROCESS(Transactor);
    /* What the pins get next. */
    struct Outputs {
        bool awvalid, wvalid, arvalid, bready, rready;
        uint32_t awaddr, wdata, wstrb, araddr;
    };
    void transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
    void step();
    void step_write();
    void step_read();
    void drive();
    uint32_t strobes(uint32_t word) const;
    uint32_t random(uint32_t bound);

    Chip &chip_;
    sc_core::sc_time period_;
    sc_core::sc_event start_, done_, drive_;
    Outputs next_ = {};
    bool vary_ = false;
    bool writing_ = false;
    bool error_ = false;
    uint64_t address_ = 0;
    uint32_t *words_ = nullptr;
    const unsigned char *enables_ = nullptr; /* one a byte, used again from the first after the last */
    uint32_t enables_length_ = 0;
    uint32_t count_ = 0;                              /* of the words; 0: nothing to do */
    uint32_t addresses_ = 0, data_ = 0, answers_ = 0; /* taken so far */
    uint32_t order_ = 0;                              /* 1: addresses first, 2: data first, 0: together */
    uint64_t state_ = 1;                              /* of random() */
};

/* Watches the bus and stops at the first rule that is broken:
 *   M1  valid stays high, and what it offers steady, until ready
 *   M2  the chip's outputs move at clock edges only: none depends on an input at once
 *   M3  an answer follows a transfer that was taken, address and data of a write in any order
 *   M4  a transfer to an address that is not in the register map, or with only some of its strobes, is
 *       answered with an error; any other is not while nothing runs, and a write without strobes never is
 * It also counts the events that it sees. */
class Monitor : public sc_core::sc_module
{
  public:
    Monitor(const sc_core::sc_module_name &name, Chip &chip, const struct hardware *hardware);

    /* The first rule that was broken, and how; empty while all are kept. */
    const std::string &broken() const
    {
        return broken_;
    }
    uint64_t count(enum interface_event event) const
    {
        return counts_[event];
    }
    /* Whether no transfer is under way. */
    bool quiet() const
    {
        return asleep_;
    }

  private:
    SC_HAS_PROCESS(Monitor);
    enum Channel { AW, W, B, AR, R, CHANNELS };
    struct Sample {
        bool valid[CHANNELS], ready[CHANNELS];
        uint64_t payload[CHANNELS];
    };
    void observe();
    void outputs_moved();
    Sample sample() const;
    void check_held(const Sample &now);
    void take(const Sample &now);
    void check_answer(bool write, uint32_t address, uint32_t strobes, bool error);
    void break_rule(const char *rule, const std::string &what);

    Chip &chip_;
    const struct hardware *hardware_;
    Sample before_ = {};
    bool asleep_ = true;
    sc_core::sc_time edge_;
    std::deque<uint32_t> write_addresses_, read_addresses_; /* taken, not answered */
    std::deque<uint32_t> write_words_;                      /* their strobes */
    bool busy_meanwhile_ = false;
    uint64_t counts_[INTERFACE_EVENTS] = {};
    std::string broken_;
};

/* Whether the register map has this word, for reading or for writing. */
bool register_exists(const struct hardware *hardware, uint32_t address, bool write);

} // namespace platform

#endif
