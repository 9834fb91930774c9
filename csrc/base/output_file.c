// SPDX-License-Identifier: Apache-2.0
#include "base/output_file.h"

#include "model/base/memory.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct output_file {
    char *path;
    char *temporary_path; /* NULL when the place is no regular file (a terminal, a pipe) and is written
                             directly */
    char *companion_path; /* NULL as well */
    FILE *stream;
};

/* Temporary files are called NAME, this, and six characters, which no other program uses. */
#define TEMPORARY ".unfinished-"
enum { RANDOM_CHARACTERS = 6, TAIL = sizeof TEMPORARY - 1 + RANDOM_CHARACTERS };

/* Temporary files that exist now, for the handler of interrupts. */
enum { MAX_TEMPORARY_FILES = 32 };
static const char *volatile temporary_files[MAX_TEMPORARY_FILES];

static void replace_temporary_file(const char *old, const char *new)
{
    if (old == new) {
        return;
    }
    for (int i = 0; i < MAX_TEMPORARY_FILES; i++) {
        if (temporary_files[i] == old) {
            temporary_files[i] = new;
            return;
        }
    }
}

/* Waveforms are written through memory, where SIGBUS is the only sign of a full disk. Async-signal-safe. */
static void say_no_space(const char *temporary_path)
{
    static const char before[] = "memspike: ";
    static const char after[] = ": could not be written: no space is left for it\n";
    (void) !write(STDERR_FILENO, before, sizeof before - 1);
    (void) !write(STDERR_FILENO, temporary_path, strlen(temporary_path) - TAIL);
    (void) !write(STDERR_FILENO, after, sizeof after - 1);
}

static void remove_temporary_files(int signal_number)
{
    bool any = false;
    for (int i = 0; i < MAX_TEMPORARY_FILES; i++) {
        if (temporary_files[i] != NULL) {
            (void) unlink(temporary_files[i]);
            if (signal_number == SIGBUS && output_file_is_temporary(temporary_files[i])) {
                say_no_space(temporary_files[i]);
            }
            any = true;
        }
    }
    if (signal_number == SIGBUS && any) {
        _exit(STATUS_FAILED);
    }
    (void) raise(signal_number); /* the handler was reset: this ends the program as the signal would have */
}

void signal_catch(int signal_number, const struct sigaction *action)
{
    struct sigaction now;
    const bool may_be_ignored = signal_number == SIGHUP || signal_number == SIGPIPE;
    if (!may_be_ignored || (sigaction(signal_number, NULL, &now) == 0 && now.sa_handler != SIG_IGN)) {
        (void) sigaction(signal_number, action, NULL);
    }
}

void output_files_remove_on_signals(void)
{
    const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGBUS};
    struct sigaction action = {.sa_handler = remove_temporary_files, .sa_flags = SA_RESETHAND | SA_NODEFER};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        signal_catch(signals[i], &action);
    }
    /* A write beyond the limit of a file's size fails then, as one on a full disk. */
    const struct sigaction ignored = {.sa_handler = SIG_IGN};
    (void) sigaction(SIGXFSZ, &ignored, NULL);
}

/* The waveform library's side file, which exists until its file is complete. */
#define COMPANION ".hier"

bool output_file_is_temporary(const char *name)
{
    const size_t length = strlen(name);
    if (length <= TAIL || strncmp(name + length - TAIL, TEMPORARY, sizeof TEMPORARY - 1) != 0) {
        return false;
    }
    for (size_t i = length - RANDOM_CHARACTERS; i < length; i++) {
        if (!isalnum((unsigned char) name[i])) {
            return false;
        }
    }
    return true;
}

static char *join(const char *start, const char *end)
{
    const size_t size = strlen(start) + strlen(end) + 1;
    char *joined = allocate(size, 1);
    (void) snprintf(joined, size, "%s%s", start, end);
    return joined;
}

/* A writer holds a lock on its temporary file; a file without one was left by a killed writer. */
static void remove_if_abandoned(int folder, const char *name)
{
    const int descriptor = openat(folder, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0) {
        return;
    }
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
        char *companion = join(name, COMPANION);
        (void) unlinkat(folder, companion, 0);
        (void) unlinkat(folder, name, 0);
        free(companion);
    }
    (void) close(descriptor);
}

static void remove_abandoned(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
    const size_t length = strlen(name);
    char *folder = duplicate_string(slash != NULL ? path : "./");
    folder[slash != NULL ? slash + 1 - path : 2] = '\0';
    DIR *directory = opendir(folder);
    const int number = directory != NULL ? dirfd(directory) : -1;
    while (number >= 0) {
        const struct dirent *entry =
            readdir(directory); /* NOLINT(concurrency-mt-unsafe): its own directory */
        if (entry == NULL) {
            break;
        }
        if (strncmp(entry->d_name, name, length) == 0 &&
            strncmp(entry->d_name + length, TEMPORARY, sizeof TEMPORARY - 1) == 0 &&
            output_file_is_temporary(entry->d_name)) {
            remove_if_abandoned(number, entry->d_name);
        }
    }
    if (directory != NULL) {
        (void) closedir(directory);
    }
    free(folder);
}

/* A new file, locked; its name replaces the X in `path`. -1 when it cannot be made. */
static int open_temporary_file(char *path)
{
    char *random = path + strlen(path) - RANDOM_CHARACTERS;
    for (;;) {
        memset(random, 'X', RANDOM_CHARACTERS);
        const int descriptor = mkostemp(path, O_CLOEXEC);
        if (descriptor < 0) {
            return -1;
        }
        (void) flock(descriptor, LOCK_EX); /* a file system without locks has no abandoned files removed */
        if (access(path, F_OK) == 0) {
            return descriptor;
        }
        (void) close(descriptor); /* somebody took it for abandoned before it was locked */
    }
}

static void output_file_free(struct output_file *file)
{
    free(file->path);
    free(file->temporary_path);
    free(file->companion_path);
    free(file);
}

static void note_temporary_files(const struct output_file *file, bool exist)
{
    const char *const names[] = {file->temporary_path, file->companion_path};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        replace_temporary_file(exist ? NULL : names[i], exist ? names[i] : NULL);
    }
}

static void unlink_temporary_files(const struct output_file *file)
{
    (void) unlink(file->temporary_path);
    (void) unlink(file->companion_path);
}

enum status output_file_open(const char *path, struct output_file **file, struct error *error)
{
    struct stat existing;
    if (path[0] == '\0') {
        return error_set(error, STATUS_INVALID, "the output file's name is empty");
    }
    if (stat(path, &existing) == 0 && S_ISDIR(existing.st_mode)) {
        return error_set(error, STATUS_INVALID, "%s: is a folder; expected the name of a file to write",
                         path);
    }
    struct output_file *opened = allocate(1, sizeof *opened);
    if (stat(path, &existing) == 0 && !S_ISREG(existing.st_mode)) {
        opened->path = duplicate_string(path);
        opened->stream = fopen(path, "wb");
        if (opened->stream == NULL) {
            enum status status = error_set_errno(error, STATUS_INVALID, "%s: cannot be written", path);
            output_file_free(opened);
            return status;
        }
        *file = opened;
        return STATUS_OK;
    }
    /* A link stays a link: the file that it leads to is replaced. */
    char *target = realpath(path, NULL);
    opened->path = target != NULL ? target : duplicate_string(path);
    remove_abandoned(opened->path);
    opened->temporary_path = join(opened->path, TEMPORARY "XXXXXX");
    int descriptor = open_temporary_file(opened->temporary_path);
    if (descriptor < 0) {
        enum status status = error_set_errno(error, STATUS_INVALID, "%s: cannot be written", path);
        output_file_free(opened);
        return status;
    }
    opened->companion_path = join(opened->temporary_path, COMPANION);
    note_temporary_files(opened, true);
    mode_t mask = umask(0);
    (void) umask(mask);
    (void) fchmod(descriptor, 0666 & ~mask); /* mkostemp's files are private; a result is not */
    opened->stream = fdopen(descriptor, "wb");
    if (opened->stream == NULL) {
        enum status status = error_set_errno(error, STATUS_FAILED, "%s: cannot be written", path);
        (void) close(descriptor);
        unlink_temporary_files(opened);
        note_temporary_files(opened, false);
        output_file_free(opened);
        return status;
    }
    *file = opened;
    return STATUS_OK;
}

FILE *output_file_stream(struct output_file *file)
{
    return file->stream;
}

void output_file_name_place(const struct output_file *file, struct error *error)
{
    const char *temporary = file->temporary_path;
    const char *found = error != NULL && temporary != NULL ? strstr(error->message, temporary) : NULL;
    if (found != NULL) {
        const struct error before = *error;
        (void) error_set(error, STATUS_FAILED, "%.*s%s%s", (int) (found - error->message), before.message,
                         file->path, before.message + (found - error->message) + strlen(temporary));
    }
}

const char *output_file_path(const struct output_file *file)
{
    return file->temporary_path != NULL ? file->temporary_path : file->path;
}

const char *output_file_place(const struct output_file *file)
{
    return file->path;
}

enum status output_file_commit(struct output_file *file, struct error *error)
{
    enum status status = STATUS_OK;
    errno = 0;
    bool failed = ferror(file->stream) != 0;
    failed = fflush(file->stream) != 0 || failed;
    failed = (file->temporary_path != NULL && fsync(fileno(file->stream)) != 0) || failed;
    int cause = errno;
    failed = fclose(file->stream) != 0 || failed;
    if (failed) {
        errno = cause != 0 ? cause : EIO;
    } else if (file->temporary_path != NULL) {
        failed = rename(file->temporary_path, file->path) != 0;
    }
    if (failed) {
        status = error_set_errno(error, STATUS_FAILED, "%s: could not be written", file->path);
        if (file->temporary_path != NULL) {
            unlink_temporary_files(file);
        }
    }
    note_temporary_files(file, false);
    output_file_free(file);
    return status;
}

void output_file_discard(struct output_file *file)
{
    if (file == NULL) {
        return;
    }
    (void) fclose(file->stream);
    if (file->temporary_path != NULL) {
        unlink_temporary_files(file);
        note_temporary_files(file, false);
    }
    output_file_free(file);
}

enum status output_folder_make(const char *path, struct error *error)
{
    struct stat information;
    if (mkdir(path, 0777) == 0) {
        return STATUS_OK;
    }
    if (errno != EEXIST) {
        return error_set_errno(error, STATUS_INVALID, "%s: cannot be made", path);
    }
    if (stat(path, &information) != 0 || !S_ISDIR(information.st_mode)) {
        return error_set(error, STATUS_INVALID, "%s: is a file; expected a folder for the results", path);
    }
    return STATUS_OK;
}
