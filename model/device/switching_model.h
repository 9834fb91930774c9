// SPDX-License-Identifier: Apache-2.0
/* What a switching model is made of, for model/device alone: a model is a file that defines one of these, and a
 * line of SWITCHING_MODEL_LIST. */
#ifndef MEMSPIKE_MODEL_DEVICE_SWITCHING_MODEL_H
#define MEMSPIKE_MODEL_DEVICE_SWITCHING_MODEL_H

#include "model/device/switching.h"

struct switching_operations {
    const char *name; /* as in a device file */
    struct switching_constant constants[SWITCHING_CONSTANTS + 1];
    /* See switching_check(); NULL when nothing can be wrong beside the limits. */
    enum status (*check)(const double *constants, uint32_t *constant, struct error *error);
    /* rate, asymptote and others, as far as the functions below need them; the rest 0. */
    struct pulse (*pulse)(const double *constants, double voltage);
    /* One Euler step, where the asymptote still lies ahead. NULL: memristor_step() has it inline. */
    double (*step)(double resistance, const struct pulse *pulse, double seconds);
    double (*after)(double resistance, const struct pulse *pulse, double seconds); /* memristor_after() */
    /* See switching_range(). NULL: the closed form of the hardware's predictions is the model's own, so none
     * is fitted, and the asymptotes of the pulses make the range. */
    void (*range)(const double *constants, double *minimum, double *maximum);
};

#define SWITCHING_DECLARATION(model, operations) extern const struct switching_operations operations;
SWITCHING_MODEL_LIST(SWITCHING_DECLARATION)
#undef SWITCHING_DECLARATION

#endif
