/* What a switching model is made of, for model/device alone: a model is a file that defines one of these, a
 * line in the table of switching.c, and its constants' places in switching.h. */
#ifndef MEMSPIKE_MODEL_SWITCHING_MODEL_H
#define MEMSPIKE_MODEL_SWITCHING_MODEL_H

#include "model/device/switching.h"

struct switching_operations {
    const char *name; /* as in a device file */
    struct switching_constant constants[SWITCHING_CONSTANTS + 1];
    /* See switching_check(); NULL when nothing can be wrong beside the limits. */
    enum status (*check)(const double *constants, uint32_t *constant, struct error *error);
    /* rate, asymptote and what else the functions below need; the rest 0. */
    struct pulse (*pulse)(const double *constants, double voltage);
    /* One Euler step, where the asymptote still lies ahead. NULL: memristor_step() has it inline. */
    double (*step)(double resistance, const struct pulse *pulse, double seconds);
    double (*after)(double resistance, const struct pulse *pulse, double seconds); /* memristor_after() */
    /* See switching_range(). NULL: the closed form of the hardware's predictions is the model's own, so none
     * is fitted, and the asymptotes of the pulses make the range. */
    void (*range)(const double *constants, double *minimum, double *maximum);
};

extern const struct switching_operations switching_data_driven;
extern const struct switching_operations switching_vteam;
extern const struct switching_operations switching_yakopcic;

#endif
