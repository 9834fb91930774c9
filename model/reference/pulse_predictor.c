// SPDX-License-Identifier: Apache-2.0
#include "model/reference/pulse_predictor.h"

enum {
    DIVIDER_FRACTION = 24,
    DENOMINATOR_SHIFT = RESISTANCE_FRACTION + PULSE_RATE_FRACTION - DIVIDER_FRACTION,
    PREDICTED_MASK = (1 << (RESISTANCE_BITS + 1)) - 1,
    /* One entry behind the other: table, difference, product, and the divider's stages. */
    PIPELINE_CLOCKS = 3 + DIVIDER_FRACTION,
    /* Each entry: four clocks for the table, one a bit for product and quotient, denominator, comparison. */
    SEQUENTIAL_CLOCKS = 4 + DIVIDER_FRACTION + 1 + DIVIDER_FRACTION + 1,
};

uint32_t divider_quotient(uint32_t numerator, uint64_t denominator)
{
    return (uint32_t) (((uint64_t) numerator << DIVIDER_FRACTION) / denominator);
}

static uint32_t distance(uint32_t a, uint32_t b)
{
    return a > b ? a - b : b - a;
}

uint32_t pulse_predict(const struct predictor_table *table, uint32_t entry, uint32_t resistance)
{
    uint32_t asymptote = table->asymptote[entry];
    uint32_t difference = distance(asymptote, resistance);
    uint64_t denominator =
        ((uint64_t) table->rate[entry] * difference >> DENOMINATOR_SHIFT) + (UINT64_C(1) << DIVIDER_FRACTION);
    uint32_t left = divider_quotient(difference, denominator);
    return (table->negative[entry] ? asymptote + left : asymptote - left) & PREDICTED_MASK;
}

struct prediction pulse_choose(const struct predictor_table *table, uint32_t resistance, uint32_t target)
{
    struct prediction best = {.found = false};
    uint32_t best_distance = distance(target, resistance);
    bool rising = target > resistance;
    for (uint32_t entry = 0; entry < table->entries; entry++) {
        bool negative = table->negative[entry];
        uint32_t asymptote = table->asymptote[entry];
        bool moves = negative ? asymptote < resistance : asymptote > resistance;
        if (table->width_us[entry] == 0 || negative == rising || !moves) {
            continue;
        }
        uint32_t predicted = distance(pulse_predict(table, entry, resistance), target);
        if (predicted < best_distance) {
            best_distance = predicted;
            best = (struct prediction) {true, negative, entry, table->width_us[entry]};
        }
    }
    return best;
}

uint32_t pulse_predictor_clocks(uint32_t entries, bool sequential)
{
    if (sequential) {
        return entries * SEQUENTIAL_CLOCKS + 1;
    }
    return entries > 0 ? PIPELINE_CLOCKS + entries + 1 : 1;
}

int pulse_predictor_entry(uint32_t clock, uint32_t entries, bool sequential)
{
    if (!sequential) {
        return clock >= PIPELINE_CLOCKS && clock - PIPELINE_CLOCKS < entries ? (int) (clock - PIPELINE_CLOCKS)
                                                                             : -1;
    }
    const uint32_t entry = clock / SEQUENTIAL_CLOCKS;
    return clock % SEQUENTIAL_CLOCKS == SEQUENTIAL_CLOCKS - 1 && entry < entries ? (int) entry : -1;
}
