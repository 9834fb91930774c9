// SPDX-License-Identifier: Apache-2.0
#include "model/device/switching.h"

#include "model/device/switching_model.h"

#include <stddef.h>

#define SWITCHING_ENTRY(model, operations) [model] = &(operations),
static const struct switching_operations *const models[SWITCHING_MODELS] = {
    SWITCHING_MODEL_LIST(SWITCHING_ENTRY)};
#undef SWITCHING_ENTRY

const char *switching_name(enum switching_model model)
{
    return models[model]->name;
}

const struct switching_constant *switching_constants(enum switching_model model)
{
    return models[model]->constants;
}

uint32_t switching_constant_count(enum switching_model model)
{
    uint32_t count = 0;
    while (models[model]->constants[count].name != NULL) {
        count++;
    }
    return count;
}

enum status switching_check(const struct switching *switching, uint32_t *constant, struct error *error)
{
    const struct switching_operations *model = models[switching->model];
    return model->check != NULL ? model->check(switching->constants, constant, error) : STATUS_OK;
}

bool switching_is_fitted(enum switching_model model)
{
    return models[model]->range != NULL;
}

void switching_range(const struct switching *switching, double *minimum, double *maximum)
{
    models[switching->model]->range(switching->constants, minimum, maximum);
}

struct pulse pulse_of_voltage(const struct switching *switching, double voltage)
{
    struct pulse pulse = models[switching->model]->pulse(switching->constants, voltage);
    pulse.voltage = voltage;
    pulse.model = switching->model;
    return pulse;
}

double memristor_step_otherwise(double resistance, const struct pulse *pulse, double seconds)
{
    if (!(pulse_distance(resistance, pulse) > 0)) {
        return resistance;
    }
    return models[pulse->model]->step(resistance, pulse, seconds);
}

double memristor_after(double resistance, const struct pulse *pulse, double seconds)
{
    return models[pulse->model]->after(resistance, pulse, seconds);
}
