// SPDX-License-Identifier: Apache-2.0
/* Experiment files (libconfig, data/experiments/): what varies and what is measured.
 *
 *   name = "fig4b";
 *   description = "...";
 *   approach = 1;
 *   network = "memristor";         # ann is always the software network of approach 1
 *   seeds = 3;
 *   settings = { steps = 500; };   # optional: preset keys that all points share
 *   # Any preset key, or "network".
 *   axes = ( { key = "tolerance"; values = [0.01, 0.1]; }, ... );
 *   measure = ["accuracy"];
 *   # Optional, with one axis only.
 *   published = ( { measure = "accuracy"; at = [0.01, 0.1]; values = [0.858, 0.857]; } );
 *
 * The points are the grid of all axes; the last axis runs fastest. A file with only name, description and
 * `experiments`, a list of names, stands for the experiments in the files of these names beside it. */
#ifndef MEMSPIKE_CSRC_SWEEP_EXPERIMENT_H
#define MEMSPIKE_CSRC_SWEEP_EXPERIMENT_H

#include "run/run.h"
#include "run/settings.h"

#ifdef __cplusplus
extern "C" {
#endif

enum measure {
    MEASURE_ACCURACY,         /* share of the test reviews */
    MEASURE_WEIGHT_ERROR_STD, /* of written - wanted weight over the weights */
    MEASURE_READ_ERROR_STD,   /* of measured - wanted weight: the same with one noisy read */
    MEASURE_EPOCHS,           /* accuracy on training and validation reviews by epoch */
    MEASURE_PULSES,
    MEASURE_PROGRAMMING_US,
    MEASURE_ENERGY_J,
    MEASURE_WEIGHTS, /* wanted, written and measured weight, one by one */
    MEASURE_TRACE,   /* approach 2: the first weight, wanted and measured, every TRACE_REVIEWS reviews */
    MEASURES,
};

enum {
    TRACE_REVIEWS = 175,
    MAX_AXES = 8,
    MAX_POINTS = 10000, /* of an experiment */
};

/* NULL-ended. */
extern const char *const measure_names[];

struct axis {
    char *key;
    uint32_t count;
};

/* A point without its seed. */
struct point {
    enum network_kind network;
    uint32_t approach; /* 1 for the network in software */
    struct settings settings;
};

struct published {
    enum measure measure;
    uint32_t count;
    uint32_t *at; /* count: the point that each value belongs to */
    double *values;
};

struct experiment {
    char *name;
    char *description;
    uint32_t approach;
    uint32_t seeds;
    uint32_t axis_count;
    struct axis axes[MAX_AXES];
    uint32_t point_count;
    struct point *points;
    bool measured[MEASURES];
    uint32_t published_count;
    struct published *published;
};

struct experiments {
    char *name;
    char *description;
    uint32_t count;
    struct experiment *items;
};

/* Read the file; settings that it does not vary come from `settings`. STATUS_INVALID names file, line and
 * key. Release with experiments_clear(), also after a failure. */
MUST_CHECK enum status experiments_load(const char *path, const struct settings *settings,
                                        struct experiments *experiments, struct error *error);
void experiments_clear(struct experiments *experiments);

/* The value of an axis's key at a point. */
void point_key_text(const struct point *point, const char *key, char text[32]);

#ifdef __cplusplus
}
#endif
#endif
