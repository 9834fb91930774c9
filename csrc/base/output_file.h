// SPDX-License-Identifier: Apache-2.0
/* Output files, which are never half-written.
 *
 * An output file is written under a temporary name beside its place and renamed when it is complete, so that
 * a reader sees either the old file or the new one. What a killed writer has left of one is removed by the
 * next that writes to the same place. */
#ifndef MEMSPIKE_CSRC_BASE_OUTPUT_FILE_H
#define MEMSPIKE_CSRC_BASE_OUTPUT_FILE_H

#include "model/base/error.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

struct output_file;

/* Have interrupts (SIGINT, SIGTERM, SIGHUP), a closed pipe (SIGPIPE) and a disk that is too small for a file
 * written through memory (SIGBUS) remove the temporary files that exist before they end the program. */
void output_files_remove_on_signals(void);
/* sigaction(), but SIGHUP and SIGPIPE stay ignored if they are: that was somebody's wish (nohup), while
 * shells ignore SIGINT for whatever runs in the background. */
void signal_catch(int signal_number, const struct sigaction *action);

/* Open the temporary file beside `path`. A place that is no regular file (a terminal, a pipe) is written
 * directly; a link stays one. Do this before long work, so that an unwritable place is found at once. On
 * success *file is owned by the caller until output_file_commit or output_file_discard. A place that cannot
 * be written is STATUS_INVALID. */
MUST_CHECK enum status output_file_open(const char *path, struct output_file **file, struct error *error);
/* The stream to write to; owned by the file. */
FILE *output_file_stream(struct output_file *file);
/* The name to write to, for what opens its files itself instead of using the stream. */
const char *output_file_path(const struct output_file *file);
/* The name that the file will have, for messages. */
const char *output_file_place(const struct output_file *file);
/* Have a message of what used output_file_path() name the place instead, where the file is to be. */
void output_file_name_place(const struct output_file *file, struct error *error);
/* Flush, synchronise and rename; frees the file whatever happens. A write that failed anywhere before is
 * reported here. */
MUST_CHECK enum status output_file_commit(struct output_file *file, struct error *error);
/* Remove the temporary file and free; NULL is harmless. */
void output_file_discard(struct output_file *file);
/* Make a folder for results, which may be there already. */
MUST_CHECK enum status output_folder_make(const char *path, struct error *error);
/* Whether a file in a folder is called as temporary files are: NAME.unfinished-XXXXXX. */
bool output_file_is_temporary(const char *name);

#ifdef __cplusplus
}
#endif
#endif
