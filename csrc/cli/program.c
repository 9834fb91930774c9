// SPDX-License-Identifier: Apache-2.0
#include "base/output_file.h"
#include "cli/commands.h"
#include "model/base/memory.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Where the pulses are listed. */
struct list {
    FILE *stream;
    const struct hardware *hardware;
    const struct pulse_table *pulses;
};

static double ohm(uint32_t fixed)
{
    return ldexp((double) fixed, -RESISTANCE_FRACTION);
}

static void list_pulse(void *context, const struct pulse_event *event)
{
    const struct list *list = context;
    const struct pulse *pulse = &list->pulses->pulses[event->entry];
    (void) fprintf(list->stream, "%" PRIu64 ",%u,%u,%u,%u,%g,%u,%.4f,%.4f,%.4f,%.4f\n", event->clock,
                   event->device % list->hardware->lanes, event->device / list->hardware->lanes,
                   event->device, event->iteration, pulse->voltage, pulse->width_us, ohm(event->target),
                   ohm(event->reading), event->before, event->after);
}

static void print_report(const struct write_report *report, const struct engine_statistics *statistics,
                         const struct write_result *results, const struct hardware *hardware,
                         const char *corpus_kind)
{
    (void) printf("array              %s%s\n", hardware->name, corpus_note(corpus_kind));
    (void) printf("devices            %" PRIu64 " converged, %" PRIu64 " stalled, %" PRIu64 " exhausted\n",
                  statistics->converged, statistics->stalled, statistics->exhausted);
    (void) printf("pulses             %" PRIu64 ", %" PRIu64 " us in all\n", statistics->pulses,
                  statistics->programming_us);
    (void) printf("energy             %.4g J\n", statistics->energy_j);
    (void) printf("clocks             %" PRIu64 " writing, %" PRIu64 " in transfers\n",
                  statistics->write_clocks, statistics->transfer_clocks);
    (void) printf("weight error       %.4f standard deviation, %.4f mean, %.4f at most\n",
                  report->weight_error_std, report->weight_error_mean, report->weight_error_max);
    (void) printf("wall time          %.3f s\n", report->seconds);
    (void) printf("pulses per device ");
    uint32_t histogram[MAX_MAX_PULSES + 1] = {0};
    uint32_t most = 0;
    for (uint32_t d = 0; d < hardware->devices; d++) {
        const uint32_t pulses = results[d].pulses;
        histogram[pulses] += results[d].ending != ENDING_UNTOUCHED;
        most = pulses > most ? pulses : most;
    }
    for (uint32_t n = 0; n <= most; n++) {
        (void) printf(" %u: %u%s", n, histogram[n], n < most ? "," : " devices\n");
    }
}

static json_t *report_json(const struct write_report *report, const struct engine_statistics *statistics,
                           const struct write_result *results, const struct model *model,
                           const struct options *options, const struct crossbar *crossbar)
{
    static const char *const endings[] = {"untouched", "converged", "stalled", "exhausted"};
    const struct hardware *hardware = options->settings.hardware;
    const struct device *device = crossbar_device(crossbar);
    json_t *devices = json_array();
    const uint32_t weight_count = model->training.best.outputs * hardware->inputs;
    for (uint32_t i = 0; i < weight_count * hardware->sides; i++) {
        const uint32_t w = i / hardware->sides;
        const uint32_t input = w % hardware->inputs;
        const uint32_t output = w / hardware->inputs;
        const uint32_t side = i % hardware->sides;
        const uint32_t d = hardware_device(hardware, input, output) + side * hardware->lanes;
        const double resistance = crossbar_resistances(crossbar)[d];
        double pair[2] = {(double) model->training.best.weights[w], 0};
        if (hardware->sides > 1) {
            pair_of_weight(pair[0], pair);
        }
        const double wanted = pair[side];
        (void) json_array_append_new(
            devices,
            json_pack("{s:i, s:i, s:i, s:i, s:i, s:s, s:i, s:f, s:f, s:f, s:f, s:f}", "input", (int) input,
                      "output", (int) output, "side", (int) side, "row", (int) (d % hardware->lanes),
                      "column", (int) (d / hardware->lanes), "ending", endings[results[d].ending], "pulses",
                      (int) results[d].pulses, "target_ohm", device_resistance(device, wanted), "reading_ohm",
                      ohm(results[d].reading), "resistance_ohm", resistance, "wanted_weight", wanted,
                      "written_weight", device_weight(device, resistance)));
    }
    return json_pack(
        "{s:s, s:I, s:s, s:s, s:o, s:f, s:f, s:i, s:I, s:I, s:f, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:o}",
        "corpus", model->corpus_kind, "seed", (json_int_t) options->settings.seed, "array", hardware->name,
        "engine", engine_kind_names[options->settings.engine], "configuration",
        settings_json(&options->settings), "read_noise", options->settings.read_noise, "tolerance",
        options->settings.tolerance, "max_pulses", (int) options->settings.max_pulses, "pulses",
        (json_int_t) statistics->pulses, "programming_us", (json_int_t) statistics->programming_us,
        "energy_j", statistics->energy_j, "write_clocks", (json_int_t) statistics->write_clocks, "converged",
        (json_int_t) statistics->converged, "stalled", (json_int_t) statistics->stalled, "exhausted",
        (json_int_t) statistics->exhausted, "weight_error_std", report->weight_error_std, "weight_error_mean",
        report->weight_error_mean, "weight_error_max", report->weight_error_max, "devices", devices);
}

static enum status program(struct options *options, const struct model *model, const struct device *device,
                           struct output_file *list_file, struct output_file **json_file, struct error *error)
{
    const struct hardware *hardware = options->settings.hardware;
    uint32_t approach = model->training.settings.approach;
    struct write_result *results = allocate(hardware->devices, sizeof *results);
    struct list list = {.hardware = hardware, .pulses = &device->pulses[approach - 1]};
    struct pulse_observer observer = {.pulse = list_pulse, .context = &list};
    if (list_file != NULL) {
        list.stream = output_file_stream(list_file);
        (void) fprintf(list.stream,
                       "clock,row,column,device,iteration,voltage_v,width_us,target_ohm,reading_ohm,"
                       "before_ohm,after_ohm\n");
    }
    const struct deployment deployment = {&model->training, &options->settings, device};
    struct machine machine;
    struct write_report report;
    enum status status =
        machine_write(&machine, &deployment, &report, results, list_file != NULL ? &observer : NULL, error);
    if (status == STATUS_OK) {
        const struct engine_statistics *statistics = engine_statistics(machine.engine);
        if (print_table(options)) {
            print_report(&report, statistics, results, hardware, model->corpus_kind);
        }
        json_t *json = report_json(&report, statistics, results, model, options, machine.crossbar);
        status = write_json(options, json, *json_file, error);
        *json_file = NULL;
    }
    machine_close(&machine);
    free(results);
    return status;
}

static enum status run(struct options *options, struct error *error)
{
    struct model *model = NULL;
    struct device *device = NULL;
    struct output_file *list_file = NULL;
    struct output_file *json_file = NULL;
    enum status status = options_expect(options, 1, "a model, for example model.msm", error);
    if (status == STATUS_OK) {
        status = open_model(options, &model, error);
    }
    if (status == STATUS_OK) {
        status = open_device(options, &device, error);
    }
    if (status == STATUS_OK) {
        status = open_json(options, &json_file, error);
    }
    if (status == STATUS_OK && options->pulses != NULL) {
        status = output_file_open(options->pulses, &list_file, error);
    }
    if (status == STATUS_OK) {
        status = program(options, model, device, list_file, &json_file, error);
    }
    if (status == STATUS_OK && list_file != NULL) {
        status = output_file_commit(list_file, error);
        list_file = NULL;
    }
    output_file_discard(list_file);
    output_file_discard(json_file);
    device_free(device);
    model_free(model);
    return status;
}

static const enum option_id options_taken[] = {OPTION_PULSES,
                                               OPTION_ENGINE,
                                               OPTION_PORT,
                                               OPTION_TIMEOUT,
                                               OPTION_CHECK,
                                               OPTION_ARRAY,
                                               OPTION_DEVICE,
                                               OPTION_PRESET,
                                               OPTION_TOLERANCE,
                                               OPTION_MAX_PULSES,
                                               OPTION_READ_NOISE,
                                               OPTION_VERIFY_READS,
                                               OPTION_TOLERANCE_MARGIN,
                                               OPTION_GUARD_BAND,
                                               OPTION_SEED,
                                               OPTION_JSON,
                                               OPTION_END};

const struct command command_program = {
    .name = "program",
    .summary = "write the weights into the crossbar and report on it",
    .usage = "model.msm [--pulses FILE.csv] [options]",
    .text =
        "Writes the trained weights into a fresh crossbar with the hardware's predict-write-verify "
        "controller and\n"
        "reports endings, pulses, time, energy and how far the written weights lie from the wanted ones.\n"
        "--pulses lists every pulse: when, where, voltage, width, and the resistance before and after it.\n\n"
        "examples:\n"
        "  memspike program model.msm --pulses pulses.csv\n"
        "  memspike program model.msm --tolerance 0.01 --max-pulses 10\n"
        "  memspike program model.msm --device my_device.cfg --json devices.json",
    .options = options_taken,
    .run = run,
};
