// SPDX-License-Identifier: Apache-2.0
/* Pulses of the tests: one's own, a device's, and lists drawn at random. */
#ifndef MEMSPIKE_TESTS_SUPPORT_PULSES_H
#define MEMSPIKE_TESTS_SUPPORT_PULSES_H

#include "model/device/prediction.h"
#include "support/hardware.h"

#include <vector>

namespace support
{

/* For pulse_prepare(), which does the rest. */
inline struct pulse pulse_of(double voltage, uint32_t width_us)
{
    struct pulse pulse = {};
    pulse.voltage = voltage;
    pulse.width_us = width_us;
    return pulse;
}

/* Those of both approaches. */
inline std::vector<struct pulse> pulses_of(const struct device &device)
{
    std::vector<struct pulse> pulses;
    for (const struct pulse_table &table : device.pulses) {
        pulses.insert(pulses.end(), table.pulses, table.pulses + table.count);
    }
    return pulses;
}

/* What pulse_prepare() makes of voltages and widths drawn at random. */
inline struct pulse_table random_pulses(Random &random, const struct device &device)
{
    struct pulse_table table = {};
    const auto count = static_cast<uint32_t>(random.below(PULSE_ENTRIES + 1));
    while (table.count < count) {
        const double voltage = random.chance(0.5) ? random.uniform(0.2, 1.6) : random.uniform(-1.24, -0.3);
        const auto width =
            static_cast<uint32_t>(random.chance(0.9) ? random.between(1, 40) : random.between(1, 400));
        struct error error = {};
        struct pulse &pulse = table.pulses[table.count];
        pulse = pulse_of(voltage, width);
        if (pulse_prepare(&device.switching, 2230, 18913, "test", &pulse, &error) == STATUS_OK) {
            table.count++;
        }
    }
    return table;
}

} // namespace support

#endif
