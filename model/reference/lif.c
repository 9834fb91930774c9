// SPDX-License-Identifier: Apache-2.0
#include "model/reference/lif.h"

#include "model/base/vector.h"

/* Inlined with constants for what decides between instructions. */
INLINED void run(const struct lif_settings *settings, int64_t largest, struct lif_group *group,
                 const int32_t *codes, uint32_t stride, uint32_t steps, uint32_t phases)
{
    struct lif_group local = *group;
    for (uint32_t step = 0; step < steps; step++) {
        for (uint32_t phase = 0; phase < phases; phase++) {
            for (uint32_t n = 0; n < LIF_GROUP; n++) {
                struct lif_neuron neuron = {local.membrane[n], local.spike[n], local.count[n]};
                neuron = lif_next(neuron, settings, largest, codes[n], phase == 0, phase == phases - 1);
                local.membrane[n] = neuron.membrane;
                local.spike[n] = neuron.spike;
                local.count[n] = neuron.count;
            }
            codes += stride;
        }
    }
    *group = local;
}

FOR_EVERY_VECTOR_UNIT
static void run_any(const struct lif_settings *settings, int64_t largest, struct lif_group *group,
                    const int32_t *codes, uint32_t stride, uint32_t steps, uint32_t phases)
{
    const struct lif_settings without_leak = {settings->threshold, settings->membrane_start, 0};
    if (settings->leak != 0) {
        run(settings, largest, group, codes, stride, steps, phases);
    } else if (phases == 1) {
        run(&without_leak, largest, group, codes, stride, steps, 1);
    } else {
        run(&without_leak, largest, group, codes, stride, steps, phases);
    }
}

void lif_run(const struct hardware *hardware, const struct lif_settings *settings, struct lif_group *group,
             const int32_t *codes, uint32_t stride, uint32_t steps)
{
    run_any(settings, lif_largest(hardware), group, codes, stride, steps, hardware->phases);
}

void lif_run_one(const struct hardware *hardware, const struct lif_settings *settings,
                 struct lif_neuron *neuron, const int32_t *codes, uint32_t steps)
{
    const int64_t largest = lif_largest(hardware);
    const uint32_t last = hardware->phases - 1;
    struct lif_neuron local = *neuron;
    for (uint32_t step = 0; step < steps; step++) {
        for (uint32_t phase = 0; phase <= last; phase++) {
            local = lif_next(local, settings, largest, *codes++, phase == 0, phase == last);
        }
    }
    *neuron = local;
}
