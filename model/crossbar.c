#include "model/crossbar.h"

#include "base/random_blocks.h"
#include "base/rounding.h"
#include "base/vector.h"
#include "model/line_resistance.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    WEIGHT_FRACTION = 30, /* fraction bits of a weight inside the sum */
    BYTE_VALUES = 256,
    NOISE_DEVICES = 8, /* that share a block of random numbers, 16 bits each */
    /* Noise is drawn for this many blocks at once: enough for every row that a column can have, and a
     * multiple of what vector code takes. */
    NOISE_BLOCKS = 256,
    NOISE_WEIGHT_FRACTION = 23, /* of weights up to 2 a float holds no more than these */
};

/* What is sensed at once: the rows of a tile, in the columns of an output. All of it lies in whole bytes of
 * rows; those of other tiles in them are masked. */
struct sensor {
    uint32_t number; /* (phase x outputs + output) x tiles + tile */
    uint32_t column; /* its first */
    uint32_t tile;
    uint32_t first_byte;
    uint32_t bytes;
    const uint8_t *masks; /* [byte] */
};

/* Conductances of the rows that spike, side by side; returns how many. `conductances` and `rows` begin at the
 * sensor's first byte. Writes up to 16 numbers more than that, but none beyond the number of rows rounded up
 * to whole bytes. */
typedef uint32_t pick_spiking(const struct crossbar *crossbar, const struct sensor *sensor,
                              const float *conductances, const uint8_t *rows, float *picked);

/* What an ADC makes of a current beside rounding it. */
struct converter {
    double gain, offset;
};

struct crossbar {
    const struct hardware *hardware;
    const struct device *device;
    struct crossbar_settings settings;
    struct pulse_table pulses;
    struct crossbar_state state;
    double *stuck; /* hardware->devices: the resistance of a stuck device; 0 for the others */
    /* The device's non-idealities; what there is none of stays NULL. */
    const struct nonidealities *nonidealities;
    struct switching *switching; /* hardware->devices: each one's own constants, */
    struct pulse *own_pulses;    /* [device][entry]: and what its pulses do */
    struct pulse *half_pulses;   /* [device][entry]: what pulses do to a device beside the one they are for */
    struct converter *converters; /* hardware->codes */
    double *drift;  /* hardware->devices: what conductances are multiplied by when they are sensed */
    double *sensed; /* hardware->devices: resistances as the columns' currents show them */
    bool prepared;
    uint32_t bytes;         /* bytes that hold the rows of a column */
    uint8_t *masks;         /* [tile][byte]: a bit for every row of the tile */
    struct sensor *sensors; /* phases x outputs x tiles */
    /* Without read noise, [sensor][byte][value]: the sum of the weights of the rows that are set. */
    int64_t *sums;
    /* With it, [column][row], rows rounded up to whole bytes: conductances in units of Gmax - Gmin, */
    float *conductances;
    float *noise_shares;    /* and, of noise that depends on them, the largest change as a share of each; */
    double reference;       /* Gref in these units: what is taken away from each, */
    double reference_shift; /* how far it lies below Gmin, */
    double most;            /* up to this weight, */
    pick_spiking *pick;
    uint8_t bits[BYTE_VALUES];      /* and how many bits a byte has set, for processors that do not count, */
    uint8_t places[BYTE_VALUES][8]; /* and where: the first `bits` of them */
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

static pick_spiking *choose_pick(void)
{
#if defined(__x86_64__)
    static pick_spiking *const picks[] = {pick_anywhere, pick_by_avx2, pick_by_avx512};
    return picks[vector_unit()];
#else
    return pick_anywhere;
#endif
}

/* Far outside of what the device can be programmed to, and inside of what the hardware can read, in ohm. */
static const double open_resistance = 65000;
static const double closed_resistance = 100;

/* What a device is stuck at; 0 if it is not. */
static double draw_stuck(const struct device *device, const struct crossbar_settings *settings,
                         uint32_t number)
{
    const struct random_block block = random_block(settings->seed, RANDOM_STUCK_DEVICE, number, 0, 0);
    const double drawn = random_unit(block.word[0]);
    if (drawn < settings->stuck_open) {
        return open_resistance;
    }
    if (drawn < settings->stuck_open + settings->stuck_closed) {
        return closed_resistance;
    }
    if (drawn < settings->stuck_open + settings->stuck_closed + settings->stuck_anywhere) {
        const double range = device->maximum_resistance - device->minimum_resistance;
        return device->minimum_resistance + range * random_unit(block.word[1]);
    }
    return 0;
}

static int64_t fixed_weight(const struct crossbar *crossbar, double weight)
{
    const double clamped = weight < 0 ? 0 : weight > crossbar->most ? crossbar->most : weight;
    return (int64_t) round_half_up(clamped * (1 << WEIGHT_FRACTION));
}

/* A device's own constants. */
static struct switching draw_switching(const struct device *device, uint64_t seed, uint32_t number)
{
    struct switching switching = device->switching;
    for (uint32_t i = 0; i < switching_constant_count(switching.model); i++) {
        const struct random_block block = random_block(seed, RANDOM_DEVICE_VARIATION, number, i, 0);
        const double factor =
            1.0 + device->nonidealities.device_variation[i] * random_normal(block.word[0], block.word[1]);
        switching.constants[i] *= fmin(fmax(factor, 0.01), 1.99);
        const double below = switching_models[switching.model].constants[i].below;
        if (below > 0) {
            switching.constants[i] = fmin(switching.constants[i], 0.999 * below);
        }
    }
    return switching;
}

/* Constants that no longer fit each other make a pulse that does nothing, or that ends at an ohm. */
static struct pulse own_pulse(const struct crossbar *crossbar, uint32_t device, double voltage)
{
    struct pulse pulse = pulse_of_voltage(&crossbar->switching[device], voltage);
    pulse.rate = fmax(pulse.rate, 0);
    pulse.asymptote = fmax(pulse.asymptote, 1);
    return pulse;
}

static double draw_drift(const struct nonidealities *nonidealities, uint64_t seed, uint32_t number)
{
    const struct random_block block = random_block(seed, RANDOM_DRIFT, number, 0, 0);
    const double exponent = nonidealities->drift_exponent +
                            nonidealities->drift_spread * random_normal(block.word[0], block.word[1]);
    return pow(nonidealities->drift_time / nonidealities->drift_start, -fmax(exponent, 0));
}

static void draw_converters(struct crossbar *crossbar)
{
    const struct nonidealities *nonidealities = crossbar->nonidealities;
    crossbar->converters = allocate(crossbar->hardware->codes, sizeof *crossbar->converters);
    for (uint32_t code = 0; code < crossbar->hardware->codes; code++) {
        const struct random_block block = random_block(crossbar->settings.seed, RANDOM_CONVERTER, code, 0, 0);
        crossbar->converters[code] = (struct converter) {
            .gain = fmax(1 + nonidealities->adc_gain * random_normal(block.word[0], block.word[1]), 0),
            .offset = nonidealities->adc_offset * random_normal(block.word[2], block.word[3]),
        };
    }
}

static void draw_nonidealities(struct crossbar *crossbar)
{
    const struct nonidealities *nonidealities = &crossbar->device->nonidealities;
    const uint32_t devices = crossbar->hardware->devices;
    const bool drifts = nonidealities->drift_time > nonidealities->drift_start;
    /* Voltages do. */
    bool differ = nonidealities->row_ohm > 0 || nonidealities->half_select > 0 ||
                  nonidealities->disturb_s > 0 || nonidealities->dac_full_scale > 0;
    for (int i = 0; i < SWITCHING_CONSTANTS; i++) {
        differ = differ || nonidealities->device_variation[i] > 0;
    }
    crossbar->nonidealities = nonidealities;
    if (differ) {
        crossbar->switching = allocate(devices, sizeof *crossbar->switching);
        crossbar->own_pulses = allocate((size_t) devices * PULSE_ENTRIES, sizeof *crossbar->own_pulses);
    }
    if (nonidealities->half_select > 0) {
        crossbar->half_pulses = allocate((size_t) devices * PULSE_ENTRIES, sizeof *crossbar->half_pulses);
    }
    if (nonidealities->adc_offset > 0 || nonidealities->adc_gain > 0) {
        draw_converters(crossbar);
    }
    crossbar->drift = drifts ? allocate(devices, sizeof *crossbar->drift) : NULL;
    crossbar->sensed = drifts || nonidealities->row_ohm > 0 || nonidealities->disturb_s > 0
                           ? allocate(devices, sizeof *crossbar->sensed)
                           : NULL;
    for (uint32_t d = 0; d < devices; d++) {
        if (differ) {
            crossbar->switching[d] = draw_switching(crossbar->device, crossbar->settings.seed, d);
        }
        if (drifts) {
            crossbar->drift[d] = draw_drift(nonidealities, crossbar->settings.seed, d);
        }
    }
}

static void make_sensors(struct crossbar *crossbar)
{
    const struct hardware *hardware = crossbar->hardware;
    crossbar->masks = allocate((size_t) hardware->tiles * crossbar->bytes, sizeof *crossbar->masks);
    for (uint32_t row = 0; row < hardware->lanes; row++) {
        const uint32_t tile = row / hardware->tile_rows;
        crossbar->masks[tile * crossbar->bytes + row / 8] |= (uint8_t) (1u << row % 8);
    }
    crossbar->sensors = allocate((size_t) hardware->phases * hardware->codes, sizeof *crossbar->sensors);
    for (uint32_t number = 0; number < hardware->phases * hardware->codes; number++) {
        const uint32_t tile = number % hardware->tiles;
        const uint32_t first = tile * hardware->tile_rows / 8;
        crossbar->sensors[number] = (struct sensor) {
            .number = number,
            .column = number / hardware->tiles * hardware->sides,
            .tile = tile,
            .first_byte = first,
            .bytes = ((tile + 1) * hardware->tile_rows + 7) / 8 - first,
            .masks = crossbar->masks + (size_t) tile * crossbar->bytes + first,
        };
    }
}

struct crossbar *crossbar_open(const struct hardware *hardware, const struct device *device,
                               const struct crossbar_settings *settings)
{
    struct crossbar *crossbar = allocate(1, sizeof *crossbar);
    crossbar->hardware = hardware;
    crossbar->device = device;
    crossbar->settings = *settings;
    crossbar->state.resistances = allocate(hardware->devices, sizeof *crossbar->state.resistances);
    crossbar->state.read_counts = allocate(hardware->devices, sizeof *crossbar->state.read_counts);
    crossbar->stuck = allocate(hardware->devices, sizeof *crossbar->stuck);
    crossbar->bytes = (hardware->lanes + 7) / 8;
    make_sensors(crossbar);
    for (uint32_t value = 0; value < BYTE_VALUES; value++) {
        for (uint8_t bit = 0; bit < 8; bit++) {
            if (value >> bit & 1) {
                crossbar->places[value][crossbar->bits[value]++] = bit;
            }
        }
    }
    crossbar->pick = choose_pick();
    const size_t column_bytes = (size_t) hardware->columns * crossbar->bytes;
    if (settings->read_noise > 0 || device->nonidealities.noise_scale > 0) {
        crossbar->conductances = allocate(column_bytes, 8 * sizeof *crossbar->conductances);
        if (device->nonidealities.noise_scale > 0) {
            crossbar->noise_shares = allocate(column_bytes, 8 * sizeof *crossbar->noise_shares);
        }
    } else {
        crossbar->sums = allocate((size_t) hardware->phases * hardware->codes * crossbar->bytes,
                                  BYTE_VALUES * sizeof *crossbar->sums);
    }
    draw_nonidealities(crossbar);
    for (uint32_t d = 0; d < hardware->devices; d++) {
        struct random_block block = random_block(settings->seed, RANDOM_START_RESISTANCE, d, 0, 0);
        double offset = 2.0 * random_unit(block.word[0]) - 1.0;
        crossbar->stuck[d] = draw_stuck(device, settings, d);
        crossbar->state.resistances[d] = crossbar->stuck[d] > 0
                                             ? crossbar->stuck[d]
                                             : device->start_resistance + device->start_spread * offset;
    }
    return crossbar;
}

void crossbar_close(struct crossbar *crossbar)
{
    if (crossbar != NULL) {
        crossbar_state_clear(&crossbar->state);
        free(crossbar->stuck);
        free(crossbar->switching);
        free(crossbar->own_pulses);
        free(crossbar->drift);
        free(crossbar->sensed);
        free(crossbar->masks);
        free(crossbar->sensors);
        free(crossbar->sums);
        free(crossbar->conductances);
        free(crossbar->noise_shares);
        free(crossbar->half_pulses);
        free(crossbar->converters);
        free(crossbar);
    }
}

const struct hardware *crossbar_hardware(const struct crossbar *crossbar)
{
    return crossbar->hardware;
}

const struct device *crossbar_device(const struct crossbar *crossbar)
{
    return crossbar->device;
}

const struct crossbar_settings *crossbar_settings(const struct crossbar *crossbar)
{
    return &crossbar->settings;
}

const double *crossbar_resistances(const struct crossbar *crossbar)
{
    return crossbar->state.resistances;
}

bool crossbar_stuck(const struct crossbar *crossbar, uint32_t device)
{
    return crossbar->stuck[device] > 0;
}

void crossbar_set_resistances(struct crossbar *crossbar, const double *resistances)
{
    for (uint32_t d = 0; d < crossbar->hardware->devices; d++) {
        crossbar->state.resistances[d] = crossbar_stuck(crossbar, d) ? crossbar->stuck[d] : resistances[d];
    }
    crossbar->prepared = false;
}

struct crossbar_state crossbar_save(const struct crossbar *crossbar)
{
    const uint32_t devices = crossbar->hardware->devices;
    struct crossbar_state state = {
        .resistances = allocate(devices, sizeof *state.resistances),
        .read_counts = allocate(devices, sizeof *state.read_counts),
        .energy = crossbar->state.energy,
    };
    memcpy(state.resistances, crossbar->state.resistances, devices * sizeof *state.resistances);
    memcpy(state.read_counts, crossbar->state.read_counts, devices * sizeof *state.read_counts);
    return state;
}

void crossbar_restore(struct crossbar *crossbar, const struct crossbar_state *state)
{
    crossbar_set_resistances(crossbar, state->resistances);
    memcpy(crossbar->state.read_counts, state->read_counts,
           crossbar->hardware->devices * sizeof *state->read_counts);
    crossbar->state.energy = state->energy;
}

void crossbar_state_clear(struct crossbar_state *state)
{
    free(state->resistances);
    free(state->read_counts);
    *state = (struct crossbar_state) {0};
}

/* Put the sensed resistances of a tile, an array by itself, behind its lines. */
static void put_behind_lines(struct crossbar *crossbar, uint32_t tile)
{
    const struct hardware *hardware = crossbar->hardware;
    const struct nonidealities *nonidealities = crossbar->nonidealities;
    const uint32_t rows = hardware->tile_rows;
    const uint32_t devices = rows * hardware->columns;
    double *resistances = allocate(devices, sizeof *resistances);
    double *conductances = allocate(devices, sizeof *conductances);
    double *sensed = crossbar->sensed + (size_t) tile * rows;
    for (uint32_t d = 0; d < devices; d++) {
        resistances[d] = sensed[d / rows * hardware->lanes + d % rows];
    }
    line_effective_conductances(rows, hardware->columns, nonidealities->row_ohm, nonidealities->column_ohm,
                                resistances, conductances);
    for (uint32_t d = 0; d < devices; d++) {
        sensed[d / rows * hardware->lanes + d % rows] = 1.0 / conductances[d];
    }
    free(resistances);
    free(conductances);
}

/* What reading has made of a device. */
static double disturbed(const struct crossbar *crossbar, uint32_t device)
{
    const struct nonidealities *nonidealities = crossbar->nonidealities;
    const double resistance = crossbar->state.resistances[device];
    if (nonidealities->disturb_s <= 0 || crossbar_stuck(crossbar, device)) {
        return resistance;
    }
    const struct pulse read = own_pulse(crossbar, device, nonidealities->disturb_voltage);
    return memristor_after(resistance, &read, nonidealities->disturb_s);
}

/* As the columns' currents show them: after reading and drift, behind their lines. */
static void find_sensed_resistances(struct crossbar *crossbar)
{
    const struct hardware *hardware = crossbar->hardware;
    const struct nonidealities *nonidealities = crossbar->nonidealities;
    double *sensed = crossbar->sensed;
    for (uint32_t d = 0; d < hardware->devices; d++) {
        const bool drifts = crossbar->drift != NULL && !crossbar_stuck(crossbar, d);
        sensed[d] = disturbed(crossbar, d) / (drifts ? crossbar->drift[d] : 1.0);
    }
    for (uint32_t tile = 0; tile < hardware->tiles && nonidealities->row_ohm > 0; tile++) {
        put_behind_lines(crossbar, tile);
    }
}

static const double *sensed_resistances(const struct crossbar *crossbar)
{
    return crossbar->sensed != NULL ? crossbar->sensed : crossbar->state.resistances;
}

static int64_t sensed_weight(const struct crossbar *crossbar, uint32_t column, uint32_t row)
{
    const double resistance = sensed_resistances(crossbar)[column * crossbar->hardware->lanes + row];
    return fixed_weight(crossbar, device_weight(crossbar->device, resistance) + crossbar->reference_shift);
}

static int64_t *sensor_sums(const struct crossbar *crossbar, const struct sensor *sensor)
{
    return crossbar->sums + (size_t) sensor->number * crossbar->bytes * BYTE_VALUES;
}

/* The sums of every selection of the rows of a sensor's byte. */
static void add_up_weights(const struct crossbar *crossbar, const struct sensor *sensor, uint32_t byte)
{
    int64_t *sums = sensor_sums(crossbar, sensor) + (size_t) byte * BYTE_VALUES;
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

static float *column_conductances(const struct crossbar *crossbar, uint32_t column)
{
    return crossbar->conductances + (size_t) column * crossbar->bytes * 8;
}

void crossbar_prepare(struct crossbar *crossbar)
{
    if (crossbar->prepared) {
        return;
    }
    if (crossbar->sensed != NULL) {
        find_sensed_resistances(crossbar);
    }
    const double minimum_conductance = 1.0 / crossbar->device->maximum_resistance;
    const double range = 1.0 / crossbar->device->minimum_resistance - minimum_conductance;
    const struct nonidealities *nonidealities = crossbar->nonidealities;
    const double drift = nonidealities->drift_reference != 0 ? nonidealities_median_drift(nonidealities) : 1;
    const bool pairs = crossbar->hardware->sides > 1;
    crossbar->reference = pairs ? 0 : drift * minimum_conductance / range;
    crossbar->reference_shift = minimum_conductance / range - crossbar->reference;
    crossbar->most = pairs ? 2 : 1;
    const uint32_t sensors = crossbar->hardware->phases * crossbar->hardware->codes;
    for (uint32_t i = 0; i < sensors && crossbar->sums != NULL; i++) {
        for (uint32_t byte = 0; byte < crossbar->sensors[i].bytes; byte++) {
            add_up_weights(crossbar, &crossbar->sensors[i], byte);
        }
    }
    for (uint32_t column = 0; column < crossbar->hardware->columns; column++) {
        for (uint32_t row = 0; row < crossbar->hardware->lanes && crossbar->conductances != NULL; row++) {
            const double resistance = sensed_resistances(crossbar)[column * crossbar->hardware->lanes + row];
            column_conductances(crossbar, column)[row] = (float) (1.0 / (resistance * range));
            if (crossbar->noise_shares != NULL) {
                const double share = crossbar->device->minimum_resistance / resistance;
                crossbar->noise_shares[(size_t) column * crossbar->bytes * 8 + row] =
                    (float) (sqrt(3.0) *
                             nonidealities_read_noise(nonidealities, share, nonidealities->noise_time_s));
            }
        }
    }
    crossbar->prepared = true;
}

/* The limits of the code's width. */
INLINED int32_t limit_code(const struct crossbar *crossbar, int64_t code)
{
    const int64_t largest = (INT64_C(1) << (crossbar->hardware->tile_code_bits - 1)) - 1;
    code = code < largest ? code : largest;
    return (int32_t) (code > -largest - 1 ? code : -largest - 1);
}

/* An ideal converter: rounded to the code's fraction bits. */
INLINED int64_t convert_ideally(int64_t sum)
{
    int shift = WEIGHT_FRACTION - CODE_FRACTION;
    return (sum + (1 << (shift - 1))) >> shift;
}

/* The ADC of a sensor. That of a difference has a sign: its bits make as many levels below zero as above. */
static int64_t convert(const struct crossbar *crossbar, const struct sensor *sensor, int64_t sum)
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

/* Loops of a fixed length that the compiler does not make into vector code by itself. */
typedef uint32_t counter_vector __attribute__((vector_size(4 * RANDOM_BLOCKS_AT_ONCE)));
typedef int32_t weight_vector __attribute__((vector_size(4 * NOISE_DEVICES)));
typedef uint32_t sum_vector __attribute__((vector_size(4 * NOISE_DEVICES)));
static const counter_vector first_numbers = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/* A sensor under several sets of rows (of some step and review each) at once, with read noise; a set for each
 * of its columns. Only rows that spike count: their devices stand side by side, set after set, in blocks of
 * NOISE_DEVICES, which is how many a random block has numbers for. What a block's numbers are for is the
 * review, the step, the column, the tile and where the block stands in its set. */
struct noisy_sets {
    uint32_t count;
    uint32_t blocks; /* of all sets */
    uint32_t end[NOISE_BLOCKS];
    float conductances[(NOISE_BLOCKS + 1) * NOISE_DEVICES]; /* in units of Gmax - Gmin; 0 fills up a block */
    uint32_t block_numbers[NOISE_BLOCKS + RANDOM_BLOCKS_AT_ONCE];
    uint32_t steps[NOISE_BLOCKS + RANDOM_BLOCKS_AT_ONCE];
    uint32_t reviews[NOISE_BLOCKS + RANDOM_BLOCKS_AT_ONCE];
    uint32_t words[4][NOISE_BLOCKS];
    float shares[(NOISE_BLOCKS + 1) * NOISE_DEVICES]; /* of noise that depends on the conductance */
    sum_vector sums[NOISE_BLOCKS + 1]; /* of the weights of the blocks before; may wrap, differences do not */
};

/* Add the rows of a step, in one of the sensor's columns. */
INLINED void add_noisy_set(const struct crossbar *crossbar, const struct sensor *sensor, uint32_t column,
                           uint32_t review, uint32_t step, const uint8_t *rows, struct noisy_sets *sets)
{
    float *conductances = sets->conductances + (size_t) sets->blocks * NOISE_DEVICES;
    const uint32_t devices = crossbar->pick(
        crossbar, sensor, column_conductances(crossbar, column) + (size_t) sensor->first_byte * 8, rows,
        conductances);
    memset(conductances + devices, 0, NOISE_DEVICES * sizeof *conductances);
    if (crossbar->noise_shares != NULL) {
        const size_t first = ((size_t) column * crossbar->bytes + sensor->first_byte) * 8;
        float *shares = sets->shares + (size_t) sets->blocks * NOISE_DEVICES;
        (void) crossbar->pick(crossbar, sensor, crossbar->noise_shares + first, rows, shares);
        memset(shares + devices, 0, NOISE_DEVICES * sizeof *shares);
    }
    const uint32_t blocks = (devices + NOISE_DEVICES - 1) / NOISE_DEVICES;
    /* Always whole vectors, which the next set overwrites. */
    for (uint32_t first = 0; first < blocks; first += RANDOM_BLOCKS_AT_ONCE) {
        const counter_vector numbers = first_numbers + (column << 16 | sensor->tile << 8 | first);
        const counter_vector same_step = (counter_vector) {0} + step;
        const counter_vector same_review = (counter_vector) {0} + review;
        memcpy(sets->block_numbers + sets->blocks + first, &numbers, sizeof numbers);
        memcpy(sets->steps + sets->blocks + first, &same_step, sizeof same_step);
        memcpy(sets->reviews + sets->blocks + first, &same_review, sizeof same_review);
    }
    sets->blocks += blocks;
    sets->end[sets->count++] = sets->blocks;
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
        /* From -1 to 1, both left out, in 2^16 even steps. */
        const float u = ((float) numbers[device] + 0.5F) * 0x1p-15F;
        float weight = sets->conductances[device] / (1.0F + noise * u) - reference;
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
                  sets->reviews, blocks, words);
    for (uint32_t device = 0; device < sets->blocks * NOISE_DEVICES; device++) {
        const uint32_t word = sets->words[device % NOISE_DEVICES / 2][device / NOISE_DEVICES];
        const int16_t number = (int16_t) (device % 2 == 0 ? word & 0xffff : word >> 16);
        sets->conductances[device] *= 1.0F + sets->shares[device] * (((float) number + 0.5F) * 0x1p-15F);
    }
}

/* Read the devices of the sets added since the last time. */
static void read_noisy_sets(const struct crossbar *crossbar, struct noisy_sets *sets)
{
    uint32_t blocks = sets->blocks;
    /* The last vector's blocks beyond those that count. */
    for (; blocks % RANDOM_BLOCKS_AT_ONCE != 0; blocks++) {
        sets->block_numbers[blocks] = sets->steps[blocks] = sets->reviews[blocks] = 0;
    }
    if (crossbar->noise_shares != NULL) {
        change_conductances(crossbar, sets, blocks);
    }
    uint32_t *const words[] = {sets->words[0], sets->words[1], sets->words[2], sets->words[3]};
    random_blocks(crossbar->settings.seed, RANDOM_INFERENCE_NOISE, sets->block_numbers, sets->steps,
                  sets->reviews, blocks, words);
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

/* A sensor's part of a run; `rows` and `codes` are those of its first step, `rows` from its first byte. */
struct sensor_run {
    const struct sense_run *run;
    const struct sensor *sensor;
    const uint8_t *rows;
    int32_t *codes;
    size_t step_bytes;
    size_t step_codes;
};

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
static void sense_noisily(const struct crossbar *crossbar, const struct sensor_run *sensing)
{
    const struct sense_run *run = sensing->run;
    const struct sensor *sensor = sensing->sensor;
    const uint32_t sides = crossbar->hardware->sides;
    struct place add = {0};
    struct place take = {0};
    struct noisy_sets sets;
    while (add.step < run->steps) {
        sets.count = 0;
        sets.blocks = 0;
        while (add.step < run->steps && sets.count + sides <= NOISE_BLOCKS &&
               sets.blocks + sides * sensor->bytes <= NOISE_BLOCKS) {
            for (uint32_t side = 0; side < sides; side++) {
                add_noisy_set(crossbar, sensor, sensor->column + side, run->reviews[add.slot],
                              (uint32_t) (run->first_step + add.slot * run->slot_steps + add.step),
                              sensing->rows + add.step * sensing->step_bytes + add.slot * run->slot_bytes,
                              &sets);
            }
            next_place(&add, run);
        }
        read_noisy_sets(crossbar, &sets);
        for (uint32_t set = 0; set < sets.count; set += sides) {
            const int64_t sum = noisy_sum(&sets, set) - (sides > 1 ? noisy_sum(&sets, set + 1) : 0);
            sensing->codes[take.step * sensing->step_codes + take.slot] =
                limit_code(crossbar, convert(crossbar, sensor, sum));
            next_place(&take, run);
        }
    }
}

/* With a real converter. */
static void sense_converted(const struct crossbar *crossbar, const struct sensor_run *sensing)
{
    const struct sense_run *run = sensing->run;
    for (uint32_t step = 0; step < run->steps; step++) {
        for (uint32_t slot = 0; slot < run->slots; slot++) {
            int64_t sum = sum_rows(sensor_sums(crossbar, sensing->sensor),
                                   sensing->rows + step * sensing->step_bytes + slot * run->slot_bytes,
                                   sensing->sensor->bytes);
            sensing->codes[step * sensing->step_codes + slot] =
                limit_code(crossbar, convert(crossbar, sensing->sensor, sum));
        }
    }
}

/* Without noise and with an ideal converter. Inlined with a constant number of bytes, so that its loop is
 * unrolled. */
INLINED void sense_ideally(const struct crossbar *crossbar, const struct sensor_run *sensing, uint32_t bytes)
{
    const int64_t *sums = sensor_sums(crossbar, sensing->sensor);
    const struct sense_run *run = sensing->run;
    const uint8_t *rows = sensing->rows;
    int32_t *codes = sensing->codes;
    for (uint32_t step = 0; step < run->steps; step++) {
        for (uint32_t slot = 0; slot < run->slots; slot++) {
            codes[slot] =
                limit_code(crossbar, convert_ideally(sum_rows(sums, rows + slot * run->slot_bytes, bytes)));
        }
        rows += sensing->step_bytes;
        codes += sensing->step_codes;
    }
}

static void sense(const struct crossbar *crossbar, const struct sensor_run *sensing)
{
    const uint32_t bytes = sensing->sensor->bytes;
    if (crossbar->conductances != NULL) {
        sense_noisily(crossbar, sensing);
    } else if (crossbar->settings.adc_bits > 0 || crossbar->converters != NULL) {
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

void crossbar_sense(const struct crossbar *crossbar, uint32_t review, uint32_t step, uint32_t phase,
                    const uint32_t *rows,
                    int32_t *codes) /* NOLINT(readability-non-const-parameter): written below */
{
    const struct sense_run run = {
        .reviews = &review, .slots = 1, .first_step = step, .steps = 1, .code_slots = 1};
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

/* Ohm between the driver and the amplifier beside the device itself, while it is written or verified. */
static double series_resistance(const struct crossbar *crossbar, uint32_t device)
{
    const struct hardware *hardware = crossbar->hardware;
    const uint32_t row = device % hardware->lanes % hardware->tile_rows;
    return line_series(hardware->tile_rows, row, device / hardware->lanes, crossbar->nonidealities->row_ohm,
                       crossbar->nonidealities->column_ohm);
}

uint32_t crossbar_read(struct crossbar *crossbar, uint32_t device)
{
    double resistance = crossbar->state.resistances[device];
    double noise = crossbar->settings.read_noise;
    if (noise > 0) {
        struct random_block block = random_block(crossbar->settings.seed, RANDOM_VERIFY_NOISE,
                                                 crossbar->state.read_counts[device], device, 0);
        resistance *= 1.0 + noise * (2.0 * random_unit(block.word[0]) - 1.0);
    }
    if (crossbar->noise_shares != NULL) {
        const struct random_block block =
            random_block(crossbar->settings.seed, RANDOM_VERIFY_CONDUCTANCE_NOISE,
                         crossbar->state.read_counts[device], device, 0);
        const double share = crossbar->device->minimum_resistance / crossbar->state.resistances[device];
        const double most = sqrt(3.0) * nonidealities_read_noise(crossbar->nonidealities, share,
                                                                 crossbar->nonidealities->noise_verify_s);
        resistance /= fmax(1.0 + most * (2.0 * random_unit(block.word[0]) - 1.0), 0.01);
    }
    crossbar->state.read_counts[device]++;
    return resistance_to_fixed(resistance + series_resistance(crossbar, device));
}

void crossbar_set_pulses(struct crossbar *crossbar, const struct pulse_table *pulses)
{
    crossbar->pulses = *pulses;
    for (uint32_t d = 0; d < crossbar->hardware->devices && crossbar->own_pulses != NULL; d++) {
        for (uint32_t i = 0; i < pulses->count; i++) {
            const double voltage = nonidealities_dac(crossbar->nonidealities, pulses->pulses[i].voltage);
            crossbar->own_pulses[(size_t) d * PULSE_ENTRIES + i] = own_pulse(crossbar, d, voltage);
            if (crossbar->half_pulses != NULL) {
                crossbar->half_pulses[(size_t) d * PULSE_ENTRIES + i] =
                    own_pulse(crossbar, d, crossbar->nonidealities->half_select * voltage);
            }
        }
    }
}

/* How much faster this pulse is than the model says. The verify reads before it tell it from others. */
static double pulse_speed(const struct crossbar *crossbar, uint32_t device)
{
    const struct random_block block = random_block(crossbar->settings.seed, RANDOM_WRITE_VARIATION,
                                                   crossbar->state.read_counts[device], device, 0);
    const double factor =
        1.0 + crossbar->nonidealities->write_variation * random_normal(block.word[0], block.word[1]);
    return fmax(factor, 0);
}

/* What a clock of a pulse does to another device. Returns the energy that it takes. */
static double pulse_beside(struct crossbar *crossbar, uint32_t device, uint32_t entry, double seconds)
{
    const struct pulse *pulse = &crossbar->half_pulses[(size_t) device * PULSE_ENTRIES + entry];
    double *resistance = &crossbar->state.resistances[device];
    const double energy = pulse->voltage * pulse->voltage / *resistance * seconds;
    if (!crossbar_stuck(crossbar, device)) {
        *resistance = memristor_step(*resistance, pulse, seconds);
    }
    return energy;
}

/* The other devices of the row and the column, in an array of their own in every tile. */
static double pulse_neighbours(struct crossbar *crossbar, uint32_t device, uint32_t entry, double seconds)
{
    const struct hardware *hardware = crossbar->hardware;
    const uint32_t column = device / hardware->lanes;
    const uint32_t row = device % hardware->lanes;
    const uint32_t first = row / hardware->tile_rows * hardware->tile_rows;
    double energy = 0;
    for (uint32_t other = 0; other < hardware->columns; other++) {
        if (other != column) {
            energy += pulse_beside(crossbar, other * hardware->lanes + row, entry, seconds);
        }
    }
    for (uint32_t other = first; other < first + hardware->tile_rows; other++) {
        if (other != row) {
            energy += pulse_beside(crossbar, column * hardware->lanes + other, entry, seconds);
        }
    }
    return energy;
}

void crossbar_pulse_clocks(struct crossbar *crossbar, uint32_t device, uint32_t entry, uint32_t clocks)
{
    struct pulse pulse = crossbar->own_pulses != NULL
                             ? crossbar->own_pulses[(size_t) device * PULSE_ENTRIES + entry]
                             : crossbar->pulses.pulses[entry];
    const double voltage = pulse.voltage;
    const double speed = crossbar->nonidealities->write_variation > 0 ? pulse_speed(crossbar, device) : 1.0;
    const double series = series_resistance(crossbar, device);
    double seconds = 1e-6 / crossbar->hardware->clocks_per_us;
    const bool stuck = crossbar_stuck(crossbar, device);
    double resistance = crossbar->state.resistances[device];
    double energy = crossbar->state.energy;
    pulse.rate *= speed;
    for (uint32_t clock = 0; clock < clocks; clock++) {
        energy += voltage * voltage / (resistance + series) * seconds;
        if (series > 0) { /* the rest of the voltage is lost on the lines */
            pulse = own_pulse(crossbar, device, voltage * resistance / (resistance + series));
            pulse.rate *= speed;
        }
        resistance = stuck ? resistance : memristor_step(resistance, &pulse, seconds);
        if (crossbar->half_pulses != NULL) {
            energy += pulse_neighbours(crossbar, device, entry, seconds);
        }
    }
    crossbar->state.resistances[device] = resistance;
    crossbar->state.energy = energy;
    crossbar->prepared = false;
}

void crossbar_pulse(struct crossbar *crossbar, uint32_t device, uint32_t entry)
{
    crossbar_pulse_clocks(crossbar, device, entry, 1);
}

double crossbar_energy(const struct crossbar *crossbar)
{
    return crossbar->state.energy;
}
