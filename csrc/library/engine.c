// SPDX-License-Identifier: Apache-2.0
#include "base/progress.h"
#include "library/objects.h"
#include "model/base/memory.h"
#include "model/reference/spike_encoder.h"

#include <math.h>
#include <stdlib.h>

memspike_statistics statistics_of(const struct engine_statistics *statistics)
{
    return (memspike_statistics) {
        .samples = statistics->samples,
        .sample_clocks = statistics->sample_clocks,
        .transfer_clocks = statistics->transfer_clocks,
        .writings = statistics->writings,
        .write_clocks = statistics->write_clocks,
        .pulses = statistics->pulses,
        .programming_us = statistics->programming_us,
        .converged = statistics->converged,
        .stalled = statistics->stalled,
        .exhausted = statistics->exhausted,
        .energy_j = statistics->energy_j,
        .compared_steps = statistics->compared_steps,
        .compared_transitions = statistics->compared_transitions,
    };
}

const char *memspike_engine_kind(uint32_t number)
{
    uint32_t kinds = 0;
    while (engine_kind_names[kinds] != NULL) {
        kinds++;
    }
    return number < kinds ? engine_kind_names[number] : NULL;
}

memspike_status memspike_engine_create(const memspike_settings *settings, uint32_t approach,
                                       memspike_crossbar *crossbar, memspike_engine **engine,
                                       memspike_error *error)
{
    *engine = NULL;
    if (approach < 1 || approach > 2) {
        return (memspike_status) error_set(error_of(error), STATUS_INVALID, "approach %u; expected 1 or 2",
                                           approach);
    }
    struct settings values = settings->values;
    values.hardware = crossbar_hardware(crossbar->crossbar);
    enum status status = settings_check(&values, error_of(error));
    if (status != STATUS_OK) {
        return (memspike_status) status;
    }
    struct memspike_engine *made = allocate(1, sizeof *made);
    const struct engine_settings engine_settings = settings_engine(&values, &crossbar->device, approach);
    made->pulses = &crossbar->device.pulses[approach - 1];
    status = engine_open(values.engine, crossbar->crossbar, &engine_settings, &made->engine, error_of(error));
    if (status != STATUS_OK) {
        free(made);
        made = NULL;
    }
    *engine = made;
    return (memspike_status) status;
}

void memspike_engine_free(memspike_engine *engine)
{
    if (engine != NULL) {
        engine_close(engine->engine);
        free(engine);
    }
}

/* Who looks on at a writing, in the caller's words. */
struct onlooker {
    const struct pulse_table *pulses;
    void (*pulse)(void *context, const memspike_pulse *pulse);
    void *context;
};

static void show_pulse(void *context, const struct pulse_event *event)
{
    const struct onlooker *onlooker = context;
    const struct pulse *entry = &onlooker->pulses->pulses[event->entry];
    const memspike_pulse pulse = {
        .clock = event->clock,
        .device = event->device,
        .iteration = event->iteration,
        .voltage = entry->voltage,
        .width_us = entry->width_us,
        .target = ldexp(event->target, -RESISTANCE_FRACTION),
        .reading = ldexp(event->reading, -RESISTANCE_FRACTION),
        .before = event->before,
        .after = event->after,
    };
    onlooker->pulse(onlooker->context, &pulse);
}

memspike_status memspike_engine_write(memspike_engine *engine, const double *targets,
                                      memspike_written *written,
                                      void (*pulse)(void *context, const memspike_pulse *pulse),
                                      void *context, memspike_error *error)
{
    const uint32_t devices = engine_hardware(engine->engine)->devices;
    for (uint32_t d = 0; d < devices; d++) {
        if (!(targets[d] >= 0 && targets[d] < RESISTANCE_LIMIT)) {
            return (memspike_status) error_set(error_of(error), STATUS_INVALID,
                                               "target of device %u: %g ohm; expected 0 to below %d", d,
                                               targets[d], RESISTANCE_LIMIT);
        }
    }
    uint32_t *fixed = allocate(devices, sizeof *fixed);
    struct write_result *results = allocate(devices, sizeof *results);
    for (uint32_t d = 0; d < devices; d++) {
        fixed[d] = resistance_to_fixed(targets[d]);
    }
    struct onlooker onlooker = {engine->pulses, pulse, context};
    const struct pulse_observer observer = {show_pulse, &onlooker};
    const enum status status =
        engine_write(engine->engine, fixed, results, pulse != NULL ? &observer : NULL, error_of(error));
    for (uint32_t d = 0; d < devices && status == STATUS_OK && written != NULL; d++) {
        written[d] = (memspike_written) {
            .ending = (int32_t) results[d].ending,
            .pulses = results[d].pulses,
            .reading = ldexp(results[d].reading, -RESISTANCE_FRACTION),
        };
    }
    free(fixed);
    free(results);
    return (memspike_status) status;
}

enum status rates_from_samples(const float *values, uint32_t count, uint32_t features, uint32_t inputs,
                               uint16_t *rates, struct error *error)
{
    for (uint32_t sample = 0; sample < count; sample++) {
        for (uint32_t input = 0; input < inputs; input++) {
            const float value = input < features ? values[(size_t) sample * features + input] : 1.0F;
            if (!(value >= 0 && value <= 1)) {
                return error_set(error, STATUS_INVALID, "sample %u, value %u: %g; expected 0 to 1", sample,
                                 input, (double) value);
            }
            rates[(size_t) sample * inputs + input] = rate_from_value(value);
        }
    }
    return STATUS_OK;
}

memspike_status memspike_engine_run(memspike_engine *engine, const float *values, uint32_t first,
                                    uint32_t count, uint16_t *spikes, const memspike_listener *listener,
                                    memspike_error *error)
{
    const uint32_t inputs = engine_hardware(engine->engine)->inputs;
    uint16_t *rates = allocate((size_t) count * inputs, sizeof *rates);
    uint32_t *numbers = allocate(count, sizeof *numbers);
    for (uint32_t i = 0; i < count; i++) {
        numbers[i] = first + i;
    }
    struct listening listening;
    listening_begin(&listening, listener);
    struct progress progress = {.label = "running samples"};
    const struct progress_report report = progress_bar(&progress);
    enum status status = rates_from_samples(values, count, inputs, inputs, rates, error_of(error));
    if (status == STATUS_OK) {
        status = engine_infer(engine->engine, rates, numbers, count, spikes, &report, error_of(error));
    }
    free(rates);
    free(numbers);
    return listening_end(&listening, status, error);
}

/* Where a sample's steps are listed. */
struct listing {
    const struct hardware *hardware;
    uint8_t *rows;
    double *membranes;
};

static void list_step(void *context, uint32_t step, const uint8_t *spikes, const int64_t *membranes)
{
    const struct listing *listing = context;
    const struct hardware *hardware = listing->hardware;
    for (uint32_t input = 0; input < hardware->inputs && listing->rows != NULL; input++) {
        listing->rows[(size_t) step * hardware->inputs + input] = spikes[input];
    }
    for (uint32_t output = 0; output < hardware->outputs && listing->membranes != NULL; output++) {
        listing->membranes[(size_t) step * hardware->outputs + output] =
            ldexp((double) membranes[output], -CODE_FRACTION);
    }
}

memspike_status memspike_engine_observe(memspike_engine *engine, const float *values, uint32_t number,
                                        uint16_t *spikes, uint8_t *rows, double *membranes,
                                        memspike_error *error)
{
    const struct hardware *hardware = engine_hardware(engine->engine);
    uint16_t *rates = allocate(hardware->inputs, sizeof *rates);
    struct listing listing = {hardware, rows, membranes};
    const struct step_observer observer = {list_step, &listing};
    enum status status =
        rates_from_samples(values, 1, hardware->inputs, hardware->inputs, rates, error_of(error));
    if (status == STATUS_OK) {
        status = engine_observe(engine->engine, rates, number, spikes, &observer, error_of(error));
    }
    free(rates);
    return (memspike_status) status;
}

void memspike_engine_statistics(const memspike_engine *engine, memspike_statistics *statistics)
{
    *statistics = statistics_of(engine_statistics(engine->engine));
}

uint32_t memspike_engine_transfers(const memspike_engine *engine, memspike_transfer *transfers, uint32_t size)
{
    struct register_transfer all[REGISTER_TRANSFERS];
    const uint32_t count = register_transfers(engine_registers(engine->engine), all);
    for (uint32_t i = 0; i < count && i < size; i++) {
        transfers[i] = (memspike_transfer) {all[i].address, all[i].data};
    }
    return count;
}

uint32_t memspike_engine_seed(const memspike_engine *engine, uint32_t sample)
{
    return engine_sample_seed(engine->engine, sample);
}

uint16_t memspike_rate_of_value(double value)
{
    return rate_from_value(value);
}

uint32_t memspike_word_of_resistance(double ohm)
{
    return resistance_to_fixed(ohm);
}
