/* The C side of rtl/spike_encoder.v: start states and seeds. */
#ifndef MEMSPIKE_MODEL_SPIKE_ENCODER_H
#define MEMSPIKE_MODEL_SPIKE_ENCODER_H

#include "model/hardware.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { ENCODER_STATE_BITS = 31, RATE_BITS = 16 };

/* KEY of a lane: distinct for all lanes, never zero. */
uint32_t spike_encoder_key(uint32_t lane);
/* The LFSR's state with which a lane starts a review: its key xor a permutation of the seed's bits. */
uint32_t spike_encoder_start(uint32_t lane, uint32_t seed);
/* The seed for a review, derived from the run's seed; leaves no lane at zero, where its LFSR would stay. `forbidden`
 * holds the seeds that would, one a lane: see spike_encoder_forbidden(). */
uint32_t spike_encoder_seed(const struct hardware *hardware, const uint32_t *forbidden, uint64_t seed,
                            uint32_t review);
/* The one seed that would leave the lane at zero. */
uint32_t spike_encoder_forbidden(uint32_t lane);

/* rate = min(65535, round(x 65536)); x below 0 or not a number counts as 0. */
uint16_t rate_from_value(double value);

#ifdef __cplusplus
}
#endif
#endif
