// SPDX-License-Identifier: Apache-2.0
/* Who follows the work of a thread instead of the terminal: a program that uses the library. */
#ifndef MEMSPIKE_CSRC_BASE_LISTENER_H
#define MEMSPIKE_CSRC_BASE_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct listener {
    /* How far it has come. A result other than 0 asks it to stop. May be NULL. */
    int (*progress)(void *context, const char *what, uint64_t done, uint64_t total);
    /* A line of what was understood, or left out. May be NULL. */
    void (*note)(void *context, const char *text);
    void *context;
    bool stopped; /* it has asked to stop */
};

/* What this thread does from now on is told to the listener, not to the terminal; NULL ends it. Borrowed. */
void listen_to_thread(struct listener *listener);
/* This thread's; NULL when there is none. */
struct listener *listener_of_thread(void);
/* Whether there is one that has asked to stop. */
bool listener_stopped(void);

#ifdef __cplusplus
}
#endif
#endif
