// SPDX-License-Identifier: Apache-2.0
/* The blocks that `memspike bench` measures on their own: the software's, and the reference models of the
 * RTL's. */
#ifndef MEMSPIKE_CSRC_BENCH_BENCH_BLOCKS_H
#define MEMSPIKE_CSRC_BENCH_BENCH_BLOCKS_H

#include "bench/bench.h"

/* Add a case for every block. The close() of one of them releases their common memory. STATUS_INVALID when
 * the hardware does not take the settings. */
MUST_CHECK enum status bench_add_blocks(struct bench *bench, const struct bench_settings *settings,
                                        struct error *error);

#endif
