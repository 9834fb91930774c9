// SPDX-License-Identifier: Apache-2.0
/* What libFuzzer calls. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size); /* libFuzzer's name */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *target = getenv("MEMSPIKE_FUZZ_TARGET"); /* NOLINT(concurrency-mt-unsafe) */
    if (target == NULL || !fuzz_reader(target, data, size)) {
        (void) fprintf(stderr, "MEMSPIKE_FUZZ_TARGET must name a reader\n");
        exit(2); /* NOLINT(concurrency-mt-unsafe) */
    }
    return 0;
}
