// SPDX-License-Identifier: Apache-2.0
#include "testbench/chip.h"

#include <algorithm>
#include <tuple>

namespace platform
{

Chip::Chip(const sc_core::sc_module_name &name, struct axi_dut *dut)
    : sc_module(name), dut_(dut), evaluation_(*this)
{
    SC_METHOD(take_inputs);
    sensitive << clk.posedge_event() << rst_n << bus.awvalid << bus.awaddr << bus.wvalid << bus.wdata
              << bus.wstrb << bus.bready << bus.arvalid << bus.araddr << bus.rready;
    SC_METHOD(drive);
    sensitive << moved_;
    dont_initialize();
}

void Chip::set_codes(const int32_t *codes)
{
    std::copy_n(codes, dut_->boundary->hardware->codes, dut_->boundary->pins.codes);
}

void Chip::take_inputs()
{
    struct axi_pins &pins = dut_->pins;
    pins.rst_n = rst_n.read();
    pins.awvalid = bus.awvalid.read();
    pins.awaddr = static_cast<uint16_t>(bus.awaddr.read());
    pins.wvalid = bus.wvalid.read();
    pins.wdata = bus.wdata.read();
    pins.wstrb = static_cast<uint8_t>(bus.wstrb.read());
    pins.bready = bus.bready.read();
    pins.arvalid = bus.arvalid.read();
    pins.araddr = static_cast<uint16_t>(bus.araddr.read());
    pins.rready = bus.rready.read();
    rises_ = clk.posedge();
    evaluation_.request();
}

void Chip::evaluate()
{
    const auto outputs = [this] {
        const struct axi_pins &axi = dut_->pins;
        const struct dut_pins &boundary = pins();
        return std::make_tuple(axi.awready, axi.wready, axi.bvalid, axi.bresp, axi.arready, axi.rvalid,
                               axi.rdata, axi.rresp, boundary.busy, boundary.sense, boundary.read,
                               boundary.pulse);
    };
    const auto before = outputs();
    dut_->evaluate(dut_, rises_);
    if (outputs() != before) {
        moved_.notify(sc_core::SC_ZERO_TIME);
    }
}

void Chip::drive()
{
    const struct axi_pins &axi = dut_->pins;
    bus.awready.write(axi.awready);
    bus.wready.write(axi.wready);
    bus.bvalid.write(axi.bvalid);
    bus.bresp.write(axi.bresp);
    bus.arready.write(axi.arready);
    bus.rvalid.write(axi.rvalid);
    bus.rdata.write(axi.rdata);
    bus.rresp.write(axi.rresp);
    busy.write(pins().busy);
    sense.write(pins().sense);
    read.write(pins().read);
    pulse.write(pins().pulse);
}

} // namespace platform
