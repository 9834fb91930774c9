// SPDX-License-Identifier: Apache-2.0
/* Measured pulses: what a device's resistance was before and after each, as an instrument or `memspike
 * program --pulses` lists them. */
#ifndef MEMSPIKE_CSRC_FIT_MEASUREMENTS_H
#define MEMSPIKE_CSRC_FIT_MEASUREMENTS_H

#include "model/base/error.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct measured_pulse {
    double voltage; /* V, not 0 */
    double seconds;
    double before, after; /* ohm, above 0 */
    uint64_t line;        /* in the file */
};

struct measurements {
    uint32_t count;
    struct measured_pulse *pulses;
};

/* Read a CSV file (RFC 4180, by libcsv) whose first line names the columns. voltage_v, width_us, before_ohm
 * and after_ohm must be among them, in any order; others are left alone. What is wrong is STATUS_INVALID and
 * names file, line and column. On success to be released with measurements_free(). */
MUST_CHECK enum status measurements_read(const char *path, struct measurements *measurements,
                                         struct error *error);
void measurements_free(struct measurements *measurements);

#ifdef __cplusplus
}
#endif
#endif
