// SPDX-License-Identifier: Apache-2.0
#include "model/crossbar/state.h"

#include "model/base/random_blocks.h"
#include "model/base/vector.h"

#include <string.h>

enum {
    NOISE_DEVICES = 8, /* that share a block of random numbers, 16 bits each */
    /* Noise is drawn for this many blocks at once: enough for every row that a column can have, and a
     * multiple of what vector code takes. */
    NOISE_BLOCKS = 256,
    NOISE_WEIGHT_FRACTION = 23, /* of weights up to 2 a float holds no more than these */
};

static uint32_t pick_anywhere(const struct crossbar *crossbar, const struct sensor *sensor,
                              const float *conductances, const uint8_t *rows, float *picked)
{
    uint32_t count = 0;
    for (uint32_t byte = 0; byte < sensor->bytes; byte++) {
        const uint32_t value = rows[byte] & sensor->masks[byte];
        for (uint32_t i = 0; i < crossbar->bits[value]; i++) {
            picked[count++] = conductances[byte * 8 + crossbar->places[value][i]];
        }
    }
    return count;
}

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("avx2"))) static uint32_t pick_by_avx2(const struct crossbar *crossbar,
                                                             const struct sensor *sensor,
                                                             const float *conductances, const uint8_t *rows,
                                                             float *picked)
{
    uint32_t count = 0;
    for (uint32_t byte = 0; byte < sensor->bytes; byte++) {
        const uint32_t value = rows[byte] & sensor->masks[byte];
        const __m256i places =
            _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *) (const void *) crossbar->places[value]));
        _mm256_storeu_ps(picked + count,
                         _mm256_permutevar8x32_ps(_mm256_loadu_ps(conductances + (size_t) byte * 8), places));
        count += crossbar->bits[value];
    }
    return count;
}

/* Processors with 512-bit vectors close the gaps of 16 rows in one operation. */
__attribute__((target("avx512f,popcnt"))) static uint32_t pick_by_avx512(const struct crossbar *crossbar,
                                                                         const struct sensor *sensor,
                                                                         const float *conductances,
                                                                         const uint8_t *rows, float *picked)
{
    (void) crossbar;
    uint32_t count = 0;
    uint32_t byte = 0;
    for (; byte + 2 <= sensor->bytes; byte += 2) {
        const uint32_t value = (uint32_t) (rows[byte] & sensor->masks[byte]) |
                               (uint32_t) (rows[byte + 1] & sensor->masks[byte + 1]) << 8;
        _mm512_storeu_ps(
            picked + count,
            _mm512_maskz_compress_ps((__mmask16) value, _mm512_loadu_ps(conductances + (size_t) byte * 8)));
        count += (uint32_t) __builtin_popcount(value);
    }
    if (byte < sensor->bytes) {
        const uint32_t value = rows[byte] & sensor->masks[byte];
        const __m512 last = _mm512_castps256_ps512(_mm256_loadu_ps(conductances + (size_t) byte * 8));
        _mm256_storeu_ps(picked + count,
                         _mm512_castps512_ps256(_mm512_maskz_compress_ps((__mmask16) value, last)));
        count += (uint32_t) __builtin_popcount(value);
    }
    return count;
}
#endif

void crossbar_choose_pick(struct crossbar *crossbar)
{
    for (uint32_t value = 0; value < BYTE_VALUES; value++) {
        for (uint8_t bit = 0; bit < 8; bit++) {
            if (value >> bit & 1) {
                crossbar->places[value][crossbar->bits[value]++] = bit;
            }
        }
    }
#if defined(__x86_64__)
    static pick_spiking *const picks[] = {pick_anywhere, pick_by_avx2, pick_by_avx512};
    crossbar->pick = picks[vector_unit()];
#else
    crossbar->pick = pick_anywhere;
#endif
}

/* Where a row of a column lies in `conductances` and `noise_shares`. */
INLINED size_t row_place(const struct crossbar *crossbar, uint32_t column, uint32_t row)
{
    return (size_t) column * crossbar->bytes * 8 + row;
}

void crossbar_find_conductances(const struct crossbar *crossbar, double range)
{
    const struct hardware *hardware = crossbar->hardware;
    for (uint32_t column = 0; column < hardware->columns; column++) {
        const size_t first = row_place(crossbar, column, 0);
        for (uint32_t row = 0; row < hardware->lanes; row++) {
            const double resistance = sensed_resistances(crossbar)[column * hardware->lanes + row];
            crossbar->conductances[first + row] = (float) (1.0 / (resistance * range));
            if (crossbar->noise_shares != NULL) {
                crossbar->noise_shares[first + row] = (float) most_conductance_noise(
                    crossbar, resistance, crossbar->nonidealities->noise_time_s);
            }
        }
    }
}

/* Loops of a fixed length that the compiler does not make into vector code by itself. */
typedef uint32_t counter_vector __attribute__((vector_size(4 * RANDOM_BLOCKS_AT_ONCE)));
typedef int32_t weight_vector __attribute__((vector_size(4 * NOISE_DEVICES)));
typedef uint32_t sum_vector __attribute__((vector_size(4 * NOISE_DEVICES)));
static const counter_vector first_numbers = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/* A sensor under several sets of rows (of some step and sample each) at once, with read noise; a set for each
 * of its columns. Only rows that spike count: their devices stand side by side, set after set, in blocks of
 * NOISE_DEVICES, which is how many a random block has numbers for. What a block's numbers are for is the
 * sample, the step, the column, the tile and where the block stands in its set. */
struct noisy_sets {
    uint32_t count;
    uint32_t blocks; /* of all sets */
    uint32_t end[NOISE_BLOCKS];
    float conductances[(NOISE_BLOCKS + 1) * NOISE_DEVICES]; /* in units of Gmax - Gmin; 0 fills up a block */
    uint32_t block_numbers[NOISE_BLOCKS + RANDOM_BLOCKS_AT_ONCE];
    uint32_t steps[NOISE_BLOCKS + RANDOM_BLOCKS_AT_ONCE];
    uint32_t samples[NOISE_BLOCKS + RANDOM_BLOCKS_AT_ONCE];
    uint32_t words[4][NOISE_BLOCKS];
    float shares[(NOISE_BLOCKS + 1) * NOISE_DEVICES]; /* of noise that depends on the conductance */
    sum_vector sums[NOISE_BLOCKS + 1]; /* of the weights of the blocks before; may wrap, differences do not */
};

/* Add the rows of a step, in one of the sensor's columns. */
INLINED void add_noisy_set(const struct crossbar *crossbar, const struct sensor *sensor, uint32_t column,
                           uint32_t sample, uint32_t step, const uint8_t *rows, struct noisy_sets *sets)
{
    const size_t first_device = row_place(crossbar, column, sensor->first_byte * 8);
    float *conductances = sets->conductances + (size_t) sets->blocks * NOISE_DEVICES;
    const uint32_t devices =
        crossbar->pick(crossbar, sensor, crossbar->conductances + first_device, rows, conductances);
    memset(conductances + devices, 0, NOISE_DEVICES * sizeof *conductances);
    if (crossbar->noise_shares != NULL) {
        float *shares = sets->shares + (size_t) sets->blocks * NOISE_DEVICES;
        (void) crossbar->pick(crossbar, sensor, crossbar->noise_shares + first_device, rows, shares);
        memset(shares + devices, 0, NOISE_DEVICES * sizeof *shares);
    }
    const uint32_t blocks = (devices + NOISE_DEVICES - 1) / NOISE_DEVICES;
    /* Always whole vectors, which the next set overwrites. */
    for (uint32_t first = 0; first < blocks; first += RANDOM_BLOCKS_AT_ONCE) {
        const counter_vector numbers = first_numbers + (column << 16 | sensor->tile << 8 | first);
        const counter_vector same_step = (counter_vector) {0} + step;
        const counter_vector same_sample = (counter_vector) {0} + sample;
        memcpy(sets->block_numbers + sets->blocks + first, &numbers, sizeof numbers);
        memcpy(sets->steps + sets->blocks + first, &same_step, sizeof same_step);
        memcpy(sets->samples + sets->blocks + first, &same_sample, sizeof same_sample);
    }
    sets->blocks += blocks;
    sets->end[sets->count++] = sets->blocks;
}

/* The value of a random number: between -1 and 1, exclusive, in 2^16 even steps. */
INLINED float even_noise(int16_t number)
{
    return ((float) number + 0.5F) * 0x1p-15F;
}

/* Weights of the devices as this reading finds them; vector code. */
FOR_EVERY_VECTOR_UNIT
static void read_noisily(const struct crossbar *crossbar, struct noisy_sets *sets, uint32_t blocks)
{
    const float noise = (float) crossbar->settings.read_noise;
    const float reference = (float) crossbar->reference;
    const float most = (float) crossbar->most;
    weight_vector weights[NOISE_BLOCKS];
    int16_t numbers[NOISE_BLOCKS * NOISE_DEVICES];
    for (uint32_t block = 0; block < blocks; block++) {
        for (uint32_t word = 0; word < 4; word++) {
            numbers[block * NOISE_DEVICES + 2 * word] = (int16_t) (sets->words[word][block] & 0xffff);
            numbers[block * NOISE_DEVICES + 2 * word + 1] = (int16_t) (sets->words[word][block] >> 16);
        }
    }
    for (uint32_t device = 0; device < blocks * NOISE_DEVICES; device++) {
        float weight = sets->conductances[device] / (1.0F + noise * even_noise(numbers[device])) - reference;
        weight = weight < 0.0F ? 0.0F : weight;
        weight = weight > most ? most : weight;
        /* Halves upwards, of twice the number: beyond 2^23 a float has no place for the half to be added. */
        ((int32_t *) weights)[device] = ((int32_t) (weight * (2 << NOISE_WEIGHT_FRACTION)) + 1) >> 1;
    }
    sets->sums[0] = (sum_vector) {0};
    for (uint32_t block = 0; block < blocks; block++) {
        sets->sums[block + 1] = sets->sums[block] + (sum_vector) weights[block];
    }
}

/* Noise that depends on the conductance. */
static void change_conductances(const struct crossbar *crossbar, struct noisy_sets *sets, uint32_t blocks)
{
    uint32_t *const words[] = {sets->words[0], sets->words[1], sets->words[2], sets->words[3]};
    random_blocks(crossbar->settings.seed, RANDOM_CONDUCTANCE_NOISE, sets->block_numbers, sets->steps,
                  sets->samples, blocks, words);
    for (uint32_t device = 0; device < sets->blocks * NOISE_DEVICES; device++) {
        const uint32_t word = sets->words[device % NOISE_DEVICES / 2][device / NOISE_DEVICES];
        const int16_t number = (int16_t) (device % 2 == 0 ? word & 0xffff : word >> 16);
        sets->conductances[device] *= 1.0F + sets->shares[device] * even_noise(number);
    }
}

/* Read the devices of the sets added since the last time. */
static void read_noisy_sets(const struct crossbar *crossbar, struct noisy_sets *sets)
{
    uint32_t blocks = sets->blocks;
    /* The last vector's blocks beyond those that count. */
    for (; blocks % RANDOM_BLOCKS_AT_ONCE != 0; blocks++) {
        sets->block_numbers[blocks] = sets->steps[blocks] = sets->samples[blocks] = 0;
    }
    if (crossbar->noise_shares != NULL) {
        change_conductances(crossbar, sets, blocks);
    }
    uint32_t *const words[] = {sets->words[0], sets->words[1], sets->words[2], sets->words[3]};
    random_blocks(crossbar->settings.seed, RANDOM_INFERENCE_NOISE, sets->block_numbers, sets->steps,
                  sets->samples, blocks, words);
    read_noisily(crossbar, sets, sets->blocks);
}

/* The sum of a set's weights, with WEIGHT_FRACTION fraction bits. */
INLINED int64_t noisy_sum(const struct noisy_sets *sets, uint32_t set)
{
    const weight_vector sums =
        (weight_vector) (sets->sums[sets->end[set]] - sets->sums[set > 0 ? sets->end[set - 1] : 0]);
    int64_t sum = 0;
    for (uint32_t i = 0; i < NOISE_DEVICES; i++) {
        sum += sums[i];
    }
    return sum * (1 << (WEIGHT_FRACTION - NOISE_WEIGHT_FRACTION));
}

/* Of a set within a run: slots run fastest. */
struct place {
    size_t step, slot;
};

INLINED void next_place(struct place *place, const struct sense_run *run)
{
    if (++place->slot == run->slots) {
        place->slot = 0;
        place->step++;
    }
}

/* Vector code. */
FOR_EVERY_VECTOR_UNIT
void crossbar_sense_noisily(const struct crossbar *crossbar, const struct sensor_run *sensing)
{
    const struct sense_run *run = sensing->run;
    const struct sensor *sensor = sensing->sensor;
    const uint32_t sides = crossbar->hardware->sides;
    const bool ideal = converts_ideally(crossbar);
    struct place add = {0};
    struct place take = {0};
    struct noisy_sets sets;
    while (add.step < run->steps) {
        sets.count = 0;
        sets.blocks = 0;
        while (add.step < run->steps && sets.count + sides <= NOISE_BLOCKS &&
               sets.blocks + sides * sensor->bytes <= NOISE_BLOCKS) {
            for (uint32_t side = 0; side < sides; side++) {
                add_noisy_set(crossbar, sensor, sensor->column + side, run->samples[add.slot],
                              (uint32_t) (run->first_step + add.slot * run->slot_steps + add.step),
                              sensing->rows + add.step * sensing->step_bytes + add.slot * run->slot_bytes,
                              &sets);
            }
            next_place(&add, run);
        }
        read_noisy_sets(crossbar, &sets);
        for (uint32_t set = 0; set < sets.count; set += sides) {
            const int64_t sum = noisy_sum(&sets, set) - (sides > 1 ? noisy_sum(&sets, set + 1) : 0);
            const int64_t code = ideal ? convert_ideally(sum) : crossbar_convert(crossbar, sensor, sum);
            sensing->codes[take.step * sensing->step_codes + take.slot] = limit_code(crossbar, code);
            next_place(&take, run);
        }
    }
}
