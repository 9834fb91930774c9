// SPDX-License-Identifier: Apache-2.0
/* Running a trained network: in software, or on the hardware with ideal weights or written memristors. */
#ifndef MEMSPIKE_CSRC_RUN_RUN_H
#define MEMSPIKE_CSRC_RUN_RUN_H

#include "engine/engine.h"
#include "learn/training.h"
#include "run/settings.h"
#include "text/corpus.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* NULL-ended names by kind, as the --network option takes them. */
extern const char *const network_kind_names[];

/* How the weights came onto the hardware. */
enum placement {
    PLACED_IDEALLY, /* exactly */
    PLACED_BY_WRITING,
    PLACED_BY_TRAINING, /* the resistances are those that training (approach 2) left */
};

extern const char *const placement_names[];

/* How well weights were written. */
struct write_report {
    enum placement placement;
    double seconds;
    double weight_error_std; /* standard deviation of (written - wanted weight) over the devices */
    double weight_error_mean;
    double weight_error_max; /* largest in size */
};

struct test_result {
    enum network_kind kind;
    struct confusion confusion;
    /* Spikes / T over all reviews and outputs; spikes end at an early decision. 0 for the ANN. */
    double firing_rate_mean;
    double seconds;                          /* of the reviews, without writing */
    uint64_t clocks;                         /* reviews and their transfers; 0 for the ANN */
    uint64_t sample_clocks, transfer_clocks; /* of these */
    double output_spikes_mean;               /* of a review, all outputs together */
    double rate_sum_mean;                    /* inputs that spike in a step, by their rates */
    double row_siemens_mean;   /* the same, each with the conductance of its whole row, in siemens */
    struct write_report write; /* zero unless weights were written */
    struct engine_statistics statistics; /* zero for the ANN; without what training did */
};

/* A trained network, and the hardware that it is to run on. All borrowed. */
struct deployment {
    const struct training *training; /* its best network */
    const struct settings *settings;
    const struct device *device; /* may be NULL where the network stays in software */
};

/* Hardware that holds a network. */
struct machine {
    struct device *device; /* with the guard band of its settings */
    struct crossbar *crossbar;
    struct engine *engine;
};

/* A fresh crossbar and an engine on it. The device is borrowed and must outlive the machine. Release with
 * machine_close(), also after a failure. */
MUST_CHECK enum status machine_create(struct machine *machine, const struct settings *settings,
                                      const struct device *device, uint32_t approach, struct error *error);

/* The same for a network, which must fit the array; the threshold is corrected for noise if the settings say
 * so. *report is cleared. */
MUST_CHECK enum status machine_create_for(struct machine *machine, const struct deployment *deployment,
                                          struct write_report *report, struct error *error);
/* The weight from an input to an output as the devices hold it. */
double machine_weight(const struct machine *machine, uint32_t input, uint32_t output);

/* The target resistances of the network's outputs; devices of other outputs keep their target of 0.
 * `targets` (hardware->devices, zeroed) is Q16.8 ohm. */
void machine_targets(const struct machine *machine, const struct training *training,
                     const struct hardware *hardware, uint32_t *targets);

/* Whether the network was trained inside such memristors (approach 2) on such hardware: then machine_open()
 * takes the weights that they hold and writes nothing. */
bool machine_was_trained(const struct deployment *deployment);

/* Put a network on the hardware: ideally (NETWORK_SNN) or in memristors (NETWORK_MEMRISTOR): as training left
 * them, if it was done in the same device and array, and otherwise by predict-write-verify. The deployment's
 * device must outlive the machine. STATUS_INVALID when the network does not fit the array. Release with
 * machine_close(), also after a failure. */
MUST_CHECK enum status machine_open(struct machine *machine, const struct deployment *deployment,
                                    enum network_kind kind, struct write_report *report, struct error *error);

/* The same, always by predict-write-verify, with `results` (hardware->devices) and `observer`, each of which
 * may be NULL. */
MUST_CHECK enum status machine_write(struct machine *machine, const struct deployment *deployment,
                                     struct write_report *report, struct write_result *results,
                                     const struct pulse_observer *observer, struct error *error);
void machine_close(struct machine *machine);

/* The factor by which read noise n raises the mean current of these weights. A reading R (1 + u), u uniform
 * in [-n, n], means a conductance of 1/R ln((1 + n)/(1 - n))/(2 n) on average. Where columns are not sensed
 * in pairs, the clamp to weights from 0 to 1 lowers it. 1 for a network without weights. */
double noise_gain(const struct hardware *hardware, const struct device *device, const struct network *network,
                  double read_noise);

/* Target resistance of a weight as the hardware takes it. */
uint32_t target_of_weight(const struct device *device, double weight);

/* A network of sentiment in software: it answers "positive" when y lies above the boundary, with a
 * probability. In approach 1 that of network.h; in approach 2 the firing rate is taken for y/Vth. */
double software_boundary(const struct training *training, const struct settings *settings);
double software_probability(const struct training *training, const struct settings *settings, double output);

/* One sample's input to the hardware, and the hardware's answer. In software seed, rates and spikes are 0. */
struct tested_sample {
    uint32_t number;        /* of the sample, for the random numbers */
    uint32_t seed;          /* of the encoder */
    uint32_t label, answer; /* classes of the network's task */
    const uint16_t *rates;  /* hardware->inputs; in units of 2^-16 */
    const uint16_t *spikes; /* hardware->outputs; after an early decision those until then */
};

struct test_observer {
    void (*sample)(void *context, const struct tested_sample *tested);
    void *context;
};

/* The reviews of a test. Borrowed. */
struct test_set {
    const struct review *reviews; /* count */
    uint32_t count;
    /* count: each review's number for the random numbers, so that it draws the same in every selection; NULL
     * numbers them from 0. */
    const uint32_t *numbers;
};

/* All test reviews of a corpus. */
struct test_set test_set_of(const struct corpus *corpus);
/* `limit` of them, 1 to corpus->test_count, or with 0 all: spread evenly, since they are ordered by label.
 * Release with test_set_clear(). */
struct test_set test_set_spread(const struct corpus *corpus, uint32_t limit);
void test_set_clear(struct test_set *set);

/* Classify reviews, in `steps` steps each, on a machine that holds the network. Fills confusion, firing rate,
 * seconds, clocks and statistics of the result. `observer`, which may be NULL, sees every sample in order. */
MUST_CHECK enum status machine_test(struct machine *machine, const struct network *network,
                                    const struct test_set *set, uint32_t steps,
                                    const struct test_observer *observer, struct test_result *result,
                                    struct error *error);

/* Put a network on the hardware, or leave it in software (NETWORK_ANN), and classify reviews. `observer` as
 * above; it does not see the software's answers. */
MUST_CHECK enum status run_test(const struct deployment *deployment, enum network_kind kind,
                                const struct test_set *set, const struct test_observer *observer,
                                struct test_result *result, struct error *error);

#ifdef __cplusplus
}
#endif
#endif
