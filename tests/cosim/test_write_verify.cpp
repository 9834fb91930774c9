/* Predict-write-verify in the RTL, clock by clock, against an independent reference. */
#include "model/device/prediction.h"
#include "support/hardware.h"

#include <algorithm>
#include <cmath>

namespace
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
uint32_t predict(const Entry &entry, uint32_t resistance)
{
    const uint32_t difference =
        entry.asymptote > resistance ? entry.asymptote - resistance : resistance - entry.asymptote;
    const auto product = static_cast<unsigned __int128>(entry.rate) * difference; // 44 fraction bits
    const unsigned __int128 denominator = (static_cast<unsigned __int128>(1) << 24) + (product >> 20);
    const auto left = static_cast<uint32_t>((static_cast<unsigned __int128>(difference) << 24) / denominator);
    return entry.negative ? entry.asymptote + left : entry.asymptote - left;
}

uint32_t distance(uint32_t a, uint32_t b)
{
    return a > b ? a - b : b - a;
}

/* The entry to apply, or -1. */
int choose(const std::vector<Entry> &table, uint32_t resistance, uint32_t target)
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

std::ostream &operator<<(std::ostream &stream, const Moment &moment)
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
Outcome expected_outcome(const struct hardware &hardware, const Writing &writing,
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

uint32_t fixed(double resistance)
{
    return resistance_to_fixed(resistance);
}

Entry random_entry(Random &random)
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

std::vector<Entry> random_table(Random &random, size_t count)
{
    std::vector<Entry> table;
    while (table.size() < count) {
        // Equal predictions: the first of them is to win.
        if (!table.empty() && random.chance(0.25)) {
            table.push_back(table[random.below(table.size())]);
            table.back().width = static_cast<uint32_t>(random.between(0, 20));
        } else {
            table.push_back(random_entry(random));
        }
    }
    return table;
}

std::vector<Entry> paper_table()
{
    const support::Device device = support::paper_device();
    std::vector<Entry> table;
    for (uint32_t i = 0; i < device->pulses[0].count; i++) {
        const struct pulse &pulse = device->pulses[0].pulses[i];
        table.push_back({pulse.voltage < 0, pulse.width_us, pulse.rate_fixed, pulse.asymptote_fixed});
    }
    return table;
}

TEST_P(WriteVerify, RandomWritings)
{
    const struct hardware &hardware = *GetParam();
    uint64_t endings[4] = {};
    for (uint64_t seed = 0; seed < 120 && !HasFailure(); seed++) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Random random(seed);
        Writing writing;
        writing.table = random_table(random, 1 + random.below(PULSE_ENTRIES));
        const uint32_t tolerances[] = {0, 1, 83886, 167772, 1677722, resistance_mask};
        writing.tolerance =
            random.chance(0.1) ? tolerances[random.below(6)] : static_cast<uint32_t>(random.below(1 << 20));
        writing.max_pulses = random.chance(0.1)   ? 0
                             : random.chance(0.1) ? uint32_t{MAX_MAX_PULSES}
                                                  : static_cast<uint32_t>(random.between(1, 8));
        writing.reads_log2 = random.chance(0.5) ? 0 : static_cast<uint32_t>(random.below(8));
        writing.first = static_cast<uint32_t>(random.below(hardware.devices));
        writing.last =
            std::min(hardware.devices - 1, writing.first + static_cast<uint32_t>(random.below(24)));
        for (uint32_t device = 0; device < hardware.devices; device++) {
            writing.targets.push_back(random.chance(0.1) ? 0
                                      : random.chance(0.1)
                                          ? static_cast<uint32_t>(random.below(1 << RESISTANCE_BITS))
                                          : fixed(random.uniform(2200, 19000)));
        }
        // Devices that follow the entries' own closed form, clock by clock, read with noise.
        std::vector<double> resistances(hardware.devices);
        for (double &resistance : resistances) {
            resistance = random.uniform(1000, 25000);
        }
        const double noise = random.chance(0.5) ? random.uniform(0, 0.2) : 0;
        const Outcome outcome = run(
            writing,
            [&](uint32_t device) { return fixed(resistances[device] * (1 + noise * random.uniform(-1, 1))); },
            [&](uint32_t device, const Entry &entry) {
                const double asymptote = std::ldexp(entry.asymptote, -RESISTANCE_FRACTION);
                const double left = std::fabs(asymptote - resistances[device]);
                const bool moves = entry.negative == (resistances[device] > asymptote);
                const double rate =
                    std::ldexp(entry.rate, -PULSE_RATE_FRACTION) / (entry.width * hardware.clocks_per_us);
                const double change = left - left / (1 + rate * left);
                resistances[device] += !moves ? 0 : entry.negative ? -change : change;
            });
        for (int ending = 0; ending < 4; ending++) {
            endings[ending] += outcome.endings[ending];
        }
    }
    // All four endings have been seen, and often.
    EXPECT_GT(endings[untouched], 50u);
    EXPECT_GT(endings[converged], 50u);
    EXPECT_GT(endings[stalled], 50u);
    EXPECT_GT(endings[exhausted], 50u);
}

TEST_P(WriteVerify, EachEnding)
{
    const struct hardware &hardware = *GetParam();
    Writing writing = all_devices(fixed(5000));
    writing.table = paper_table();
    writing.max_pulses = 5;
    writing.tolerance = 1 << (TOLERANCE_FRACTION - 4);
    const Pulser nothing = [](uint32_t, const Entry &) {};

    // In tolerance at once: three clocks a device, and those in which the sequential hardware multiplies.
    const uint32_t product = hardware.sequential ? 24 : 0;
    Outcome outcome = run(writing, [](uint32_t) { return fixed(5001); }, nothing);
    EXPECT_EQ(outcome.endings[converged], hardware.devices);
    EXPECT_EQ(dut_.read(REGISTER_CLOCKS), (3 + product) * hardware.devices);

    // A device that does not answer to its pulses runs out of them.
    outcome = run(writing, [](uint32_t) { return fixed(9000); }, nothing);
    EXPECT_EQ(outcome.endings[exhausted], hardware.devices);
    EXPECT_EQ(outcome.pulses, 5u * hardware.devices);

    // Targets beyond the asymptote, from a reading beyond it too: no pulse moves it.
    writing.targets.assign(hardware.devices, fixed(1000));
    outcome = run(writing, [](uint32_t) { return fixed(2000); }, nothing);
    EXPECT_EQ(outcome.endings[stalled], hardware.devices);
    EXPECT_EQ(outcome.pulses, 0u);

    // Left alone: two clocks a device.
    writing.targets.assign(hardware.devices, 0);
    outcome = run(writing, [](uint32_t) { return fixed(9000); }, nothing);
    EXPECT_EQ(outcome.endings[untouched], hardware.devices);
    EXPECT_EQ(dut_.read(REGISTER_CLOCKS), (2 + product) * hardware.devices);
}

TEST_P(WriteVerify, RangeWhoseLastDeviceLiesBeforeItsFirst)
{
    Writing writing = all_devices(fixed(5000));
    writing.first = 7;
    run(writing, [](uint32_t) { return fixed(5000); }, [](uint32_t, const Entry &) {}, 3);
}

TEST_P(WriteVerify, NoPulsesAllowed)
{
    Writing writing = all_devices(fixed(5000));
    writing.table = paper_table();
    writing.max_pulses = 0;
    const Outcome outcome =
        run(writing, [](uint32_t) { return fixed(9000); }, [](uint32_t, const Entry &) {});
    EXPECT_EQ(outcome.endings[exhausted], GetParam()->devices);
}

TEST_P(WriteVerify, EmptyTableStallsAfterOneClock)
{
    Writing writing = all_devices(fixed(5000));
    writing.max_pulses = 5;
    const Outcome outcome =
        run(writing, [](uint32_t) { return fixed(9000); }, [](uint32_t, const Entry &) {});
    EXPECT_EQ(outcome.endings[stalled], GetParam()->devices);
    const uint32_t product = GetParam()->sequential ? 24 : 0;
    EXPECT_EQ(dut_.read(REGISTER_CLOCKS), (4 + product) * GetParam()->devices);
}

TEST_P(WriteVerify, AllSixtyThreePulses)
{
    Writing writing = all_devices(0);
    writing.targets[3] = fixed(5000);
    writing.table = {{true, 2, 100, fixed(2000)}};
    writing.max_pulses = MAX_MAX_PULSES;
    const Outcome outcome =
        run(writing, [](uint32_t) { return fixed(9000); }, [](uint32_t, const Entry &) {});
    EXPECT_EQ(outcome.pulses, 63u);
    EXPECT_EQ(dut_.read(REGISTER_RESULT + 4 * window(3)), 3u << 30 | 63u << 24 | fixed(9000));
}

TEST_P(WriteVerify, LongestPulse)
{
    Writing writing = all_devices(0);
    writing.targets[0] = fixed(5000);
    writing.table = {{true, 65535, 1u << 16, fixed(2000)}};
    writing.max_pulses = 1;
    uint64_t clocks = 0;
    run(writing, [](uint32_t) { return fixed(9000); }, [&](uint32_t, const Entry &) { clocks++; });
    EXPECT_EQ(clocks, UINT64_C(65535) * GetParam()->clocks_per_us);
}

TEST_P(WriteVerify, FirstOfEquals)
{
    Writing writing = all_devices(fixed(5000));
    const Entry entry = {true, 3, 1u << 18, fixed(2000)};
    writing.table.assign(PULSE_ENTRIES, entry);
    writing.table[0].width = 0; // no width: left out
    for (uint32_t i = 1; i < PULSE_ENTRIES; i++) {
        writing.table[i].width = i;
    }
    writing.max_pulses = 1;
    const Outcome outcome = run(
        writing, [](uint32_t) { return fixed(9000); },
        [](uint32_t, const Entry &entry) { EXPECT_EQ(entry.width, 1u); });
    EXPECT_EQ(outcome.pulses, GetParam()->devices);
}

// |target - R| / target <= tolerance, to the last unit: 2^-8 ohm on either side of both limits.
TEST_P(WriteVerify, ToleranceIsInclusive)
{
    Random random(5);
    const struct hardware &hardware = *GetParam();
    Writing writing = all_devices(0);
    writing.tolerance = 1 << (TOLERANCE_FRACTION - 5); // 1/32
    for (uint32_t &target : writing.targets) {
        target = static_cast<uint32_t>(random.between(1000, 4'000'000));
    }
    for (const int side : {-1, 1}) {
        for (const int beyond : {0, 1}) {
            const Outcome outcome = run(
                writing,
                [&](uint32_t device) {
                    const auto target = static_cast<int64_t>(writing.targets[device]);
                    return static_cast<uint32_t>(target + side * (target / 32 + beyond));
                },
                [](uint32_t, const Entry &) {});
            EXPECT_EQ(outcome.endings[beyond == 0 ? converged : exhausted], hardware.devices);
        }
    }
}

/* A reading that the entry moves. */
uint32_t random_reading(const Entry &entry, Random &random)
{
    return static_cast<uint32_t>(entry.negative ? random.between(entry.asymptote, resistance_mask)
                                                : random.between(1, entry.asymptote));
}

/* For each bit of the quotient, of many readings the one with which the division comes closest to a tie
 * there: where twice the remainder is just the denominator, or just not, a wrong bit in the divider shows. */
std::vector<uint32_t> readings_near_ties(const Entry &entry, Random &random)
{
    constexpr int quotient_bits = 24;
    std::vector<uint32_t> readings(quotient_bits);
    std::vector<uint64_t> gaps(quotient_bits, UINT64_MAX);
    for (int candidate = 0; candidate < 20000; candidate++) {
        const uint32_t reading = random_reading(entry, random);
        const uint64_t difference = distance(entry.asymptote, reading);
        const uint64_t denominator = (1u << 24) + (entry.rate * difference >> 20);
        uint64_t remainder = difference;
        for (size_t bit = 0; bit < quotient_bits; bit++) {
            remainder *= 2;
            const uint64_t gap = remainder > denominator ? remainder - denominator : denominator - remainder;
            if (gap < gaps[bit]) {
                gaps[bit] = gap;
                readings[bit] = reading;
            }
            remainder -= remainder >= denominator ? denominator : 0;
        }
    }
    return readings;
}

// Pins the RTL's prediction down through what it chooses: with a single entry, a target just beyond the
// middle between R and the prediction gets the pulse, and one just before it does not.
TEST_P(WriteVerify, PredictionToTheLastBit)
{
    Random random(6);
    const struct hardware &hardware = *GetParam();
    uint64_t pulses = 0;
    uint64_t stalls = 0;
    const uint32_t rounds = std::max(30u, 3000 / hardware.devices);
    for (uint32_t round = 0; round < rounds && !HasFailure(); round++) {
        Entry entry = random_entry(random);
        entry.width = 1;
        Writing writing = all_devices(0);
        writing.table = {entry};
        writing.max_pulses = 1;
        std::vector<uint32_t> readings(hardware.devices);
        const std::vector<uint32_t> near_ties = readings_near_ties(entry, random);
        for (uint32_t device = 0; device < hardware.devices; device += 2) {
            // Two devices with the same reading, on either side of the boundary.
            const uint32_t reading =
                device / 2 < near_ties.size() ? near_ties[device / 2] : random_reading(entry, random);
            const uint32_t middle = static_cast<uint32_t>((uint64_t{reading} + predict(entry, reading)) / 2);
            readings[device] = readings[device + 1] = reading;
            writing.targets[device] = middle;
            writing.targets[device + 1] = middle + 1;
        }
        const Outcome outcome =
            run(writing, [&](uint32_t device) { return readings[device]; }, [](uint32_t, const Entry &) {});
        pulses += outcome.pulses;
        stalls += outcome.endings[stalled];
    }
    EXPECT_GT(pulses, 1000u);
    EXPECT_GT(stalls, 1000u);
}

/* An entry and a reading for which, in the divider's step `step`, twice the remainder is the denominator plus
 * `gap` (1 or -1): a wrong bit anywhere before shows. The denominator d is odd, and half of d + gap times
 * 2^-step, modulo d, is the difference to read. */
bool tie(Random &random, size_t step, int gap, Entry &entry, uint32_t &reading)
{
    for (int tries = 0; tries < 100000; tries++) {
        const auto denominator =
            static_cast<uint64_t>(random.between(1 << 24, (1 << 26) - 1)) | 1; // 24 fraction bits
        uint64_t difference = (denominator + static_cast<uint64_t>(gap)) / 2;
        for (size_t i = 0; i < step; i++) {
            difference = (difference % 2 == 0 ? difference : difference + denominator) / 2;
        }
        if (difference < 4096 || difference > resistance_mask - (2000u << RESISTANCE_FRACTION)) {
            continue;
        }
        const uint64_t rate = (((denominator - (1u << 24)) << 20) + difference - 1) / difference;
        if (rate <= UINT32_MAX && (rate * difference >> 20) + (1u << 24) == denominator) {
            entry = {true, 1, static_cast<uint32_t>(rate), 2000u << RESISTANCE_FRACTION};
            reading = entry.asymptote + static_cast<uint32_t>(difference);
            return true;
        }
    }
    return false;
}

TEST_P(WriteVerify, PredictionAtTies)
{
    Random random(9);
    for (size_t step = 0; step < 24; step++) {
        for (const int gap : {-1, 1}) {
            for (int round = 0; round < 4; round++) {
                Entry entry;
                uint32_t reading = 0;
                ASSERT_TRUE(tie(random, step, gap, entry, reading)) << step;
                Writing writing = all_devices(0);
                writing.table = {entry};
                writing.max_pulses = 1;
                const auto middle = static_cast<uint32_t>((uint64_t{reading} + predict(entry, reading)) / 2);
                writing.targets[0] = middle;
                writing.targets[1] = middle + 1;
                writing.last = 1;
                run(writing, [&](uint32_t) { return reading; }, [](uint32_t, const Entry &) {});
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Hardware, WriteVerify, ::testing::ValuesIn(support::all_hardware()),
                         support::hardware_test_name);

// How far can the fixed-point prediction lie from the closed form in double precision?
//   - cutting the denominator D > D' > D - 2^-24:  0 <= u / D' - u / D < u 2^-24 / D'^2 <= 2^-8 ohm, as u <
//   2^16 ohm
//   - the quotient's floor takes less than 2^-8 ohm away, with the opposite sign
//     so both together stay within 2^-8 ohm;
//   - k t is rounded to 2^-36 / ohm, so is off by at most 2^-37; du'/d(k t) = u'^2 in size;
//   - R and r are rounded to 2^-8 ohm, so are off by at most 2^-9; R' is a mean of them with weights that add
//   up to 1.
// With the paper's pulses, where u < 17,000 ohm, the term of k t stays below 2^-37 x 17,000^2 = 0.0021 ohm.
TEST(Prediction, AgreesWithDoublePrecision)
{
    Random random(7);
    const support::Device device = support::paper_device();
    double largest = 0;
    for (int state = 0; state < 200000; state++) {
        struct pulse pulse;
        const bool from_paper = state % 2 == 0;
        if (from_paper) {
            const struct pulse_table &table = device->pulses[random.below(2)];
            pulse = table.pulses[random.below(table.count)];
        } else {
            struct error error = {};
            pulse.width_us = static_cast<uint32_t>(random.between(1, 5000));
            pulse.voltage = random.chance(0.5) ? random.uniform(0.5, 1.7) : random.uniform(-1.26, -0.5);
            ASSERT_EQ(pulse_prepare(&device->switching, 2230, 18913, "here", &pulse, &error), STATUS_OK)
                << error.message;
        }
        const bool negative = pulse.voltage < 0;
        const double highest = negative ? (from_paper ? 19000.0 : 65000.0) : pulse.asymptote;
        const double resistance =
            negative ? random.uniform(pulse.asymptote, highest) : random.uniform(1, highest);
        const Entry entry = {negative, pulse.width_us, pulse.rate_fixed, pulse.asymptote_fixed};
        const double exact = memristor_after(resistance, &pulse, pulse.width_us * 1e-6);
        const double left = std::fabs(exact - pulse.asymptote);
        const double bound = 0x1p-8 + 0x1p-37 * left * left + 0x1p-9 + 1e-9;
        const uint32_t reading = fixed(resistance);
        if (reading == entry.asymptote) {
            continue;
        }
        const double error = std::fabs(std::ldexp(predict(entry, reading), -RESISTANCE_FRACTION) - exact);
        ASSERT_LE(error, bound) << resistance << " ohm, " << pulse.voltage << " V, " << pulse.width_us
                                << " us";
        if (from_paper) {
            largest = std::max(largest, error);
        }
    }
    // In all, for the paper's pulses: well below a hundredth of an ohm.
    EXPECT_LT(largest, 2.0 / 256 + 0.0021);
    EXPECT_GT(largest, 1.0 / 512);
}

} // namespace
