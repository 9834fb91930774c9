// SPDX-License-Identifier: Apache-2.0
#include "base/listener.h"

#include <stddef.h>

static _Thread_local struct listener *current;

void listen_to_thread(struct listener *listener)
{
    current = listener;
}

struct listener *listener_of_thread(void)
{
    return current;
}

bool listener_stopped(void)
{
    return current != NULL && current->stopped;
}
