// SPDX-License-Identifier: Apache-2.0
#ifndef MEMSPIKE_TESTS_FUZZ_FUZZ_H
#define MEMSPIKE_TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Run the reader `name` over the bytes; false when there is none of that name. Aborts at a finding. */
bool fuzz_reader(const char *name, const uint8_t *data, size_t size);
/* The register port: see registers.c. Aborts at a finding. */
void fuzz_registers(const uint8_t *data, size_t size);

#endif
