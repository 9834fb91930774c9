// SPDX-License-Identifier: Apache-2.0
#include "learn/checkpoint.h"

#include "base/container.h"
#include "model/base/memory.h"
#include "text/corpus_kind.h"
#include "text/stored_text.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char magic[8] = "MSMODEL\n";
enum { VERSION = 3, MAX_EMBEDDING_SIZE = 1 << 16, MAX_DEVICES = 1 << 20 };

static void put_floats(struct container_writer *writer, const float *values, size_t count)
{
    container_put(writer, values, count * sizeof *values);
}

static void put_network(struct container_writer *writer, const struct network *network)
{
    put_floats(writer, network->weights, (size_t) network->outputs * network->embedding_size);
    put_floats(writer, network->embedding, (size_t) network->vocabulary_size * network->embedding_size);
}

static void put_statistics(struct container_writer *writer, const struct engine_statistics *statistics)
{
    const uint64_t counts[] = {
        statistics->samples,        statistics->sample_clocks,  statistics->transfer_clocks,
        statistics->writings,       statistics->write_clocks,   statistics->pulses,
        statistics->programming_us, statistics->converged,      statistics->stalled,
        statistics->exhausted,      statistics->compared_steps, statistics->compared_transitions};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        container_put_u64(writer, counts[i]);
    }
    container_put_f64(writer, statistics->energy_j);
}

static void put_machine(struct container_writer *writer, const struct trained_machine *machine)
{
    container_put_string(writer, machine->settings);
    container_put_string(writer, machine->array);
    container_put_u64(writer, machine->device);
    container_put_u32(writer, machine->memristors);
    container_put_u32(writer, machine->devices);
    container_put(writer, machine->state.resistances, machine->devices * sizeof(double));
    container_put(writer, machine->state.read_counts, machine->devices * sizeof(uint32_t));
    container_put_f64(writer, machine->state.energy);
    container_put(writer, machine->best, machine->devices * sizeof(double));
    put_floats(writer, machine->measured, machine->devices);
    put_statistics(writer, &machine->statistics);
}

enum status checkpoint_save(const struct training *training, const struct corpus *corpus,
                            struct output_file *file, struct error *error)
{
    const struct network *network = &training->network;
    size_t embedding = (size_t) network->vocabulary_size * network->embedding_size;
    struct container_writer writer = {0};
    container_put_u64(&writer, corpus->fingerprint);
    container_put_string(&writer, corpus->kind);
    container_put_u32(&writer, training->settings.approach);
    container_put_u64(&writer, training->settings.seed);
    container_put_u32(&writer, training->settings.epochs);
    container_put_f64(&writer, training->settings.learning_rate);
    container_put_u32(&writer, training->settings.task);
    container_put_u32(&writer, training->settings.has_sign);
    container_put_f64(&writer, training->settings.boundary);
    container_put_f64(&writer, training->settings.gain);
    container_put_u32(&writer, network->vocabulary_size);
    container_put_u32(&writer, network->embedding_size);
    container_put_u32(&writer, training->epochs_done);
    container_put_u32(&writer, training->best_epoch);
    container_put_u32(&writer, training->progress.reviews);
    container_put_f64(&writer, training->progress.loss);
    for (uint32_t label = 0; label < task_classes(network->task); label++) {
        container_put(&writer, training->progress.confusion.counts[label],
                      task_classes(network->task) * sizeof(uint32_t));
    }
    for (uint32_t i = 0; i < training->epochs_done; i++) {
        const struct epoch_result *epoch = &training->epochs[i];
        container_put_f64(&writer, epoch->train_loss);
        container_put_f64(&writer, epoch->train_accuracy);
        container_put_f64(&writer, epoch->validation_loss);
        container_put_f64(&writer, epoch->validation_accuracy);
    }
    for (uint32_t i = 0; i < network->vocabulary_size; i++) {
        container_put_string(&writer, corpus->words[i]);
    }
    put_network(&writer, network);
    put_floats(&writer, training->weight_squares, (size_t) network->outputs * network->embedding_size);
    put_floats(&writer, training->embedding_squares, embedding);
    put_network(&writer, &training->best);
    if (training->settings.approach == 2) {
        put_machine(&writer, &training->machine);
    }
    enum status status = container_write(&writer, magic, VERSION, file, error);
    container_free(&writer);
    return status;
}

/* False when a value lies outside [lowest, limit] or is not a number. */
static bool take_floats(struct container_reader *reader, float *values, size_t count, float lowest,
                        float limit)
{
    container_take(reader, values, count * sizeof *values);
    for (size_t i = 0; i < count; i++) {
        if (!(values[i] >= lowest && values[i] <= limit)) {
            return false;
        }
    }
    return true;
}

static bool take_network(struct container_reader *reader, struct network *network)
{
    return take_floats(reader, network->weights, (size_t) network->outputs * network->embedding_size,
                       network_lowest_weight(network), 1.0f) &&
           take_floats(reader, network->embedding,
                       (size_t) network->vocabulary_size * network->embedding_size, 0.0f, 1.0f);
}

static bool is_share(double value)
{
    return value >= 0 && value <= 1;
}

/* The results of the epochs; false when one is out of range, or the best epoch is not the first with the
 * lowest validation loss. */
static bool take_epochs(struct container_reader *reader, struct training *training)
{
    uint32_t best = 0;
    for (uint32_t i = 0; i < training->epochs_done; i++) {
        struct epoch_result *epoch = &training->epochs[i];
        epoch->train_loss = container_take_f64(reader);
        epoch->train_accuracy = container_take_f64(reader);
        epoch->validation_loss = container_take_f64(reader);
        epoch->validation_accuracy = container_take_f64(reader);
        if (!(epoch->train_loss >= 0 && epoch->train_loss <= DBL_MAX && epoch->validation_loss >= 0 &&
              epoch->validation_loss <= DBL_MAX && is_share(epoch->train_accuracy) &&
              is_share(epoch->validation_accuracy))) {
            return false;
        }
        if (epoch->validation_loss < training->epochs[best].validation_loss) {
            best = i;
        }
    }
    return training->best_epoch == (training->epochs_done > 0 ? best + 1 : 0);
}

/* False when inconsistent: each review is right or wrong, and there are none after the last epoch. */
static bool take_progress(struct container_reader *reader, struct training *training)
{
    struct epoch_progress *progress = &training->progress;
    progress->reviews = container_take_u32(reader);
    progress->loss = container_take_f64(reader);
    const uint32_t classes = task_classes(training->settings.task);
    for (uint32_t label = 0; label < classes; label++) {
        container_take(reader, progress->confusion.counts[label], classes * sizeof(uint32_t));
    }
    return progress->loss >= 0 && progress->loss <= DBL_MAX &&
           confusion_total(&progress->confusion) == progress->reviews &&
           (progress->reviews == 0 || training->epochs_done < training->settings.epochs);
}

static bool take_resistances(struct container_reader *reader, double *resistances, uint32_t count)
{
    container_take(reader, resistances, count * sizeof *resistances);
    for (uint32_t i = 0; i < count; i++) {
        if (!(resistances[i] >= 0 && resistances[i] <= DBL_MAX)) {
            return false;
        }
    }
    return true;
}

static bool take_statistics(struct container_reader *reader, struct engine_statistics *statistics)
{
    uint64_t *const counts[] = {
        &statistics->samples,        &statistics->sample_clocks,  &statistics->transfer_clocks,
        &statistics->writings,       &statistics->write_clocks,   &statistics->pulses,
        &statistics->programming_us, &statistics->converged,      &statistics->stalled,
        &statistics->exhausted,      &statistics->compared_steps, &statistics->compared_transitions};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        *counts[i] = container_take_u64(reader);
    }
    statistics->energy_j = container_take_f64(reader);
    return statistics->energy_j >= 0 && statistics->energy_j <= DBL_MAX;
}

static bool take_machine(struct container_reader *reader, struct trained_machine *machine)
{
    machine->settings = stored_text_take(reader);
    machine->array = stored_text_take(reader);
    machine->device = container_take_u64(reader);
    uint32_t memristors = container_take_u32(reader);
    machine->memristors = memristors == 1;
    machine->devices = container_take_u32(reader);
    if (machine->settings == NULL || machine->array == NULL || memristors > 1 || machine->devices < 1 ||
        machine->devices > MAX_DEVICES ||
        !container_has(reader, machine->devices, 2 * sizeof(double) + sizeof(uint32_t) + sizeof(float))) {
        return false;
    }
    machine->state.resistances = allocate(machine->devices, sizeof(double));
    machine->state.read_counts = allocate(machine->devices, sizeof(uint32_t));
    machine->best = allocate(machine->devices, sizeof(double));
    bool good = take_resistances(reader, machine->state.resistances, machine->devices);
    container_take(reader, machine->state.read_counts, machine->devices * sizeof(uint32_t));
    machine->state.energy = container_take_f64(reader);
    good = machine->state.energy >= 0 && machine->state.energy <= DBL_MAX && good;
    good = take_resistances(reader, machine->best, machine->devices) && good;
    machine->measured = allocate(machine->devices, sizeof(float));
    good = take_floats(reader, machine->measured, machine->devices, 0.0f, 1.0f) && good;
    return take_statistics(reader, &machine->statistics) && good;
}

/* The words; false when one is empty, cut off or no UTF-8. */
static bool take_words(struct container_reader *reader, struct model *model, uint32_t count)
{
    model->words = (char **) allocate(count, sizeof *model->words);
    model->vocabulary_size = count;
    for (uint32_t i = 0; i < count; i++) {
        model->words[i] = stored_text_take(reader);
        if (model->words[i] == NULL || model->words[i][0] == '\0') {
            return false;
        }
    }
    return true;
}

/* False when something in the file is out of range. */
static bool take_model(struct container_reader *reader, struct model *model)
{
    struct training *training = &model->training;
    model->corpus_fingerprint = container_take_u64(reader);
    model->corpus_kind = stored_text_take(reader);
    training->settings.approach = container_take_u32(reader);
    training->settings.seed = container_take_u64(reader);
    training->settings.epochs = container_take_u32(reader);
    training->settings.learning_rate = container_take_f64(reader);
    const uint32_t task = container_take_u32(reader);
    const uint32_t has_sign = container_take_u32(reader);
    training->settings.task = task == TASK_RATING ? TASK_RATING : TASK_SENTIMENT;
    training->settings.has_sign = has_sign == 1;
    training->settings.boundary = container_take_f64(reader);
    training->settings.gain = container_take_f64(reader);
    uint32_t vocabulary_size = container_take_u32(reader);
    uint32_t embedding_size = container_take_u32(reader);
    training->epochs_done = container_take_u32(reader);
    training->best_epoch = container_take_u32(reader);
    if (!corpus_kind_valid(model->corpus_kind) || training->settings.approach < 1 ||
        training->settings.approach > 2 || training->settings.epochs > MAX_EPOCHS ||
        training->epochs_done > training->settings.epochs || training->best_epoch > training->epochs_done ||
        vocabulary_size < 2 || embedding_size < 1 || embedding_size > MAX_EMBEDDING_SIZE ||
        !(training->settings.learning_rate > 0 && training->settings.learning_rate <= DBL_MAX) ||
        task > TASK_RATING || has_sign > 1 || !(fabs(training->settings.boundary) <= DBL_MAX) ||
        !(training->settings.gain > 0 && training->settings.gain <= DBL_MAX) ||
        !container_has(reader, (uint64_t) vocabulary_size * embedding_size, 3 * sizeof(float))) {
        return false;
    }
    if (!take_progress(reader, training) || !take_epochs(reader, training) ||
        !take_words(reader, model, vocabulary_size)) {
        return false;
    }
    struct network *const networks[] = {&training->network, &training->best};
    for (int i = 0; i < 2; i++) {
        network_create(networks[i], training->settings.task, has_sign == 1, vocabulary_size, embedding_size);
        networks[i]->boundary = training->settings.boundary * embedding_size;
        networks[i]->gain = training->settings.gain;
    }
    const size_t weights = (size_t) training->network.outputs * embedding_size;
    training->weight_squares = allocate(weights, sizeof(float));
    training->embedding_squares = allocate((size_t) vocabulary_size * embedding_size, sizeof(float));
    return take_network(reader, &training->network) &&
           take_floats(reader, training->weight_squares, weights, 0.0f, FLT_MAX) &&
           take_floats(reader, training->embedding_squares, (size_t) vocabulary_size * embedding_size, 0.0f,
                       FLT_MAX) &&
           take_network(reader, &training->best) &&
           (training->settings.approach == 1 || take_machine(reader, &training->machine)) &&
           !reader->overrun && reader->position == reader->length;
}

enum status checkpoint_load(const char *path, struct model **model, struct error *error)
{
    struct container_reader reader;
    enum status status = container_open(path, magic, VERSION, "model", &reader, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct model *loaded = allocate(1, sizeof *loaded);
    loaded->path = duplicate_string(path);
    if (!take_model(&reader, loaded)) {
        status = error_set(error, STATUS_INVALID, "%s: model file is damaged: a value is out of range", path);
        model_free(loaded);
    } else {
        *model = loaded;
    }
    container_close(&reader);
    return status;
}

void model_free(struct model *model)
{
    if (model == NULL) {
        return;
    }
    for (uint32_t i = 0; i < model->vocabulary_size; i++) {
        free(model->words[i]);
    }
    free((void *) model->words);
    free(model->path);
    free(model->corpus_kind);
    training_clear(&model->training);
    free(model);
}

enum status model_check_corpus(const struct model *model, const struct corpus *corpus, struct error *error)
{
    if (model->corpus_fingerprint != corpus->fingerprint) {
        return error_set(
            error, STATUS_INVALID,
            "%s: made for another corpus (%s, fingerprint %016llx) than this one (%s from %s, %016llx)",
            model->path, model->corpus_kind, (unsigned long long) model->corpus_fingerprint, corpus->kind,
            corpus->source, (unsigned long long) corpus->fingerprint);
    }
    /* A forged file can have the right fingerprint. */
    uint32_t embedding_size = model->training.network.embedding_size;
    if (model->vocabulary_size != corpus->vocabulary_size ||
        (corpus->embedding_size != 0 && embedding_size != corpus->embedding_size)) {
        return error_set(error, STATUS_INVALID,
                         "%s: %u words with vectors of %u values do not go with its corpus (%s: %u, %u)",
                         model->path, model->vocabulary_size, embedding_size, corpus->source,
                         corpus->vocabulary_size, corpus->embedding_size);
    }
    if (model->training.progress.reviews > corpus->train_count - corpus->validation_count) {
        return error_set(error, STATUS_INVALID,
                         "%s: %u reviews of an epoch do not go with its corpus (%s: %u)", model->path,
                         model->training.progress.reviews, corpus->source,
                         corpus->train_count - corpus->validation_count);
    }
    return STATUS_OK;
}
