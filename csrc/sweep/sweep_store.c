// SPDX-License-Identifier: Apache-2.0
#include "sweep/sweep_store.h"

#include "base/container.h"
#include "base/output_file.h"
#include "model/base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char identity_magic[8] = {'M', 'S', 'P', 'K', 'S', 'W', 'P', 'I'};
static const char point_magic[8] = {'M', 'S', 'P', 'K', 'S', 'W', 'P', 'P'};
enum { IDENTITY_VERSION = 1, POINT_VERSION = 1 };

void task_result_clear(struct task_result *result)
{
    free(result->train_accuracy);
    free(result->validation_accuracy);
    free(result->wanted);
    free(result->written);
    free(result->measured);
    free(result->trace_review);
    free(result->trace_wanted);
    free(result->trace_measured);
    *result = (struct task_result) {0};
}

static char *path_of(const char *folder, const char *name)
{
    char *path = NULL;
    return asprintf(&path, "%s/points/%s", folder, name) >= 0 ? path : duplicate_string(folder);
}

static char *path_of_task(const char *folder, uint32_t index)
{
    char name[32];
    (void) snprintf(name, sizeof name, "%06u.point", index);
    return path_of(folder, name);
}

char *sweep_identity(const struct sweep *sweep)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (stream == NULL) {
        return duplicate_string("");
    }
    const struct hardware *hardware = sweep->settings->hardware;
    (void) fprintf(stream, "sweep %s\nversion %s\ncorpus %016llx\ndevice %016llx\narray %s\n",
                   sweep->experiments->name, sweep->version, (unsigned long long) sweep->corpus->fingerprint,
                   (unsigned long long) device_fingerprint(sweep->device), hardware->name);
    /* Names of sets are the builder's choice. */
    (void) fprintf(stream,
                   "hardware %u inputs, %u rows, %u outputs of %u columns, %u tiles, %u clocks a us%s\n",
                   hardware->inputs, hardware->lanes, hardware->outputs, hardware->sides, hardware->tiles,
                   hardware->clocks_per_us, hardware->sequential ? ", predicted bit by bit" : "");
    (void) fprintf(stream, "crossbar %s\n", engine_on_board(sweep->settings->engine) ? "of boards" : "model");
    for (uint32_t i = 0; i < sweep->task_count; i++) {
        (void) fprintf(stream, "%s\n", sweep->tasks[i].key);
    }
    (void) fclose(stream);
    return text;
}

/* The first line in which they differ. */
static enum status check_identity(const char *folder, const char *had, const char *have, struct error *error)
{
    if (strcmp(had, have) == 0) {
        return STATUS_OK;
    }
    const size_t line = first_difference(had, have);
    const int had_length = (int) strcspn(had + line, "\n"), have_length = (int) strcspn(have + line, "\n");
    return error_set(
        error, STATUS_INVALID,
        "%s: holds points of another sweep (\"%.*s\", not \"%.*s\"); expected a new folder, or this "
        "sweep's",
        folder, had_length, had + line, have_length, have + line);
}

static enum status save_identity(const char *path, const char *identity, struct error *error)
{
    struct output_file *file = NULL;
    enum status status = output_file_open(path, &file, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct container_writer writer = {0};
    container_put_string(&writer, identity);
    status = container_write(&writer, identity_magic, IDENTITY_VERSION, file, error);
    container_free(&writer);
    if (status != STATUS_OK) {
        output_file_discard(file);
        return status;
    }
    return output_file_commit(file, error);
}

static enum status load_identity(const char *path, char **identity, struct error *error)
{
    struct container_reader reader;
    enum status status = container_open(path, identity_magic, IDENTITY_VERSION, "sweep", &reader, error);
    if (status != STATUS_OK) {
        return status;
    }
    char *text = container_take_string(&reader);
    if (reader.overrun || reader.position != reader.length) {
        free(text);
        status = error_set(error, STATUS_INVALID, "%s: sweep file is damaged: its text does not fit", path);
    } else {
        *identity = text;
    }
    container_close(&reader);
    return status;
}

/* *others is set when anything else than half-written files is there. */
static enum status look_into(const char *folder, bool *others, struct error *error)
{
    DIR *directory = opendir(folder);
    if (directory == NULL) {
        return error_set_errno(error, STATUS_INVALID, "%s: cannot be read", folder);
    }
    *others = false;
    for (;;) {
        const struct dirent *entry =
            readdir(directory); /* NOLINT(concurrency-mt-unsafe): its own directory */
        if (entry == NULL) {
            break;
        }
        *others = *others || (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
                              !output_file_is_temporary(entry->d_name));
    }
    (void) closedir(directory);
    return STATUS_OK;
}

/* A folder without an identity must be empty but for an empty folder of points. */
static enum status take_folder(const char *folder, const char *points, const char *id_path,
                               const char *identity, struct error *error)
{
    bool others = false;
    struct stat information;
    const bool had_points = stat(points, &information) == 0;
    enum status status = look_into(had_points ? points : folder, &others, error);
    if (status == STATUS_OK && others) {
        status = error_set(error, STATUS_INVALID,
                           "%s: holds other files; expected a new folder, or one with this sweep's points",
                           folder);
    }
    if (status == STATUS_OK) {
        status = output_folder_make(points, error);
    }
    return status == STATUS_OK ? save_identity(id_path, identity, error) : status;
}

enum status sweep_store_open(const struct sweep *sweep, const char *folder, struct error *error)
{
    char *points = path_of(folder, "");
    char *id_path = path_of(folder, "sweep.id");
    char *identity = sweep_identity(sweep);
    struct stat information;
    enum status status = output_folder_make(folder, error);
    if (status == STATUS_OK && stat(id_path, &information) == 0) {
        char *had = NULL;
        status = load_identity(id_path, &had, error);
        if (had != NULL) {
            status = check_identity(folder, had, identity, error);
            free(had);
        }
    } else if (status == STATUS_OK) {
        status = take_folder(folder, points, id_path, identity, error);
    }
    free(points);
    free(id_path);
    free(identity);
    return status;
}

static void put_numbers(struct container_writer *writer, const double *numbers, uint32_t count)
{
    container_put(writer, numbers, count * sizeof *numbers);
}

static double *take_numbers(struct container_reader *reader, uint32_t count)
{
    if (!container_has(reader, count, sizeof(double))) {
        return NULL;
    }
    double *numbers = allocate(count, sizeof *numbers);
    container_take(reader, numbers, count * sizeof *numbers);
    return numbers;
}

void task_result_put(struct container_writer *writer, const char *key, const struct task_result *result)
{
    container_put_string(writer, key);
    container_put_f64(writer, result->accuracy);
    container_put_f64(writer, result->weight_error_std);
    container_put_f64(writer, result->read_error_std);
    container_put_u64(writer, result->pulses);
    container_put_u64(writer, result->programming_us);
    container_put_f64(writer, result->energy_j);
    container_put_u32(writer, result->epoch_count);
    put_numbers(writer, result->train_accuracy, result->epoch_count);
    put_numbers(writer, result->validation_accuracy, result->epoch_count);
    container_put_u32(writer, result->weight_count);
    put_numbers(writer, result->wanted, result->weight_count);
    put_numbers(writer, result->written, result->weight_count);
    put_numbers(writer, result->measured, result->weight_count);
    container_put_u32(writer, result->trace_count);
    container_put(writer, result->trace_review, result->trace_count * sizeof *result->trace_review);
    put_numbers(writer, result->trace_wanted, result->trace_count);
    put_numbers(writer, result->trace_measured, result->trace_count);
}

enum status sweep_store_save(const char *folder, uint32_t index, const char *key,
                             const struct task_result *result, struct error *error)
{
    struct container_writer writer = {0};
    task_result_put(&writer, key, result);
    char *path = path_of_task(folder, index);
    struct output_file *file = NULL;
    enum status status = output_file_open(path, &file, error);
    if (status == STATUS_OK) {
        status = container_write(&writer, point_magic, POINT_VERSION, file, error);
        if (status == STATUS_OK) {
            status = output_file_commit(file, error);
        } else {
            output_file_discard(file);
        }
    }
    free(path);
    container_free(&writer);
    return status;
}

static void take_result(struct container_reader *reader, struct task_result *result)
{
    result->accuracy = container_take_f64(reader);
    result->weight_error_std = container_take_f64(reader);
    result->read_error_std = container_take_f64(reader);
    result->pulses = container_take_u64(reader);
    result->programming_us = container_take_u64(reader);
    result->energy_j = container_take_f64(reader);
    result->epoch_count = container_take_u32(reader);
    result->train_accuracy = take_numbers(reader, result->epoch_count);
    result->validation_accuracy = take_numbers(reader, result->epoch_count);
    result->weight_count = container_take_u32(reader);
    result->wanted = take_numbers(reader, result->weight_count);
    result->written = take_numbers(reader, result->weight_count);
    result->measured = take_numbers(reader, result->weight_count);
    result->trace_count = container_take_u32(reader);
    if (container_has(reader, result->trace_count, sizeof *result->trace_review)) {
        result->trace_review = allocate(result->trace_count, sizeof *result->trace_review);
        container_take(reader, result->trace_review, result->trace_count * sizeof *result->trace_review);
    }
    result->trace_wanted = take_numbers(reader, result->trace_count);
    result->trace_measured = take_numbers(reader, result->trace_count);
}

enum status task_result_take(struct container_reader *reader, const char *key, struct task_result *result,
                             struct error *error)
{
    enum status status = STATUS_OK;
    char *found = container_take_string(reader);
    take_result(reader, result);
    if (strcmp(found, key) != 0 || reader->overrun || reader->position != reader->length) {
        task_result_clear(result);
        status = error_set(error, STATUS_INVALID,
                           "%s: holds another point; expected %s (without it, it is made anew)", reader->path,
                           key);
    }
    free(found);
    return status;
}

enum status sweep_store_load(const char *folder, uint32_t index, struct task *task, struct error *error)
{
    char *path = path_of_task(folder, index);
    struct stat information;
    if (stat(path, &information) != 0 && errno == ENOENT) {
        free(path);
        return STATUS_OK;
    }
    struct container_reader reader;
    enum status status = container_open(path, point_magic, POINT_VERSION, "point", &reader, error);
    if (status == STATUS_OK) {
        status = task_result_take(&reader, task->key, &task->result, error);
        task->done = status == STATUS_OK;
        container_close(&reader);
    }
    free(path);
    return status;
}
