// SPDX-License-Identifier: Apache-2.0
/* Fuzzing of every reader: bytes of any content in, a status and no damage out. The register port is one of
 * them.
 *
 * MEMSPIKE_FUZZ_TARGET (or the first part of a regression's file name) says which reader; the bytes come as a
 * file that lives in memory. Files with a checksum get a right one for half of the inputs: otherwise nothing
 * behind it would ever be reached. Built with libFuzzer by scripts/fuzz.sh, and with replay.c, which runs the
 * regressions, in every build. */
#include "fuzz.h"

#include "base/progress.h"
#include "device_file/device_file.h"
#include "fit/measurements.h"
#include "learn/checkpoint.h"
#include "model/base/error.h"
#include "run/settings.h"
#include "sweep/experiment.h"
#include "text/corpus.h"
#include "text/reviews.h"
#include "text/tokenizer.h"
#include "text/vectors.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xxhash.h>

enum { HEADER_BYTES = 32, MAXIMUM_BYTES = 1 << 20 };

/* What the last reader said. */
static bool refused_for_its_version;

/* A failing reader must say why. */
static void expect_message(enum status status, const struct error *error)
{
    refused_for_its_version = status != STATUS_OK && strstr(error->message, "expected version ") != NULL;
    if (status != STATUS_OK && error->message[0] == '\0') {
        (void) fprintf(stderr, "a reader failed without a message\n");
        abort();
    }
}

static void take_review(void *context, const struct review_text *review)
{
    uint64_t *sum = context;
    *sum += XXH3_64bits(review->text, review->length);
}

static void take_token(void *context, const char *token, size_t length)
{
    if (length == 0 || memchr(token, '\0', length) != NULL) {
        abort();
    }
    uint64_t *sum = context;
    *sum += XXH3_64bits(token, length);
}

static void read_archive(const char *path)
{
    uint64_t sum = 0;
    struct error error = {0};
    expect_message(reviews_read(path, take_review, &sum, &error), &error);
}

static void read_vectors(const char *path)
{
    static char *const words[] = {"[unk]", "[pad]", "a", "good", "bad"};
    struct vectors vectors = {0};
    struct error error = {0};
    enum status status = vectors_read(path, words, sizeof words / sizeof *words, &vectors, &error);
    expect_message(status, &error);
    if (status == STATUS_OK) {
        free(vectors.matrix);
    }
}

static void read_corpus(const char *path)
{
    struct corpus *corpus = NULL;
    struct error error = {0};
    expect_message(corpus_load(path, &corpus, &error), &error);
    corpus_free(corpus);
}

static void read_model(const char *path)
{
    struct model *model = NULL;
    struct error error = {0};
    expect_message(checkpoint_load(path, &model, &error), &error);
    model_free(model);
}

static void read_device(const char *path)
{
    struct device *device = NULL;
    struct error error = {0};
    expect_message(device_load(path, &device, &error), &error);
    device_free(device);
}

static void read_preset(const char *path)
{
    struct settings settings = {0};
    struct error error = {0};
    expect_message(settings_load_preset(path, &settings, &error), &error);
}

static void read_experiment(const char *path)
{
    static struct settings settings;
    static bool loaded;
    struct error error = {0};
    if (!loaded) {
        if (settings_load_preset(MEMSPIKE_SOURCE_DIR "/data/presets/paper.cfg", &settings, &error) !=
            STATUS_OK) {
            abort();
        }
        settings.hardware = hardware_list();
        loaded = true;
    }
    struct experiments experiments = {0};
    expect_message(experiments_load(path, &settings, &experiments, &error), &error);
    experiments_clear(&experiments);
}

static void read_measurements(const char *path)
{
    struct measurements measurements;
    struct error error = {0};
    expect_message(measurements_read(path, &measurements, &error), &error);
    measurements_free(&measurements);
}

/* The readers that take a file. `magic` and version are those of a file with a checksum. */
static const struct {
    const char *name;
    void (*read)(const char *path);
    const char *magic;
    uint32_t version;
} readers[] = {
    {"archive", read_archive, NULL, 0},
    {"vectors", read_vectors, NULL, 0},
    {"corpus", read_corpus, "MSCORPUS", 1},
    {"model", read_model, "MSMODEL\n", 3},
    {"device", read_device, NULL, 0},
    {"preset", read_preset, NULL, 0},
    {"experiment", read_experiment, NULL, 0},
    {"measurements", read_measurements, NULL, 0},
};

static void read_review(const uint8_t *data, size_t size)
{
    static struct tokenizer tokenizer; /* as the program has it: one for many texts */
    uint64_t sum = 0;
    tokenize(&tokenizer, (const char *) data, size, take_token, &sum);
}

static void put(int descriptor, const void *bytes, size_t size)
{
    if (write(descriptor, bytes, size) != (ssize_t) size) {
        abort();
    }
}

static void put_header(int descriptor, const char *magic, uint32_t version, const uint8_t *data, size_t size)
{
    uint8_t header[HEADER_BYTES] = {0};
    const uint64_t length = size;
    const uint64_t checksum = XXH3_64bits(data, size);
    memcpy(header, magic, 8);
    memcpy(header + 8, &version, sizeof version);
    memcpy(header + 16, &length, sizeof length);
    memcpy(header + 24, &checksum, sizeof checksum);
    put(descriptor, header, sizeof header);
}

bool fuzz_reader(const char *name, const uint8_t *data, size_t size)
{
    static int descriptor = -1;
    static char path[64];
    if (strcmp(name, "review") == 0) {
        read_review(data, size);
        return true;
    }
    if (strcmp(name, "registers") == 0) {
        fuzz_registers(data, size);
        return true;
    }
    if (descriptor < 0) {
        progress_quiet(); /* what readers leave out they say, a million times */
        descriptor = memfd_create("fuzz", 0);
        (void) snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    }
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        if (strcmp(name, readers[i].name) != 0) {
            continue;
        }
        if (ftruncate(descriptor, 0) != 0 || lseek(descriptor, 0, SEEK_SET) != 0) {
            abort();
        }
        const bool with_checksum = readers[i].magic != NULL && size > 0 && data[0] % 2 == 0;
        if (with_checksum) {
            put_header(descriptor, readers[i].magic, readers[i].version, data + 1, size - 1);
            data++;
            size--;
        }
        put(descriptor, data, size);
        readers[i].read(path);
        if (with_checksum && refused_for_its_version) {
            (void) fprintf(stderr,
                           "%s: the version above is not the reader's: nothing behind it is reached\n", name);
            abort();
        }
        return true;
    }
    return false;
}
