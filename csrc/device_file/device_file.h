// SPDX-License-Identifier: Apache-2.0
/* Device files (libconfig): what data/devices/ holds, and docs/devices.md describes. */
#ifndef MEMSPIKE_CSRC_DEVICE_FILE_DEVICE_FILE_H
#define MEMSPIKE_CSRC_DEVICE_FILE_DEVICE_FILE_H

#include "model/base/error.h"
#include "model/device/device.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Read a device file (libconfig). Unknown keys, missing keys and values out of range are STATUS_INVALID and
 * name file, line and key. On success *device is owned by the caller, to be released with device_free(). */
MUST_CHECK enum status device_load(const char *path, struct device **device, struct error *error);
/* The same from the text of such a file; `path` is what messages call it. */
MUST_CHECK enum status device_parse(const char *text, const char *path, struct device **device,
                                    struct error *error);

#ifdef __cplusplus
}
#endif
#endif
