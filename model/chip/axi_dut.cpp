// SPDX-License-Identifier: Apache-2.0
// As dut.cpp, of memspike_axi: the clock and the AXI4-Lite pins are the caller's.
#include "model/chip/axi_dut.h"

#include "model/chip/verilated_dut.h"

#include MODEL_HEADER

#include "model/chip/lower_clock.h"

namespace
{

using Instance = verilated_dut::Instance<MODEL>;

const struct dut_model model = {
    nullptr,         nullptr,        nullptr, nullptr, nullptr, nullptr, Instance::membrane,
    Instance::spike, Instance::count};

struct AxiInstance {
    struct axi_dut axi = {};
    Instance base;

    explicit AxiInstance(const struct hardware *hardware) : base(hardware, &model)
    {
        base.top = std::make_unique<MODEL>(base.context.get());
        axi.boundary = &base.dut;
    }
};

void set_inputs(MODEL &top, const struct axi_pins &pins)
{
    top.rst_ni = pins.rst_n;
    top.awvalid_i = pins.awvalid;
    top.awaddr_i = pins.awaddr;
    top.wvalid_i = pins.wvalid;
    top.wdata_i = pins.wdata;
    top.wstrb_i = pins.wstrb;
    top.bready_i = pins.bready;
    top.arvalid_i = pins.arvalid;
    top.araddr_i = pins.araddr;
    top.rready_i = pins.rready;
}

void get_outputs(const MODEL &top, struct axi_pins &pins)
{
    pins.awready = top.awready_o;
    pins.wready = top.wready_o;
    pins.bvalid = top.bvalid_o;
    pins.bresp = top.bresp_o;
    pins.arready = top.arready_o;
    pins.rvalid = top.rvalid_o;
    pins.rdata = top.rdata_o;
    pins.rresp = top.rresp_o;
}

void evaluate(struct axi_dut *axi, bool clock_rises)
{
    auto *instance = reinterpret_cast<AxiInstance *>(axi);
    MODEL &top = *instance->base.top;
    set_inputs(top, axi->pins);
    instance->base.set_boundary();
    if (clock_rises) {
        verilated_dut::lower_clock(top);
        top.clk_i = 1;
    }
    top.eval();
    get_outputs(top, axi->pins);
    instance->base.get_boundary();
}

} // namespace

extern "C" MODULE_EXPORT struct axi_dut *MODEL_OPENER(const struct hardware *hardware);

struct axi_dut *MODEL_OPENER(const struct hardware *hardware)
{
    auto *instance = new AxiInstance(hardware);
    instance->axi.evaluate = evaluate;
    observe_to_the_end(hardware, instance->base.context.get());
    return &instance->axi;
}
