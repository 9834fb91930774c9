// SPDX-License-Identifier: Apache-2.0
/* The subcommands, one file each, and what they share. */
#ifndef MEMSPIKE_CSRC_CLI_COMMANDS_H
#define MEMSPIKE_CSRC_CLI_COMMANDS_H

#include "cli/options.h"
#include "learn/checkpoint.h"
#include "run/cost.h"
#include "text/corpus.h"

#include <jansson.h>

extern const struct command command_demo;
extern const struct command command_prepare;
extern const struct command command_train;
extern const struct command command_test;
extern const struct command command_classify;
extern const struct command command_program;
extern const struct command command_trace;
extern const struct command command_table1;
extern const struct command command_bench;
extern const struct command command_sweep;
extern const struct command command_report;
extern const struct command command_fit;
extern const struct command command_info;

/* The corpus of --corpus, or else built from --data, $MEMSPIKE_DATA, data/imdb or the demo, in this order.
 * Says on standard error when it is the demo. */
MUST_CHECK enum status open_corpus(const struct options *options, struct corpus **corpus,
                                   struct error *error);

/* The device of --device. */
MUST_CHECK enum status open_device(const struct options *options, struct device **device,
                                   struct error *error);

/* The same for a run of the model on it. Refuses options for writing where training left the weights in the
 * memristors. */
MUST_CHECK enum status open_device_for(const struct options *options, const struct model *model,
                                       struct device **device, struct error *error);

/* The model in the first argument, with at least one epoch done. Its seed is taken over when no --seed was
 * given, and the Vth that it was trained for when no --threshold was. */
MUST_CHECK enum status open_model(struct options *options, struct model **model, struct error *error);

/* --json: opened before the work, so that an unwritable place is found at once. *file stays NULL without
 * --json, and for "-". */
MUST_CHECK enum status open_json(const struct options *options, struct output_file **file,
                                 struct error *error);
/* Write and commit; consumes both. */
MUST_CHECK enum status write_json(const struct options *options, json_t *json, struct output_file *file,
                                  struct error *error);
/* Whether the table is to be printed: not when --json - takes standard output. */
bool print_table(const struct options *options);

/* The costs in data/costs/ for the array and the device. */
MUST_CHECK enum status open_costs(const struct options *options, const struct device *device,
                                  struct costs *costs, struct error *error);
/* A line that says what a review or a writing costs; and the same as JSON. */
void print_review_cost(const char *label, const struct cost *cost);
void print_writing_cost(const char *label, const struct cost *cost);
json_t *cost_json(const struct cost *cost);

/* A number as JSON keeps it, a name as a string. */
json_t *value_json(const char *text);
/* Every key of a preset with its value. */
json_t *settings_json(const struct settings *settings);

/* A note behind results: " (demo corpus)" or " (NAME)", and "" for IMDB. Valid until the next call. */
const char *corpus_note(const char *kind);

#endif
