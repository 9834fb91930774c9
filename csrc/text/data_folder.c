// SPDX-License-Identifier: Apache-2.0
#include "text/data_folder.h"

#include "base/progress.h"
#include "model/base/memory.h"
#include "text/vectors.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct name_list {
    char **names;
    size_t count;
};

static void name_list_free(struct name_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->names[i]);
    }
    free((void *) list->names);
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text);
    size_t end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

/* Hidden files are ignored, such as the ._NAME that macOS leaves beside a file. */
static bool is_archive_name(const char *name)
{
    return name[0] != '.' && strstr(name, "aclImdb") != NULL &&
           (ends_with(name, ".tar.gz") || ends_with(name, ".tgz") || ends_with(name, ".tar.zst"));
}

static bool is_vectors_name(const char *name)
{
    static const char *const endings[] = {".txt", ".txt.gz", ".txt.xz", ".txt.zst", ".zip"};
    bool good = false;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        good = good || ends_with(name, endings[i]);
    }
    return good && strncmp(name, "glove", 5) == 0;
}

static bool is_vectors_folder(const char *name)
{
    return strncmp(name, "glove", 5) == 0;
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(char *const *) left, *(char *const *) right);
}

static char *join(const char *folder, const char *name)
{
    size_t length = strlen(folder);
    size_t size = length + strlen(name) + 2;
    char *path = allocate(size, 1);
    const char *separator = length == 0 || folder[length - 1] == '/' ? "" : "/";
    (void) snprintf(path, size, "%s%s%s", folder, separator, name);
    return path;
}

/* Add the names in the folder that `wanted` says yes to, with `prefix` before them, and sort all. */
static enum status list_folder(const char *folder, bool wanted(const char *name), const char *prefix,
                               struct name_list *list, struct error *error)
{
    DIR *directory = opendir(folder);
    if (directory == NULL) {
        return error_set_errno(error, STATUS_INVALID, "%s: cannot be read; expected the data folder", folder);
    }
    for (;;) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is our own */
        const struct dirent *found = readdir(directory);
        if (found == NULL) {
            break;
        }
        if (wanted(found->d_name)) {
            list->names = (char **) reallocate((void *) list->names, list->count + 1, sizeof *list->names);
            list->names[list->count++] = join(prefix, found->d_name);
        }
    }
    (void) closedir(directory);
    if (list->count > 0) {
        qsort((void *) list->names, list->count, sizeof *list->names, compare_names);
    }
    return STATUS_OK;
}

/* "a, b, c", cut where it gets too long for a message. */
static void list_names(const struct name_list *list, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < list->count && used < size; i++) {
        int added = snprintf(text + used, size - used, "%s%s", i > 0 ? ", " : "", list->names[i]);
        used += added > 0 ? (size_t) added : 0;
    }
}

static bool is_folder(const char *folder, const char *name)
{
    struct stat information;
    char *path = join(folder, name);
    bool answer = stat(path, &information) == 0 && S_ISDIR(information.st_mode);
    free(path);
    return answer;
}

static enum status choose_archive(const char *folder, char **reviews, struct error *error)
{
    struct name_list archives = {0};
    enum status status = list_folder(folder, is_archive_name, "", &archives, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (archives.count == 1) {
        *reviews = join(folder, archives.names[0]);
    } else if (archives.count == 0) {
        status = error_set(
            error, STATUS_INVALID,
            "%s: no reviews there; expected a folder aclImdb or an archive *aclImdb*.tar.gz, .tgz or "
            ".tar.zst",
            folder);
    } else {
        char names[512];
        list_names(&archives, names, sizeof names);
        status = error_set(error, STATUS_INVALID,
                           "%s: several archives of reviews (%s); expected one: name it instead "
                           "of the folder",
                           folder, names);
    }
    name_list_free(&archives);
    return status;
}

/* The files of word vectors in the folder, and in folders of it that are called so, as glove.6B/. */
static enum status list_vectors(const char *folder, struct name_list *files, struct error *error)
{
    struct name_list folders = {0};
    enum status status = list_folder(folder, is_vectors_name, "", files, error);
    if (status == STATUS_OK) {
        status = list_folder(folder, is_vectors_folder, "", &folders, error);
    }
    for (size_t i = 0; i < folders.count && status == STATUS_OK; i++) {
        if (is_folder(folder, folders.names[i])) {
            char *path = join(folder, folders.names[i]);
            status = list_folder(path, is_vectors_name, folders.names[i], files, error);
            free(path);
        }
    }
    name_list_free(&folders);
    return status;
}

static enum status choose_vectors(const char *folder, char **vectors, struct error *error)
{
    struct name_list files = {0};
    enum status status = list_vectors(folder, &files, error);
    const char *chosen = files.count > 0 ? vectors_choose(files.names, files.count) : NULL;
    if (status == STATUS_OK && chosen != NULL) {
        *vectors = join(folder, chosen);
        if (files.count > 1) {
            note("%s: word vectors out of %s, one of %zu files of them", folder, chosen, files.count);
        }
    } else if (status == STATUS_OK && files.count > 0) {
        char names[512];
        list_names(&files, names, sizeof names);
        status =
            error_set(error, STATUS_INVALID,
                      "%s: several files of word vectors (%s); expected one: choose it with --vectors FILE",
                      folder, names);
    }
    name_list_free(&files);
    return status;
}

/* The folder in which `path` stands. */
static char *parent_folder(const char *path)
{
    char *parent = duplicate_string(path);
    size_t length = strlen(parent);
    while (length > 1 && parent[length - 1] == '/') {
        parent[--length] = '\0';
    }
    char *slash = strrchr(parent, '/');
    const char *last = slash != NULL ? slash + 1 : parent;
    if (strcmp(last, ".") == 0 || strcmp(last, "..") == 0) {
        char *above = join(parent, "..");
        free(parent);
        return above;
    }
    if (slash == NULL) {
        free(parent);
        return duplicate_string(".");
    }
    slash[slash == parent ? 1 : 0] = '\0';
    return parent;
}

enum status data_sources_find(const char *data, const char *vectors, struct data_sources *sources,
                              struct error *error)
{
    struct stat information;
    *sources = (struct data_sources) {0};
    if (stat(data, &information) != 0) {
        return error_set_errno(
            error, STATUS_INVALID,
            "%s: cannot be read; expected the folder that holds the reviews, or their archive", data);
    }
    enum status status = STATUS_OK;
    bool is_reviews = !S_ISDIR(information.st_mode) ||
                      (!is_folder(data, "aclImdb") && is_folder(data, "train") && is_folder(data, "test"));
    char *folder = is_reviews ? parent_folder(data) : duplicate_string(data); /* where the word vectors are */
    if (is_reviews) {
        sources->reviews = duplicate_string(data);
    } else if (is_folder(data, "aclImdb")) {
        sources->reviews = join(data, "aclImdb");
    } else {
        status = choose_archive(data, &sources->reviews, error);
    }
    if (status == STATUS_OK && vectors == NULL) {
        status = choose_vectors(folder, &sources->vectors, error);
    } else if (status == STATUS_OK && strcmp(vectors, "none") != 0) {
        sources->vectors = duplicate_string(vectors);
    }
    free(folder);
    if (status != STATUS_OK) {
        data_sources_free(sources);
    }
    return status;
}

void data_sources_free(struct data_sources *sources)
{
    free(sources->reviews);
    free(sources->vectors);
    *sources = (struct data_sources) {0};
}
