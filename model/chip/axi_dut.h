// SPDX-License-Identifier: Apache-2.0
/* memspike_axi, Verilated, behind a C interface: for a simulator that drives its AXI4-Lite pins and its clock
 * itself. Instances belong to one thread at a time. */
#ifndef MEMSPIKE_MODEL_CHIP_AXI_DUT_H
#define MEMSPIKE_MODEL_CHIP_AXI_DUT_H

#include "model/chip/dut.h"

#ifdef __cplusplus
extern "C" {
#endif

struct axi_pins {
    /* Inputs */
    bool rst_n;
    bool awvalid, wvalid, bready, arvalid, rready;
    uint16_t awaddr, araddr;
    uint32_t wdata;
    uint8_t wstrb;
    /* Outputs */
    bool awready, wready, bvalid, arready, rvalid;
    uint8_t bresp, rresp;
    uint32_t rdata;
};

struct axi_dut {
    struct axi_pins pins;
    /* The analogue boundary: in, pins.codes and pins.reading; out, all but the register port's pins; and
     * dut_membrane(), dut_spike(), dut_count(). Has no clock of its own. */
    struct dut *boundary;
    /* Take the inputs, let the clock rise or not, update the outputs. */
    void (*evaluate)(struct axi_dut *dut, bool clock_rises);
};

/* A new instance, before reset, which stays to the end of the process as the modules of a simulator do.
 * STATUS_INVALID when that of this set is not built. */
MUST_CHECK enum status axi_dut_open(const struct hardware *hardware, struct axi_dut **dut,
                                    struct error *error);

#ifdef __cplusplus
}
#endif
#endif
