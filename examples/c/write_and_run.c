// SPDX-License-Identifier: Apache-2.0
/* Weights into memristors, and a sample through them:
 *
 *   cc write_and_run.c $(pkg-config --cflags --libs memspike) -o write_and_run && ./write_and_run */
#include <memspike/memspike.h>

#include <stdio.h>

int main(void)
{
    memspike_settings *settings;
    memspike_device *device;
    memspike_crossbar *crossbar;
    memspike_engine *engine;
    memspike_error error;
    double weights[100], targets[100];
    float values[100];
    uint16_t spikes;
    for (int i = 0; i < 100; i++) {
        weights[i] = 0.1 + 0.008 * i;
        values[i] = 0.5F;
    }
    if (memspike_settings_create("paper", &settings, &error) != MEMSPIKE_OK ||
        memspike_settings_set(settings, "engine", "model", &error) !=
            MEMSPIKE_OK || /* "rtl": the same, slower */
        memspike_settings_set(settings, "read_noise", "0.02", &error) != MEMSPIKE_OK ||
        memspike_device_load("paper", &device, &error) != MEMSPIKE_OK ||
        memspike_crossbar_create(settings, device, &crossbar, &error) != MEMSPIKE_OK ||
        memspike_engine_create(settings, 1, crossbar, &engine, &error) != MEMSPIKE_OK ||
        memspike_crossbar_targets(crossbar, weights, targets, &error) != MEMSPIKE_OK ||
        memspike_engine_write(engine, targets, NULL, NULL, NULL, &error) != MEMSPIKE_OK ||
        memspike_engine_run(engine, values, 0, 1, &spikes, NULL, &error) != MEMSPIKE_OK) {
        fprintf(stderr, "write_and_run: %s\n", error.message);
        return 1;
    }
    memspike_statistics statistics;
    memspike_engine_statistics(engine, &statistics);
    printf("%llu pulses, %.3g J; %u spikes in 1000 steps\n", (unsigned long long) statistics.pulses,
           statistics.energy_j, spikes);
    memspike_engine_free(engine);
    memspike_crossbar_free(crossbar);
    memspike_device_free(device);
    memspike_settings_free(settings);
    return 0;
}
