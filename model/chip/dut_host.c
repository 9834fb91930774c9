// SPDX-License-Identifier: Apache-2.0
/* What all Verilated models share: opening by parameters, reset, register transfers. */
#include "model/base/module.h"
#include "model/chip/axi_dut.h"
#include "model/chip/dut.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct dut *(*dut_opener)(const struct hardware *hardware);
typedef struct axi_dut *(*axi_dut_opener)(const struct hardware *hardware);

/* The function that the module of a set exports: rtl_SET, rtl_trace_SET or chip_SET. NULL, and a message, when it
 * is not built. */
static void *find_opener(const char *kind, const struct hardware *hardware, struct error *error)
{
    char module[64];
    (void) snprintf(module, sizeof module, "%s_%s", kind, hardware->name);
    struct error why = {.message = ""};
    void *opener = module_find(module, "memspike_open", false, &why);
    if (opener == NULL) {
        (void) error_set(error, STATUS_INVALID, "array %s: no Verilated RTL: %s; scripts/build.sh builds it",
                         hardware->name, why.message);
    }
    return opener;
}

static const char *kind_of(bool traced)
{
    return traced ? "rtl_trace" : "rtl";
}

enum status dut_load(const struct hardware *hardware, bool traced, struct error *error)
{
    return find_opener(kind_of(traced), hardware, error) != NULL ? STATUS_OK : STATUS_INVALID;
}

static struct dut *open_kind(const struct hardware *hardware, bool traced)
{
    struct error error = {.message = ""};
    const dut_opener open = (dut_opener) find_opener(kind_of(traced), hardware, &error);
    if (open == NULL) {
        (void) fprintf(stderr, "%s\n", error.message);
        abort(); /* who cannot be sure asks dut_load() first */
    }
    struct dut *dut = open(hardware);
    dut->pins.response_ready = true;
    dut_reset(dut);
    return dut;
}

struct dut *dut_open(const struct hardware *hardware)
{
    return open_kind(hardware, false);
}

struct dut *dut_open_traced(const struct hardware *hardware)
{
    return open_kind(hardware, true);
}

enum status axi_dut_open(const struct hardware *hardware, struct axi_dut **dut, struct error *error)
{
    const axi_dut_opener open = (axi_dut_opener) find_opener("chip", hardware, error);
    if (open == NULL) {
        return STATUS_INVALID;
    }
    *dut = open(hardware);
    return STATUS_OK;
}

enum status dut_record(struct dut *dut, const struct dut_recording *recording, struct error *error)
{
    return dut->model->record(dut, recording, error);
}

uint64_t dut_record_end(struct dut *dut)
{
    return dut->model->record_end(dut);
}

void dut_close(struct dut *dut)
{
    if (dut != NULL) {
        dut->model->close(dut);
    }
}

void dut_reset(struct dut *dut)
{
    dut->pins.reset = true;
    dut->pins.request_valid = false;
    dut_clock(dut);
    dut_clock(dut);
    dut->pins.reset = false;
}

static bool transfer(struct dut *dut, bool write, uint32_t address, uint32_t data)
{
    struct dut_pins *pins = &dut->pins;
    pins->request_valid = true;
    pins->request_write = write;
    pins->request_address = (uint16_t) address;
    pins->request_data = data;
    pins->response_ready = true;
    dut_clock(dut); /* the response register is free: the request is taken at once */
    pins->request_valid = false;
    return pins->response_valid && !pins->response_error;
}

bool dut_write(struct dut *dut, uint32_t address, uint32_t data)
{
    return transfer(dut, true, address, data);
}

bool dut_read(struct dut *dut, uint32_t address, uint32_t *data)
{
    bool good = transfer(dut, false, address, 0);
    *data = dut->pins.response_data;
    return good;
}

bool dut_write_rates(struct dut *dut, const uint16_t *rates)
{
    const struct hardware *hardware = dut->hardware;
    bool good = true;
    for (uint32_t phase = 0; phase < hardware->phases; phase++) {
        const uint32_t first = REGISTER_RATE_PAIR + 4 * phase * (hardware->row_stride / 2);
        for (uint32_t pair = 0; pair < hardware_rate_pairs(hardware); pair++) {
            good = dut_write(dut, first + 4 * pair, hardware_rate_pair(hardware, rates, phase, pair)) && good;
        }
    }
    return good;
}

uint32_t register_transfers(const struct register_values *values,
                            struct register_transfer transfers[REGISTER_TRANSFERS])
{
    const struct predictor_table *pulses = &values->pulses;
    const struct register_transfer first[] = {
        {REGISTER_STEPS, values->steps},
        {REGISTER_ENCODER, values->rate_coded},
        {REGISTER_THRESHOLD, (uint32_t) values->neurons.threshold},
        {REGISTER_MEMBRANE_START, (uint32_t) values->neurons.membrane_start},
        {REGISTER_LEAK, values->neurons.leak},
        {REGISTER_EARLY_DECISION, values->early_decision},
        {REGISTER_TOLERANCE, values->tolerance},
        {REGISTER_MAX_PULSES, values->max_pulses},
        {REGISTER_VERIFY_READS, values->reads_log2},
        {REGISTER_PULSE_ENTRIES, pulses->entries},
    };
    uint32_t count = sizeof first / sizeof *first;
    memcpy(transfers, first, sizeof first);
    for (uint32_t i = 0; i < pulses->entries; i++) {
        transfers[count++] =
            (struct register_transfer) {REGISTER_PULSE_WIDTH + 4 * i, predictor_width_word(pulses, i)};
        transfers[count++] = (struct register_transfer) {REGISTER_PULSE_RATE + 4 * i, pulses->rate[i]};
        transfers[count++] =
            (struct register_transfer) {REGISTER_PULSE_ASYMPTOTE + 4 * i, pulses->asymptote[i]};
    }
    return count;
}

bool dut_configure(struct dut *dut, const struct register_values *values)
{
    struct register_transfer transfers[REGISTER_TRANSFERS];
    const uint32_t count = register_transfers(values, transfers);
    bool good = true;
    for (uint32_t i = 0; i < count; i++) {
        good = dut_write(dut, transfers[i].address, transfers[i].data) && good;
    }
    return good;
}

struct write_result dut_result(uint32_t value)
{
    return (struct write_result) {
        .ending = (enum write_ending) REGISTER_FIELD(value, RESULT_ENDING),
        .pulses = REGISTER_FIELD(value, RESULT_PULSES),
        .reading = REGISTER_FIELD(value, RESULT_READING),
    };
}

int64_t dut_membrane(const struct dut *dut, uint32_t output)
{
    return dut->model->membrane(dut, output);
}

bool dut_spike(const struct dut *dut, uint32_t output)
{
    return dut->model->spike(dut, output);
}

uint16_t dut_count(const struct dut *dut, uint32_t output)
{
    return dut->model->count(dut, output);
}
