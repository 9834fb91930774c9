// SPDX-License-Identifier: Apache-2.0
/* The settings of a run: a preset's, with what the user overrides. Presets are files in data/presets/
 * (libconfig). */
#ifndef MEMSPIKE_CSRC_RUN_SETTINGS_H
#define MEMSPIKE_CSRC_RUN_SETTINGS_H

#include "engine/engine.h"
#include "learn/online.h"
#include "model/base/error.h"
#include "model/crossbar/crossbar.h"
#include "model/device/device.h"
#include "model/hardware/hardware.h"

#include <libconfig.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct settings {
    uint32_t epochs;
    uint32_t steps;
    double learning_rate;
    double gain[2];        /* by approach: of the network's outputs, before the sigmoid */
    double threshold[2];   /* Vth by approach, as a fraction of E */
    double membrane_start; /* as a fraction of Vth */
    uint32_t leak;
    bool rate_coded;
    bool early_decision;   /* a review ends as soon as its answer is certain */
    bool noise_correction; /* Vth makes up for the read noise's upward bias, approach 1 */
    bool drift_correction; /* Vth falls with the conductances, by the device's median drift */
    double tolerance;
    double tolerance_margin; /* R tolerance is at least this many standard deviations of a verify read */
    uint32_t max_pulses;
    uint32_t verify_reads; /* readings that a verify read takes the mean of */
    double guard_band;     /* weights keep this share off the ends of the device's resistances */
    double read_noise;
    double adc_full_scale;
    double stuck_open, stuck_closed, stuck_anywhere; /* shares of the devices */
    uint32_t adc_bits;
    enum update_rule update_rule; /* of approach 2 */
    enum readout readout;         /* of approach 2 */
    bool drawn; /* approach 2 writes drawn weights first, not from the devices as they come */
    /* Not part of presets. */
    enum learning_task task;
    uint64_t seed;
    uint32_t threads; /* 0: one a processor */
    enum engine_kind engine;
    bool check; /* RTL and reference models in lock-step */
    const struct hardware *hardware;
    const char *port; /* of an FPGA board */
    double timeout;   /* of its answers, in seconds */
};

enum network_kind {
    NETWORK_ANN,       /* software: sigmoid(y - E/4) above one half */
    NETWORK_SNN,       /* spikes on the hardware, weights exactly as trained */
    NETWORK_MEMRISTOR, /* the same with weights written into the crossbar by the hardware's controller */
};

enum setting_kind {
    SETTING_NUMBER,      /* double */
    SETTING_BY_APPROACH, /* double[2], of approach 1 and 2 */
    SETTING_WHOLE,       /* uint32_t */
    SETTING_POWER,       /* of two; uint32_t */
    SETTING_SWITCH,      /* bool, false the first of two names */
    SETTING_CHOICE,      /* an enum, its names in order */
    SETTING_TEXT,        /* const char *; only of options that are no settings */
};

/* A setting. This table decides how presets, experiments and the command line read it, and how it is printed,
 * compared and documented. */
struct setting {
    const char *name; /* as in presets; its option has - for _ */
    enum setting_kind kind;
    enum network_kind network; /* the least that it affects: ANN for what training uses, memristors for
                                * what only writing uses */
    size_t offset;             /* in struct settings */
    double least, most;        /* of a number; both belong to the range. The least double above 0, and the
                                * largest below 1, stand for 0 and 1 that do not */
    const char *unit;          /* of a number; empty for none */
    const char *const *names;  /* NULL-ended; NULL for numbers */
    const char *placeholder;   /* of its value, if it is an option */
    const char *help;          /* what it does, in a line */
};

/* Every setting, in the order in which they are printed; ended by a NULL name. */
extern const struct setting settings_table[];
/* NULL when there is none of this name. */
const struct setting *setting_find(const char *name);

enum { SETTING_WORDS = 256 };
/* A number's range: "from 0 to below 1", "a power of two from 1 to 128"; and what a setting takes, for
 * messages: "a whole number from 1 to 65535", "one of poisson, rate". They return `text`. */
const char *setting_range(const struct setting *setting, char text[SETTING_WORDS]);
const char *setting_expected(const struct setting *setting, char text[SETTING_WORDS]);

/* Store the value at the row's offset in `base` (struct settings, or whatever the offset counts in); one by
 * approach is stored for both. False, and nothing stored, when the setting does not take it. */
bool setting_put(const struct setting *setting, void *base, const char *text);

/* The index of a name among `names` (NULL-ended), -1 if it is none; and "one of a, b"; returns `text`. */
int name_index(const char *const *names, const char *name);
const char *names_expected(const char *const *names, char text[SETTING_WORDS]);

/* STATUS_INVALID when the group holds anything but settings, or is no group; the message names the line. */
MUST_CHECK enum status settings_check_keys(const char *path, const config_setting_t *group,
                                           struct error *error);
/* Read one setting from an entry of whatever file; by approach from a group, or, with `one_for_both`, from a
 * number. Messages name its line. */
MUST_CHECK enum status settings_read(const char *path, const config_setting_t *entry,
                                     const struct setting *setting, bool one_for_both,
                                     struct settings *settings, struct error *error);
/* The index of a name among `names` (ended by NULL). */
MUST_CHECK enum status settings_read_name(const char *path, const config_setting_t *entry, const char *key,
                                          const char *const *names, int *index, struct error *error);

/* Read the preset file. Every setting must be there, nothing else. The rest of *settings is left as it is. */
MUST_CHECK enum status settings_load_preset(const char *path, struct settings *settings, struct error *error);

/* A setting's value as text; by approach, the approach's. */
void settings_key_text(const struct settings *settings, uint32_t approach, const char *name, char text[32]);
/* "key value, key value": every setting but those in `but` (NULL-ended); owned by the caller. */
char *settings_text(const struct settings *settings, uint32_t approach, const char *const *but);

/* The shortest text that reads back as the number, whole ones in full; returns `text`. */
const char *number_text(double number, char text[32]);

/* The device with the guard band g: weights map to resistances from Rmin (1 + g) to Rmax (1 - g). The name is
 * the device's. STATUS_INVALID when no resistances are left. */
MUST_CHECK enum status settings_device(const struct settings *settings, const struct device *device,
                                       struct device *guarded, struct error *error);

/* STATUS_INVALID when settings that are in range do not go together, or not with the array. */
MUST_CHECK enum status settings_check(const struct settings *settings, struct error *error);

/* The R tolerance of writing. A verify read of K readings has a standard deviation of n / sqrt(3 K). */
double settings_tolerance(const struct settings *settings);

/* The settings of a crossbar and of an engine; approach is 1 or 2. */
struct crossbar_settings settings_crossbar(const struct settings *settings);
struct engine_settings settings_engine(const struct settings *settings, const struct device *device,
                                       uint32_t approach);

#ifdef __cplusplus
}
#endif
#endif
