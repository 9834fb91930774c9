// SPDX-License-Identifier: Apache-2.0
#include "run/run.h"

#include "base/progress.h"
#include "base/wall_clock.h"
#include "model/base/memory.h"
#include "model/reference/spike_encoder.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const network_kind_names[] = {"ann", "snn", "memristor", NULL};
const char *const placement_names[] = {"ideal", "written", "trained", NULL};

uint32_t target_of_weight(const struct device *device, double weight)
{
    return resistance_to_fixed(device_resistance(device, weight));
}

static enum status check_fit(const struct network *network, const struct hardware *hardware,
                             struct error *error)
{
    if (network->embedding_size != hardware->inputs) {
        return error_set(error, STATUS_INVALID,
                         "the network has %u inputs, but the array %s takes %u: choose another with --array",
                         network->embedding_size, hardware->name, hardware->inputs);
    }
    if (network->outputs > hardware->outputs) {
        return error_set(error, STATUS_INVALID,
                         "the network has %u outputs, but the array %s %u: choose another with --array",
                         network->outputs, hardware->name, hardware->outputs);
    }
    if (network->has_sign && hardware->sides < 2) {
        return error_set(
            error, STATUS_INVALID,
            "the network's weights have a sign, but the array %s has no pairs of columns: choose "
            "another with --array",
            hardware->name);
    }
    return STATUS_OK;
}

/* Mean weight that a device shows in noisy readings. */
static double mean_noisy_weight(const struct device *device, double resistance, double noise)
{
    const double lowest = fmin(noise, fmax(-noise, device->minimum_resistance / resistance - 1));
    const double highest = fmin(noise, fmax(-noise, device->maximum_resistance / resistance - 1));
    const double minimum_conductance = 1 / device->maximum_resistance;
    const double range = 1 / device->minimum_resistance - minimum_conductance;
    const double between =
        (log((1 + highest) / (1 + lowest)) / resistance - minimum_conductance * (highest - lowest)) / range;
    return (lowest + noise + between) / (2 * noise);
}

double noise_gain(const struct hardware *hardware, const struct device *device, const struct network *network,
                  double read_noise)
{
    if (hardware->sides > 1) { /* no reference, no ends: the same factor for every current */
        return read_noise > 0 ? log((1 + read_noise) / (1 - read_noise)) / (2 * read_noise) : 1;
    }
    double quiet = 0, noisy = 0;
    for (size_t i = 0; i < (size_t) network->outputs * network->embedding_size && read_noise > 0; i++) {
        const double weight = network->weights[i];
        quiet += weight;
        noisy += mean_noisy_weight(device, device_resistance(device, weight), read_noise);
    }
    return quiet > 0 ? noisy / quiet : 1;
}

/* Outputs that are not used stay at weight 0. */
static double weight_of_device(const struct network *network, const struct hardware *hardware,
                               uint32_t device)
{
    assert(hardware->lanes > 0 && hardware->outputs > 0 && hardware->sides > 0);
    const uint32_t column = device / hardware->lanes;
    const uint32_t output = column / hardware->sides % hardware->outputs;
    const uint32_t input =
        column / (hardware->outputs * hardware->sides) * hardware->lanes + device % hardware->lanes;
    if (output >= network->outputs) {
        return 0;
    }
    const double weight = (double) network->weights[(size_t) output * network->embedding_size + input];
    if (hardware->sides == 1) {
        return weight;
    }
    double pair[2];
    pair_of_weight(weight, pair);
    return pair[column % 2];
}

static void place_ideally(struct machine *machine, const struct network *network, const struct device *device)
{
    const struct hardware *hardware = crossbar_hardware(machine->crossbar);
    double *resistances = allocate(hardware->devices, sizeof *resistances);
    for (uint32_t d = 0; d < hardware->devices; d++) {
        resistances[d] = device_resistance(device, weight_of_device(network, hardware, d));
    }
    crossbar_set_resistances(machine->crossbar, resistances);
    free(resistances);
}

double machine_weight(const struct machine *machine, uint32_t input, uint32_t output)
{
    const struct hardware *hardware = crossbar_hardware(machine->crossbar);
    const struct device *device = crossbar_device(machine->crossbar);
    const double *resistances =
        crossbar_resistances(machine->crossbar) + hardware_device(hardware, input, output);
    return device_weight(device, resistances[0]) -
           (hardware->sides > 1 ? device_weight(device, resistances[hardware->lanes]) : 0.0);
}

static void measure_weights(const struct machine *machine, const struct network *network,
                            struct write_report *report)
{
    const uint32_t inputs = network->embedding_size;
    const uint32_t weight_count = network->outputs * inputs;
    double sum = 0, squares = 0, largest = 0;
    for (uint32_t i = 0; i < weight_count; i++) {
        double difference = machine_weight(machine, i % inputs, i / inputs) - network->weights[i];
        sum += difference;
        squares += difference * difference;
        largest = fmax(largest, fabs(difference));
    }
    report->weight_error_mean = sum / weight_count;
    report->weight_error_std =
        sqrt(fmax(0, squares / weight_count - report->weight_error_mean * report->weight_error_mean));
    report->weight_error_max = largest;
}

enum status machine_create(struct machine *machine, const struct settings *settings,
                           const struct device *device, uint32_t approach, struct error *error)
{
    struct crossbar_settings crossbar_settings = settings_crossbar(settings);
    struct engine_settings engine_settings = settings_engine(settings, device, approach);
    *machine = (struct machine) {.device = allocate(1, sizeof *machine->device)};
    enum status status = settings_check(settings, error);
    if (status == STATUS_OK) {
        status = settings_device(settings, device, machine->device, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    machine->crossbar = crossbar_open(settings->hardware, machine->device, &crossbar_settings);
    return engine_open(settings->engine, machine->crossbar, &engine_settings, &machine->engine, error);
}

enum status machine_create_for(struct machine *machine, const struct deployment *deployment,
                               struct write_report *report, struct error *error)
{
    const struct training *training = deployment->training;
    const struct settings *settings = deployment->settings;
    const struct device *device = deployment->device;
    *machine = (struct machine) {0};
    *report = (struct write_report) {0};
    enum status status = check_fit(&training->best, settings->hardware, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct settings corrected = *settings;
    /* What it decides is whether an output spikes in more than half of the steps, not which one most. */
    corrected.early_decision = settings->early_decision && training->best.task == TASK_SENTIMENT;
    struct device guarded;
    status = settings_device(settings, device, &guarded, error);
    if (status == STATUS_OK && settings->noise_correction && training->settings.approach == 1) {
        corrected.threshold[0] *=
            noise_gain(settings->hardware, &guarded, &training->best, settings->read_noise);
    }
    if (settings->drift_correction) {
        corrected.threshold[training->settings.approach - 1] *=
            nonidealities_median_drift(&device->nonidealities);
    }
    return status == STATUS_OK
               ? machine_create(machine, &corrected, device, training->settings.approach, error)
               : status;
}

void machine_targets(const struct machine *machine, const struct training *training,
                     const struct hardware *hardware, uint32_t *targets)
{
    const uint32_t used = training->best.outputs * hardware->sides;
    for (uint32_t d = 0; d < hardware->devices; d++) {
        if (d / hardware->lanes % (hardware->outputs * hardware->sides) < used) {
            targets[d] = target_of_weight(machine->device, weight_of_device(&training->best, hardware, d));
        }
    }
}

enum status machine_write(struct machine *machine, const struct deployment *deployment,
                          struct write_report *report, struct write_result *results,
                          const struct pulse_observer *observer, struct error *error)
{
    enum status status = machine_create_for(machine, deployment, report, error);
    if (status != STATUS_OK) {
        return status;
    }
    const struct hardware *hardware = deployment->settings->hardware;
    uint32_t *targets = allocate(hardware->devices, sizeof *targets);
    machine_targets(machine, deployment->training, hardware, targets);
    double started = seconds_now();
    status = engine_write(machine->engine, targets, results, observer, error);
    report->seconds = seconds_now() - started;
    report->placement = PLACED_BY_WRITING;
    measure_weights(machine, &deployment->training->best, report);
    free(targets);
    return status;
}

bool machine_was_trained(const struct deployment *deployment)
{
    const struct trained_machine *machine = &deployment->training->machine;
    const struct hardware *hardware = deployment->settings->hardware;
    struct device guarded;
    struct error error;
    return machine->memristors && strcmp(machine->array, hardware->name) == 0 &&
           machine->devices == hardware->devices &&
           settings_device(deployment->settings, deployment->device, &guarded, &error) == STATUS_OK &&
           machine->device == device_fingerprint(&guarded);
}

enum status machine_open(struct machine *machine, const struct deployment *deployment, enum network_kind kind,
                         struct write_report *report, struct error *error)
{
    const struct training *training = deployment->training;
    if (kind == NETWORK_MEMRISTOR && !machine_was_trained(deployment)) {
        return machine_write(machine, deployment, report, NULL, NULL, error);
    }
    enum status status = machine_create_for(machine, deployment, report, error);
    if (status == STATUS_OK && kind == NETWORK_MEMRISTOR) {
        crossbar_set_resistances(machine->crossbar, training->machine.best);
        report->placement = PLACED_BY_TRAINING;
        measure_weights(machine, &training->best, report);
    } else if (status == STATUS_OK) {
        place_ideally(machine, &training->best, machine->device);
        report->placement = PLACED_IDEALLY;
    }
    return status;
}

void machine_close(struct machine *machine)
{
    engine_close(machine->engine);
    crossbar_close(machine->crossbar);
    free(machine->device);
    *machine = (struct machine) {0};
}

double software_boundary(const struct training *training, const struct settings *settings)
{
    const double size = training->best.embedding_size;
    return training->settings.approach == 1 ? training->best.boundary : 0.5 * settings->threshold[1] * size;
}

double software_probability(const struct training *training, const struct settings *settings, double output)
{
    const double gain =
        training->best.gain * (training->settings.approach == 1 ? 1.0 : 0.5 / settings->threshold[1]);
    return 1.0 / (1.0 + exp(gain * (software_boundary(training, settings) - output)));
}

struct test_set test_set_of(const struct corpus *corpus)
{
    return (struct test_set) {.reviews = corpus->test, .count = corpus->test_count};
}

struct test_set test_set_spread(const struct corpus *corpus, uint32_t limit)
{
    const uint32_t count = limit > 0 ? limit : corpus->test_count;
    struct review *reviews = allocate(count, sizeof *reviews);
    uint32_t *numbers = allocate(count, sizeof *numbers);
    for (uint32_t i = 0; i < count; i++) {
        numbers[i] = (uint32_t) ((uint64_t) i * corpus->test_count / count);
        reviews[i] = corpus->test[numbers[i]];
    }
    return (struct test_set) {.reviews = reviews, .count = count, .numbers = numbers};
}

void test_set_clear(struct test_set *set)
{
    free((void *) set->reviews);
    free((void *) set->numbers);
    *set = (struct test_set) {0};
}

static void test_in_software(const struct training *training, const struct settings *settings,
                             const struct test_set *set, const struct test_observer *observer,
                             struct test_result *result)
{
    const struct network *network = &training->best;
    float *x = allocate(network->embedding_size, sizeof *x);
    for (uint32_t i = 0; i < set->count; i++) {
        const struct review *review = &set->reviews[i];
        network_mean(network, review->ids, review->length, x);
        double y[MAX_CLASSES];
        network_outputs(network, x, y);
        const uint32_t answer = network->task == TASK_SENTIMENT ? y[0] > software_boundary(training, settings)
                                                                : network_answer(network, y);
        const struct tested_sample tested = {
            .number = set->numbers != NULL ? set->numbers[i] : i,
            .label = (uint32_t) task_label(network->task, review),
            .answer = answer,
        };
        confusion_count(&result->confusion, tested.label, answer);
        if (observer != NULL) {
            observer->sample(observer->context, &tested);
        }
    }
    free(x);
}

/* How many inputs spike in a step, and what their rows conduct, on average. */
static void measure_rates(const struct machine *machine, const uint16_t *rates, uint32_t count,
                          struct test_result *result)
{
    const struct hardware *hardware = crossbar_hardware(machine->crossbar);
    double *rows = allocate(hardware->lanes, sizeof *rows);
    for (uint32_t d = 0; d < hardware->devices; d++) {
        rows[d % hardware->lanes] += 1 / crossbar_resistances(machine->crossbar)[d];
    }
    for (size_t i = 0; i < (size_t) count * hardware->inputs; i++) {
        const double rate = ldexp(rates[i], -16) / count;
        result->rate_sum_mean += rate;
        result->row_siemens_mean += rate * rows[i % hardware->inputs % hardware->lanes];
    }
    free(rows);
}

enum status machine_test(struct machine *machine, const struct network *network, const struct test_set *set,
                         uint32_t steps, const struct test_observer *observer, struct test_result *result,
                         struct error *error)
{
    const struct hardware *hardware = engine_hardware(machine->engine);
    const struct review *reviews = set->reviews;
    const uint32_t count = set->count;
    uint16_t *rates = allocate((size_t) count * hardware->inputs, sizeof *rates);
    uint32_t *numbered = allocate(count, sizeof *numbered);
    uint16_t *counts = allocate((size_t) count * hardware->outputs, sizeof *counts);
    float *x = allocate(network->embedding_size, sizeof *x);
    for (uint32_t i = 0; i < count; i++) {
        network_mean(network, reviews[i].ids, reviews[i].length, x);
        for (uint32_t e = 0; e < hardware->inputs; e++) {
            rates[(size_t) i * hardware->inputs + e] = rate_from_value(x[e]);
        }
        numbered[i] = set->numbers != NULL ? set->numbers[i] : i;
    }
    const struct engine_statistics before = *engine_statistics(machine->engine);
    double started = seconds_now();
    struct progress progress = {.label = "testing"};
    const struct progress_report report = progress_bar(&progress);
    enum status status = engine_infer(machine->engine, rates, numbered, count, counts, &report, error);
    progress_end(&progress);
    result->seconds = seconds_now() - started;
    result->statistics = *engine_statistics(machine->engine);
    result->sample_clocks = result->statistics.sample_clocks - before.sample_clocks;
    result->transfer_clocks = result->statistics.transfer_clocks - before.transfer_clocks;
    result->clocks = result->sample_clocks + result->transfer_clocks;
    measure_rates(machine, rates, count, result);
    double spikes = 0;
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
        const uint16_t *fired = counts + (size_t) i * hardware->outputs;
        const struct tested_sample tested = {
            .number = numbered[i],
            .seed = engine_sample_seed(machine->engine, numbered[i]),
            .label = (uint32_t) task_label(network->task, &reviews[i]),
            .answer = answer_of_counts(network, fired, steps),
            .rates = rates + (size_t) i * hardware->inputs,
            .spikes = fired,
        };
        confusion_count(&result->confusion, tested.label, tested.answer);
        if (observer != NULL) {
            observer->sample(observer->context, &tested);
        }
        for (uint32_t output = 0; output < network->outputs; output++) {
            spikes += fired[output];
        }
    }
    result->output_spikes_mean = count > 0 ? spikes / count : 0;
    result->firing_rate_mean = result->output_spikes_mean / steps / network->outputs;
    free(rates);
    free(numbered);
    free(counts);
    free(x);
    return status;
}

enum status run_test(const struct deployment *deployment, enum network_kind kind, const struct test_set *set,
                     const struct test_observer *observer, struct test_result *result, struct error *error)
{
    *result = (struct test_result) {.kind = kind};
    if (kind == NETWORK_ANN) {
        double started = seconds_now();
        test_in_software(deployment->training, deployment->settings, set, observer, result);
        result->seconds = seconds_now() - started;
        return STATUS_OK;
    }
    struct machine machine;
    enum status status = machine_open(&machine, deployment, kind, &result->write, error);
    if (status == STATUS_OK) {
        status = machine_test(&machine, &deployment->training->best, set, deployment->settings->steps,
                              observer, result, error);
    }
    machine_close(&machine);
    return status;
}
