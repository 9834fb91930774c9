// SPDX-License-Identifier: Apache-2.0
/* What the hardware's table says of a pulse, whatever the device's model is. */
#include "model/device/prediction.h"
#include "support/pulses.h"

#include <algorithm>
#include <cmath>

namespace
{

using support::device_named;
using support::pulse_of;
using support::pulses_of;

/* No asymptote of the table lies beyond a device that leaves the hardware's range. */
TEST(Memristor, PulsesOutOfTheHardwaresRangeAreRefused)
{
    const support::Device device = device_named("vteam");
    struct switching large = device->switching;
    const uint32_t last = switching_constant_count(SWITCHING_VTEAM) - 1;
    ASSERT_STREQ(switching_constants(SWITCHING_VTEAM)[last].name, "R_off");
    large.constants[last] = 300000;
    struct pulse pulse = pulse_of(0.0205, 1);
    struct error error = {};
    ASSERT_EQ(pulse_prepare(&large, 1000, 60000, "here", &pulse, &error), STATUS_OK) << error.message;
    EXPECT_GT(pulse.asymptote_fixed, 60000u << RESISTANCE_FRACTION);
    pulse = pulse_of(0.0205, 50);
    EXPECT_EQ(pulse_prepare(&large, 1000, 60000, "here", &pulse, &error), STATUS_INVALID);
    EXPECT_NE(std::string(error.message).find("out of what the hardware can read"), std::string::npos)
        << error.message;
}

/* What the controller predicts by its one closed form is as near to other models as the device says. */
TEST(Memristor, TheTableIsFittedToOtherModels)
{
    for (const std::string name : {"vteam", "oblea2010"}) {
        const support::Device device = device_named(name);
        for (const struct pulse &pulse : pulses_of(*device)) {
            SCOPED_TRACE(name + " " + std::to_string(pulse.voltage) + " " + std::to_string(pulse.width_us));
            EXPECT_GT(pulse.misprediction, 0);
            EXPECT_LT(pulse.misprediction, name == "vteam" ? 0.51 : 0.1);
            const double asymptote = std::ldexp(pulse.asymptote_fixed, -RESISTANCE_FRACTION);
            const double rate = std::ldexp(pulse.rate_fixed, -PULSE_RATE_FRACTION);
            double largest = 0;
            for (int i = 0; i <= 32; i++) {
                const double before = device->minimum_resistance +
                                      (device->maximum_resistance - device->minimum_resistance) * i / 32;
                const double distance = asymptote - before;
                const double predicted = asymptote - distance / (1 + rate * std::fabs(distance));
                const double after = memristor_after(before, &pulse, pulse.width_us * 1e-6);
                largest = std::max(largest, std::fabs(predicted - after) / after);
            }
            EXPECT_NEAR(largest, pulse.misprediction, 1e-3);
        }
    }
    for (const std::string name : {"paper", "messaris2017", "memtorch_tiox"}) {
        const support::Device device = device_named(name);
        for (const struct pulse &pulse : pulses_of(*device)) {
            EXPECT_EQ(pulse.misprediction, 0);
            EXPECT_GT(pulse.rate, 0);
        }
    }
}

} // namespace
