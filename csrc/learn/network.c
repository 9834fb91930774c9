#include "learn/network.h"

#include "base/vector.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void network_create(struct network *network, uint32_t vocabulary_size, uint32_t embedding_size)
{
    network->embedding_size = embedding_size;
    network->vocabulary_size = vocabulary_size;
    network->weights = allocate(embedding_size, sizeof(float));
    network->embedding = allocate((size_t) vocabulary_size * embedding_size, sizeof(float));
}

void network_clear(struct network *network)
{
    free(network->weights);
    free(network->embedding);
    *network = (struct network){0};
}

void network_copy(struct network *to, const struct network *from)
{
    memcpy(to->weights, from->weights, from->embedding_size * sizeof(float));
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

double network_output(const struct network *network, const float *x)
{
    double output = 0;
    for (uint32_t e = 0; e < network->embedding_size; e++) {
        output += (double) network->weights[e] * x[e];
    }
    return output;
}

double network_probability(const struct network *network, double output)
{
    return 1.0 / (1.0 + exp(0.25 * network->embedding_size - output));
}

void confusion_count(struct confusion *confusion, int positive_label, int positive_answer)
{
    if (positive_label) {
        *(positive_answer ? &confusion->true_positive : &confusion->false_negative) += 1;
    } else {
        *(positive_answer ? &confusion->false_positive : &confusion->true_negative) += 1;
    }
}

uint32_t confusion_total(const struct confusion *confusion)
{
    return confusion->true_positive + confusion->true_negative + confusion->false_positive +
           confusion->false_negative;
}

double confusion_accuracy(const struct confusion *confusion)
{
    uint32_t total = confusion_total(confusion);
    return total > 0 ? (double) (confusion->true_positive + confusion->true_negative) / total : 0;
}
