#include "model/spike_encoder.h"

#include "base/random.h"

#include <math.h>
#include <stdbool.h>

enum { STATE_MASK = 0x7fffffff };

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

uint32_t spike_encoder_seed(const struct hardware *hardware, const uint32_t *forbidden, uint64_t seed, uint32_t review)
{
    for (uint32_t attempt = 0;; attempt++) {
        uint32_t candidate = random_block(seed, RANDOM_ENCODER_SEED, review, attempt, 0).word[0] & STATE_MASK;
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
    double scaled = floor(value * 65536.0 + 0.5);
    if (!(scaled > 0)) {
        return 0;
    }
    return scaled < 65535.0 ? (uint16_t) scaled : 65535;
}
