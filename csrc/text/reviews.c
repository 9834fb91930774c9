#include "text/reviews.h"

#include "base/progress.h"

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

struct reader {
    const char *path;
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

static void hand_over(const struct reader *reader, struct seen seen, size_t length)
{
    struct review_text review = {.test = group_is_test(seen.group),
                                 .positive = group_is_positive(seen.group),
                                 .rating = seen.rating,
                                 .number = seen.number,
                                 .text = reader->text,
                                 .length = length};
    reader->take(reader->context, &review);
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
    return error_set(
        reader->error, STATUS_INVALID,
        "%s%s%s: unexpected name; expected NUMBER_RATING.txt with a rating of 1 to 10, such as 127_8.txt",
        reader->path, separator, member);
}

static enum status too_long(const struct reader *reader, const char *separator, const char *member)
{
    return error_set(reader->error, STATUS_INVALID, "%s%s%s: longer than %d bytes; expected one review",
                     reader->path, separator, member, REVIEW_MAXIMUM_BYTES);
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
    qsort(reader->seen, reader->count, sizeof *reader->seen, compare_seen);
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

enum member_kind { MEMBER_OTHER, MEMBER_REVIEW, MEMBER_MISNAMED };

/* What the member `path` is; of a review, *seen is filled. */
static enum member_kind classify_member(const char *path, struct seen *seen)
{
    static const char root[] = "aclImdb/";
    while (path[0] == '.' && path[1] == '/') {
        path += 2;
    }
    if (strncmp(path, root, sizeof root - 1) != 0) {
        return MEMBER_OTHER;
    }
    path += sizeof root - 1;
    for (unsigned group = 0; group < GROUPS; group++) {
        size_t length = strlen(group_paths[group]);
        if (strncmp(path, group_paths[group], length) == 0 && path[length] == '/') {
            const char *name = path + length + 1;
            if (name[0] == '\0' || name[0] == '.') {
                return MEMBER_OTHER; /* the group's folder itself, or a hidden file */
            }
            seen->group = (uint8_t) group;
            return parse_name(name, seen) ? MEMBER_REVIEW : MEMBER_MISNAMED;
        }
    }
    return MEMBER_OTHER;
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
    if (status == STATUS_OK) {
        hand_over(reader, seen, length);
    }
    return status;
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
        /* A name that the locale cannot show is NULL; the names that we look for are ASCII. */
        const char *member = archive_entry_pathname(entry);
        struct seen seen = {0};
        enum status status = STATUS_OK;
        switch (member != NULL ? classify_member(member, &seen) : MEMBER_OTHER) {
        case MEMBER_REVIEW:
            status = read_member(reader, archive, entry, member, seen);
            break;
        case MEMBER_MISNAMED:
            status = wrong_name(reader, ": ", member);
            break;
        case MEMBER_OTHER:
            break;
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
    listing->files[listing->count++] = (struct listed){.seen = seen, .name = duplicate_string(name)};
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

static enum status list_group(struct reader *reader, int folder, unsigned group, struct listing *listing)
{
    int descriptor = openat(folder, group_paths[group], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = descriptor >= 0 ? fdopendir(descriptor) : NULL;
    if (directory == NULL) {
        enum status status = error_set_errno(
            reader->error, STATUS_INVALID, "%s/%s: cannot be read; expected the folder of the %s %s reviews",
            reader->path, group_paths[group], group_is_positive(group) ? "positive" : "negative",
            group_is_test(group) ? "test" : "training");
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
        if (found->d_name[0] == '.') {
            continue;
        }
        char member[sizeof "train/neg/" + sizeof found->d_name];
        struct seen seen = {.group = (uint8_t) group};
        (void) snprintf(member, sizeof member, "%s/%s", group_paths[group], found->d_name);
        if (!parse_name(found->d_name, &seen)) {
            status = wrong_name(reader, "/", member);
        } else {
            status = remember(reader, seen);
            listing_add(listing, seen, member);
        }
    }
    (void) closedir(directory);
    return status;
}

static enum status read_file(struct reader *reader, int folder, const struct listed *file)
{
    /* Without waiting, since a pipe would otherwise hold us here for good. */
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
    if (status == STATUS_OK) {
        hand_over(reader, file->seen, length);
    }
    return status;
}

static enum status read_folder(struct reader *reader)
{
    int folder = open(reader->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        return error_set_errno(reader->error, STATUS_INVALID, "%s: cannot be read", reader->path);
    }
    struct listing listing = {0};
    enum status status = STATUS_OK;
    for (unsigned group = 0; group < GROUPS && status == STATUS_OK; group++) {
        status = list_group(reader, folder, group, &listing);
    }
    if (status == STATUS_OK) {
        status = check_groups(reader, "");
    }
    if (status == STATUS_OK) {
        qsort(listing.files, listing.count, sizeof *listing.files, compare_listed);
        progress_begin(&reader->progress, "reading reviews", listing.count);
        for (size_t i = 0; i < listing.count && status == STATUS_OK; i++) {
            status = read_file(reader, folder, &listing.files[i]);
            progress_update(&reader->progress, i + 1);
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
    free(reader.text);
    free(reader.seen);
    return status;
}
