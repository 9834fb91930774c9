// SPDX-License-Identifier: Apache-2.0
#include "base/interrupt.h"

#include "base/listener.h"
#include "base/output_file.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t caught;

static void remember(int signal_number)
{
    caught = signal_number;
    output_files_remove_on_signals();
}

void interrupt_catch(void)
{
    const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = remember, .sa_flags = SA_RESTART};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        signal_catch(signals[i], &action);
    }
}

void interrupt_pass_on(void)
{
    if (caught == 0) {
        caught = SIGTERM;
    }
}

bool interrupt_caught(void)
{
    return caught != 0 || listener_stopped();
}

void interrupt_obey(void)
{
    if (caught != 0) {
        output_files_remove_on_signals();
        (void) raise((int) caught);
    }
}
