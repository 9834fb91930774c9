#include "model/device/nonidealities.h"

#include "model/base/rounding.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* device_variation, whose key is NULL, has one for each constant of the switching model. */
#define VALUE(member) offsetof(struct nonidealities, member)
static const struct nonideality nonidealities_table[] = {
    {"line_resistance", "row_ohm", "ohm", 0, 1e6, false, true, VALUE(row_ohm),
     "of the line between two neighbours of a row, which is driven at its left end"},
    {"line_resistance", "column_ohm", "ohm", 0, 1e6, false, true, VALUE(column_ohm),
     "of the line between two neighbours of a column, which is held at ground at its lower end"},
    {NULL, "write_variation", "", JUST_BELOW_0, 1, false, false, VALUE(write_variation),
     "cycle to cycle: each pulse's speed dR/dt is multiplied by 1 + this x z, z standard normal, at least 0"},
    {"device_variation", NULL, "", JUST_BELOW_0, 1, false, false, VALUE(device_variation),
     "device to device: the switching model's constant is multiplied by 1 + this x z, kept from 0.01 to "
     "1.99"},
    {"drift", "exponent", "", JUST_BELOW_0, 1, false, true, VALUE(drift_exponent),
     "mean of nu: sensed conductances are G (time_s / start_s)^-nu; verify reads come before"},
    {"drift", "spread", "", JUST_BELOW_0, 1, false, false, VALUE(drift_spread),
     "standard deviation of nu, which is normal and at least 0"},
    {"drift", "start_s", "s", 0, 1e12, false, true, VALUE(drift_start), "after writing, where drift begins"},
    {"drift", "time_s", "s", 0, 1e12, false, true, VALUE(drift_time),
     "after writing, when devices are sensed"},
    {"drift", "reference", "", JUST_BELOW_0, 2, true, false, VALUE(drift_reference),
     "1: the reference column is made of the same devices, and Gref falls by the median drift, too"},
    {"read_noise", "scale", "", 0, 1, false, true, VALUE(noise_scale),
     "beside the preset's read noise, readings of G are G (1 + a u), u uniform from -1 to 1 and anew for "
     "each, with the standard deviation min(scale (Gmax/G)^exponent, most) sqrt(ln((t + read_s) / (2 "
     "read_s)))"},
    {"read_noise", "exponent", "", JUST_BELOW_0, 10, false, true, VALUE(noise_exponent),
     "how this noise grows as G falls"},
    {"read_noise", "most", "", 0, 0.20000000000000004, false, true, VALUE(noise_most),
     "where it grows no further"},
    {"read_noise", "read_s", "s", 0, 1, false, true, VALUE(noise_read_s), "a reading takes"},
    {"read_noise", "time_s", "s", 0, 1e12, false, true, VALUE(noise_time_s),
     "t, since writing, when devices are sensed"},
    {"read_noise", "verify_s", "s", 0, 1e12, false, true, VALUE(noise_verify_s), "t in verify reads"},
    {"read_disturb", "voltage_v", "V", -100, 100, false, true, VALUE(disturb_voltage),
     "of reading, which changes devices by the switching model"},
    {"read_disturb", "time_s", "s", 0, 1e12, false, true, VALUE(disturb_s),
     "for which they have been read by the time they are sensed"},
    {NULL, "half_select", "", JUST_BELOW_0, 1, false, false, VALUE(half_select),
     "share of a pulse's voltage that the other devices of its row and column see, by the switching model"},
    {"adc", "offset", "", JUST_BELOW_0, 1e6, false, false, VALUE(adc_offset),
     "standard deviation of each converter's offset, in currents of a device of weight 1"},
    {"adc", "gain", "", JUST_BELOW_0, 1, false, false, VALUE(adc_gain),
     "standard deviation of each converter's gain error"},
    {"dac", "bits", "", JUST_BELOW_0, 25, true, false, VALUE(dac_bits),
     "of the DAC that makes the pulses' voltages: they are rounded to 2^bits - 1 levels; 0: not rounded; "
     "predictions do not know"},
    {"dac", "full_scale_v", "V", 0, 1000, false, true, VALUE(dac_full_scale),
     "its levels lie from minus this to this"},
    {"dac", "gain", "", -1, 1, false, false, VALUE(dac_gain), "its voltages are multiplied by 1 + this"},
    {"dac", "offset_v", "V", -100, 100, false, false, VALUE(dac_offset), "and this is added"},
};
#undef VALUE
enum { TABLE_ROWS = sizeof nonidealities_table / sizeof *nonidealities_table };
static_assert(sizeof(struct nonidealities) == (TABLE_ROWS - 1 + SWITCHING_CONSTANTS) * sizeof(double),
              "every member of struct nonidealities has its row, and its type is double");

bool nonideality_at(enum switching_model model, uint32_t index, struct nonideality *nonideality)
{
    for (int i = 0; i < TABLE_ROWS; i++) {
        const bool by_constant = nonidealities_table[i].key == NULL;
        const uint32_t count = by_constant ? switching_constant_count(model) : 1;
        if (index < count) {
            *nonideality = nonidealities_table[i];
            nonideality->offset += index * sizeof(double);
            nonideality->key = by_constant ? switching_constants(model)[index].name : nonideality->key;
            return true;
        }
        index -= count;
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
