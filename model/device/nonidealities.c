// SPDX-License-Identifier: Apache-2.0
#include "model/device/nonidealities.h"

#include "model/base/rounding.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Offsets are nonideality_at()'s. */
#define NONIDEALITY_ROW(member, ...) {__VA_ARGS__, 0},
static const struct nonideality rows[] = {NONIDEALITY_TABLE(NONIDEALITY_ROW)};
#undef NONIDEALITY_ROW

bool nonideality_at(enum switching_model model, uint32_t index, struct nonideality *nonideality)
{
    size_t offset = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const bool by_constant = rows[i].key == NULL;
        const uint32_t count = by_constant ? switching_constant_count(model) : 1;
        if (index < count) {
            *nonideality = rows[i];
            nonideality->offset = offset + index * sizeof(double);
            nonideality->key = by_constant ? switching_constants(model)[index].name : nonideality->key;
            return true;
        }
        index -= count;
        offset += (by_constant ? SWITCHING_CONSTANTS : 1) * sizeof(double);
    }
    return false;
}

double nonideality_value(const struct nonidealities *nonidealities, const struct nonideality *nonideality)
{
    double value;
    memcpy(&value, (const char *) nonidealities + nonideality->offset, sizeof value);
    return value;
}

void nonideality_set(struct nonidealities *nonidealities, const struct nonideality *nonideality, double value)
{
    memcpy((char *) nonidealities + nonideality->offset, &value, sizeof value);
}

const char *nonideality_name(const struct nonideality *nonideality, char text[NONIDEALITY_TEXT])
{
    const bool grouped = nonideality->group != NULL;
    (void) snprintf(text, NONIDEALITY_TEXT, "%s%s%s", grouped ? nonideality->group : "", grouped ? "." : "",
                    nonideality->key);
    return text;
}

/* A limit that takes more than %g's digits is the next number beyond one that belongs to the range. */
const char *nonideality_range(const struct nonideality *nonideality, char text[NONIDEALITY_TEXT])
{
    char above[16], below[16];
    (void) snprintf(above, sizeof above, "%g", nonideality->above);
    (void) snprintf(below, sizeof below, "%g", nonideality->below);
    const bool from_0 = nonideality->above == JUST_BELOW_0;
    (void) snprintf(text, NONIDEALITY_TEXT, "%s%s %s, %s %s", nonideality->whole ? "whole, " : "",
                    from_0 ? "from" : "above", from_0 ? "0" : above,
                    strtod(below, NULL) == nonideality->below ? "below" : "to", below);
    return text;
}

bool nonidealities_any(enum switching_model model, const struct nonidealities *nonidealities)
{
    struct nonideality row;
    for (uint32_t i = 0; nonideality_at(model, i, &row); i++) {
        if (nonideality_value(nonidealities, &row) != 0) {
            return true;
        }
    }
    return false;
}

const char *nonidealities_contradiction(const struct nonidealities *nonidealities, const char **group)
{
    if (nonidealities->drift_time < nonidealities->drift_start) {
        *group = "drift";
        return "time_s must not be before start_s";
    }
    if (fmin(nonidealities->noise_time_s, nonidealities->noise_verify_s) < nonidealities->noise_read_s) {
        *group = "read_noise";
        return "time_s and verify_s must not be before read_s";
    }
    if (nonidealities->disturb_s > 0 && nonidealities->disturb_voltage == 0) {
        *group = "read_disturb";
        return "0 V changes nothing; expected a voltage";
    }
    if (nonidealities->dac_bits == 1) {
        *group = "dac";
        return "1 bit has no level beside 0 V; expected 2 to 24 bits, or 0";
    }
    if (nonidealities->dac_full_scale > 0 && nonidealities->dac_bits == 0 && nonidealities->dac_gain == 0 &&
        nonidealities->dac_offset == 0) {
        *group = "dac";
        return "changes nothing; expected bits, gain or offset_v";
    }
    return NULL;
}

double nonidealities_dac(const struct nonidealities *nonidealities, double voltage)
{
    if (nonidealities->dac_full_scale <= 0) {
        return voltage;
    }
    if (nonidealities->dac_bits > 0) {
        const double levels =
            (double) ((1u << ((uint32_t) nonidealities->dac_bits - 1)) - 1); /* of one sign */
        const double level = round_half_up(voltage / nonidealities->dac_full_scale * levels);
        voltage = fmin(fmax(level, -levels), levels) / levels * nonidealities->dac_full_scale;
    }
    return voltage * (1 + nonidealities->dac_gain) + nonidealities->dac_offset;
}

double nonidealities_read_noise(const struct nonidealities *nonidealities, double share_of_largest,
                                double seconds)
{
    if (nonidealities->noise_scale <= 0) {
        return 0;
    }
    const double share =
        fmin(nonidealities->noise_scale * pow(share_of_largest, -nonidealities->noise_exponent),
             nonidealities->noise_most);
    const double read = nonidealities->noise_read_s;
    return share * sqrt(log((seconds + read) / (2 * read)));
}

double nonidealities_median_drift(const struct nonidealities *nonidealities)
{
    return nonidealities->drift_time > nonidealities->drift_start
               ? pow(nonidealities->drift_time / nonidealities->drift_start, -nonidealities->drift_exponent)
               : 1;
}
