// SPDX-License-Identifier: Apache-2.0
/* memspike_axi as a SystemC module: the Verilated RTL of one set of hardware parameters. Clock, reset and the
 * AXI4-Lite pins are signals; functions stand for the pins of the analogue boundary, whose widths depend on the
 * set. */
#ifndef MEMSPIKE_TESTBENCH_CHIP_H
#define MEMSPIKE_TESTBENCH_CHIP_H

#include "model/chip/axi_dut.h"
#include "model/hardware/hardware.h"

#include <systemc>

namespace platform
{

/* The AXI4-Lite pins. */
struct Bus {
    sc_core::sc_signal<bool> awvalid, awready, wvalid, wready, bvalid, bready, arvalid, arready, rvalid,
        rready;
    sc_core::sc_signal<uint32_t> awaddr, wdata, wstrb, bresp, araddr, rdata, rresp;
};

class Chip : public sc_core::sc_module
{
  public:
    sc_core::sc_signal<bool> clk, rst_n, busy, sense, read, pulse;
    Bus bus;

    /* Before the simulation starts, as all modules. `dut` stays the caller's. */
    Chip(const sc_core::sc_module_name &name, struct axi_dut *dut);

    /* The outputs of the analogue boundary. They change between the evaluations of processes, as signals do. */
    const struct dut_pins &pins() const
    {
        return dut_->boundary->pins;
    }
    int64_t membrane(uint32_t output) const
    {
        return dut_membrane(dut_->boundary, output);
    }
    bool spike(uint32_t output) const
    {
        return dut_spike(dut_->boundary, output);
    }
    uint16_t count(uint32_t output) const
    {
        return dut_count(dut_->boundary, output);
    }
    /* Its inputs, looked at when the clock rises. hardware->codes of them. */
    void set_codes(const int32_t *codes);
    void set_reading(uint32_t reading)
    {
        dut_->boundary->pins.reading = reading;
    }
    /* Let the clock rise without an event of it. The signals of the outputs move at the next show(). */
    void step()
    {
        dut_->evaluate(dut_, true);
    }
    void show()
    {
        moved_.notify();
    }

  private:
    SC_HAS_PROCESS(Chip);
    /* Signals may be written while processes run, the model evaluated when they all have: then nobody sees half
     * of an edge. */
    class Evaluation : public sc_core::sc_prim_channel
    {
      public:
        explicit Evaluation(Chip &chip) : chip_(chip)
        {
        }
        void request()
        {
            request_update();
        }

      private:
        void update() override
        {
            chip_.evaluate();
        }
        Chip &chip_;
    };
    void take_inputs();
    void evaluate();
    void drive();

    struct axi_dut *dut_;
    Evaluation evaluation_;
    bool rises_ = false;
    sc_core::sc_event moved_;
};

} // namespace platform

#endif
