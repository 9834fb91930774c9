// SPDX-License-Identifier: Apache-2.0
#include "text/reviews.h"

#include "base/byte_order_mark.h"
#include "base/progress.h"
#include "model/base/memory.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    GROUPS = 4,
    ARCHIVE_BLOCK_BYTES = 1 << 16,
};

/* In an archive. */
static const char root[] = "aclImdb/";

/* By part, then label, negative first: the order of a corpus. */
static const char *const group_paths[GROUPS] = {"train/neg", "train/pos", "test/neg", "test/pos"};

static bool group_is_test(unsigned group)
{
    return group >= 2;
}

static bool group_is_positive(unsigned group)
{
    return group % 2 == 1;
}

/* What is remembered of every review that was read, to find numbers that appear twice. */
struct seen {
    uint32_t number;
    uint8_t group;
    uint8_t rating;
};

/* What is no labelled review, and what becomes of it. The first kinds are passed over, counted and said. */
enum member_kind {
    MEMBER_UNLABELLED, /* in a folder unsup */
    MEMBER_HIDDEN,     /* its name or that of a folder above it begins with a dot */
    MEMBER_OTHER,      /* nothing that belongs to the dataset */
    COUNTED_KINDS,
    MEMBER_KNOWN, /* a folder, or another file of the dataset: passed over */
    MEMBER_REVIEW,
    MEMBER_MISNAMED,    /* refused */
    MEMBER_OTHER_CLASS, /* a folder beside pos and neg; refused */
    MEMBER_OTHER_PART,  /* pos or neg in a folder beside train and test; refused */
};

struct reader {
    const char *path;
    uint64_t passed_over[COUNTED_KINDS];
    review_function *take;
    void *context;
    struct progress progress;
    char *text; /* REVIEW_MAXIMUM_BYTES + 1: the review being read */
    struct seen *seen;
    size_t count;
    size_t capacity;
    struct error *error;
};

static enum status remember(struct reader *reader, struct seen seen)
{
    if (reader->count == REVIEWS_MAXIMUM) {
        return error_set(reader->error, STATUS_INVALID, "%s: more than %d reviews; expected at most so many",
                         reader->path, REVIEWS_MAXIMUM);
    }
    if (reader->count == reader->capacity) {
        reader->capacity = reader->capacity > 0 ? reader->capacity * 2 : 1024;
        reader->seen = reallocate(reader->seen, reader->capacity, sizeof *reader->seen);
    }
    reader->seen[reader->count++] = seen;
    return STATUS_OK;
}

static enum status hand_over(const struct reader *reader, const char *separator, const char *member,
                             struct seen seen, size_t length)
{
    if (is_utf16(reader->text, length)) {
        return error_set(reader->error, STATUS_INVALID, "%s%s%s: is UTF-16; expected UTF-8", reader->path,
                         separator, member);
    }
    struct review_text review = {.test = group_is_test(seen.group),
                                 .positive = group_is_positive(seen.group),
                                 .rating = seen.rating,
                                 .number = seen.number,
                                 .text = reader->text,
                                 .length = length};
    reader->take(reader->context, &review);
    return STATUS_OK;
}

/* Read a decimal number of at most `digits` digits; returns what follows, or NULL if there is none. */
static const char *parse_digits(const char *text, unsigned digits, uint32_t *value)
{
    unsigned used = 0;
    *value = 0;
    while (used < digits && text[used] >= '0' && text[used] <= '9') {
        *value = *value * 10 + (uint32_t) (text[used] - '0');
        used++;
    }
    return used > 0 ? text + used : NULL;
}

/* NUMBER_RATING.txt */
static bool parse_name(const char *name, struct seen *seen)
{
    uint32_t rating = 0;
    const char *rest = parse_digits(name, 9, &seen->number);
    if (rest == NULL || *rest != '_') {
        return false;
    }
    rest = parse_digits(rest + 1, 2, &rating);
    seen->rating = (uint8_t) rating;
    return rest != NULL && strcmp(rest, ".txt") == 0 && rating <= 10;
}

static enum status wrong_name(const struct reader *reader, const char *separator, const char *member)
{
    return error_set(reader->error, STATUS_INVALID,
                     "%s%s%s: unexpected name; expected NUMBER_RATING.txt with a rating of 1 to 10, or 0 "
                     "where there is none, "
                     "such as 127_8.txt",
                     reader->path, separator, member);
}

static enum status too_long(const struct reader *reader, const char *separator, const char *member)
{
    return error_set(reader->error, STATUS_INVALID, "%s%s%s: longer than %d bytes; expected one review",
                     reader->path, separator, member, REVIEW_MAXIMUM_BYTES);
}

/* `path` is the part of `member` below aclImdb. */
static enum status refuse(const struct reader *reader, const char *separator, const char *member,
                          const char *path, enum member_kind kind)
{
    if (kind == MEMBER_MISNAMED) {
        return wrong_name(reader, separator, member);
    }
    /* What it is about is the folder: train/neutral of train/neutral/1_5.txt, valid of valid/pos/. */
    const char *slash = strchr(path, '/');
    const char *end = kind == MEMBER_OTHER_CLASS ? strchr(slash + 1, '/') : slash;
    return error_set(reader->error, STATUS_INVALID, "%s%s%.*s: %s", reader->path, separator,
                     (int) (end - member), member,
                     kind == MEMBER_OTHER_CLASS
                         ? "a third class; expected pos and neg alone, and unsup for what has no label"
                         : "a third part of the reviews; expected train and test alone");
}

/* The dataset's own files beside the reviews. */
static bool is_known(const char *path)
{
    static const char *const names[] = {"README",        "imdb.vocab",   "imdbEr.txt",   "labeledBow.feat",
                                        "unsupBow.feat", "urls_pos.txt", "urls_neg.txt", "urls_unsup.txt"};
    const char *slash = strrchr(path, '/');
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(slash != NULL ? slash + 1 : path, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_hidden(const char *path)
{
    return path[0] == '.' || strstr(path, "/.") != NULL;
}

/* The kind of `path`, relative to aclImdb; a folder's path ends in '/'. For a review, *seen is filled. */
static enum member_kind classify(const char *path, struct seen *seen)
{
    const size_t length = strlen(path);
    if (is_hidden(path)) {
        return MEMBER_HIDDEN;
    }
    for (unsigned group = 0; group < GROUPS; group++) {
        const size_t head = strlen(group_paths[group]);
        if (strncmp(path, group_paths[group], head) == 0 && path[head] == '/') {
            seen->group = (uint8_t) group;
            return path[head + 1] == '\0'              ? MEMBER_KNOWN
                   : parse_name(path + head + 1, seen) ? MEMBER_REVIEW
                                                       : MEMBER_MISNAMED;
        }
    }
    const char *slash = strchr(path, '/');
    if (slash == NULL) {
        return path[0] == '\0' || is_known(path) ? MEMBER_KNOWN : MEMBER_OTHER;
    }
    const char *second = slash + 1;
    const char *end = strchr(second, '/');
    if (strncmp(path, "train/", 6) == 0 || strncmp(path, "test/", 5) == 0) {
        if (end == NULL) {
            return *second == '\0' || is_known(path) ? MEMBER_KNOWN : MEMBER_OTHER;
        }
        if (strncmp(second, "unsup/", 6) != 0) {
            return MEMBER_OTHER_CLASS;
        }
        return path[length - 1] == '/' ? MEMBER_KNOWN : MEMBER_UNLABELLED;
    }
    if (strncmp(second, "pos/", 4) == 0 || strncmp(second, "neg/", 4) == 0) {
        return MEMBER_OTHER_PART;
    }
    return path[length - 1] == '/' ? MEMBER_KNOWN : MEMBER_OTHER;
}

static void say_passed_over(const struct reader *reader)
{
    static const char *const what[COUNTED_KINDS] = {[MEMBER_UNLABELLED] = "without a label (unsup)",
                                                    [MEMBER_HIDDEN] = "hidden",
                                                    [MEMBER_OTHER] = "other"};
    char text[160] = "";
    for (int kind = 0; kind < COUNTED_KINDS; kind++) {
        const size_t used = strlen(text);
        if (reader->passed_over[kind] > 0) {
            (void) snprintf(text + used, sizeof text - used, "%s%llu %s", used > 0 ? ", " : "",
                            (unsigned long long) reader->passed_over[kind], what[kind]);
        }
    }
    if (text[0] != '\0') {
        note("%s: files passed over: %s", reader->path, text);
    }
}

static int compare_seen(const void *left, const void *right)
{
    const struct seen *a = left;
    const struct seen *b = right;
    if (a->group != b->group) {
        return a->group < b->group ? -1 : 1;
    }
    if (a->number != b->number) {
        return a->number < b->number ? -1 : 1;
    }
    return a->rating < b->rating ? -1 : a->rating > b->rating;
}

/* All four groups there, and no number twice. */
static enum status check_groups(struct reader *reader, const char *prefix)
{
    bool there[GROUPS] = {false};
    if (reader->count > 0) {
        qsort(reader->seen, reader->count, sizeof *reader->seen, compare_seen);
    }
    for (size_t i = 0; i < reader->count; i++) {
        const struct seen *seen = &reader->seen[i];
        there[seen->group] = true;
        if (i > 0 && seen[-1].group == seen->group && seen[-1].number == seen->number) {
            return error_set(
                reader->error, STATUS_INVALID,
                "%s: %s%s: review %u is there twice (%u_%u.txt and %u_%u.txt); expected each number once",
                reader->path, prefix, group_paths[seen->group], seen->number, seen->number, seen[-1].rating,
                seen->number, seen->rating);
        }
    }
    for (unsigned group = 0; group < GROUPS; group++) {
        if (!there[group]) {
            return error_set(reader->error, STATUS_INVALID,
                             "%s: no reviews in %s%s; expected NUMBER_RATING.txt there", reader->path, prefix,
                             group_paths[group]);
        }
    }
    return STATUS_OK;
}

/* ---- out of an archive ---- */

/* `path` without what may stand before aclImdb/, or NULL when it lies elsewhere. */
static const char *below_root(const char *path)
{
    while (path[0] == '.' && path[1] == '/') {
        path += 2;
    }
    return strncmp(path, root, sizeof root - 1) == 0 ? path + sizeof root - 1 : NULL;
}

static enum member_kind classify_member(struct archive_entry *entry, const char *member, struct seen *seen)
{
    const char *path = below_root(member);
    const bool folder = archive_entry_filetype(entry) == AE_IFDIR;
    if (path == NULL) {
        return folder ? MEMBER_KNOWN : is_hidden(member) ? MEMBER_HIDDEN : MEMBER_OTHER;
    }
    return classify(path, seen);
}

static enum status archive_broken(const struct reader *reader, struct archive *archive)
{
    const char *reason = archive_error_string(archive);
    return error_set(
        reader->error, STATUS_INVALID,
        "%s: cut off or damaged, or no archive (%s); expected a .tar.gz or .tar.zst with aclImdb/ in it",
        reader->path, reason != NULL ? reason : "no reason given");
}

static enum status read_member(struct reader *reader, struct archive *archive, struct archive_entry *entry,
                               const char *member, struct seen seen)
{
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) != NULL) {
        return error_set(reader->error, STATUS_INVALID, "%s: %s: not a regular file; expected a review",
                         reader->path, member);
    }
    size_t length = 0;
    while (length <= REVIEW_MAXIMUM_BYTES) {
        la_ssize_t got = archive_read_data(archive, reader->text + length, REVIEW_MAXIMUM_BYTES + 1 - length);
        if (got < 0) {
            return archive_broken(reader, archive);
        }
        if (got == 0) {
            break;
        }
        length += (size_t) got;
    }
    if (length > REVIEW_MAXIMUM_BYTES) {
        return too_long(reader, ": ", member);
    }
    enum status status = remember(reader, seen);
    return status == STATUS_OK ? hand_over(reader, ": ", member, seen, length) : status;
}

static enum status read_members(struct reader *reader, struct archive *archive)
{
    for (;;) {
        struct archive_entry *entry = NULL;
        int result = archive_read_next_header(archive, &entry);
        if (result == ARCHIVE_EOF) {
            break;
        }
        if (result != ARCHIVE_OK && result != ARCHIVE_WARN) {
            return archive_broken(reader, archive);
        }
        progress_update(&reader->progress, (uint64_t) archive_filter_bytes(archive, -1));
        if (listener_stopped()) {
            return error_set(reader->error, STATUS_FAILED, "interrupted");
        }
        /* A name that the locale cannot show is NULL. */
        const char *member = archive_entry_pathname(entry);
        member = member != NULL ? member : archive_entry_pathname_utf8(entry);
        struct seen seen = {0};
        const enum member_kind kind = member != NULL ? classify_member(entry, member, &seen) : MEMBER_OTHER;
        enum status status = STATUS_OK;
        if (kind < COUNTED_KINDS) {
            reader->passed_over[kind]++;
        } else if (kind == MEMBER_REVIEW) {
            status = read_member(reader, archive, entry, member, seen);
        } else if (kind != MEMBER_KNOWN) {
            status = refuse(reader, ": ", member, below_root(member), kind);
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    if (reader->count == 0) {
        return error_set(reader->error, STATUS_INVALID,
                         "%s: no reviews in it; expected members like aclImdb/train/pos/127_8.txt",
                         reader->path);
    }
    return check_groups(reader, "aclImdb/");
}

static enum status read_archive(struct reader *reader, uint64_t bytes)
{
    struct archive *archive = archive_read_new();
    if (archive == NULL) {
        return error_set(reader->error, STATUS_FAILED, "out of memory");
    }
    (void) archive_read_support_filter_gzip(archive);
    (void) archive_read_support_filter_zstd(archive);
    (void) archive_read_support_format_tar(archive);
    progress_begin(&reader->progress, "reading reviews", bytes);
    enum status status = STATUS_OK;
    if (archive_read_open_filename(archive, reader->path, ARCHIVE_BLOCK_BYTES) != ARCHIVE_OK) {
        status = archive_broken(reader, archive);
    } else {
        status = read_members(reader, archive);
    }
    progress_end(&reader->progress);
    (void) archive_read_free(archive);
    return status;
}

/* ---- from a folder ---- */

struct listed {
    struct seen seen;
    char *name; /* relative to the folder: train/pos/127_8.txt; owned */
};

struct listing {
    struct listed *files;
    size_t count;
    size_t capacity;
};

static void listing_add(struct listing *listing, struct seen seen, const char *name)
{
    if (listing->count == listing->capacity) {
        listing->capacity = listing->capacity > 0 ? listing->capacity * 2 : 1024;
        listing->files = reallocate(listing->files, listing->capacity, sizeof *listing->files);
    }
    listing->files[listing->count++] = (struct listed) {.seen = seen, .name = duplicate_string(name)};
}

static void listing_free(struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++) {
        free(listing->files[i].name);
    }
    free(listing->files);
}

static int compare_listed(const void *left, const void *right)
{
    return compare_seen(&((const struct listed *) left)->seen, &((const struct listed *) right)->seen);
}

static enum status list_folder(struct reader *reader, int top, const char *name, struct listing *listing);

/* A file or folder of the dataset. */
static enum status list_entry(struct reader *reader, int top, char *path, struct listing *listing)
{
    struct seen seen = {0};
    enum member_kind kind = classify(path, &seen);
    struct stat information;
    /* Review folders hold only files; other folders hold few. */
    const bool looked = kind == MEMBER_KNOWN || kind == MEMBER_OTHER;
    const bool there = looked && fstatat(top, path, &information, 0) == 0;
    if (looked && !there && errno != ENOENT) {
        return error_set_errno(reader->error, STATUS_INVALID, "%s/%s: cannot be read", reader->path, path);
    }
    if (there && S_ISDIR(information.st_mode)) {
        strcat(path, "/"); /* NOLINT(clang-analyzer-security.insecureAPI.strcpy): there is room */
        kind = classify(path, &seen);
        const char *second = strchr(path, '/') + 1;
        const bool labelled = strncmp(path, "train/", 6) == 0 || strncmp(path, "test/", 5) == 0;
        if (kind == MEMBER_KNOWN && (*second == '\0' || labelled)) {
            return list_folder(reader, top, path, listing);
        }
        kind = kind == MEMBER_KNOWN ? MEMBER_OTHER : kind;
    }
    if (kind < COUNTED_KINDS) {
        reader->passed_over[kind]++;
    } else if (kind == MEMBER_REVIEW) {
        listing_add(listing, seen, path);
        return remember(reader, seen);
    } else if (kind != MEMBER_KNOWN) {
        return refuse(reader, "/", path, path, kind);
    }
    return STATUS_OK;
}

/* What is in a folder of the dataset: "", "train/", "train/pos/". */
static enum status list_folder(struct reader *reader, int top, const char *name, struct listing *listing)
{
    int descriptor = openat(top, name[0] != '\0' ? name : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = descriptor >= 0 ? fdopendir(descriptor) : NULL;
    if (directory == NULL) {
        enum status status =
            error_set_errno(reader->error, STATUS_INVALID,
                            "%s/%s: cannot be read; expected a folder of reviews", reader->path, name);
        if (descriptor >= 0) {
            (void) close(descriptor);
        }
        return status;
    }
    enum status status = STATUS_OK;
    while (status == STATUS_OK) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is our own */
        const struct dirent *found = readdir(directory);
        if (found == NULL) {
            break;
        }
        if (strcmp(found->d_name, ".") != 0 && strcmp(found->d_name, "..") != 0) {
            const size_t size = strlen(name) + strlen(found->d_name) + sizeof "/";
            char *path = allocate(size, 1);
            (void) snprintf(path, size, "%s%s", name, found->d_name);
            status = list_entry(reader, top, path, listing);
            free(path);
        }
    }
    (void) closedir(directory);
    return status;
}

static enum status read_file(struct reader *reader, int folder, const struct listed *file)
{
    /* Non-blocking, since opening a pipe would wait forever. */
    int descriptor = openat(folder, file->name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) {
        return error_set_errno(reader->error, STATUS_INVALID, "%s/%s: cannot be read", reader->path,
                               file->name);
    }
    struct stat information;
    enum status status = STATUS_OK;
    size_t length = 0;
    if (fstat(descriptor, &information) != 0) {
        status =
            error_set_errno(reader->error, STATUS_INVALID, "%s/%s: cannot be read", reader->path, file->name);
    } else if (!S_ISREG(information.st_mode)) {
        status = error_set(reader->error, STATUS_INVALID, "%s/%s: not a regular file; expected a review",
                           reader->path, file->name);
    }
    while (status == STATUS_OK && length <= REVIEW_MAXIMUM_BYTES) {
        ssize_t got = read(descriptor, reader->text + length, REVIEW_MAXIMUM_BYTES + 1 - length);
        if (got < 0 && errno != EINTR) {
            status = error_set_errno(reader->error, STATUS_INVALID, "%s/%s: cannot be read", reader->path,
                                     file->name);
        } else if (got == 0) {
            break;
        } else if (got > 0) {
            length += (size_t) got;
        }
    }
    (void) close(descriptor);
    if (status == STATUS_OK && length > REVIEW_MAXIMUM_BYTES) {
        status = too_long(reader, "/", file->name);
    }
    return status == STATUS_OK ? hand_over(reader, "/", file->name, file->seen, length) : status;
}

static enum status read_folder(struct reader *reader)
{
    int folder = open(reader->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        return error_set_errno(reader->error, STATUS_INVALID, "%s: cannot be read", reader->path);
    }
    struct listing listing = {0};
    enum status status = list_folder(reader, folder, "", &listing);
    if (status == STATUS_OK) {
        status = check_groups(reader, "");
    }
    if (status == STATUS_OK) {
        if (listing.count > 0) {
            qsort(listing.files, listing.count, sizeof *listing.files, compare_listed);
        }
        progress_begin(&reader->progress, "reading reviews", listing.count);
        for (size_t i = 0; i < listing.count && status == STATUS_OK; i++) {
            status = read_file(reader, folder, &listing.files[i]);
            progress_update(&reader->progress, i + 1);
            if (status == STATUS_OK && listener_stopped()) {
                status = error_set(reader->error, STATUS_FAILED, "interrupted");
            }
        }
        progress_end(&reader->progress);
    }
    listing_free(&listing);
    (void) close(folder);
    return status;
}

enum status reviews_read(const char *path, review_function *take, void *context, struct error *error)
{
    struct stat information;
    if (stat(path, &information) != 0) {
        return error_set_errno(error, STATUS_INVALID,
                               "%s: cannot be read; expected the folder or archive of reviews", path);
    }
    bool folder = S_ISDIR(information.st_mode);
    if (!folder && !S_ISREG(information.st_mode)) {
        return error_set(error, STATUS_INVALID, "%s: neither a folder nor a regular file; expected reviews",
                         path);
    }
    struct reader reader = {.path = path, .take = take, .context = context, .error = error};
    reader.text = allocate(REVIEW_MAXIMUM_BYTES + 1, 1);
    enum status status =
        folder ? read_folder(&reader) : read_archive(&reader, (uint64_t) information.st_size);
    if (status == STATUS_OK) {
        say_passed_over(&reader);
    }
    free(reader.text);
    free(reader.seen);
    return status;
}
