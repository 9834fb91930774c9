// SPDX-License-Identifier: Apache-2.0
/* The data files that come along: devices, presets, experiments, costs. */
#ifndef MEMSPIKE_CSRC_BASE_SHIPPED_H
#define MEMSPIKE_CSRC_BASE_SHIPPED_H

#ifdef __cplusplus
extern "C" {
#endif

/* Their folder: $MEMSPIKE_SHARE, or this installation's. To be freed. */
char *share_folder(void) __attribute__((returns_nonnull));

/* The path of one of them: <folder>/<name>.cfg in their folder, or `name` itself when it contains a '/' or
 * '.'. To be freed. */
char *shipped_file(const char *folder, const char *name) __attribute__((returns_nonnull));

#ifdef __cplusplus
}
#endif
#endif
