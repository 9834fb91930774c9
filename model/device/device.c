// SPDX-License-Identifier: Apache-2.0
#include "model/device/device.h"

#include "model/base/memory.h"
#include "model/base/rounding.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

double device_weight(const struct device *device, double resistance)
{
    double minimum_conductance = 1.0 / device->maximum_resistance;
    double maximum_conductance = 1.0 / device->minimum_resistance;
    return (1.0 / resistance - minimum_conductance) / (maximum_conductance - minimum_conductance);
}

double device_resistance(const struct device *device, double weight)
{
    double minimum_conductance = 1.0 / device->maximum_resistance;
    double maximum_conductance = 1.0 / device->minimum_resistance;
    return 1.0 / (weight * (maximum_conductance - minimum_conductance) + minimum_conductance);
}

uint32_t resistance_to_fixed(double resistance)
{
    const double largest = (double) ((1u << RESISTANCE_BITS) - 1);
    double scaled = round_half_up(resistance * (1 << RESISTANCE_FRACTION));
    if (!(scaled > 0)) {
        return 0;
    }
    return scaled < largest ? (uint32_t) scaled : (uint32_t) largest;
}

void device_free(struct device *device)
{
    if (device != NULL) {
        free(device->name);
        free(device);
    }
}

/* A member that is added here must become part of the fingerprint. */
static_assert(sizeof(struct device) == sizeof(char *) + sizeof(struct switching) + 4 * sizeof(double) +
                                           sizeof(struct nonidealities) + 2 * sizeof(struct pulse_table),
              "device_fingerprint() covers all of struct device but its name");

static void put(XXH3_state_t *hash, const void *data, size_t length)
{
    (void) XXH3_64bits_update(hash, data, length);
}

static void put_u32(XXH3_state_t *hash, uint32_t value)
{
    put(hash, &value, sizeof value);
}

static void put_f64(XXH3_state_t *hash, double value)
{
    put(hash, &value, sizeof value);
}

/* Length and bytes. */
static void put_string(XXH3_state_t *hash, const char *text)
{
    const size_t length = strlen(text);
    put_u32(hash, (uint32_t) length);
    put(hash, text, length);
}

uint64_t device_fingerprint(const struct device *device)
{
    XXH3_state_t *hash = allocated(XXH3_createState());
    (void) XXH3_64bits_reset(hash);
    const enum switching_model model = device->switching.model;
    const double numbers[] = {
        device->minimum_resistance,
        device->maximum_resistance,
        device->start_resistance,
        device->start_spread,
    };
    if (model != SWITCHING_DATA_DRIVEN) {
        put_u32(hash, (uint32_t) model);
    }
    put(hash, device->switching.constants,
        switching_constant_count(model) * sizeof *device->switching.constants);
    put(hash, numbers, sizeof numbers);
    /* By name, and only those that are on, so that a new non-ideality changes no other device's
     * fingerprint. */
    struct nonideality row;
    for (uint32_t i = 0; nonideality_at(model, i, &row); i++) {
        const double value = nonideality_value(&device->nonidealities, &row);
        if (value != 0) {
            char name[NONIDEALITY_TEXT];
            put_string(hash, nonideality_name(&row, name));
            put_f64(hash, value);
        }
    }
    for (int approach = 0; approach < 2; approach++) {
        const struct pulse_table *table = &device->pulses[approach];
        put_u32(hash, table->count);
        for (uint32_t i = 0; i < table->count; i++) {
            put_f64(hash, table->pulses[i].voltage);
            put_u32(hash, table->pulses[i].width_us);
        }
    }
    const uint64_t fingerprint = XXH3_64bits_digest(hash);
    (void) XXH3_freeState(hash);
    return fingerprint;
}
