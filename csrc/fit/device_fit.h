// SPDX-License-Identifier: Apache-2.0
/* The constants of the paper's switching model (equations 19 and 20) from measured pulses, by least squares
 * (cminpack).
 *
 * Positive and negative pulses are fitted separately. A pulse of voltage v for t seconds takes u = |r - R| to
 * u' = u / (1 + k t u), with k = |A (e^{|v|/t} - 1)| and r = a0 + a1 v. Both resistances of a pulse are
 * readings with the same relative error, so the fit minimises the sum of squares of
 *
 *   (after - f(before)) / sqrt(f(before)^2 + (f'(before) before)^2),
 *
 * one pulse's estimate of that error. */
#ifndef MEMSPIKE_CSRC_FIT_DEVICE_FIT_H
#define MEMSPIKE_CSRC_FIT_DEVICE_FIT_H

#include "fit/measurements.h"
#include "model/base/error.h"
#include "model/device/switching.h"

#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { FIT_CONSTANTS = 4 };

/* The pulses of one voltage. */
struct fitted_voltage {
    double voltage;
    uint32_t pulses;
    double rate, asymptote;         /* of the model as fitted: k in 1/(ohm s), r in ohm */
    double own_rate, own_asymptote; /* of these pulses alone; the rate is 0 where they do not tell */
    double rms, mean;               /* of the residuals */
};

/* One sign's. */
struct fitted_side {
    uint32_t pulses;
    uint32_t voltage_count;
    struct fitted_voltage *voltages; /* ascending; owned */
    double constants[FIT_CONSTANTS]; /* A in 1/(ohm s), t in V, a0 in ohm, a1 in ohm/V */
    double errors[FIT_CONSTANTS];    /* standard errors, same units */
    double rms;                      /* of the residuals: the relative error of a reading */
    double largest;                  /* residual, by size */
    uint64_t largest_line;           /* where it is */
};

struct device_fit {
    struct switching switching;  /* data-driven */
    struct fitted_side sides[2]; /* of positive and of negative pulses */
    double *predicted;           /* f(before) of each measured pulse, ohm; owned */
    double *residuals;           /* owned */
};

/* STATUS_INVALID when the measurements do not determine the constants: each sign needs pulses of two voltages
 * at least that change R. `path` opens the message. On success to be released with device_fit_free(). Fits may
 * run side by side. */
MUST_CHECK enum status device_fit(const char *path, const struct measurements *measurements,
                                  struct device_fit *fit, struct error *error);
void device_fit_free(struct device_fit *fit);

/* A device file with the fitted constants, the measured voltage of each sign with the most pulses and its
 * widths, and the measured range of R as that of fresh devices. `name` is the device's, `source` where the
 * measurements come from. */
void device_fit_write(const struct device_fit *fit, const struct measurements *measurements, const char *name,
                      const char *source, FILE *stream);

#ifdef __cplusplus
}
#endif
#endif
