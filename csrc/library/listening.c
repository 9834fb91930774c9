// SPDX-License-Identifier: Apache-2.0
#include "library/objects.h"

#include <stdio.h>

const char *memspike_version(void)
{
    return MEMSPIKE_VERSION;
}

void listening_begin(struct listening *listening, const memspike_listener *listener)
{
    listening->listener = (struct listener) {0};
    if (listener != NULL) {
        listening->listener.progress = listener->progress;
        listening->listener.note = listener->note;
        listening->listener.context = listener->context;
    }
    listen_to_thread(&listening->listener);
}

memspike_status listening_end(struct listening *listening, enum status status, memspike_error *error)
{
    listen_to_thread(NULL);
    if (listening->listener.stopped) {
        (void) error_set(error_of(error), STATUS_FAILED, "interrupted");
        return MEMSPIKE_INTERRUPTED;
    }
    return (memspike_status) status;
}
