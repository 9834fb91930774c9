// SPDX-License-Identifier: Apache-2.0
#include "learn/network.h"

#include "model/base/memory.h"
#include "model/base/vector.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const task_names[] = {"sentiment", "rating", NULL};

/* Ratings in the middle are not in the dataset: its reviews are clearly for or against. */
static const uint8_t stars[RATING_CLASSES] = {1, 2, 3, 4, 7, 8, 9, 10};

uint32_t task_outputs(enum learning_task task)
{
    return task == TASK_RATING ? RATING_CLASSES : 1;
}

uint32_t task_classes(enum learning_task task)
{
    return task == TASK_RATING ? RATING_CLASSES : 2;
}

int task_label(enum learning_task task, const struct review *review)
{
    if (task == TASK_SENTIMENT) {
        return review->positive;
    }
    for (int i = 0; i < RATING_CLASSES; i++) {
        if (stars[i] == review->rating) {
            return i;
        }
    }
    return -1;
}

uint32_t stars_of_class(uint32_t class_number)
{
    return stars[class_number];
}

void pair_of_weight(double weight, double pair[2])
{
    const double size = fmin(fabs(weight), 1);
    const double smaller = fmin(PAIR_BASE, 1 - size);
    pair[0] = weight > 0 ? smaller + size : smaller;
    pair[1] = weight > 0 ? smaller : smaller + size;
}

void network_create(struct network *network, enum learning_task task, bool has_sign, uint32_t vocabulary_size,
                    uint32_t embedding_size)
{
    *network = (struct network) {
        .task = task,
        .embedding_size = embedding_size,
        .vocabulary_size = vocabulary_size,
        .outputs = task_outputs(task),
        .has_sign = has_sign,
        .boundary = 0.25 * embedding_size,
        .gain = 1,
        .weights = allocate((size_t) task_outputs(task) * embedding_size, sizeof(float)),
        .embedding = allocate((size_t) vocabulary_size * embedding_size, sizeof(float)),
    };
}

void network_clear(struct network *network)
{
    free(network->weights);
    free(network->embedding);
    *network = (struct network) {0};
}

void network_copy(struct network *to, const struct network *from)
{
    memcpy(to->weights, from->weights, (size_t) from->outputs * from->embedding_size * sizeof(float));
    memcpy(to->embedding, from->embedding,
           (size_t) from->vocabulary_size * from->embedding_size * sizeof(float));
}

FOR_EVERY_VECTOR_UNIT
void network_mean(const struct network *network, const uint32_t *ids, uint32_t count, float *x)
{
    const uint32_t size = network->embedding_size;
    memset(x, 0, size * sizeof *x);
    for (uint32_t i = 0; i < count; i++) {
        const float *vector = network->embedding + (size_t) ids[i] * size;
        for (uint32_t e = 0; e < size; e++) {
            x[e] += vector[e];
        }
    }
    for (uint32_t e = 0; e < size; e++) {
        x[e] /= (float) count;
    }
}

double network_output(const struct network *network, const float *x, uint32_t output)
{
    const float *weights = network->weights + (size_t) output * network->embedding_size;
    double y = 0;
    for (uint32_t e = 0; e < network->embedding_size; e++) {
        y += (double) weights[e] * x[e];
    }
    return y;
}

void network_outputs(const struct network *network, const float *x, double *y)
{
    for (uint32_t output = 0; output < network->outputs; output++) {
        y[output] = network_output(network, x, output);
    }
}

double network_probability(const struct network *network, double output)
{
    return 1.0 / (1.0 + exp(network->gain * (network->boundary - output)));
}

uint32_t network_answer(const struct network *network, const double *y)
{
    if (network->task == TASK_SENTIMENT) {
        return y[0] > network->boundary;
    }
    uint32_t best = 0;
    for (uint32_t output = 1; output < network->outputs; output++) {
        best = y[output] > y[best] ? output : best;
    }
    return best;
}

uint32_t answer_of_counts(const struct network *network, const uint16_t *counts, uint32_t steps)
{
    if (network->task == TASK_SENTIMENT) {
        return 2u * counts[0] > steps;
    }
    uint32_t best = 0;
    for (uint32_t output = 1; output < network->outputs; output++) {
        best = counts[output] > counts[best] ? output : best;
    }
    return best;
}

double cross_entropy(enum learning_task task, const double *logits, uint32_t label, double *errors)
{
    const uint32_t outputs = task_outputs(task);
    double loss = 0;
    for (uint32_t i = 0; i < outputs; i++) {
        const bool wanted = outputs == 1 ? label != 0 : label == i;
        errors[i] = 1.0 / (1.0 + exp(-logits[i])) - wanted;
        /* -log of the label's probability, in a form that stays finite for a probability of 0 or 1. */
        const double signed_logit = wanted ? logits[i] : -logits[i];
        loss += signed_logit > 0 ? log1p(exp(-signed_logit)) : -signed_logit + log1p(exp(signed_logit));
    }
    return loss;
}

double network_loss(const struct network *network, const double *y, uint32_t label, double *errors)
{
    double logits[MAX_CLASSES] = {0};
    for (uint32_t output = 0; output < network->outputs; output++) {
        logits[output] = network->gain * (y[output] - network->boundary);
    }
    return cross_entropy(network->task, logits, label, errors);
}

void confusion_count(struct confusion *confusion, uint32_t label, uint32_t answer)
{
    confusion->counts[label][answer]++;
}

uint32_t confusion_total(const struct confusion *confusion)
{
    uint32_t total = 0;
    for (int label = 0; label < MAX_CLASSES; label++) {
        for (int answer = 0; answer < MAX_CLASSES; answer++) {
            total += confusion->counts[label][answer];
        }
    }
    return total;
}

double confusion_accuracy(const struct confusion *confusion)
{
    const uint32_t total = confusion_total(confusion);
    uint32_t right = 0;
    for (int class_number = 0; class_number < MAX_CLASSES; class_number++) {
        right += confusion->counts[class_number][class_number];
    }
    return total > 0 ? (double) right / total : 0;
}

double rating_sentiment_accuracy(const struct confusion *confusion)
{
    const uint32_t total = confusion_total(confusion);
    uint32_t right = 0;
    for (int label = 0; label < RATING_CLASSES; label++) {
        for (int answer = 0; answer < RATING_CLASSES; answer++) {
            const bool same_side = (label < RATING_CLASSES / 2) == (answer < RATING_CLASSES / 2);
            right += same_side ? confusion->counts[label][answer] : 0;
        }
    }
    return total > 0 ? (double) right / total : 0;
}
