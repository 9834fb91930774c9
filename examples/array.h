// SPDX-License-Identifier: Apache-2.0
// The array that the benches in C++ and SystemC put around the RTL, and its reference model.
#ifndef MEMSPIKE_EXAMPLES_ARRAY_H
#define MEMSPIKE_EXAMPLES_ARRAY_H

#include <memspike/memspike.h>

#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

inline void check(memspike_status status, const memspike_error &error)
{
    if (status != MEMSPIKE_OK) {
        std::fprintf(stderr, "%s\n", error.message);
        std::exit(1);
    }
}

// 100 inputs on 10 rows, with a ramp of weights to be written. Two of them begin alike.
struct Array {
    static constexpr uint32_t inputs = 100, lanes = 10, devices = 100;
    static constexpr unsigned code_bits = 17; // of code_i with 10 lanes
    static constexpr uint32_t window = 16;    // words of the register map for a column or phase of 10 rows

    memspike_settings *settings = nullptr;
    memspike_device *device = nullptr;
    memspike_crossbar *crossbar = nullptr;
    memspike_engine *engine = nullptr;
    std::vector<double> targets = std::vector<double>(devices);

    Array()
    {
        memspike_error error;
        check(memspike_settings_create("paper", &settings, &error), error);
        for (const auto &[name, value] :
             {std::pair("engine", "model"), std::pair("array", "10x10"), std::pair("read_noise", "0.05"),
              std::pair("steps", "200"), std::pair("tolerance", "0.01")}) {
            check(memspike_settings_set(settings, name, value, &error), error);
        }
        check(memspike_device_load("paper", &device, &error), error);
        check(memspike_crossbar_create(settings, device, &crossbar, &error), error);
        check(memspike_engine_create(settings, 1, crossbar, &engine, &error), error);
        std::vector<double> weights(inputs);
        for (uint32_t i = 0; i < inputs; i++) {
            weights[i] = 0.1 + 0.008 * i;
        }
        check(memspike_crossbar_targets(crossbar, weights.data(), targets.data(), &error), error);
    }
    ~Array()
    {
        memspike_engine_free(engine);
        memspike_crossbar_free(crossbar);
        memspike_device_free(device);
        memspike_settings_free(settings);
    }
    Array(const Array &) = delete;
    Array &operator=(const Array &) = delete;
};

#endif
