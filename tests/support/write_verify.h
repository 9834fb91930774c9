// SPDX-License-Identifier: Apache-2.0
/* Predict-write-verify as the contract words it, an independent reference, and the RTL held against it clock
 * by clock. */
#ifndef MEMSPIKE_TESTS_SUPPORT_WRITE_VERIFY_H
#define MEMSPIKE_TESTS_SUPPORT_WRITE_VERIFY_H

#include "support/hardware.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <ostream>
#include <vector>

namespace write_verify_support
{

using support::Dut;
using support::Random;

constexpr uint32_t resistance_mask = (1u << RESISTANCE_BITS) - 1;

struct Entry {
    bool negative = false;
    uint32_t width = 0;
    uint32_t rate = 0;      /* k t, PULSE_RATE_FRACTION fraction bits */
    uint32_t asymptote = 0; /* RESISTANCE_FRACTION fraction bits */
};

/* The prediction as the contract words it: u' = u / (1 + k t u), the denominator with 24 fraction bits cut
 * off. */
inline uint32_t predict(const Entry &entry, uint32_t resistance)
{
    const uint32_t difference =
        entry.asymptote > resistance ? entry.asymptote - resistance : resistance - entry.asymptote;
    const auto product = static_cast<unsigned __int128>(entry.rate) * difference; // 44 fraction bits
    const unsigned __int128 denominator = (static_cast<unsigned __int128>(1) << 24) + (product >> 20);
    const auto left = static_cast<uint32_t>((static_cast<unsigned __int128>(difference) << 24) / denominator);
    return entry.negative ? entry.asymptote + left : entry.asymptote - left;
}

inline uint32_t distance(uint32_t a, uint32_t b)
{
    return a > b ? a - b : b - a;
}

/* The entry to apply, or -1. */
inline int choose(const std::vector<Entry> &table, uint32_t resistance, uint32_t target)
{
    int best = -1;
    uint32_t best_distance = distance(target, resistance);
    for (size_t i = 0; i < table.size(); i++) {
        const Entry &entry = table[i];
        const bool moves = entry.negative ? entry.asymptote < resistance : entry.asymptote > resistance;
        const bool wanted = entry.negative ? target < resistance : target > resistance;
        if (entry.width != 0 && moves && wanted &&
            distance(predict(entry, resistance), target) < best_distance) {
            best = static_cast<int>(i);
            best_distance = distance(predict(entry, resistance), target);
        }
    }
    return best;
}

/* What the analogue side sees in a clock. */
struct Moment {
    bool read = false;
    bool pulse = false;
    uint32_t device = 0;
    uint32_t entry = 0;
    bool negative = false;
    uint32_t iteration = 0; /* of a pulse */

    bool operator==(const Moment &other) const
    {
        return read == other.read && pulse == other.pulse && device == other.device &&
               (!pulse ||
                (entry == other.entry && negative == other.negative && iteration == other.iteration));
    }
};

inline std::ostream &operator<<(std::ostream &stream, const Moment &moment)
{
    return stream << "{read " << moment.read << ", pulse " << moment.pulse << ", device " << moment.device
                  << ", entry " << moment.entry << ", negative " << moment.negative << ", iteration "
                  << moment.iteration << "}";
}

enum Ending { untouched, converged, stalled, exhausted };

struct Writing {
    std::vector<Entry> table;
    std::vector<uint32_t> targets; /* by device */
    uint32_t tolerance = 0;
    uint32_t max_pulses = 0;
    uint32_t reads_log2 = 0;
    uint32_t first = 0, last = 0; /* devices */
};

struct Outcome {
    std::vector<Moment> moments;
    std::vector<uint32_t> results; /* result words of the devices from first to last */
    uint64_t endings[4] = {};
    uint64_t pulses = 0;
    uint64_t time = 0;
};

/* What must happen, given the readings in the order in which they were taken. */
inline Outcome expected_outcome(const struct hardware &hardware, const Writing &writing,
                                const std::vector<uint32_t> &readings)
{
    Outcome outcome;
    size_t next_reading = 0;
    const auto idle = [&](uint32_t device, size_t clocks) {
        Moment moment;
        moment.device = device;
        outcome.moments.insert(outcome.moments.end(), clocks, moment);
    };
    for (uint32_t device = writing.first; device <= writing.last; device++) {
        const uint32_t target = writing.targets[device];
        idle(device, hardware.sequential ? 25 : 1); // the target is fetched
        Ending ending = untouched;
        uint32_t iteration = 0;
        uint32_t reading = 0;
        if (target == 0) {
            idle(device, 1);
        }
        while (target != 0 && ending == untouched) {
            Moment read;
            read.read = true;
            read.device = device;
            const uint64_t reads = uint64_t{1} << writing.reads_log2;
            outcome.moments.insert(outcome.moments.end(), reads, read);
            uint64_t doubled_sum = 0;
            for (uint64_t i = 0; i < reads; i++) {
                doubled_sum += 2 * uint64_t{next_reading < readings.size() ? readings[next_reading++] : 0};
            }
            reading = static_cast<uint32_t>((doubled_sum + reads) / (2 * reads));
            idle(device, 1); // the comparison
            const auto off = static_cast<unsigned __int128>(distance(target, reading)) << TOLERANCE_FRACTION;
            if (off <= static_cast<unsigned __int128>(writing.tolerance) * target) {
                ending = converged;
                break;
            }
            if (iteration == writing.max_pulses) {
                ending = exhausted;
                break;
            }
            const size_t entries = writing.table.size();
            idle(device, hardware.sequential ? 54 * entries + 1
                         : entries == 0      ? 1
                                             : entries + 28); // the prediction
            const int best = choose(writing.table, reading, target);
            if (best < 0) {
                ending = stalled;
                break;
            }
            const Entry &entry = writing.table[static_cast<size_t>(best)];
            iteration++;
            Moment pulse;
            pulse.pulse = true;
            pulse.device = device;
            pulse.entry = static_cast<uint32_t>(best);
            pulse.negative = entry.negative;
            pulse.iteration = iteration;
            outcome.moments.insert(outcome.moments.end(), size_t{entry.width} * hardware.clocks_per_us,
                                   pulse);
            outcome.pulses++;
            outcome.time += entry.width;
        }
        outcome.endings[ending]++;
        outcome.results.push_back(static_cast<uint32_t>(ending) << 30 | iteration << 24 |
                                  (ending == untouched ? 0 : reading));
    }
    return outcome;
}

class WriteVerify : public ::testing::TestWithParam<const struct hardware *>
{
  protected:
    /* Answers a read of `device`, `pulses` pulses into its writing. */
    using Reader = std::function<uint32_t(uint32_t device)>;
    using Pulser = std::function<void(uint32_t device, const Entry &entry)>;

    uint32_t window(uint32_t device) const
    {
        return hardware_window_index(GetParam(), device);
    }

    void write_table(const std::vector<Entry> &table)
    {
        dut_.write(REGISTER_PULSE_ENTRIES, static_cast<uint32_t>(table.size()));
        for (uint32_t i = 0; i < table.size(); i++) {
            dut_.write(REGISTER_PULSE_WIDTH + 4 * i, table[i].width | (table[i].negative ? 1u << 16 : 0));
            dut_.write(REGISTER_PULSE_RATE + 4 * i, table[i].rate);
            dut_.write(REGISTER_PULSE_ASYMPTOTE + 4 * i, table[i].asymptote);
        }
    }

    /* Writes the devices and holds everything that happens against the reference; `pulser` is called in every
     * clock of a pulse. */
    Outcome run(const Writing &writing, const Reader &reader, const Pulser &pulser,
                int64_t last_register = -1)
    {
        const struct hardware &hardware = *GetParam();
        struct dut_pins &pins = dut_.pins();
        write_table(writing.table);
        dut_.write(REGISTER_TOLERANCE, writing.tolerance);
        dut_.write(REGISTER_MAX_PULSES, writing.max_pulses);
        dut_.write(REGISTER_VERIFY_READS, writing.reads_log2);
        dut_.write(REGISTER_FIRST_DEVICE, window(writing.first));
        dut_.write(REGISTER_LAST_DEVICE,
                   window(last_register < 0 ? writing.last : static_cast<uint32_t>(last_register)));
        for (uint32_t device = 0; device < hardware.devices; device++) {
            dut_.write(REGISTER_TARGET + 4 * window(device), writing.targets[device]);
        }
        std::vector<uint32_t> readings;
        std::vector<Moment> moments;
        dut_.write(REGISTER_CONTROL, 2);
        while (pins.busy && moments.size() < 20'000'000) {
            Moment moment;
            moment.read = pins.read;
            moment.pulse = pins.pulse;
            moment.device = uint32_t{pins.column} * hardware.lanes + pins.row;
            moment.entry = pins.pulse_entry;
            moment.negative = pins.pulse_negative;
            moment.iteration = pins.write_iteration;
            moments.push_back(moment);
            // A reading that nobody asked for must not be taken.
            pins.reading = 0x5a5a5a;
            if (pins.read) {
                pins.reading = reader(moment.device);
                readings.push_back(pins.reading);
            }
            if (pins.pulse && moment.entry < writing.table.size()) {
                pulser(moment.device, writing.table[moment.entry]);
            }
            dut_.clock();
        }
        EXPECT_FALSE(pins.busy);
        const Outcome expected = expected_outcome(hardware, writing, readings);
        EXPECT_EQ(moments.size(), expected.moments.size());
        for (size_t clock = 0; clock < std::min(moments.size(), expected.moments.size()); clock++) {
            if (!(moments[clock] == expected.moments[clock])) {
                ADD_FAILURE() << "clock " << clock << ": " << moments[clock] << ", expected "
                              << expected.moments[clock];
                break;
            }
        }
        EXPECT_EQ(dut_.read(REGISTER_CLOCKS), expected.moments.size());
        EXPECT_EQ(dut_.read(REGISTER_CONVERGED), expected.endings[converged]);
        EXPECT_EQ(dut_.read(REGISTER_STALLED), expected.endings[stalled]);
        EXPECT_EQ(dut_.read(REGISTER_EXHAUSTED), expected.endings[exhausted]);
        EXPECT_EQ(dut_.read(REGISTER_PULSES), expected.pulses);
        EXPECT_EQ(dut_.read(REGISTER_PULSE_TIME), expected.time);
        for (uint32_t device = writing.first; device <= writing.last; device++) {
            EXPECT_EQ(dut_.read(REGISTER_RESULT + 4 * window(device)),
                      expected.results[device - writing.first])
                << "device " << device;
        }
        return expected;
    }

    Writing all_devices(uint32_t target) const
    {
        Writing writing;
        writing.last = GetParam()->devices - 1;
        writing.targets.assign(GetParam()->devices, target);
        return writing;
    }

    Dut dut_{GetParam()};
};

inline uint32_t fixed(double resistance)
{
    return resistance_to_fixed(resistance);
}

inline Entry random_entry(Random &random)
{
    Entry entry;
    entry.negative = random.chance(0.5);
    entry.width =
        static_cast<uint32_t>(random.chance(0.1) ? 0 : random.between(1, random.chance(0.05) ? 300 : 20));
    // From pulses that do next to nothing to those that go to the asymptote at once.
    entry.rate = static_cast<uint32_t>(std::exp2(random.uniform(0, 31.99)));
    entry.asymptote = entry.negative ? fixed(random.uniform(500, 20000)) : fixed(random.uniform(2000, 60000));
    return entry;
}

} // namespace write_verify_support

#endif
