// SPDX-License-Identifier: Apache-2.0
/* How long things take: every block on its own, the engines, and how time grows with reviews, steps and
 * inputs. Inputs are random, from the seed; no data is needed. */
#ifndef MEMSPIKE_CSRC_BENCH_BENCH_H
#define MEMSPIKE_CSRC_BENCH_BENCH_H

#include "run/settings.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A piece of work that is measured. */
struct bench_case {
    char name[40];      /* for people and JSON; in a table, the array */
    const char *engine; /* NULL for a block on its own */
    const char *unit;   /* what a call processes: "step", "review" */
    double units;       /* how many of them in a call */
    double size;        /* in a table: the varied quantity */
    /* Does the work once. */
    enum status (*call)(void *context);
    void *context;
    /* Filled by measuring: */
    double median, least, most;         /* seconds of a call, over the rounds */
    double clocks;                      /* of simulated hardware in a call, on average; 0 for none */
    double (*clocks_of)(void *context); /* measures `clocks`; may be NULL */
    void (*close)(void *context);
};

/* Time against one quantity: the cases from first_case on. */
struct bench_table {
    const char *varied; /* "reviews" */
    const char *engine;
    char held[80]; /* the constant quantities, for people */
    uint32_t first_case, rows;
    double exponent; /* of time against size: 1 is proportional */
    /* A straight line through time against size, for growth that is linear behind fixed costs. */
    double fixed_seconds, slope_seconds;
    double deviation; /* the largest relative distance of a row from it */
};

struct bench {
    struct bench_case *cases;
    uint32_t case_count;
    uint32_t single_count; /* of these, the first: blocks and engines, in no table */
    struct bench_table *tables;
    uint32_t table_count;
};

struct bench_settings {
    struct settings settings;    /* settings.engine counts only with one_engine */
    const struct device *device; /* borrowed */
    bool one_engine;             /* else all kinds */
    uint32_t rounds;             /* at least 1 */
    bool quick; /* short rounds, and tables of 1/25 of the sizes: to see that all runs, not how fast */
};

/* The least duration of a case's round, about: calls are repeated until it is reached. */
double bench_round_seconds(const struct bench_settings *settings);
/* T, unless steps are varied. */
uint32_t bench_steps(const struct bench_settings *settings);
/* ADC and read noise of the crossbars that are measured on their own: the settings', or, where these are
 * ideal, 8 bits and 10 %. */
uint32_t bench_adc_bits(const struct settings *settings);
double bench_read_noise(const struct settings *settings);

/* Measure everything. Shows progress. Release with bench_clear(), also after a failure. */
MUST_CHECK enum status bench_run(const struct bench_settings *settings, struct bench *bench,
                                 struct error *error);
void bench_clear(struct bench *bench);

/* Seconds for a unit, and a table's row by how much of that the table's first row takes. */
double bench_per_unit(const struct bench_case *measured);
double bench_ratio(const struct bench *bench, const struct bench_table *table, uint32_t row);

/* The parts of it. */

/* Add a copy of a case; what it points to must outlive the measurement. */
void bench_add(struct bench *bench, const struct bench_case *added);
/* Time all cases, all of them in every round, so that whatever else the machine does hits them alike. */
MUST_CHECK enum status bench_measure(struct bench *bench, uint32_t rounds, double round_seconds);
/* The median of at least one value; sorts them. */
double bench_median(double *values, uint32_t count);
/* The slope of log seconds against log size, by least squares; NAN when the sizes are all the same. All are
 * positive. */
double bench_exponent(const double *sizes, const double *seconds, uint32_t count);
/* seconds = fixed + slope x size by least squares of the relative deviations; NAN like bench_exponent(). */
void bench_line(const double *sizes, const double *seconds, uint32_t count, double *fixed, double *slope,
                double *deviation);

#ifdef __cplusplus
}
#endif
#endif
