/* SPDX-License-Identifier: Apache-2.0 */
/* libmemspike: a memristor crossbar, the spiking hardware around it, and networks that run on them.
 *
 * Objects are opaque and owned by the caller, who frees them with the function of their name; to free NULL is
 * harmless. What an object was made from may be freed or changed afterwards, unless a function says otherwise.
 * Two threads may use two objects at the same time, but not one.
 *
 * Functions that can fail return a status and leave a message of one line, which names the file, line or value
 * and what was expected there. `error` may be NULL. When they fail, the objects they were to make are NULL.
 * The library prints nothing, ends no process, and catches no signal. (When memory runs out, the process does
 * end, with a line on standard error.)
 *
 * Arrays are row by row: `weights[outputs][inputs]` has the weight from input i to output o at o * inputs + i.
 * Units: ohm, volt, second, joule, unless a name says otherwise. */
#ifndef MEMSPIKE_INCLUDE_MEMSPIKE_MEMSPIKE_H
#define MEMSPIKE_INCLUDE_MEMSPIKE_MEMSPIKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MEMSPIKE_API __attribute__((visibility("default")))

typedef enum memspike_status {
    MEMSPIKE_OK = 0,
    MEMSPIKE_FAILED = 1,      /* the machine let us down: no disk space, or RTL and model that differ */
    MEMSPIKE_INVALID = 2,     /* what was given is wrong */
    MEMSPIKE_INTERRUPTED = 3, /* a listener asked to stop */
} memspike_status;

typedef struct memspike_error {
    char message[1024]; /* one line of UTF-8, zero-terminated */
} memspike_error;

/* Who follows long work. Called in the thread that called the library. */
typedef struct memspike_listener {
    /* How far it has come: what is done ("reading reviews", "epoch 2 of 5"), how much of how much. A result
     * other than 0 stops the work, which then returns MEMSPIKE_INTERRUPTED. May be NULL. */
    int (*progress)(void *context, const char *what, uint64_t done, uint64_t total);
    /* What was understood, or left out. May be NULL. */
    void (*note)(void *context, const char *text);
    void *context;
} memspike_listener;

/* As "0.1.0". */
MEMSPIKE_API const char *memspike_version(void);

/* -- Arrays: the hardware parameter sets that were built ------------------------------------------------- */

typedef struct memspike_array {
    const char *name;       /* rows x columns, as the setting `array` takes it; the library's */
    uint32_t inputs;        /* values in a sample */
    uint32_t outputs;       /* LIF neurons */
    uint32_t rows, columns; /* of the crossbar */
    uint32_t devices;       /* rows * columns; device = column * rows + row */
    bool pairs;             /* a weight is the difference of two devices, from -1 to 1; else from 0 to 1 */
    uint32_t phases;        /* clocks a time step */
    uint32_t clocks_per_us; /* of a pulse */
} memspike_array;

/* The array of this number, from 0; false behind the last one. */
MEMSPIKE_API bool memspike_array_get(uint32_t number, memspike_array *array);

/* -- Settings -------------------------------------------------------------------------------------------- */

/* What decides a run, apart from its device and its data: a preset's settings, and array, engine, seed,
 * threads, check, port and timeout. */
typedef struct memspike_settings memspike_settings;

/* The settings of a preset: its name among the shipped ones, the path of a file, or NULL for the paper's. The
 * array is 100x1, the engine `rtl`, the seed 1; threads 0, which is one a processor. */
MEMSPIKE_API memspike_status memspike_settings_create(const char *preset, memspike_settings **settings,
                                                      memspike_error *error);
MEMSPIKE_API memspike_status memspike_settings_copy(const memspike_settings *from,
                                                    memspike_settings **settings, memspike_error *error);
MEMSPIKE_API void memspike_settings_free(memspike_settings *settings);
/* Give a setting a value, as text: ("read_noise", "0.1"), ("engine", "model"), ("array", "10x10"). A number
 * that differs by approach is set for both. */
MEMSPIKE_API memspike_status memspike_settings_set(memspike_settings *settings, const char *name,
                                                   const char *value, memspike_error *error);
/* Its value as text, for an approach, 1 or 2; cut to `size` bytes. */
MEMSPIKE_API memspike_status memspike_settings_get(const memspike_settings *settings, const char *name,
                                                   uint32_t approach, char *text, size_t size,
                                                   memspike_error *error);
/* The setting of this number, from 0: its name, what it takes, and what it does; the library's. False behind the
 * last one. */
typedef struct memspike_setting {
    const char *name;
    const char *unit;   /* empty for none */
    const char *help;   /* what it does, in a line */
    char expected[256]; /* "a number from 0 to below 1", "one of poisson, rate" */
} memspike_setting;
MEMSPIKE_API bool memspike_setting_get(uint32_t number, memspike_setting *setting);

/* -- Devices --------------------------------------------------------------------------------------------- */

/* A memristor: how its resistance follows pulses, its non-idealities, and the pulses that write it. */
typedef struct memspike_device memspike_device;

/* Read a device file: its name among the shipped ones, or a path; NULL for the paper's. */
MEMSPIKE_API memspike_status memspike_device_load(const char *name, memspike_device **device,
                                                  memspike_error *error);
/* The same from the text of such a file. Messages call it `name`. */
MEMSPIKE_API memspike_status memspike_device_parse(const char *text, const char *name,
                                                   memspike_device **device, memspike_error *error);
MEMSPIKE_API void memspike_device_free(memspike_device *device);
MEMSPIKE_API const char *memspike_device_name(const memspike_device *device);
/* The resistances that stand for weight 1 and weight 0. */
MEMSPIKE_API void memspike_device_range(const memspike_device *device, double *minimum, double *maximum);
/* w = (G - Gmin) / (Gmax - Gmin), not clamped, and its inverse (the paper's equation 21). */
MEMSPIKE_API double memspike_device_weight(const memspike_device *device, double resistance);
MEMSPIKE_API double memspike_device_resistance(const memspike_device *device, double weight);

/* A measured pulse: readings before and after it. */
typedef struct memspike_measured_pulse {
    double voltage; /* V, not 0 */
    double seconds;
    double before, after; /* ohm, above 0 */
} memspike_measured_pulse;

/* One sign of a fit: k = |A (e^{|v|/t} - 1)|, r = a0 + a1 v (equations 19 and 20). */
typedef struct memspike_fitted_side {
    uint32_t pulses;
    double constants[4]; /* A in 1/(ohm s), t in V, a0 in ohm, a1 in ohm/V */
    double errors[4];    /* standard errors, in the same units */
    double rms;          /* of the residuals: the relative error of a reading */
} memspike_fitted_side;

/* The paper's switching model from `count` measured pulses, by least squares. The device's pulse list is the voltage
 * with the most pulses of each sign. `sides`, of positive and of negative pulses, may be NULL. INVALID when
 * the measurements do not determine the constants: each sign needs pulses of two voltages that change R. */
MEMSPIKE_API memspike_status memspike_device_fit(const memspike_measured_pulse *pulses, uint32_t count,
                                                 const char *name, memspike_device **device,
                                                 memspike_fitted_side sides[2], memspike_error *error);
/* Write a fitted or parsed device as a device file. INVALID for one that was loaded from a file. */
MEMSPIKE_API memspike_status memspike_device_save(const memspike_device *device, const char *path,
                                                  memspike_error *error);

/* -- The crossbar ---------------------------------------------------------------------------------------- */

typedef struct memspike_crossbar memspike_crossbar;

/* Fresh devices in the array that the settings name; of the settings count seed, read_noise, adc_bits,
 * adc_full_scale, stuck_*, and guard_band, which narrows the range that weights map to. */
MEMSPIKE_API memspike_status memspike_crossbar_create(const memspike_settings *settings,
                                                      const memspike_device *device,
                                                      memspike_crossbar **crossbar, memspike_error *error);
MEMSPIKE_API void memspike_crossbar_free(memspike_crossbar *crossbar);
MEMSPIKE_API memspike_array memspike_crossbar_array(const memspike_crossbar *crossbar);
/* The true resistances (devices); and to set them, as an ideal writer would: stuck devices keep theirs. */
MEMSPIKE_API void memspike_crossbar_get_resistances(const memspike_crossbar *crossbar, double *resistances);
MEMSPIKE_API memspike_status memspike_crossbar_set_resistances(memspike_crossbar *crossbar,
                                                               const double *resistances,
                                                               memspike_error *error);
/* Which devices are stuck (devices). */
MEMSPIKE_API void memspike_crossbar_get_stuck(const memspike_crossbar *crossbar, bool *stuck);
/* The weights that the true resistances stand for, weights[outputs][inputs]. */
MEMSPIKE_API void memspike_crossbar_get_weights(const memspike_crossbar *crossbar, double *weights);
/* The resistances (devices) that weights[outputs][inputs] ask for. INVALID when one lies outside of the
 * array's range, from 0 to 1 or, with pairs, from -1. */
MEMSPIKE_API memspike_status memspike_crossbar_targets(const memspike_crossbar *crossbar,
                                                       const double *weights, double *targets,
                                                       memspike_error *error);
/* A verify read of each device, with read noise (devices); each read draws anew. */
MEMSPIKE_API void memspike_crossbar_read(memspike_crossbar *crossbar, double *resistances);
/* The columns' currents for `count` time steps of spikes[count][inputs], 0 or 1: for each output the sum of the
 * weights whose inputs spike, currents[count][outputs], with read noise, through the ADC. `sample` and the
 * step's number choose the noise. */
MEMSPIKE_API void memspike_crossbar_sense(memspike_crossbar *crossbar, uint32_t sample, const uint8_t *spikes,
                                          uint32_t count, double *currents);
/* Energy of all pulses so far: V^2 / R added up. */
MEMSPIKE_API double memspike_crossbar_energy(const memspike_crossbar *crossbar);

/* -- The engine: the digital hardware on a crossbar ------------------------------------------------------ */

/* Encoder, LIF neurons and the predict-write-verify controller: the Verilated RTL or one of its models, which
 * change the speed and nothing else. */
typedef struct memspike_engine memspike_engine;

/* The engine of the settings on the crossbar, whose array it takes; pulses and threshold are those of an
 * approach, 1 or 2. The crossbar must outlive it. FAILED, later, from a setting `check` that found RTL and
 * model to differ. */
MEMSPIKE_API memspike_status memspike_engine_create(const memspike_settings *settings, uint32_t approach,
                                                    memspike_crossbar *crossbar, memspike_engine **engine,
                                                    memspike_error *error);
MEMSPIKE_API void memspike_engine_free(memspike_engine *engine);
/* The kinds' names from 0, NULL behind the last one. */
MEMSPIKE_API const char *memspike_engine_kind(uint32_t number);

typedef enum memspike_ending {
    MEMSPIKE_UNTOUCHED, /* no target */
    MEMSPIKE_CONVERGED, /* within the tolerance */
    MEMSPIKE_STALLED,   /* no pulse would have come nearer */
    MEMSPIKE_EXHAUSTED, /* max_pulses were not enough */
} memspike_ending;

typedef struct memspike_written {
    int32_t ending; /* a memspike_ending */
    uint32_t pulses;
    double reading; /* the last one, ohm; 0 when untouched */
} memspike_written;

/* A pulse as it happened. */
typedef struct memspike_pulse {
    uint64_t clock; /* since the writing began */
    uint32_t device;
    uint32_t iteration; /* 1 for the device's first pulse */
    double voltage;     /* V */
    uint32_t width_us;
    double target, reading; /* ohm; as the controller has them */
    double before, after;   /* true resistances */
} memspike_pulse;

/* Write the devices to their targets (devices; ohm, 0 leaves one alone) by predict-write-verify. `written`
 * (devices) and `pulse`, which sees every pulse, may be NULL. */
MEMSPIKE_API memspike_status memspike_engine_write(memspike_engine *engine, const double *targets,
                                                   memspike_written *written,
                                                   void (*pulse)(void *context, const memspike_pulse *pulse),
                                                   void *context, memspike_error *error);
/* Run `count` samples values[count][inputs] in [0, 1], each for the settings' `steps`: spikes[count][outputs]
 * are the neurons' spike counts. The samples are numbered from `first`, which chooses their random numbers. */
MEMSPIKE_API memspike_status memspike_engine_run(memspike_engine *engine, const float *values, uint32_t first,
                                                 uint32_t count, uint16_t *spikes,
                                                 const memspike_listener *listener, memspike_error *error);
/* One sample with all that happens in it: rows[steps][inputs], 1 for an input that spikes, and
 * membranes[steps][outputs], V with these spikes in it, in units of weight, before a reset. Each may be NULL. */
MEMSPIKE_API memspike_status memspike_engine_observe(memspike_engine *engine, const float *values,
                                                     uint32_t number, uint16_t *spikes, uint8_t *rows,
                                                     double *membranes, memspike_error *error);

/* Since it was created. */
typedef struct memspike_statistics {
    uint64_t samples, sample_clocks;
    uint64_t transfer_clocks; /* of the register port */
    uint64_t writings, write_clocks, pulses;
    uint64_t programming_us; /* widths of the pulses added up */
    uint64_t converged, stalled, exhausted;
    double energy_j;                               /* of the pulses */
    uint64_t compared_steps, compared_transitions; /* with `check`: found equal */
} memspike_statistics;
MEMSPIKE_API void memspike_engine_statistics(const memspike_engine *engine, memspike_statistics *statistics);

/* -- One's own test bench ------------------------------------------------------------------------------- */

/* The analogue boundary of the RTL, as rtl/memspike.sv describes it, for a bench that instantiates the RTL itself: what
 * the crossbar answers, clock by clock, in the hardware's fixed-point forms. The crossbar needs an engine, whose
 * approach says which pulses its table holds; addresses of registers are in memspike/registers.h. */

/* While sense_o is high: codes (outputs * tiles) for the spikes on the rows, one bit a row, row 0 lowest. */
MEMSPIKE_API void memspike_crossbar_sense_phase(memspike_crossbar *crossbar, uint32_t sample, uint32_t step,
                                                uint32_t phase, const uint32_t *rows, int32_t *codes);
/* While read_o is high: the resistance for reading_i, 8 fraction bits; each call draws noise anew. */
MEMSPIKE_API uint32_t memspike_crossbar_read_device(memspike_crossbar *crossbar, uint32_t device);
/* For each clock in which pulse_o is high, with pulse_entry_o. */
MEMSPIKE_API void memspike_crossbar_pulse_clock(memspike_crossbar *crossbar, uint32_t device, uint32_t entry);

/* A write to the register port. */
typedef struct memspike_transfer {
    uint32_t address, data;
} memspike_transfer;
/* What a host writes to have the hardware hold the engine's settings and pulses. Returns how many; the first `size`
 * of them are stored. */
MEMSPIKE_API uint32_t memspike_engine_transfers(const memspike_engine *engine, memspike_transfer *transfers,
                                                uint32_t size);
/* What it writes to SEED for a sample. */
MEMSPIKE_API uint32_t memspike_engine_seed(const memspike_engine *engine, uint32_t sample);
/* A value from 0 to 1 as a rate, and a resistance as a target. */
MEMSPIKE_API uint16_t memspike_rate_of_value(double value);
MEMSPIKE_API uint32_t memspike_word_of_resistance(double ohm);

/* -- Corpora: labelled texts ----------------------------------------------------------------------------- */

typedef struct memspike_corpus memspike_corpus;

/* Read reviews: a folder with aclImdb/ or its archive, and perhaps word vectors; NULL for the built-in demo
 * corpus. `vectors` names a file of word vectors, or is "none"; NULL looks for one in the folder. With `pairs`
 * two words in a row are a word, too. */
MEMSPIKE_API memspike_status memspike_corpus_build(const char *data, const char *vectors, bool pairs,
                                                   const memspike_listener *listener,
                                                   memspike_corpus **corpus, memspike_error *error);
/* Read and write a corpus file (.msc). */
MEMSPIKE_API memspike_status memspike_corpus_load(const char *path, memspike_corpus **corpus,
                                                  memspike_error *error);
MEMSPIKE_API memspike_status memspike_corpus_save(const memspike_corpus *corpus, const char *path,
                                                  memspike_error *error);
MEMSPIKE_API void memspike_corpus_free(memspike_corpus *corpus);

typedef struct memspike_corpus_about {
    const char *kind;                    /* "imdb", "demo", or what other reviews are called; the corpus's */
    uint32_t training, validation, test; /* reviews; the validation ones are part of the training ones */
    uint32_t vocabulary;
} memspike_corpus_about;
MEMSPIKE_API memspike_corpus_about memspike_corpus_describe(const memspike_corpus *corpus);

/* -- Networks -------------------------------------------------------------------------------------------- */

/* A trained linear layer, of texts (with word vectors) or of features, and, for approach 2, the memristors that
 * training left. */
typedef struct memspike_network memspike_network;

/* Train on the reviews of a corpus. approach 1: in software; `device` may be NULL. approach 2: on the hardware, in
 * memristors of this device. */
MEMSPIKE_API memspike_status memspike_network_train(const memspike_corpus *corpus,
                                                    const memspike_settings *settings,
                                                    const memspike_device *device, uint32_t approach,
                                                    const memspike_listener *listener,
                                                    memspike_network **network, memspike_error *error);

/* Samples with features instead of words. */
typedef struct memspike_samples {
    const float *values;   /* [count][features], in [0, 1] */
    const int32_t *labels; /* count, from 0 to classes - 1 */
    uint32_t count, features, classes;
    uint32_t validation; /* so many of them, chosen by the seed, tell which epoch is the best */
} memspike_samples;
/* Train on them, in the same way. Features up to the array's inputs: the inputs left over are held at 1, so that
 * their weights are a bias. 2 classes take one output, up to 8 one each. */
MEMSPIKE_API memspike_status memspike_network_fit(const memspike_samples *samples,
                                                  const memspike_settings *settings,
                                                  const memspike_device *device, uint32_t approach,
                                                  const memspike_listener *listener,
                                                  memspike_network **network, memspike_error *error);
/* Read and write a model file (.msm). */
MEMSPIKE_API memspike_status memspike_network_load(const char *path, memspike_network **network,
                                                   memspike_error *error);
MEMSPIKE_API memspike_status memspike_network_save(const memspike_network *network, const char *path,
                                                   memspike_error *error);
MEMSPIKE_API void memspike_network_free(memspike_network *network);
/* A text of the caller's that a network of features keeps, in its file, too: what its classes are called, say, or how
 * its features came to lie in [0, 1]; UTF-8. INVALID for a network of texts. Empty unless set. */
MEMSPIKE_API memspike_status memspike_network_set_remark(memspike_network *network, const char *remark,
                                                         memspike_error *error);
/* The network's, until the next one is set. */
MEMSPIKE_API const char *memspike_network_remark(const memspike_network *network);

typedef struct memspike_network_about {
    uint32_t inputs, outputs, classes;
    uint32_t features; /* 0 for a network of texts */
    uint32_t approach; /* 1 or 2 */
    uint32_t epochs, best_epoch;
    uint64_t seed;
} memspike_network_about;
MEMSPIKE_API memspike_network_about memspike_network_describe(const memspike_network *network);
/* weights[outputs][inputs] of the best epoch. */
MEMSPIKE_API void memspike_network_get_weights(const memspike_network *network, float *weights);

typedef struct memspike_epoch {
    double training_loss, training_accuracy; /* each sample before its update */
    double validation_loss, validation_accuracy;
} memspike_epoch;
/* Of an epoch, from 1; false for one that was not run. */
MEMSPIKE_API bool memspike_network_get_epoch(const memspike_network *network, uint32_t epoch,
                                             memspike_epoch *result);

/* -- Networks on hardware -------------------------------------------------------------------------------- */

/* A network on the hardware, or in software, ready to answer. */
typedef struct memspike_deployment memspike_deployment;

/* How it gets there. */
typedef enum memspike_placement {
    MEMSPIKE_SOFTWARE, /* not at all: the network as trained ("ann") */
    MEMSPIKE_IDEAL,    /* spikes on the hardware, weights exactly as trained ("snn") */
    MEMSPIKE_MEMRISTORS, /* written into the devices by predict-write-verify; or, of approach 2, as left there */
} memspike_placement;

/* `device` may be NULL for MEMSPIKE_SOFTWARE. */
MEMSPIKE_API memspike_status memspike_deploy(const memspike_network *network,
                                             const memspike_settings *settings, const memspike_device *device,
                                             memspike_placement placement, memspike_deployment **deployment,
                                             memspike_error *error);
MEMSPIKE_API void memspike_deployment_free(memspike_deployment *deployment);

typedef struct memspike_write_report {
    double weight_error_mean, weight_error_std, weight_error_max; /* written - wanted */
    memspike_statistics statistics;                               /* of the engine, so far */
} memspike_write_report;
/* Zero in software. */
MEMSPIKE_API memspike_write_report memspike_deployment_report(const memspike_deployment *deployment);

/* The class of each of `count` samples of features, values[count][features] in [0, 1]: answers (count), and
 * spikes[count][outputs], which may be NULL and is 0 in software. Samples are numbered from 0. */
MEMSPIKE_API memspike_status memspike_predict(memspike_deployment *deployment, const float *values,
                                              uint32_t count, int32_t *answers, uint16_t *spikes,
                                              const memspike_listener *listener, memspike_error *error);
/* The class of each text (UTF-8): 0 negative, 1 positive, or 0 to 7 by rising stars; -1 for one without a word of
 * the vocabulary, to which there is no answer. */
MEMSPIKE_API memspike_status memspike_classify(memspike_deployment *deployment, const char *const *texts,
                                               uint32_t count, int32_t *answers, uint16_t *spikes,
                                               const memspike_listener *listener, memspike_error *error);

typedef struct memspike_result {
    double accuracy; /* 0 to 1 */
    uint32_t reviews;
    uint32_t confusion[8][8]; /* [label][answer] */
    double firing_rate_mean;  /* spikes / steps; 0 in software, as are the clocks */
    uint64_t sample_clocks, transfer_clocks;
} memspike_result;
/* What a test review came to. */
typedef struct memspike_tested {
    uint32_t number;        /* among the test reviews */
    uint32_t seed;          /* of the encoder; 0 in software, as are the spikes */
    uint32_t label, answer; /* 0 negative, 1 positive, or 0 to 7 by rising stars */
    uint16_t spikes[8];     /* of the network's outputs; after an early decision those until then */
} memspike_tested;
/* The test reviews of the corpus that the network was trained on: `limit` of them, spread evenly, or 0 for all.
 * `tested`, one for each of them, may be NULL. */
MEMSPIKE_API memspike_status memspike_test(memspike_deployment *deployment, const memspike_corpus *corpus,
                                           uint32_t limit, memspike_result *result, memspike_tested *tested,
                                           const memspike_listener *listener, memspike_error *error);

#ifdef __cplusplus
}
#endif
#endif
