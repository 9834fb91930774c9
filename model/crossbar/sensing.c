// SPDX-License-Identifier: Apache-2.0
#include "model/crossbar/state.h"

#include "model/base/rounding.h"
#include "model/base/vector.h"

#include <math.h>

static int64_t fixed_weight(const struct crossbar *crossbar, double weight)
{
    const double clamped = weight < 0 ? 0 : weight > crossbar->most ? crossbar->most : weight;
    return (int64_t) round_half_up(clamped * (1 << WEIGHT_FRACTION));
}

static int64_t sensed_weight(const struct crossbar *crossbar, uint32_t column, uint32_t row)
{
    const double resistance = sensed_resistances(crossbar)[column * crossbar->hardware->lanes + row];
    return fixed_weight(crossbar, device_weight(crossbar->device, resistance) + crossbar->reference_shift);
}

/* The sums of every selection of the rows of a sensor's byte. */
static void add_up_weights(const struct crossbar *crossbar, const struct sensor *sensor, uint32_t byte)
{
    int64_t *sums = sensor->sums + (size_t) byte * BYTE_VALUES;
    sums[0] = 0;
    for (uint32_t bit = 0; bit < 8; bit++) {
        const uint32_t row = (sensor->first_byte + byte) * 8 + bit;
        int64_t weight = 0;
        if (sensor->masks[byte] >> bit & 1) {
            weight = sensed_weight(crossbar, sensor->column, row);
            weight -= crossbar->hardware->sides > 1 ? sensed_weight(crossbar, sensor->column + 1, row) : 0;
        }
        for (uint32_t value = 0; value < 1u << bit; value++) {
            sums[(1u << bit) + value] = sums[value] + weight;
        }
    }
}

void crossbar_find_sums(const struct crossbar *crossbar)
{
    const uint32_t sensors = crossbar->hardware->phases * crossbar->hardware->codes;
    for (uint32_t i = 0; i < sensors; i++) {
        for (uint32_t byte = 0; byte < crossbar->sensors[i].bytes; byte++) {
            add_up_weights(crossbar, &crossbar->sensors[i], byte);
        }
    }
}

/* The ADC of a sensor. That of a difference has a sign: its bits make as many levels below zero as above. */
int64_t crossbar_convert(const struct crossbar *crossbar, const struct sensor *sensor, int64_t sum)
{
    const struct crossbar_settings *settings = &crossbar->settings;
    const bool has_sign = crossbar->hardware->sides > 1;
    if (crossbar->converters != NULL) {
        const struct converter *converter = &crossbar->converters[sensor->number % crossbar->hardware->codes];
        const double off = ldexp((double) sum, -WEIGHT_FRACTION) * converter->gain + converter->offset;
        sum = (int64_t) round_half_up(ldexp(has_sign ? off : fmax(off, 0), WEIGHT_FRACTION));
    }
    if (settings->adc_bits == 0) {
        return convert_ideally(sum);
    }
    const double full_scale =
        settings->adc_full_scale > 0 ? settings->adc_full_scale : crossbar->hardware->tile_rows;
    const double levels = (double) ((UINT64_C(1) << (settings->adc_bits - has_sign)) - 1);
    if (levels == 0) { /* one bit, for the sign */
        return 0;
    }
    double level = round_half_up(ldexp((double) sum, -WEIGHT_FRACTION) / full_scale * levels);
    level = fmin(level, levels);
    level = fmax(level, has_sign ? -levels : 0);
    return (int64_t) round_half_up(ldexp(level / levels * full_scale, CODE_FRACTION));
}

/* The sum of the weights whose rows are set; `sums` are the sensor's, whose first byte `rows` begins at. */
INLINED int64_t sum_rows(const int64_t *sums, const uint8_t *rows, uint32_t bytes)
{
    int64_t sum = 0;
    for (uint32_t byte = 0; byte < bytes; byte++) {
        sum += sums[byte * BYTE_VALUES + rows[byte]];
    }
    return sum;
}

/* With a real converter. */
static void sense_converted(const struct crossbar *crossbar, const struct sensor_run *sensing)
{
    const struct sense_run *run = sensing->run;
    for (uint32_t step = 0; step < run->steps; step++) {
        for (uint32_t slot = 0; slot < run->slots; slot++) {
            int64_t sum = sum_rows(sensing->sensor->sums,
                                   sensing->rows + step * sensing->step_bytes + slot * run->slot_bytes,
                                   sensing->sensor->bytes);
            sensing->codes[step * sensing->step_codes + slot] =
                limit_code(crossbar, crossbar_convert(crossbar, sensing->sensor, sum));
        }
    }
}

INLINED int32_t ideal_code(const struct crossbar *crossbar, const int64_t *sums, const uint8_t *rows,
                           uint32_t bytes)
{
    return limit_code(crossbar, convert_ideally(sum_rows(sums, rows, bytes)));
}

/* Without noise and with an ideal converter. Inlined with a constant number of bytes, so that its loop is
 * unrolled. */
INLINED void sense_ideally(const struct crossbar *crossbar, const struct sensor_run *sensing, uint32_t bytes)
{
    const int64_t *sums = sensing->sensor->sums;
    const struct sense_run *run = sensing->run;
    const uint8_t *rows = sensing->rows;
    int32_t *codes = sensing->codes;
    for (uint32_t step = 0; step < run->steps; step++) {
        for (uint32_t slot = 0; slot < run->slots; slot++) {
            codes[slot] = ideal_code(crossbar, sums, rows + slot * run->slot_bytes, bytes);
        }
        rows += sensing->step_bytes;
        codes += sensing->step_codes;
    }
}

static void sense(const struct crossbar *crossbar, const struct sensor_run *sensing)
{
    const uint32_t bytes = sensing->sensor->bytes;
    if (crossbar->conductances != NULL) {
        crossbar_sense_noisily(crossbar, sensing);
    } else if (!converts_ideally(crossbar)) {
        sense_converted(crossbar, sensing);
    } else if (bytes == 13) { /* 100 rows */
        sense_ideally(crossbar, sensing, 13);
    } else if (bytes == 2) {
        sense_ideally(crossbar, sensing, 2);
    } else {
        sense_ideally(crossbar, sensing, bytes);
    }
}

void crossbar_sense_run(const struct crossbar *crossbar, const struct sense_run *run)
{
    const struct hardware *hardware = crossbar->hardware;
    const size_t clock_codes = (size_t) run->code_slots * hardware->codes;
    for (uint32_t number = 0; number < hardware->phases * hardware->codes; number++) {
        const struct sensor *sensor = &crossbar->sensors[number];
        const uint32_t phase = number / hardware->codes;
        const struct sensor_run sensing = {
            .run = run,
            .sensor = sensor,
            .rows = run->rows + phase * run->clock_bytes + sensor->first_byte,
            .codes = run->codes + (size_t) number * run->code_slots,
            .step_bytes = run->clock_bytes * hardware->phases,
            .step_codes = clock_codes * hardware->phases,
        };
        sense(crossbar, &sensing);
    }
}

/* Runs of one step. Not inlined: what it takes of the stack, crossbar_sense() would pay for in every clock. */
static __attribute__((noinline)) void sense_steps(const struct crossbar *crossbar, uint32_t sample,
                                                  uint32_t step, uint32_t phase, const uint32_t *rows,
                                                  int32_t *codes)
{
    const struct sense_run run = {
        .samples = &sample, .slots = 1, .first_step = step, .steps = 1, .code_slots = 1};
    for (uint32_t code = 0; code < crossbar->hardware->codes; code++) {
        const struct sensor *sensor = &crossbar->sensors[phase * crossbar->hardware->codes + code];
        const struct sensor_run sensing = {
            .run = &run,
            .sensor = sensor,
            .rows = (const uint8_t *) rows + sensor->first_byte,
            .codes = codes + code,
        };
        sense(crossbar, &sensing);
    }
}

INLINED void sense_phase(const struct crossbar *crossbar, uint32_t phase, const uint32_t *rows,
                         int32_t *codes, uint32_t bytes)
{
    const uint32_t count = crossbar->hardware->codes;
    if (count == 1) { /* most often: a loop's set-up would cost as much as half of the sum */
        *codes = ideal_code(crossbar, crossbar->sensors[phase].sums, (const uint8_t *) rows, bytes);
        return;
    }
    const struct sensor *sensors = &crossbar->sensors[(size_t) phase * count];
    for (uint32_t code = 0; code < count; code++) {
        codes[code] = ideal_code(crossbar, sensors[code].sums, (const uint8_t *) rows, bytes);
    }
}

/* What a clock of a simulated review waits for: without a run's overhead for the frequent numbers of rows. */
void crossbar_sense(const struct crossbar *crossbar, uint32_t sample, uint32_t step, uint32_t phase,
                    const uint32_t *rows, int32_t *codes)
{
    if (crossbar->sum_bytes == 13) {
        sense_phase(crossbar, phase, rows, codes, 13);
    } else if (crossbar->sum_bytes == 2) {
        sense_phase(crossbar, phase, rows, codes, 2);
    } else {
        sense_steps(crossbar, sample, step, phase, rows, codes);
    }
}
