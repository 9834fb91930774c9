// SPDX-License-Identifier: Apache-2.0
/* Interrupts of long work, which checks for one, saves what it has, and stops. */
#ifndef MEMSPIKE_CSRC_BASE_INTERRUPT_H
#define MEMSPIKE_CSRC_BASE_INTERRUPT_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* From now on the first SIGINT, SIGTERM or SIGHUP is only remembered; a second one ends the program at once,
 * as the first does otherwise. */
void interrupt_catch(void);
/* As if one had come: to another process of the same work. */
void interrupt_pass_on(void);
/* Whether one has come, or the thread's listener asks to stop. */
bool interrupt_caught(void);
/* End the program as the signal that came would have; returns when none has. */
void interrupt_obey(void);

#ifdef __cplusplus
}
#endif
#endif
