// SPDX-License-Identifier: Apache-2.0
/* What the library's objects hold, and how its functions meet the code below. */
#ifndef MEMSPIKE_CSRC_LIBRARY_OBJECTS_H
#define MEMSPIKE_CSRC_LIBRARY_OBJECTS_H

#include "base/listener.h"
#include "learn/checkpoint.h"
#include "run/run.h"
#include "run/settings.h"
#include "text/vocabulary.h"
#include <memspike/memspike.h>

#include <stdatomic.h>

#ifdef __cplusplus
extern "C" {
#endif

struct memspike_settings {
    struct settings values;
    char *port; /* what values.port is */
};

struct memspike_device {
    struct device *device;
    char *text; /* of the file that it would be; NULL when it was read from one */
};

struct memspike_crossbar {
    struct device device; /* with the guard band; its name is its own */
    struct crossbar *crossbar;
};

struct memspike_engine {
    struct engine *engine;
    const struct pulse_table *pulses;
};

struct memspike_corpus {
    struct corpus *corpus;
};

/* A model that a network and its deployments share; the last one frees it. */
struct shared_model {
    struct model *model;
    atomic_uint users;
    uint32_t features; /* 0 for a network of texts */
    uint32_t classes;
};

struct shared_model *shared_model_take(struct shared_model *shared);
void shared_model_drop(struct shared_model *shared);

struct memspike_network {
    struct shared_model *shared;
};

struct memspike_deployment {
    struct shared_model *shared;
    struct settings settings;
    char *port;            /* what settings.port is */
    struct device *device; /* NULL in software */
    enum network_kind kind;
    struct machine machine; /* empty in software */
    struct write_report report;
    struct word_index *words; /* NULL for features */
};

/* The calls of one function: its listener for this thread, silent without one. */
struct listening {
    struct listener listener;
};
/* From here on in this thread, until listening_end(). */
void listening_begin(struct listening *listening, const memspike_listener *listener);
/* The status of the work: INTERRUPTED, with a message, when the listener asked to stop. */
memspike_status listening_end(struct listening *listening, enum status status, memspike_error *error);

/* The caller's error, which has the same form. */
static inline struct error *error_of(memspike_error *error)
{
    return (struct error *) error;
}

/* A copy, with a name of its own, to be cleared with free(device.name). */
struct device device_copy(const struct device *device);
/* The same on the heap, for device_free(). */
struct device *device_duplicate(const struct device *device);

memspike_array array_of(const struct hardware *hardware);
memspike_statistics statistics_of(const struct engine_statistics *statistics);

/* Values of samples to rates, rates[count][inputs], the inputs behind `features` held at 1. INVALID when one
 * lies outside of [0, 1]. */
enum status rates_from_samples(const float *values, uint32_t count, uint32_t features, uint32_t inputs,
                               uint16_t *rates, struct error *error);

#ifdef __cplusplus
}
#endif
#endif
