// SPDX-License-Identifier: Apache-2.0
#ifndef MEMSPIKE_CSRC_BASE_WALL_CLOCK_H
#define MEMSPIKE_CSRC_BASE_WALL_CLOCK_H

#ifdef __cplusplus
extern "C" {
#endif

/* Monotonic seconds since some moment. */
double seconds_now(void);

#ifdef __cplusplus
}
#endif
#endif
