// SPDX-License-Identifier: Apache-2.0
/* Random numbers that depend on nothing but what they are for.
 *
 * Philox4x32-10 (Random123) maps a counter and a key to four random words. The key is the run's 64-bit seed;
 * the counter says what the number is for and which sample, step and device it belongs to. So a number is the
 * same in every engine, with any number of threads, in any order. */
#ifndef MEMSPIKE_MODEL_BASE_RANDOM_H
#define MEMSPIKE_MODEL_BASE_RANDOM_H

#include <math.h>
#include <stdint.h>

/* Random123 looks for GNU extensions that -Wpedantic dislikes. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#include <Random123/philox.h>
#pragma GCC diagnostic pop

/* What a number is for. Part of what saved results depend on: never renumber. */
enum random_purpose {
    RANDOM_SPLIT = 1,                     /* which training samples validate */
    RANDOM_ORDER = 2,                     /* order of the samples in an epoch */
    RANDOM_WEIGHTS = 3,                   /* initial weights of the software network */
    RANDOM_EMBEDDING = 4,                 /* initial embedding when there are no word vectors */
    RANDOM_ENCODER_SEED = 5,              /* seed of the spike encoder for a sample */
    RANDOM_START_RESISTANCE = 6,          /* resistance of a device before its first write */
    RANDOM_VERIFY_NOISE = 7,              /* read noise of the verify reads */
    RANDOM_INFERENCE_NOISE = 8,           /* read noise during inference */
    RANDOM_DEMO_CORPUS = 9,               /* sentences of the demo corpus */
    RANDOM_BENCH = 10,                    /* rates, weights and the like for measurements of time */
    RANDOM_EMULATOR = 11,                 /* read noise of the crossbar emulator on FPGA boards */
    RANDOM_STUCK_DEVICE = 12,             /* which devices of an array are stuck, and at what */
    RANDOM_WRITE_VARIATION = 13,          /* how a pulse differs from the last one of its kind */
    RANDOM_DEVICE_VARIATION = 14,         /* how a device differs from the others */
    RANDOM_DRIFT = 15,                    /* how fast a device loses its conductance */
    RANDOM_CONDUCTANCE_NOISE = 16,        /* read noise that depends on the conductance, during inference */
    RANDOM_VERIFY_CONDUCTANCE_NOISE = 17, /* and in verify reads */
    RANDOM_CONVERTER = 18,                /* offset and gain of a converter */
};

struct random_block {
    uint32_t word[4];
};

/* Four random words for (seed, purpose, a, b, c). */
static inline struct random_block random_block(uint64_t seed, enum random_purpose purpose, uint32_t a,
                                               uint32_t b, uint32_t c)
{
    philox4x32_ctr_t counter = {{a, b, c, (uint32_t) purpose}};
    philox4x32_key_t key = {{(uint32_t) seed, (uint32_t) (seed >> 32)}};
    philox4x32_ctr_t result = philox4x32(counter, key);
    struct random_block block = {{result.v[0], result.v[1], result.v[2], result.v[3]}};
    return block;
}

/* [0, 1) with 32 bits. */
static inline double random_unit(uint32_t word)
{
    return (double) word * 0x1p-32;
}

/* Of a standard normal distribution, by Box and Muller. */
static inline double random_normal(uint32_t first, uint32_t second)
{
    return sqrt(-2.0 * log(random_unit(first) + 0x1p-33)) * cos(6.283185307179586 * random_unit(second));
}

/* A sequence of numbers for one purpose: initialise with {.seed, .purpose, .index}, leave the rest zero. */
struct random_stream {
    uint64_t seed;
    enum random_purpose purpose;
    uint32_t index; /* which of several sequences, for example the epoch */
    uint64_t position;
    struct random_block block;
};

static inline uint32_t random_next(struct random_stream *stream)
{
    uint64_t block = stream->position / 4;
    if (stream->position % 4 == 0) {
        stream->block = random_block(stream->seed, stream->purpose, (uint32_t) block,
                                     (uint32_t) (block >> 32), stream->index);
    }
    return stream->block.word[stream->position++ % 4];
}

/* A number in [0, bound), without bias; bound > 0. */
static inline uint32_t random_below(struct random_stream *stream, uint32_t bound)
{
    uint32_t reject_below = -bound % bound;
    for (;;) {
        uint64_t product = (uint64_t) random_next(stream) * bound;
        if ((uint32_t) product >= reject_below) {
            return (uint32_t) (product >> 32);
        }
    }
}

/* Fisher-Yates shuffle of `count` numbers. */
static inline void random_shuffle(struct random_stream *stream, uint32_t *values, uint32_t count)
{
    for (uint32_t i = count; i > 1; i--) {
        uint32_t j = random_below(stream, i);
        uint32_t swapped = values[i - 1];
        values[i - 1] = values[j];
        values[j] = swapped;
    }
}

#endif
