// SPDX-License-Identifier: Apache-2.0
/* The paper's Table 1: test accuracy of the network in software, as a spiking network, and with memristors,
 * over seeds. */
#ifndef MEMSPIKE_CSRC_SWEEP_TABLE1_H
#define MEMSPIKE_CSRC_SWEEP_TABLE1_H

#include "run/cost.h"
#include "run/settings.h"
#include "text/corpus.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum table1_column {
    TABLE1_ANN,
    TABLE1_SNN_APPROACH1,
    TABLE1_MEMRISTOR_APPROACH1,
    TABLE1_SNN_APPROACH2,
    TABLE1_MEMRISTOR_APPROACH2,
    TABLE1_COLUMNS,
};

/* The columns' names in JSON, and the paper's accuracies in percent. */
extern const char *const table1_names[TABLE1_COLUMNS];
extern const double table1_published[TABLE1_COLUMNS];

/* The effort of writing the weights. */
struct table1_writing {
    double weight_error_std;
    uint64_t pulses;
    uint64_t programming_us;
    double energy_j;
    struct cost review;  /* of the test that followed */
    struct cost writing; /* all of it */
};

struct table1 {
    uint32_t seeds; /* first_seed, first_seed + 1, ... */
    uint64_t first_seed;
    double *accuracy; /* seeds x TABLE1_COLUMNS */
    /* seeds x 2: to write the converted network once (approach 1), and in all of the training (approach 2) */
    struct table1_writing *writing;
};

/* Shared by all networks of a table. All borrowed. */
struct table1_conditions {
    const struct corpus *corpus;
    const struct settings *settings; /* with the first seed */
    const struct device *device;
    const struct costs *costs;
};

/* Called for each seed when it is done. */
struct table1_observer {
    void (*seed)(void *context, const struct table1 *table, uint32_t row);
    void *context;
};

/* Train and test everything for `seeds` seeds. `observer` may be NULL. Release with table1_clear(), also
 * after a failure. */
MUST_CHECK enum status table1_run(const struct table1_conditions *conditions, uint32_t seeds,
                                  const struct table1_observer *observer, struct table1 *table,
                                  struct error *error);
void table1_clear(struct table1 *table);

/* Mean and standard deviation (of a sample; 0 for one seed) of a column. */
void table1_statistics(const struct table1 *table, enum table1_column column, double *mean,
                       double *deviation);

#ifdef __cplusplus
}
#endif
#endif
