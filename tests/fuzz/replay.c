// SPDX-License-Identifier: Apache-2.0
/* Replays inputs without a fuzzer: replay READER FILE... */
#include "fuzz.h"

#include "model/base/memory.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAXIMUM_INPUT_BYTES = 1 << 20 };

int main(int argc, char **argv)
{
    if (argc < 3) {
        (void) fprintf(stderr, "usage: replay READER FILE...\n");
        return 2;
    }
    uint8_t *bytes = allocate(MAXIMUM_INPUT_BYTES, 1);
    bool good = true;
    for (int i = 2; i < argc && good; i++) {
        FILE *stream = fopen(argv[i], "rb");
        if (stream == NULL) {
            (void) fprintf(stderr, "replay: %s cannot be read\n", argv[i]);
            good = false;
            break;
        }
        const size_t size = fread(bytes, 1, MAXIMUM_INPUT_BYTES, stream);
        (void) fclose(stream);
        good = fuzz_reader(argv[1], bytes, size);
        if (!good) {
            (void) fprintf(stderr, "replay: %s is no reader\n", argv[1]);
        }
    }
    free(bytes);
    return good ? 0 : 1;
}
