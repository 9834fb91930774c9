// SPDX-License-Identifier: Apache-2.0
/* The folder of a sweep's results: FOLDER/points/ holds what the sweep is (sweep.id) and a file for every
 * task that is done. Each is written whole or not at all, and checked when it is read. */
#ifndef MEMSPIKE_CSRC_SWEEP_SWEEP_STORE_H
#define MEMSPIKE_CSRC_SWEEP_SWEEP_STORE_H

#include "base/container.h"
#include "sweep/sweep.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Make the folder and identify it, or check that it belongs to this sweep. Removes half-written files of a
 * killed sweep. STATUS_INVALID when it is not the sweep's. */
MUST_CHECK enum status sweep_store_open(const struct sweep *sweep, const char *folder, struct error *error);

/* The result of task `index`, if it is there. STATUS_INVALID when its file is damaged or another's. */
MUST_CHECK enum status sweep_store_load(const char *folder, uint32_t index, struct task *task,
                                        struct error *error);
MUST_CHECK enum status sweep_store_save(const char *folder, uint32_t index, const char *key,
                                        const struct task_result *result, struct error *error);

/* A result to and from the payload of its file, which is also how one rank sends it to another.
 * STATUS_INVALID when the bytes are not the task's. */
void task_result_put(struct container_writer *writer, const char *key, const struct task_result *result);
MUST_CHECK enum status task_result_take(struct container_reader *reader, const char *key,
                                        struct task_result *result, struct error *error);

/* Free the arrays. */
void task_result_clear(struct task_result *result);

#ifdef __cplusplus
}
#endif
#endif
