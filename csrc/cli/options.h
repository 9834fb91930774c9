// SPDX-License-Identifier: Apache-2.0
/* Command-line options: one table for all subcommands, each of which names those it takes. */
#ifndef MEMSPIKE_CSRC_CLI_OPTIONS_H
#define MEMSPIKE_CSRC_CLI_OPTIONS_H

#include "base/ranks.h"
#include "model/base/error.h"
#include "run/run.h"
#include "run/settings.h"

#include <stdbool.h>
#include <stdint.h>

enum option_id {
    OPTION_END,
    OPTION_DATA,
    OPTION_VECTORS,
    OPTION_CORPUS,
    OPTION_OUTPUT,
    OPTION_TASK,
    OPTION_APPROACH,
    OPTION_BIGRAMS,
    OPTION_EPOCHS,
    OPTION_LEARNING_RATE,
    OPTION_GAIN,
    OPTION_UPDATE,
    OPTION_RESUME,
    OPTION_DEVICE,
    OPTION_PRESET,
    OPTION_ARRAY,
    OPTION_ENGINE,
    OPTION_PORT,
    OPTION_TIMEOUT,
    OPTION_CHECK,
    OPTION_NETWORK,
    OPTION_STEPS,
    OPTION_THRESHOLD,
    OPTION_ENCODER,
    OPTION_TOLERANCE,
    OPTION_MAX_PULSES,
    OPTION_VERIFY_READS,
    OPTION_TOLERANCE_MARGIN,
    OPTION_GUARD_BAND,
    OPTION_READ_NOISE,
    OPTION_NOISE_CORRECTION,
    OPTION_ADC_BITS,
    OPTION_ADC_FULL_SCALE,
    OPTION_LIMIT,
    OPTION_PREDICTIONS,
    OPTION_RATES,
    OPTION_PULSES,
    OPTION_REVIEW,
    OPTION_PROGRAM,
    OPTION_DEVICES,
    OPTION_WINDOW,
    OPTION_EVENT,
    OPTION_BEFORE,
    OPTION_AFTER,
    OPTION_OPEN,
    OPTION_SEED,
    OPTION_SEEDS,
    OPTION_ROUNDS,
    OPTION_QUICK,
    OPTION_LIST,
    OPTION_THREADS,
    OPTION_JSON,
    OPTION_QUIET,
    OPTION_HELP,
    OPTION_COUNT,
};

struct options {
    const char *data; /* NULL: search */
    const char *vectors;
    const char *corpus;
    const char *output;
    const char *device; /* file or name; NULL: paper */
    const char *preset;
    const char *pulses;      /* file for the list of pulses */
    const char *predictions; /* file for what each review came to */
    const char *json;        /* file; "-": standard output */
    const char *devices;     /* what trace takes: see its help */
    const char *window;
    const char *event;
    uint32_t review; /* number among the test reviews */
    uint32_t before, after;
    bool rates; /* in the predictions, too */
    bool program;
    bool open;
    uint32_t approach;
    uint32_t limit;  /* 0: all */
    uint32_t seeds;  /* how many, counted up from the seed */
    uint32_t rounds; /* of a measurement */
    enum network_kind network;
    bool bigrams;
    bool quick;
    bool list;
    bool resume;
    bool quiet;
    bool given[OPTION_COUNT];
    double threshold;         /* absolute, when given */
    struct settings settings; /* preset with overrides */
    struct ranks *ranks;      /* that share the work; NULL: this process alone */
    int argument_count;       /* what is left after the options */
    char **arguments;
};

struct command {
    const char *name;
    const char *summary;           /* one line for `memspike --help` */
    const char *usage;             /* what follows the name */
    const char *text;              /* explanation and examples for `memspike NAME --help` */
    const char *shipped;           /* folder of the shipped files that its argument may name; NULL */
    const enum option_id *options; /* ended by OPTION_END; --help and --quiet are always taken */
    enum engine_kind engine;       /* the default */
    bool by_ranks;                 /* several processes may do it together */
    enum status (*run)(struct options *options, struct error *error);
};

/* Parse what follows the subcommand's name, load the preset, apply what overrides it. *help is set when
 * --help was given; nothing else is done then. */
MUST_CHECK enum status options_parse(const struct command *command, int count, char **arguments,
                                     struct options *options, bool *help, struct error *error);
void options_print_help(const struct command *command);
/* The command and each of its options on a line for scripts, its fields between tabs:
 *   command NAME SUMMARY ARGUMENT
 *   option COMMAND NAME LETTER PLACEHOLDER HELP WORDS
 * WORDS are what the value may be, between spaces, or the folder of the shipped files that it may name, with a
 * '/' at its end; so is ARGUMENT. Fields may be empty. */
void options_print_row(const struct command *command);
/* As the user writes it, without the dashes. */
const char *option_name(enum option_id id);
/* The option of a setting; NULL when it has none. */
const char *option_of_setting(const struct setting *setting);

/* STATUS_INVALID, "--NAME: expected EXPECTED", when an option was given that only matters from this network
 * on: NETWORK_SNN for options of the hardware, NETWORK_MEMRISTOR for those of writing memristors. */
MUST_CHECK enum status options_refuse(const struct options *options, enum network_kind network,
                                      const char *expected, struct error *error);

/* STATUS_INVALID when an output would overwrite an input or another output. */
MUST_CHECK enum status options_check_outputs(const struct options *options, struct error *error);

/* Expect exactly `count` arguments besides the options; `names` says which, for the message. */
MUST_CHECK enum status options_expect(const struct options *options, int count, const char *names,
                                      struct error *error);

#endif
