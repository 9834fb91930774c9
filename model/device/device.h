// SPDX-License-Identifier: Apache-2.0
/* The memristor: its switching, its non-idealities, the range of its resistances, and their mapping to
 * weights (equations 1 and 21). Ohm, volt, second, unless a name says otherwise. */
#ifndef MEMSPIKE_MODEL_DEVICE_DEVICE_H
#define MEMSPIKE_MODEL_DEVICE_DEVICE_H

#include "model/device/nonidealities.h"
#include "model/device/switching.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct device {
    char *name; /* owned */
    struct switching switching;
    double minimum_resistance; /* maps to weight 1 */
    double maximum_resistance; /* maps to weight 0 */
    double start_resistance;   /* of a fresh device */
    double start_spread;       /* fresh devices lie uniformly within +- this */
    struct nonidealities nonidealities;
    struct pulse_table pulses[2]; /* for approach 1 and approach 2 */
};

/* Of a device on the heap. NULL is harmless. */
void device_free(struct device *device);

/* A hash of everything that decides a device's behaviour; not of its name. */
uint64_t device_fingerprint(const struct device *device);

/* w = (G - Gmin) / (Gmax - Gmin), not clamped, and its inverse (equation 21). */
double device_weight(const struct device *device, double resistance);
double device_resistance(const struct device *device, double weight);
/* To RESISTANCE_FRACTION fraction bits, rounded, saturated to RESISTANCE_BITS. */
uint32_t resistance_to_fixed(double resistance);

#ifdef __cplusplus
}
#endif
#endif
