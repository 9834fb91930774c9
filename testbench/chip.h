// SPDX-License-Identifier: Apache-2.0
/* memspike_axi as a SystemC module: the Verilated RTL of one set of hardware parameters, with its pins as
 * signals.
 *
 * The AXI4-Lite pins have the same types for every set. The analogue boundary's widths depend on the set, so
 * functions stand for its pins. */
#ifndef MEMSPIKE_TESTBENCH_CHIP_H
#define MEMSPIKE_TESTBENCH_CHIP_H

#include "model/chip/dut.h"
#include "model/hardware/hardware.h"

#include <memory>
#include <systemc>

namespace platform
{

/* The AXI4-Lite pins. */
struct Bus {
    sc_core::sc_signal<bool> awvalid, awready, wvalid, wready, bvalid, bready, arvalid, arready, rvalid,
        rready;
    sc_core::sc_signal<uint32_t> awaddr, wdata, wstrb, bresp, araddr, rdata, rresp;
};

class Chip
{
  public:
    virtual ~Chip() = default;

    sc_core::sc_signal<bool> clk, rst_n, busy, sense, read, pulse;
    Bus bus;

    /* The outputs of the analogue boundary, without the rows. */
    virtual void look(struct dut_pins &pins) const = 0;
    /* The spikes on the rows, one bit a row, row 0 lowest: (lanes + 31) / 32 words. */
    virtual void rows(uint32_t *words) const = 0;
    virtual uint32_t sense_phase() const = 0;
    virtual int64_t membrane(uint32_t output) const = 0;
    virtual bool spike(uint32_t output) const = 0;
    virtual uint16_t count(uint32_t output) const = 0;
    /* The inputs of the analogue boundary. */
    virtual void set_codes(const int32_t *codes) = 0;
    virtual void set_reading(uint32_t reading) = 0;
};

/* Before the simulation starts, as all modules. */
std::unique_ptr<Chip> make_chip(const struct hardware *hardware, const char *name);

} // namespace platform

#endif
