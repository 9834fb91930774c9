// SPDX-License-Identifier: Apache-2.0
/* What all Verilated models share: opening by parameters, reset, register transfers. */
#include "model/chip/dut.h"

#include <stdlib.h>
#include <string.h>

#define HARDWARE(name, ...)                                                                                  \
    struct dut *dut_open_##name(const struct hardware *hardware);                                            \
    struct dut *dut_open_traced_##name(const struct hardware *hardware);
#include "hardware_list.h"
#undef HARDWARE

struct opener {
    const char *name;
    struct dut *(*open)(const struct hardware *hardware);
    struct dut *(*open_traced)(const struct hardware *hardware);
};

#define HARDWARE(name, ...) {#name, dut_open_##name, dut_open_traced_##name},
static const struct opener openers[] = {
#include "hardware_list.h"
};

static const struct opener *opener_of(const struct hardware *hardware)
{
    for (size_t i = 0; i < sizeof openers / sizeof *openers; i++) {
        if (strcmp(openers[i].name, hardware->name) == 0) {
            return &openers[i];
        }
    }
    abort(); /* both lists come from the same file */
}

static struct dut *after_reset(struct dut *dut)
{
    dut->pins.response_ready = true;
    dut_reset(dut);
    return dut;
}

struct dut *dut_open(const struct hardware *hardware)
{
    return after_reset(opener_of(hardware)->open(hardware));
}

struct dut *dut_open_traced(const struct hardware *hardware)
{
    return after_reset(opener_of(hardware)->open_traced(hardware));
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

bool dut_configure(struct dut *dut, const struct register_values *values)
{
    const struct predictor_table *pulses = &values->pulses;
    bool good = dut_write(dut, REGISTER_STEPS, values->steps);
    good = dut_write(dut, REGISTER_ENCODER, values->rate_coded) && good;
    good = dut_write(dut, REGISTER_THRESHOLD, (uint32_t) values->neurons.threshold) && good;
    good = dut_write(dut, REGISTER_MEMBRANE_START, (uint32_t) values->neurons.membrane_start) && good;
    good = dut_write(dut, REGISTER_LEAK, values->neurons.leak) && good;
    good = dut_write(dut, REGISTER_EARLY_DECISION, values->early_decision) && good;
    good = dut_write(dut, REGISTER_TOLERANCE, values->tolerance) && good;
    good = dut_write(dut, REGISTER_MAX_PULSES, values->max_pulses) && good;
    good = dut_write(dut, REGISTER_VERIFY_READS, values->reads_log2) && good;
    good = dut_write(dut, REGISTER_PULSE_ENTRIES, pulses->entries) && good;
    for (uint32_t i = 0; i < pulses->entries; i++) {
        good = dut_write(dut, REGISTER_PULSE_WIDTH + 4 * i, predictor_width_word(pulses, i)) && good;
        good = dut_write(dut, REGISTER_PULSE_RATE + 4 * i, pulses->rate[i]) && good;
        good = dut_write(dut, REGISTER_PULSE_ASYMPTOTE + 4 * i, pulses->asymptote[i]) && good;
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
