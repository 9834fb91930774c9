/* The settings of a run: a preset's, with what the user overrides. Presets are files in data/presets/
 * (libconfig). */
#ifndef MEMSPIKE_EXPERIMENT_SETTINGS_H
#define MEMSPIKE_EXPERIMENT_SETTINGS_H

#include "engine/engine.h"
#include "learn/online.h"
#include "model/base/error.h"
#include "model/hardware/hardware.h"
#include "model/crossbar/crossbar.h"
#include "model/device/device.h"

#include <libconfig.h>
#include <stdbool.h>
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
    bool check; /* RTL and twins in lock-step */
    const struct hardware *hardware;
    const char *port; /* of an FPGA board */
    double timeout;   /* of its answers, in seconds */
};

/* NULL-ended: Poisson, then sigma-delta. */
extern const char *const encoder_names[];
/* NULL-ended: all steps, or only as many as the answer needs. */
extern const char *const decision_names[];
/* NULL-ended: what approach 2 starts from in memristors: the devices as they come, or drawn weights. */
extern const char *const start_names[];
/* NULL-ended: whether Vth follows drift. */
extern const char *const drift_correction_names[];
/* NULL-ended: whether Vth makes up for the read noise. */
extern const char *const noise_correction_names[];

/* Read the preset file. Every key must be there, none else. The rest of *settings is left as it is. */
MUST_CHECK enum status settings_load_preset(const char *path, struct settings *settings, struct error *error);

enum network_kind {
    NETWORK_ANN,       /* software: sigmoid(y - E/4) above one half */
    NETWORK_SNN,       /* spikes on the hardware, weights exactly as trained */
    NETWORK_MEMRISTOR, /* the same with weights written into the crossbar by the hardware's controller */
};

/* NULL-ended: every key of a preset. */
extern const char *const preset_keys[];

/* The least of the networks on which a key of presets has an effect: ANN for what training takes, memristors
 * for what only writing them takes. */
enum network_kind settings_key_network(const char *key);

/* Read one preset key's value from a setting of whatever file; messages name its line. */
MUST_CHECK enum status settings_read_key(const char *path, const config_setting_t *setting, const char *key,
                                         struct settings *settings, struct error *error);
/* The index of a name among `names` (ended by NULL). */
MUST_CHECK enum status settings_read_name(const char *path, const config_setting_t *setting, const char *key,
                                          const char *const *names, int *index, struct error *error);
/* The value of a preset key as text; of the threshold the approach's. */
void settings_key_text(const struct settings *settings, uint32_t approach, const char *name, char text[32]);
/* "key value, key value": every preset key but those in `but` (NULL-ended); owned by the caller. */
char *settings_text(const struct settings *settings, uint32_t approach, const char *const *but);

/* The shortest text that reads back as the number, whole ones in full; returns `text`. */
const char *number_text(double number, char text[32]);

/* The device with the guard band g: weights map to resistances from Rmin (1 + g) to Rmax (1 - g). The name is
 * the device's. STATUS_INVALID when no resistances are left. */
MUST_CHECK enum status settings_device(const struct settings *settings, const struct device *device,
                                       struct device *guarded, struct error *error);

/* STATUS_INVALID when settings that are in range do not go together, or not with the array. */
MUST_CHECK enum status settings_check(const struct settings *settings, struct error *error);

/* The R tolerance that writing uses. A verify read of K readings has a standard deviation of n / sqrt(3 K).
 */
double settings_tolerance(const struct settings *settings);

/* What a crossbar and an engine need of the settings; approach is 1 or 2. */
struct crossbar_settings settings_crossbar(const struct settings *settings);
struct engine_settings settings_engine(const struct settings *settings, const struct device *device,
                                       uint32_t approach);

#ifdef __cplusplus
}
#endif
#endif
