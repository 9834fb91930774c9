// SPDX-License-Identifier: Apache-2.0
#include "run/cost.h"

#include "base/configuration.h"
#include "model/device/nonidealities.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const char *const cost_block_names[COST_BLOCKS + 1] = {
    "register_port",  "review_sequencer", "spike_encoder", "tile_adder", "lif_array",
    "early_decision", "write_verify",     "top",           NULL};

static const char *const activity_names[] = {"transfers", "poisson", "rate", "writing", "idle"};

/* A reading of a device of about this weight stands for all, since a writing's are not kept one by one. */
static const double verified_weight = 0.5;

static enum status read_coefficients(const char *path, struct costs *costs, struct error *error)
{
    double bits = 0;
    double addition = 0;
    double nets = 0;
    const struct {
        struct number_key key;
        double *value;
    } members[] = {
        {{"clock_hz", true, 0, 1e12}, &costs->clock_hz},
        {{"read_voltage_v", true, 0, 100}, &costs->read_voltage},
        {{"adc_joule_per_step", true, 0, 1}, &costs->adc_joule_per_step},
        {{"adc_ideal_bits", true, 0, 25}, &bits},
        {{"addition_joule", true, 0, 1}, &addition},
        {{"addition_nets", true, 0, 1e9}, &nets},
    };
    enum { MEMBERS = sizeof members / sizeof *members };
    const char *keys[MEMBERS + 1] = {NULL};
    config_t configuration;
    enum status status = configuration_open(path, &configuration, error);
    if (status != STATUS_OK) {
        return status;
    }
    for (int i = 0; i < MEMBERS; i++) {
        keys[i] = members[i].key.name;
    }
    const config_setting_t *root = config_root_setting(&configuration);
    status = configuration_check_keys(path, root, keys, error);
    for (int i = 0; i < MEMBERS && status == STATUS_OK; i++) {
        status = configuration_number(path, root, &members[i].key, members[i].value, error);
    }
    config_destroy(&configuration);
    costs->adc_ideal_bits = (uint32_t) bits;
    costs->joule_per_net = status == STATUS_OK ? addition / nets : 0;
    return status;
}

static enum status read_block(const char *path, const config_setting_t *array, int block, struct costs *costs,
                              struct error *error)
{
    enum { BEFORE_ACTIVITIES = 2 };
    const char *keys[BEFORE_ACTIVITIES + COST_ACTIVITIES + 1] = {"gates", "flip_flops"};
    double *const counts[] = {&costs->gates[block], &costs->flip_flops[block]};
    const config_setting_t *group = config_setting_get_member(array, cost_block_names[block]);
    if (group == NULL) {
        return STATUS_OK; /* an array without it */
    }
    for (size_t i = 0; i < sizeof activity_names / sizeof *activity_names; i++) {
        keys[BEFORE_ACTIVITIES + i] = activity_names[i];
    }
    enum status status = configuration_check_keys(path, group, keys, error);
    for (int i = 0; keys[i] != NULL && status == STATUS_OK; i++) {
        double *count = i < BEFORE_ACTIVITIES ? counts[i] : &costs->switching[block][i - BEFORE_ACTIVITIES];
        const struct number_key key = {keys[i], true, JUST_BELOW_0, 1e12};
        status = configuration_number(path, group, &key, count, error);
    }
    return status;
}

static enum status read_digital(const char *path, const struct hardware *hardware, struct costs *costs,
                                struct error *error)
{
    config_t configuration;
    enum status status = configuration_open(path, &configuration, error);
    if (status != STATUS_OK) {
        return status;
    }
    char name[64];
    (void) snprintf(name, sizeof name, "array_%s", hardware->name);
    const config_setting_t *array = config_setting_get_member(config_root_setting(&configuration), name);
    costs->digital = array != NULL;
    for (int block = 0; block < COST_BLOCKS && array != NULL && status == STATUS_OK; block++) {
        status = read_block(path, array, block, costs, error);
    }
    config_destroy(&configuration);
    return status;
}

enum status costs_load(const char *folder, const struct hardware *hardware, const struct device *device,
                       struct costs *costs, struct error *error)
{
    char *coefficients = NULL;
    char *digital = NULL;
    *costs = (struct costs) {0};
    if (asprintf(&coefficients, "%s/coefficients.cfg", folder) < 0 ||
        asprintf(&digital, "%s/digital.cfg", folder) < 0) {
        abort();
    }
    enum status status = read_coefficients(coefficients, costs, error);
    if (status == STATUS_OK) {
        status = read_digital(digital, hardware, costs, error);
    }
    costs->verified_siemens = 1 / device->minimum_resistance;
    free(coefficients);
    free(digital);
    return status;
}

static double switching(const struct costs *costs, enum cost_activity activity)
{
    double nets = 0;
    for (int block = 0; block < COST_BLOCKS; block++) {
        nets += costs->switching[block][activity];
    }
    return nets * costs->joule_per_net;
}

static double conversion(const struct costs *costs, const struct settings *settings)
{
    const uint32_t bits = settings->adc_bits > 0 ? settings->adc_bits : costs->adc_ideal_bits;
    return ldexp(costs->adc_joule_per_step, (int) bits);
}

struct cost cost_of_sample(const struct costs *costs, const struct settings *settings,
                           const struct test_result *result)
{
    const struct hardware *hardware = settings->hardware;
    const double samples = confusion_total(&result->confusion);
    struct cost cost = {0};
    if (samples == 0) {
        return cost;
    }
    cost.clocks = (double) result->sample_clocks / samples;
    cost.transfer_clocks = (double) result->transfer_clocks / samples;
    cost.seconds = (cost.clocks + cost.transfer_clocks) / costs->clock_hz;
    const double steps = fmax(cost.clocks - 2, 0) / hardware->phases;
    cost.input_spikes = steps * result->rate_sum_mean;
    cost.output_spikes = result->output_spikes_mean;
    cost.array_joule =
        steps * result->row_siemens_mean * costs->read_voltage * costs->read_voltage / costs->clock_hz;
    cost.adc_joule = steps * hardware->phases * hardware->codes * conversion(costs, settings);
    cost.digital_joule = cost.clocks * switching(costs, settings->rate_coded ? COST_RATE : COST_POISSON) +
                         cost.transfer_clocks * switching(costs, COST_TRANSFERS);
    return cost;
}

struct cost cost_of_writing(const struct costs *costs, const struct settings *settings,
                            const struct engine_statistics *statistics)
{
    const double pulse_clocks = (double) statistics->programming_us * settings->hardware->clocks_per_us;
    const double devices = (double) (statistics->converged + statistics->stalled + statistics->exhausted);
    /* One before each pulse and one at the end of each device. */
    const double readings = ((double) statistics->pulses + devices) * settings->verify_reads;
    const double other_clocks = fmax((double) statistics->write_clocks - pulse_clocks, 0);
    const double siemens = verified_weight * costs->verified_siemens;
    return (struct cost) {
        .clocks = (double) statistics->write_clocks,
        .seconds = (double) statistics->programming_us * 1e-6 + other_clocks / costs->clock_hz,
        .array_joule = statistics->energy_j +
                       readings * siemens * costs->read_voltage * costs->read_voltage / costs->clock_hz,
        .adc_joule = readings * conversion(costs, settings),
        /* While a pulse is applied the controller only counts. */
        .digital_joule = other_clocks * switching(costs, COST_WRITING) + (double) statistics->programming_us *
                                                                             1e-6 * costs->clock_hz *
                                                                             switching(costs, COST_IDLE),
    };
}

double cost_joule(const struct cost *cost)
{
    return cost->array_joule + cost->adc_joule + cost->digital_joule;
}
