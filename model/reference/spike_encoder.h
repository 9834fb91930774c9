// SPDX-License-Identifier: Apache-2.0
/* The reference model of rtl/memspike_spike_encoder.sv, and the host's part of it: start states, seeds,
 * rates.
 *
 * The reference model keeps bit planes over lanes, as the RTL does. A plane is as wide as the widest
 * vector unit and holds several samples, each in a slot of lanes; all slots advance together. */
#ifndef MEMSPIKE_MODEL_REFERENCE_SPIKE_ENCODER_H
#define MEMSPIKE_MODEL_REFERENCE_SPIKE_ENCODER_H

#include "model/hardware/hardware.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { ENCODER_STATE_BITS = REGISTER_SEED_BITS, RATE_BITS = REGISTER_RATE_BITS };

/* KEY of a lane: distinct for all lanes, never zero. */
uint32_t spike_encoder_key(uint32_t lane);
/* The LFSR's state with which a lane starts a sample: its key xor a permutation of the seed's bits. */
uint32_t spike_encoder_start(uint32_t lane, uint32_t seed);
/* The seed for a sample, derived from the run's seed; leaves no lane at zero, where its LFSR would stay.
 * `forbidden` holds the seeds that would, one a lane: see spike_encoder_forbidden(). */
uint32_t spike_encoder_seed(const struct hardware *hardware, const uint32_t *forbidden, uint64_t seed,
                            uint32_t sample);
/* The one seed that would leave the lane at zero. */
uint32_t spike_encoder_forbidden(uint32_t lane);

/* rate = min(65535, round(x 65536)); x below 0 or not a number counts as 0. */
uint16_t rate_from_value(double value);

struct spike_encoder;

/* Never fails; `hardware` is borrowed. Owned by the caller. */
struct spike_encoder *spike_encoder_open(const struct hardware *hardware);
/* NULL is harmless. */
void spike_encoder_close(struct spike_encoder *encoder);

/* Samples side by side, at least 1; bytes between their slots; bytes that one clock of all slots takes. */
uint32_t spike_encoder_slots(const struct hardware *hardware);
size_t spike_encoder_slot_bytes(const struct hardware *hardware);
size_t spike_encoder_clock_bytes(const struct hardware *hardware);

/* The rates of a slot's sample: hardware->inputs of them. */
void spike_encoder_set_rates(struct spike_encoder *encoder, uint32_t slot, const uint16_t *rates);
/* Before a sample (the RTL's load_i): the encoder's mode for all slots; back to the first step. */
void spike_encoder_load(struct spike_encoder *encoder, bool rate_coded);
/* After it: the start state of a slot's lanes. */
void spike_encoder_seed_slot(struct spike_encoder *encoder, uint32_t slot, uint32_t seed);
/* After the first slot is loaded and seeded for a Poisson sample: spread the sample over all slots, so that
 * slot s begins s x `clocks` phases later. `clocks` is a multiple of the phases. */
void spike_encoder_spread(struct spike_encoder *encoder, const uint16_t *rates, uint32_t clocks);
/* The spikes of the next `clocks` phases (the RTL's advance_i): rows receives clocks x
 * spike_encoder_clock_bytes(). A slot's spikes are at its bytes, row 0 in the lowest bit of the first. `rows`
 * is aligned for vectors: see allocate_vectors(). */
void spike_encoder_run(struct spike_encoder *encoder, uint32_t clocks, uint8_t *rows);

#ifdef __cplusplus
}
#endif
#endif
