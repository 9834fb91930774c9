// SPDX-License-Identifier: Apache-2.0
#include "model/reference/spike_encoder.h"

#include "model/base/memory.h"
#include "model/base/random.h"
#include "model/base/rounding.h"
#include "model/base/vector.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    STATE_MASK = 0x7fffffff,
    VECTOR_BYTES = 64,
    LEAST_SLOT_BYTES = 2, /* narrower slots gain nothing: the crossbar works sample by sample */
    MOST_LANES = 1024,
};

/* The lanes of a vector: bit i of byte j is lane 8 j + i. */
typedef uint64_t lanes_vector __attribute__((vector_size(VECTOR_BYTES)));

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "rows are taken from vectors byte by byte");

/* The LFSR's state as planes: bits 0 to 15, which are the number drawn, and bits 16 to 30, which were bits 0
 * to 14 one number earlier (the last plane is not used). */
struct lfsr {
    lanes_vector recent[RATE_BITS];
    lanes_vector earlier[RATE_BITS];
};

struct rate_planes {
    lanes_vector plane[RATE_BITS];
};

/* The effect of several advances on a state: bit b of the new one is the old one's parity under row b. */
struct leap {
    uint64_t positions;
    uint32_t rows[ENCODER_STATE_BITS];
};

/* A spike train to make: the phase of its first clock, and where its spikes go, one vector a clock. */
struct spike_train {
    uint32_t phases, phase; /* of a step; the first clock's */
    uint32_t clocks;
    uint8_t *rows;
    size_t clock_bytes; /* between the vectors of two clocks */
};

struct spike_encoder {
    const struct hardware *hardware;
    struct leap leap; /* the last one that was needed */
    uint32_t vectors; /* that a plane takes */
    bool rate_coded;
    bool first_step;
    uint32_t phase;
    struct lfsr *lfsrs;                                 /* [vector] */
    struct rate_planes *rates;                          /* [vector][phase] */
    struct rate_planes *accumulators;                   /* [vector][phase] */
    uint64_t keys[ENCODER_STATE_BITS][MOST_LANES / 64]; /* the lanes' keys as planes, one slot wide */
};

uint32_t spike_encoder_key(uint32_t lane)
{
    uint32_t x = lane + 1;
    x = x * 0x2C1B3C6Du & STATE_MASK;
    x ^= x >> 15;
    x = x * 0x297A2D39u & STATE_MASK;
    x ^= x >> 14;
    return x;
}

/* Bit b of the state takes this bit of the seed. */
static uint32_t seed_bit(uint32_t lane, uint32_t b)
{
    return (b * (lane / ENCODER_STATE_BITS + 2) + lane % ENCODER_STATE_BITS) % ENCODER_STATE_BITS;
}

uint32_t spike_encoder_start(uint32_t lane, uint32_t seed)
{
    uint32_t permuted = 0;
    for (uint32_t b = 0; b < ENCODER_STATE_BITS; b++) {
        permuted |= (seed >> seed_bit(lane, b) & 1) << b;
    }
    return permuted ^ spike_encoder_key(lane);
}

uint32_t spike_encoder_forbidden(uint32_t lane)
{
    uint32_t key = spike_encoder_key(lane);
    uint32_t seed = 0;
    for (uint32_t b = 0; b < ENCODER_STATE_BITS; b++) {
        seed |= (key >> b & 1) << seed_bit(lane, b);
    }
    return seed;
}

uint32_t spike_encoder_seed(const struct hardware *hardware, const uint32_t *forbidden, uint64_t seed,
                            uint32_t sample)
{
    for (uint32_t attempt = 0;; attempt++) {
        uint32_t candidate = random_block(seed, RANDOM_ENCODER_SEED, sample, attempt, 0).word[0] & STATE_MASK;
        bool good = true;
        for (uint32_t lane = 0; lane < hardware->lanes; lane++) {
            good = good && candidate != forbidden[lane];
        }
        if (good) {
            return candidate;
        }
    }
}

uint16_t rate_from_value(double value)
{
    double scaled = round_half_up(value * 65536.0);
    if (!(scaled > 0)) {
        return 0;
    }
    return scaled < 65535.0 ? (uint16_t) scaled : 65535;
}

size_t spike_encoder_slot_bytes(const struct hardware *hardware)
{
    size_t bytes = LEAST_SLOT_BYTES;
    while (bytes * 8 < hardware->lanes) {
        bytes *= 2;
    }
    return bytes;
}

uint32_t spike_encoder_slots(const struct hardware *hardware)
{
    size_t slot_bytes = spike_encoder_slot_bytes(hardware);
    return slot_bytes < VECTOR_BYTES ? (uint32_t) (VECTOR_BYTES / slot_bytes) : 1;
}

size_t spike_encoder_clock_bytes(const struct hardware *hardware)
{
    size_t slot_bytes = spike_encoder_slot_bytes(hardware);
    return slot_bytes < VECTOR_BYTES ? VECTOR_BYTES : slot_bytes;
}

struct spike_encoder *spike_encoder_open(const struct hardware *hardware)
{
    struct spike_encoder *encoder = allocate_vectors(1, sizeof *encoder);
    encoder->hardware = hardware;
    encoder->vectors = (uint32_t) (spike_encoder_clock_bytes(hardware) / VECTOR_BYTES);
    encoder->lfsrs = allocate_vectors(encoder->vectors, sizeof *encoder->lfsrs);
    size_t words = (size_t) encoder->vectors * hardware->phases;
    encoder->rates = allocate_vectors(words, sizeof *encoder->rates);
    encoder->accumulators = allocate_vectors(words, sizeof *encoder->accumulators);
    for (uint32_t lane = 0; lane < hardware->lanes; lane++) {
        uint64_t key = spike_encoder_key(lane);
        for (uint32_t b = 0; b < ENCODER_STATE_BITS; b++) {
            encoder->keys[b][lane / 64] |= (key >> b & 1) << (lane % 64);
        }
    }
    encoder->first_step = true;
    return encoder;
}

void spike_encoder_close(struct spike_encoder *encoder)
{
    if (encoder != NULL) {
        free(encoder->lfsrs);
        free(encoder->rates);
        free(encoder->accumulators);
        free(encoder);
    }
}

/* An 8 x 8 matrix of bits, a row a byte, mirrored at its diagonal. */
static uint64_t transpose(uint64_t rows)
{
    uint64_t swapped = (rows ^ rows >> 7) & UINT64_C(0x00aa00aa00aa00aa);
    rows ^= swapped ^ swapped << 7;
    swapped = (rows ^ rows >> 14) & UINT64_C(0x0000cccc0000cccc);
    rows ^= swapped ^ swapped << 14;
    swapped = (rows ^ rows >> 28) & UINT64_C(0x00000000f0f0f0f0);
    return rows ^ swapped ^ swapped << 28;
}

void spike_encoder_set_rates(struct spike_encoder *encoder, uint32_t slot, const uint16_t *rates)
{
    const struct hardware *hardware = encoder->hardware;
    const uint32_t lanes = hardware->lanes;
    const size_t first_byte = slot * spike_encoder_slot_bytes(hardware);
    for (uint32_t phase = 0; phase < hardware->phases; phase++) {
        for (uint32_t first = 0; first < lanes; first += 8) {
            uint64_t low = 0;
            uint64_t high = 0;
            uint32_t count = lanes - first < 8 ? lanes - first : 8;
            for (uint32_t i = 0; i < count; i++) {
                uint64_t rate = rates[phase * lanes + first + i];
                low |= (rate & 0xff) << 8 * i;
                high |= (rate >> 8) << 8 * i;
            }
            low = transpose(low);
            high = transpose(high);
            size_t byte = first_byte + first / 8;
            struct rate_planes *planes = &encoder->rates[byte / VECTOR_BYTES * hardware->phases + phase];
            uint8_t *bytes = (uint8_t *) planes + byte % VECTOR_BYTES;
            for (uint32_t b = 0; b < 8; b++) {
                bytes[(size_t) b * VECTOR_BYTES] = (uint8_t) (low >> 8 * b);
                bytes[(size_t) (b + 8) * VECTOR_BYTES] = (uint8_t) (high >> 8 * b);
            }
        }
    }
}

void spike_encoder_load(struct spike_encoder *encoder, bool rate_coded)
{
    encoder->rate_coded = rate_coded;
    encoder->first_step = true;
    encoder->phase = 0;
}

void spike_encoder_seed_slot(struct spike_encoder *encoder, uint32_t slot, uint32_t seed)
{
    const uint32_t lanes = encoder->hardware->lanes;
    const size_t slot_bytes = spike_encoder_slot_bytes(encoder->hardware);
    const size_t first_byte = slot * slot_bytes;
    /* Two copies of the seed in a row: a rotation is a shift of them. */
    const uint64_t doubled = (uint64_t) (seed & STATE_MASK) << ENCODER_STATE_BITS | (seed & STATE_MASK);
    for (uint32_t b = 0; b < ENCODER_STATE_BITS; b++) {
        uint64_t plane[MOST_LANES / 64];
        memcpy(plane, encoder->keys[b], sizeof encoder->keys[b]);
        /* For 31 lanes in a row the permutation is a rotation of the seed. */
        for (uint32_t m = 0; m * ENCODER_STATE_BITS < lanes; m++) {
            uint64_t rotated = doubled >> b * (m + 2) % ENCODER_STATE_BITS & STATE_MASK;
            uint32_t position = m * ENCODER_STATE_BITS;
            plane[position / 64] ^= rotated << position % 64;
            plane[position / 64 + 1] ^= position % 64 > 0 ? rotated >> (64 - position % 64) : 0;
        }
        for (size_t byte = 0; byte < slot_bytes; byte += VECTOR_BYTES) {
            struct lfsr *lfsr = &encoder->lfsrs[(first_byte + byte) / VECTOR_BYTES];
            lanes_vector *target = b < RATE_BITS ? &lfsr->recent[b] : &lfsr->earlier[b - RATE_BITS];
            memcpy((uint8_t *) target + first_byte % VECTOR_BYTES, (const uint8_t *) plane + byte,
                   slot_bytes < VECTOR_BYTES ? slot_bytes : VECTOR_BYTES);
        }
    }
}

/* First `first`, then `second`. */
static struct leap leap_product(const struct leap *first, const struct leap *second)
{
    struct leap product = {.positions = first->positions + second->positions};
    for (uint32_t b = 0; b < ENCODER_STATE_BITS; b++) {
        for (uint32_t j = 0; j < ENCODER_STATE_BITS; j++) {
            product.rows[b] ^= second->rows[b] >> j & 1 ? first->rows[j] : 0;
        }
    }
    return product;
}

static struct leap leap_of(uint64_t positions)
{
    struct leap power = {.positions = 1};
    struct leap leap = {.positions = 0};
    /* One position of x^31 + x^28 + 1: the lowest bit becomes bit 30 xor bit 27, the others move up. */
    power.rows[0] = UINT32_C(1) << 30 | UINT32_C(1) << 27;
    leap.rows[0] = 1;
    for (uint32_t b = 1; b < ENCODER_STATE_BITS; b++) {
        power.rows[b] = UINT32_C(1) << (b - 1);
        leap.rows[b] = UINT32_C(1) << b;
    }
    for (uint64_t left = positions; left > 0; left >>= 1) {
        if (left & 1) {
            leap = leap_product(&leap, &power);
        }
        power = leap_product(&power, &power);
    }
    return leap;
}

static uint8_t *state_plane(struct lfsr *lfsr, uint32_t b)
{
    return (uint8_t *) (b < RATE_BITS ? &lfsr->recent[b] : &lfsr->earlier[b - RATE_BITS]);
}

void spike_encoder_spread(struct spike_encoder *encoder, const uint16_t *rates, uint32_t clocks)
{
    const uint64_t positions = (uint64_t) clocks * RATE_BITS;
    const uint32_t slots = spike_encoder_slots(encoder->hardware);
    const size_t slot_bytes = spike_encoder_slot_bytes(encoder->hardware);
    if (slots > 1 && encoder->leap.positions != positions) {
        encoder->leap = leap_of(positions);
    }
    /* Several slots share a vector: there is only one. */
    struct lfsr *lfsr = encoder->lfsrs;
    for (uint32_t slot = 1; slot < slots; slot++) {
        spike_encoder_set_rates(encoder, slot, rates);
        for (uint32_t b = 0; b < ENCODER_STATE_BITS; b++) {
            uint8_t *to = state_plane(lfsr, b) + slot * slot_bytes;
            memset(to, 0, slot_bytes);
            for (uint32_t rows = encoder->leap.rows[b]; rows != 0; rows &= rows - 1) {
                const uint8_t *from =
                    state_plane(lfsr, (uint32_t) __builtin_ctz(rows)) + (slot - 1) * slot_bytes;
                for (size_t byte = 0; byte < slot_bytes; byte++) {
                    to[byte] ^= from[byte];
                }
            }
        }
    }
}

/* Spikes of the lanes whose number is below their rate: from the lowest bit up. */
INLINED void compare_numbers(const lanes_vector *number, const lanes_vector *rate, lanes_vector *spikes)
{
    lanes_vector less = {0};
#pragma GCC unroll 16
    for (int b = 0; b < RATE_BITS; b++) {
        less = (~number[b] & rate[b]) | (~(number[b] ^ rate[b]) & less);
    }
    *spikes = less;
}

/* Sixteen positions of x^31 + x^28 + 1 at once: new bit b is old bit b + 15 xor old bit b + 12, and the old
 * bits 0 to 14 become 16 to 30. So the new number takes the place of the earlier one, from the highest bit
 * down. */
INLINED void advance_lfsr(const lanes_vector *recent, lanes_vector *earlier)
{
#pragma GCC unroll 16
    for (int b = RATE_BITS - 1; b > 3; b--) {
        earlier[b] = earlier[b - 1] ^ earlier[b - 4];
    }
    earlier[3] = earlier[2] ^ recent[15];
    earlier[2] = earlier[1] ^ recent[14];
    earlier[1] = earlier[0] ^ recent[13];
    earlier[0] = recent[15] ^ recent[12];
}

FOR_EVERY_VECTOR_UNIT
static void run_poisson(struct lfsr *lfsr, const struct rate_planes *rates, const struct spike_train *train)
{
    /* Copies, which the stores below cannot change. */
    const uint32_t phases = train->phases;
    const uint32_t clocks = train->clocks;
    const size_t clock_bytes = train->clock_bytes;
    uint32_t phase = train->phase;
    uint8_t *rows = train->rows;
    lanes_vector even[RATE_BITS];
    lanes_vector odd[RATE_BITS];
    memcpy(even, lfsr->recent, sizeof even);
    memcpy(odd, lfsr->earlier, sizeof odd);
    uint32_t clock = 0;
    for (; clock + 1 < clocks; clock += 2) {
        compare_numbers(even, rates[phase].plane, (lanes_vector *) (void *) rows);
        advance_lfsr(even, odd);
        phase = phase + 1 < phases ? phase + 1 : 0;
        rows += clock_bytes;
        compare_numbers(odd, rates[phase].plane, (lanes_vector *) (void *) rows);
        advance_lfsr(odd, even);
        phase = phase + 1 < phases ? phase + 1 : 0;
        rows += clock_bytes;
    }
    if (clock < clocks) {
        compare_numbers(even, rates[phase].plane, (lanes_vector *) (void *) rows);
        advance_lfsr(even, odd);
        memcpy(lfsr->recent, odd, sizeof odd);
        memcpy(lfsr->earlier, even, sizeof even);
    } else {
        memcpy(lfsr->recent, even, sizeof even);
        memcpy(lfsr->earlier, odd, sizeof odd);
    }
}

/* Sigma-delta: the carry of accumulator + rate. On the first step the accumulator counts as one half. */
FOR_EVERY_VECTOR_UNIT
static void run_rate_coded(struct rate_planes *accumulators, const struct rate_planes *rates, bool first_step,
                           const struct spike_train *train)
{
    /* Copies, as above. */
    const uint32_t phases = train->phases;
    const uint32_t clocks = train->clocks;
    const size_t clock_bytes = train->clock_bytes;
    uint32_t phase = train->phase;
    uint8_t *rows = train->rows;
    for (uint32_t clock = 0; clock < clocks; clock++) {
        const lanes_vector *rate = rates[phase].plane;
        lanes_vector *accumulator = accumulators[phase].plane;
        lanes_vector carry = {0};
        const lanes_vector kept = first_step ? carry : ~carry;
#pragma GCC unroll 16
        for (int b = 0; b < RATE_BITS; b++) {
            lanes_vector old = accumulator[b] & kept;
            if (b == RATE_BITS - 1) {
                old |= ~kept;
            }
            accumulator[b] = old ^ rate[b] ^ carry;
            carry = (old & rate[b]) | (carry & (old | rate[b]));
        }
        *(lanes_vector *) (void *) (rows + clock * clock_bytes) = carry;
        phase++;
        if (phase == phases) {
            phase = 0;
            first_step = false;
        }
    }
}

void spike_encoder_run(struct spike_encoder *encoder, uint32_t clocks, uint8_t *rows)
{
    const uint32_t phases = encoder->hardware->phases;
    struct spike_train train = {
        .phases = phases,
        .phase = encoder->phase,
        .clocks = clocks,
        .rows = rows,
        .clock_bytes = spike_encoder_clock_bytes(encoder->hardware),
    };
    for (uint32_t vector = 0; vector < encoder->vectors; vector++, train.rows += VECTOR_BYTES) {
        const struct rate_planes *rates = encoder->rates + (size_t) vector * phases;
        if (encoder->rate_coded) {
            run_rate_coded(encoder->accumulators + (size_t) vector * phases, rates, encoder->first_step,
                           &train);
        } else {
            run_poisson(&encoder->lfsrs[vector], rates, &train);
        }
    }
    const uint64_t next = encoder->phase + (uint64_t) clocks;
    encoder->first_step = encoder->first_step && next < phases;
    encoder->phase = phases > 1 ? (uint32_t) (next % phases) : 0;
}
