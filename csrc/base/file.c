#include "base/file.h"

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
#include <xxhash.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "the container is written in the machine's byte order");

struct output_file {
    char *path;
    char *temporary_path; /* NULL when the place is no regular file (a terminal, a pipe) and is written
                             directly */
    char *companion_path; /* NULL as well */
    FILE *stream;
};

/* Temporary files are called NAME, this, and six characters: nobody else calls a file so. */
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

/* Waveforms are written through memory, which knows no other way to say it than SIGBUS. Async-signal-safe. */
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

/* What the library that writes waveforms keeps beside its file until that is complete. */
#define COMPANION ".hier"

char *shell_word(const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./,:@%";
    if (text[0] != '\0' && text[strspn(text, plain)] == '\0') {
        return duplicate_string(text);
    }
    char *word = allocate(4 * strlen(text) + 3, 1);
    char *end = word;
    *end++ = '\'';
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            end = stpcpy(end, "'\\''");
        } else {
            *end++ = *text;
        }
    }
    *end = '\'';
    return word;
}

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

/* A writer holds a lock on its temporary file. One without was left by a writer that was killed. */
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

struct header {
    char magic[8];
    uint32_t version;
    uint32_t zero;
    uint64_t length;
    uint64_t checksum;
};

void container_put(struct container_writer *writer, const void *data, size_t length)
{
    if (length == 0) {
        return;
    }
    if (writer->length + length > writer->capacity) {
        size_t capacity = writer->capacity > 0 ? writer->capacity : 4096;
        while (capacity < writer->length + length) {
            capacity *= 2;
        }
        writer->bytes = reallocate(writer->bytes, capacity, 1);
        writer->capacity = capacity;
    }
    memcpy(writer->bytes + writer->length, data, length);
    writer->length += length;
}

void container_put_u32(struct container_writer *writer, uint32_t value)
{
    container_put(writer, &value, sizeof value);
}

void container_put_u64(struct container_writer *writer, uint64_t value)
{
    container_put(writer, &value, sizeof value);
}

void container_put_f64(struct container_writer *writer, double value)
{
    container_put(writer, &value, sizeof value);
}

void container_put_string(struct container_writer *writer, const char *text)
{
    size_t length = strlen(text);
    container_put_u32(writer, (uint32_t) length);
    container_put(writer, text, length);
}

void container_free(struct container_writer *writer)
{
    free(writer->bytes);
    *writer = (struct container_writer) {0};
}

enum status container_write(const struct container_writer *writer, const char magic[8], uint32_t version,
                            struct output_file *file, struct error *error)
{
    struct header header = {.version = version, .length = writer->length};
    memcpy(header.magic, magic, sizeof header.magic);
    header.checksum = XXH3_64bits(writer->bytes, writer->length);
    FILE *stream = output_file_stream(file);
    if (fwrite(&header, sizeof header, 1, stream) != 1 ||
        (writer->length > 0 && fwrite(writer->bytes, writer->length, 1, stream) != 1)) {
        return error_set_errno(error, STATUS_FAILED, "%s: could not be written", file->path);
    }
    return STATUS_OK;
}

static enum status read_payload(FILE *stream, const char *magic, uint32_t version, const char *kind,
                                struct container_reader *reader, struct error *error)
{
    const char *path = reader->path;
    struct header header;
    struct stat information;
    if (fstat(fileno(stream), &information) != 0) {
        return error_set_errno(error, STATUS_INVALID, "%s: cannot be read", path);
    }
    if (!S_ISREG(information.st_mode)) {
        return error_set(error, STATUS_INVALID, "%s: not a regular file; expected a memspike %s file", path,
                         kind);
    }
    if (fread(&header, sizeof header, 1, stream) != 1 ||
        memcmp(header.magic, magic, sizeof header.magic) != 0) {
        return error_set(error, STATUS_INVALID, "%s: not a memspike %s file (its first bytes are others)",
                         path, kind);
    }
    if (header.version != version) {
        return error_set(error, STATUS_INVALID,
                         "%s: %s file of version %u; expected version %u: make it anew", path, kind,
                         header.version, version);
    }
    uint64_t there = (uint64_t) information.st_size - sizeof header;
    if (header.zero != 0 || header.length != there) {
        return error_set(error, STATUS_INVALID,
                         "%s: %s file is damaged: %llu bytes follow its header, expected %llu", path, kind,
                         (unsigned long long) there, (unsigned long long) header.length);
    }
    reader->bytes = allocate(header.length, 1);
    reader->length = header.length;
    if (header.length > 0 && fread(reader->bytes, header.length, 1, stream) != 1) {
        return error_set_errno(error, STATUS_INVALID, "%s: cannot be read", path);
    }
    reader->checksum = XXH3_64bits(reader->bytes, reader->length);
    if (reader->checksum != header.checksum) {
        return error_set(error, STATUS_INVALID, "%s: %s file is damaged: its checksum does not match", path,
                         kind);
    }
    return STATUS_OK;
}

enum status container_open(const char *path, const char magic[8], uint32_t version, const char *kind,
                           struct container_reader *reader, struct error *error)
{
    *reader = (struct container_reader) {.path = path};
    /* Opening a pipe would wait for someone to write to it. */
    int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) {
        return error_set_errno(error, STATUS_INVALID, "%s: cannot be read", path);
    }
    FILE *stream = fdopen(descriptor, "rb");
    if (stream == NULL) {
        enum status status = error_set_errno(error, STATUS_FAILED, "%s: cannot be read", path);
        (void) close(descriptor);
        return status;
    }
    enum status status = read_payload(stream, magic, version, kind, reader, error);
    (void) fclose(stream);
    if (status != STATUS_OK) {
        container_close(reader);
    }
    return status;
}

bool container_has(struct container_reader *reader, uint64_t count, size_t size)
{
    uint64_t left = reader->length - reader->position;
    if (size > 0 && count > left / size) {
        reader->overrun = true;
        return false;
    }
    return true;
}

void container_take(struct container_reader *reader, void *data, size_t length)
{
    if (length == 0) {
        return;
    }
    if (reader->overrun || !container_has(reader, length, 1)) {
        memset(data, 0, length);
        return;
    }
    memcpy(data, reader->bytes + reader->position, length);
    reader->position += length;
}

uint32_t container_take_u32(struct container_reader *reader)
{
    uint32_t value;
    container_take(reader, &value, sizeof value);
    return value;
}

uint64_t container_take_u64(struct container_reader *reader)
{
    uint64_t value;
    container_take(reader, &value, sizeof value);
    return value;
}

double container_take_f64(struct container_reader *reader)
{
    double value;
    container_take(reader, &value, sizeof value);
    return value;
}

char *container_take_string(struct container_reader *reader)
{
    uint32_t length = container_take_u32(reader);
    if (reader->overrun || !container_has(reader, length, 1)) {
        return duplicate_string("");
    }
    char *text = allocate((size_t) length + 1, 1);
    container_take(reader, text, length);
    return text;
}

void container_close(struct container_reader *reader)
{
    free(reader->bytes);
    reader->bytes = NULL;
    reader->length = 0;
}
