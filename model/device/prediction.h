// SPDX-License-Identifier: Apache-2.0
/* The hardware's view of a pulse: fixed-point constants with which it predicts by the data-driven model's
 * closed form, whatever the device's model is. */
#ifndef MEMSPIKE_MODEL_DEVICE_PREDICTION_H
#define MEMSPIKE_MODEL_DEVICE_PREDICTION_H

#include "model/base/error.h"
#include "model/device/switching.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A whole pulse of *pulse's voltage and width, with the fixed-point forms for predictions between two
 * resistances in ohm, which only models other than the data-driven one make use of. STATUS_INVALID when the
 * hardware's table cannot hold them. `where` opens the message. */
MUST_CHECK enum status pulse_prepare(const struct switching *switching, double lowest, double highest,
                                     const char *where, struct pulse *pulse, struct error *error);

#ifdef __cplusplus
}
#endif
#endif
