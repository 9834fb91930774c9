// SPDX-License-Identifier: Apache-2.0
#include "base/output_file.h"
#include "base/shipped.h"
#include "device_file/device_file.h"
#include "fit/device_fit.h"
#include "library/objects.h"
#include "model/base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct device device_copy(const struct device *device)
{
    struct device copy = *device;
    copy.name = duplicate_string(device->name);
    return copy;
}

struct device *device_duplicate(const struct device *device)
{
    struct device *copy = allocate(1, sizeof *copy);
    *copy = device_copy(device);
    return copy;
}

static memspike_status give(struct device *device, char *text, enum status status, memspike_device **made)
{
    *made = NULL;
    if (status == STATUS_OK) {
        *made = allocate(1, sizeof **made);
        **made = (struct memspike_device) {device, text};
    } else {
        free(text);
    }
    return (memspike_status) status;
}

memspike_status memspike_device_load(const char *name, memspike_device **device, memspike_error *error)
{
    struct device *loaded = NULL;
    char *path = shipped_file("devices", name != NULL ? name : "paper");
    const enum status status = device_load(path, &loaded, error_of(error));
    free(path);
    return give(loaded, NULL, status, device);
}

memspike_status memspike_device_parse(const char *text, const char *name, memspike_device **device,
                                      memspike_error *error)
{
    struct device *parsed = NULL;
    const enum status status = device_parse(text, name, &parsed, error_of(error));
    return give(parsed, duplicate_string(text), status, device);
}

void memspike_device_free(memspike_device *device)
{
    if (device != NULL) {
        device_free(device->device);
        free(device->text);
        free(device);
    }
}

const char *memspike_device_name(const memspike_device *device)
{
    return device->device->name;
}

void memspike_device_range(const memspike_device *device, double *minimum, double *maximum)
{
    *minimum = device->device->minimum_resistance;
    *maximum = device->device->maximum_resistance;
}

double memspike_device_weight(const memspike_device *device, double resistance)
{
    return device_weight(device->device, resistance);
}

double memspike_device_resistance(const memspike_device *device, double weight)
{
    return device_resistance(device->device, weight);
}

static enum status check_pulses(const memspike_measured_pulse *pulses, uint32_t count, struct error *error)
{
    for (uint32_t i = 0; i < count; i++) {
        const memspike_measured_pulse *pulse = &pulses[i];
        if (!(pulse->voltage < 0 || pulse->voltage > 0)) {
            return error_set(error, STATUS_INVALID, "pulse %u: voltage %g V; expected one that is not 0", i,
                             pulse->voltage);
        }
        if (!(pulse->seconds > 0 && pulse->before > 0 && pulse->after > 0)) {
            return error_set(error, STATUS_INVALID,
                             "pulse %u: %g s, from %g to %g ohm; expected numbers above 0", i, pulse->seconds,
                             pulse->before, pulse->after);
        }
    }
    return STATUS_OK;
}

static void tell_side(const struct fitted_side *from, memspike_fitted_side *side)
{
    side->pulses = from->pulses;
    memcpy(side->constants, from->constants, sizeof side->constants);
    memcpy(side->errors, from->errors, sizeof side->errors);
    side->rms = from->rms;
}

memspike_status memspike_device_fit(const memspike_measured_pulse *pulses, uint32_t count, const char *name,
                                    memspike_device **device, memspike_fitted_side sides[2],
                                    memspike_error *error)
{
    *device = NULL;
    enum status status = check_pulses(pulses, count, error_of(error));
    if (status == STATUS_OK && (name[0] == '\0' || strpbrk(name, "\"\\\n\r") != NULL)) {
        status =
            error_set(error_of(error), STATUS_INVALID,
                      "name: \"%s\"; expected one without quotation marks, backslashes and line ends", name);
    }
    if (status != STATUS_OK) {
        return (memspike_status) status;
    }
    struct measurements measurements = {count, allocate(count, sizeof *measurements.pulses)};
    for (uint32_t i = 0; i < count; i++) {
        measurements.pulses[i] = (struct measured_pulse) {pulses[i].voltage, pulses[i].seconds,
                                                          pulses[i].before, pulses[i].after, i};
    }
    struct device_fit fit;
    struct device *fitted = NULL;
    char *text = NULL;
    status = device_fit(name, &measurements, &fit, error_of(error));
    if (status == STATUS_OK) {
        size_t size = 0;
        FILE *stream = allocated(open_memstream(&text, &size));
        device_fit_write(&fit, &measurements, name, "an array", stream);
        (void) fclose(stream);
        status = device_parse(text, name, &fitted, error_of(error));
        for (int side = 0; side < 2 && sides != NULL; side++) {
            tell_side(&fit.sides[side], &sides[side]);
        }
        device_fit_free(&fit);
    }
    measurements_free(&measurements);
    return give(fitted, text, status, device);
}

memspike_status memspike_device_save(const memspike_device *device, const char *path, memspike_error *error)
{
    if (device->text == NULL) {
        return (memspike_status) error_set(error_of(error), STATUS_INVALID,
                                           "%s: was read from a file, which can be copied; expected a device "
                                           "that was fitted or parsed",
                                           device->device->name);
    }
    struct output_file *file = NULL;
    enum status status = output_file_open(path, &file, error_of(error));
    if (status == STATUS_OK) {
        (void) fputs(device->text, output_file_stream(file)); /* a failure is seen by the commit */
        status = output_file_commit(file, error_of(error));
    }
    return (memspike_status) status;
}
