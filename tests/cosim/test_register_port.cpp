/* The RTL's register port: the map, its errors, stalls, and reset in the middle of things. */
#include "support/hardware.h"

#include <algorithm>
#include <deque>
#include <fstream>
#include <map>
#include <sstream>

namespace
{

using support::Dut;
using support::Random;

struct Register {
    std::string name;
    uint32_t offset = 0;
    uint32_t count = 0;
    std::string access;
    uint32_t bits = 0;

    bool readable() const
    {
        return access != "wo";
    }
    bool writable() const
    {
        return access != "ro";
    }
    uint32_t mask() const
    {
        return bits == 32 ? UINT32_MAX : (1u << bits) - 1;
    }
};

/* The map's one source, so that a new register is covered without a change here. */
std::vector<Register> read_map()
{
    std::ifstream stream(MEMSPIKE_SOURCE_DIR "/rtl/registers.csv");
    std::string line;
    std::getline(stream, line);
    EXPECT_EQ(line, "name,offset,count,access,bits,description");
    std::vector<Register> map;
    while (std::getline(stream, line)) {
        std::istringstream fields(line);
        Register found;
        std::string offset, count, bits;
        std::getline(fields, found.name, ',');
        std::getline(fields, offset, ',');
        std::getline(fields, count, ',');
        std::getline(fields, found.access, ',');
        std::getline(fields, bits, ',');
        found.offset = static_cast<uint32_t>(std::stoul(offset, nullptr, 0));
        found.count = static_cast<uint32_t>(std::stoul(count));
        found.bits = static_cast<uint32_t>(std::stoul(bits));
        map.push_back(found);
    }
    EXPECT_GT(map.size(), 30u);
    return map;
}

bool device_exists(const struct hardware &hardware, uint32_t index)
{
    return index % hardware.row_stride < hardware.lanes && index / hardware.row_stride < hardware.columns;
}

/* Whether the hardware has what the n-th word of a window stands for. */
bool word_exists(const struct hardware &hardware, const Register &reg, uint32_t n)
{
    if (reg.name == "RATE") {
        return n % hardware.row_stride < hardware.lanes && n / hardware.row_stride < hardware.phases;
    }
    if (reg.name == "RATE_PAIR") {
        return 2 * n % hardware.row_stride < hardware.lanes && 2 * n / hardware.row_stride < hardware.phases;
    }
    if (reg.name == "COUNT" || reg.name == "MEMBRANE_LOW" || reg.name == "MEMBRANE_HIGH") {
        return n < hardware.outputs;
    }
    if (reg.name == "TARGET" || reg.name == "RESULT") {
        return device_exists(hardware, n);
    }
    return true;
}

/* Whether a register takes the value. */
bool value_fits(const struct hardware &hardware, const Register &reg, uint32_t value)
{
    if (reg.name == "PULSE_ENTRIES") {
        return (value & reg.mask()) <= PULSE_ENTRIES;
    }
    if (reg.name == "FIRST_DEVICE" || reg.name == "LAST_DEVICE") {
        return device_exists(hardware, value);
    }
    return true;
}

class RegisterPort : public ::testing::TestWithParam<const struct hardware *>
{
  protected:
    std::map<std::string, uint32_t> settings()
    {
        std::map<std::string, uint32_t> values;
        for (const Register &reg : map_) {
            if (reg.access == "rw") {
                values[reg.name] = dut_.read(reg.offset);
            }
        }
        return values;
    }
    const Register &named(const std::string &name) const
    {
        for (const Register &reg : map_) {
            if (reg.name == name) {
                return reg;
            }
        }
        ADD_FAILURE() << name;
        return map_[0];
    }
    uint32_t fitting_value(const Register &reg, Random &random) const
    {
        for (;;) {
            const auto value = static_cast<uint32_t>(random.bits() >> random.below(64));
            if (value_fits(*GetParam(), reg, value)) {
                return value;
            }
        }
    }
    void set_codes(int32_t code)
    {
        for (uint32_t output = 0; output < GetParam()->outputs; output++) {
            dut_.set_code(output, code);
        }
    }
    /* The outputs towards the analogue side and the host, right after a clock. */
    void expect_quiet()
    {
        const struct dut_pins &pins = dut_.pins();
        EXPECT_FALSE(pins.busy);
        EXPECT_FALSE(pins.sense);
        EXPECT_FALSE(pins.read);
        EXPECT_FALSE(pins.pulse);
        EXPECT_FALSE(pins.response_valid);
        EXPECT_FALSE(dut_.any_row());
        for (uint32_t output = 0; output < GetParam()->outputs; output++) {
            EXPECT_EQ(dut_membrane(dut_.get(), output), 0);
            EXPECT_FALSE(dut_spike(dut_.get(), output));
        }
    }
    /* Sets up and runs a review whose codes follow from the rows; returns its counts. */
    std::vector<uint32_t> review_counts(Dut &dut)
    {
        const struct hardware &hardware = *GetParam();
        std::vector<uint16_t> rates(hardware.inputs);
        for (uint32_t input = 0; input < hardware.inputs; input++) {
            rates[input] = static_cast<uint16_t>(input * 601 + 999);
        }
        dut.write_rates(rates);
        dut.write(REGISTER_SEED, 12345);
        dut.write(REGISTER_STEPS, 200);
        dut.write(REGISTER_ENCODER, 0);
        dut.write(REGISTER_LEAK, 0);
        dut.write(REGISTER_MEMBRANE_START, 0);
        dut.write(REGISTER_THRESHOLD, static_cast<uint32_t>(hardware.inputs) << (CODE_FRACTION - 2));
        return review_counts_again(dut);
    }
    std::vector<uint32_t> review_counts_again(Dut &dut)
    {
        dut.review([&](uint64_t) { set_codes(dut); });
        return read_counts(dut);
    }
    void set_codes(Dut &dut)
    {
        const struct hardware &hardware = *GetParam();
        for (uint32_t output = 0; output < hardware.outputs; output++) {
            int32_t code = 0;
            for (uint32_t lane = 0; lane < hardware.lanes; lane++) {
                code += dut.row(lane) ? static_cast<int32_t>((lane * 37 + output * 101) % 4096) : 0;
            }
            dut.pins().codes[output] = code;
        }
    }
    std::vector<uint32_t> read_counts(Dut &dut)
    {
        std::vector<uint32_t> counts;
        for (uint32_t output = 0; output < GetParam()->outputs; output++) {
            counts.push_back(dut.read(REGISTER_COUNT + 4 * output));
        }
        return counts;
    }
    /* Starts a writing in which every device gets a pulse of 50 us. */
    void start_writing(Dut &dut)
    {
        dut.write(REGISTER_PULSE_ENTRIES, 1);
        dut.write(REGISTER_PULSE_WIDTH, 50 | 1 << 16);
        dut.write(REGISTER_PULSE_RATE, 1 << 20);
        dut.write(REGISTER_PULSE_ASYMPTOTE, 2000 << RESISTANCE_FRACTION);
        dut.write(REGISTER_MAX_PULSES, 3);
        dut.write(REGISTER_TOLERANCE, 0);
        for (uint32_t device = 0; device < GetParam()->devices; device++) {
            dut.write(REGISTER_TARGET + 4 * hardware_window_index(GetParam(), device),
                      4000 << RESISTANCE_FRACTION);
        }
        dut.pins().reading = 9000 << RESISTANCE_FRACTION;
        dut.write(REGISTER_CONTROL, 2);
    }

    /* Until what runs has ended. */
    static void finish(Dut &dut)
    {
        while (dut.pins().busy) {
            dut.clock();
        }
    }

    std::vector<Register> map_ = read_map();
    Dut dut_{GetParam()};
};

TEST_P(RegisterPort, Constants)
{
    const struct hardware &hardware = *GetParam();
    EXPECT_EQ(dut_.read(REGISTER_ID), 0x4D53504Bu);
    EXPECT_EQ(dut_.read(REGISTER_MAP_VERSION), static_cast<uint32_t>(REGISTER_MAP_VERSION_VALUE));
    EXPECT_EQ(dut_.read(REGISTER_INPUTS), hardware.inputs);
    EXPECT_EQ(dut_.read(REGISTER_LANES), hardware.lanes);
    EXPECT_EQ(dut_.read(REGISTER_OUTPUTS), hardware.outputs);
    EXPECT_EQ(dut_.read(REGISTER_CLOCKS_PER_US), hardware.clocks_per_us);
    EXPECT_EQ(dut_.read(REGISTER_TILES), hardware.tiles);
    EXPECT_EQ(dut_.read(REGISTER_DIFFERENTIAL), hardware.sides - 1);
    EXPECT_EQ(dut_.read(REGISTER_STATUS), 0u);
}

TEST_P(RegisterPort, SettingsAfterReset)
{
    const auto all_zero_but_the_last_device = [&] {
        for (const auto &[name, value] : settings()) {
            const uint32_t last = hardware_window_index(GetParam(), GetParam()->devices - 1);
            EXPECT_EQ(value, name == "LAST_DEVICE" ? last : 0) << name;
        }
    };
    all_zero_but_the_last_device();
    for (const Register &reg : map_) {
        if (reg.access == "rw") {
            dut_.write(reg.offset, value_fits(*GetParam(), reg, UINT32_MAX) ? UINT32_MAX : 1);
        }
    }
    dut_reset(dut_.get());
    all_zero_but_the_last_device();
}

// Every byte address, read and written with a value that fits: an answer without an error where the map has a
// word, an error everywhere else.
TEST_P(RegisterPort, EveryAddress)
{
    const struct hardware &hardware = *GetParam();
    std::vector<char> readable(0x10000, 0);
    std::vector<char> writable(0x10000, 0);
    for (const Register &reg : map_) {
        for (uint32_t n = 0; n < reg.count; n++) {
            const bool exists = word_exists(hardware, reg, n);
            readable[reg.offset + 4 * n] = exists && reg.readable();
            writable[reg.offset + 4 * n] = exists && reg.writable();
        }
    }
    uint32_t wrong = 0;
    for (uint32_t address = 0; address < 0x10000 && wrong < 10; address++) {
        uint32_t data;
        if (dut_read(dut_.get(), address, &data) != (readable[address] != 0)) {
            ADD_FAILURE() << "read of " << std::hex << address;
            wrong++;
        }
        if (readable[address] == 0 && data != 0) {
            ADD_FAILURE() << "data in the error of " << std::hex << address;
            wrong++;
        }
        // Zero fits every register and starts nothing.
        if (dut_write(dut_.get(), address, 0) != (writable[address] != 0)) {
            ADD_FAILURE() << "write to " << std::hex << address;
            wrong++;
        }
    }
}

TEST_P(RegisterPort, SettingsKeepTheirBits)
{
    Random random(20);
    for (int round = 0; round < 50; round++) {
        std::map<std::string, uint32_t> expected = settings();
        for (const Register &reg : map_) {
            if (reg.access == "rw") {
                const uint32_t value = fitting_value(reg, random);
                dut_.write(reg.offset, value);
                expected[reg.name] = value & reg.mask();
            }
        }
        ASSERT_EQ(settings(), expected);
    }
    // All ones, where a register takes them.
    for (const Register &reg : map_) {
        if (reg.access == "rw" && value_fits(*GetParam(), reg, UINT32_MAX)) {
            dut_.write(reg.offset, UINT32_MAX);
            EXPECT_EQ(dut_.read(reg.offset), reg.mask()) << reg.name;
        }
    }
}

TEST_P(RegisterPort, ErrorsChangeNothing)
{
    Random random(21);
    const struct hardware &hardware = *GetParam();
    for (const Register &reg : map_) {
        if (reg.access == "rw") {
            dut_.write(reg.offset, fitting_value(reg, random));
        }
    }
    const auto before = settings();
    // Values out of their ranges.
    for (uint32_t entries = PULSE_ENTRIES + 1; entries < 32; entries++) {
        EXPECT_FALSE(dut_write(dut_.get(), REGISTER_PULSE_ENTRIES, entries));
    }
    for (const uint32_t address : {REGISTER_FIRST_DEVICE, REGISTER_LAST_DEVICE}) {
        const uint32_t devices = hardware.row_stride * hardware.columns;
        for (const uint32_t device : {devices, devices + 1, UINT32_MAX, 0x10000u, 0x80000000u, hardware.lanes,
                                      devices - hardware.row_stride + hardware.lanes}) {
            // Where the stride is the number of lanes, this is the next column's first device.
            EXPECT_EQ(dut_write(dut_.get(), address, device), device_exists(hardware, device)) << device;
        }
        dut_.write(address, before.at(address == REGISTER_FIRST_DEVICE ? "FIRST_DEVICE" : "LAST_DEVICE"));
    }
    // Both commands at once.
    EXPECT_FALSE(dut_write(dut_.get(), REGISTER_CONTROL, 3));
    EXPECT_FALSE(dut_.pins().busy);
    // Misaligned, unknown, read-only.
    for (const Register &reg : map_) {
        for (uint32_t offset = 1; offset < 4; offset++) {
            EXPECT_FALSE(dut_write(dut_.get(), reg.offset + offset, UINT32_MAX));
        }
        if (!reg.writable()) {
            EXPECT_FALSE(dut_write(dut_.get(), reg.offset, UINT32_MAX)) << reg.name;
        }
    }
    EXPECT_EQ(settings(), before);
    EXPECT_FALSE(dut_.pins().busy);
}

TEST_P(RegisterPort, WritesDuringAReviewAreErrorsAndChangeNothing)
{
    const std::vector<uint32_t> counts = review_counts(dut_);
    const auto before = settings();
    dut_.write(REGISTER_STEPS, 20000);
    dut_.write(REGISTER_CONTROL, 1);
    for (const Register &reg : map_) {
        for (uint32_t n = 0; n < std::min(reg.count, 20u); n++) {
            EXPECT_FALSE(dut_write(dut_.get(), reg.offset + 4 * n, 1)) << reg.name;
        }
        EXPECT_FALSE(dut_write(dut_.get(), REGISTER_CONTROL, 2));
        EXPECT_EQ(dut_.read(REGISTER_STATUS), 1u);
    }
    finish(dut_);
    EXPECT_EQ(dut_.read(REGISTER_STATUS), 0u);
    EXPECT_EQ(dut_.read(REGISTER_CLOCKS), 20000u * GetParam()->phases + 2);
    dut_.write(REGISTER_STEPS, 200);
    EXPECT_EQ(settings(), before);
    EXPECT_EQ(review_counts_again(dut_), counts); // the rates are what they were
}

TEST_P(RegisterPort, WritesDuringAWritingAreErrorsAndChangeNothing)
{
    const auto results_of = [&] {
        finish(dut_);
        std::vector<uint32_t> results = {dut_.read(REGISTER_CLOCKS), dut_.read(REGISTER_PULSES),
                                         dut_.read(REGISTER_PULSE_TIME)};
        for (uint32_t device = 0; device < GetParam()->devices; device++) {
            results.push_back(dut_.read(REGISTER_RESULT + 4 * hardware_window_index(GetParam(), device)));
        }
        return results;
    };
    start_writing(dut_);
    const std::vector<uint32_t> undisturbed = results_of();
    const auto before = settings();
    EXPECT_EQ(undisturbed[1], 3 * GetParam()->devices);
    dut_.write(REGISTER_CONTROL, 2);
    for (const Register &reg : map_) {
        for (uint32_t n = 0; n < std::min(reg.count, 20u); n++) {
            EXPECT_FALSE(dut_write(dut_.get(), reg.offset + 4 * n, 1)) << reg.name;
        }
        EXPECT_EQ(dut_.read(REGISTER_STATUS), 2u);
    }
    EXPECT_EQ(results_of(), undisturbed);
    EXPECT_EQ(settings(), before);
    dut_.write(REGISTER_CONTROL, 2);
    EXPECT_EQ(results_of(), undisturbed); // targets and pulses are what they were
}

// Back-to-back requests against a host that is not always ready to take an answer.
TEST_P(RegisterPort, StallsLoseDoubleAndReorderNothing)
{
    Random random(22);
    struct dut_pins &pins = dut_.pins();
    struct Answer {
        bool error;
        uint32_t data;
    };
    // Results to read: they take another way to the port than the other registers.
    start_writing(dut_);
    finish(dut_);
    const uint32_t result = dut_.read(REGISTER_RESULT);
    EXPECT_NE(result, 0u);
    pins.response_ready = true;
    dut_.clock(); // takes the last answer
    uint32_t threshold = 0;
    uint32_t seed = 0;
    dut_.write(REGISTER_THRESHOLD, threshold);
    dut_.write(REGISTER_SEED, seed);
    dut_.clock();
    ASSERT_FALSE(pins.response_valid);

    std::deque<Answer> expected;
    bool have_request = false;
    Answer answer = {};
    uint64_t accepted = 0;
    uint64_t answered = 0;
    uint32_t stall = 0;
    for (int clock = 0; clock < 40000; clock++) {
        if (!have_request) {
            have_request = random.chance(0.8);
            const uint64_t kind = random.below(6);
            pins.request_write = kind < 3;
            pins.request_data = static_cast<uint32_t>(random.bits());
            static const uint16_t addresses[] = {REGISTER_THRESHOLD, REGISTER_SEED, REGISTER_ID};
            pins.request_address = kind == 5 ? uint16_t{REGISTER_RESULT} : addresses[random.below(3)];
        }
        if (stall == 0) {
            stall = random.chance(0.4) ? static_cast<uint32_t>(random.between(1, 7)) : 0;
        } else {
            stall--;
        }
        pins.request_valid = have_request;
        pins.response_ready = stall == 0;
        const bool was_valid = pins.response_valid;
        const uint32_t old_data = pins.response_data;
        const bool old_error = pins.response_error;
        const bool accept = have_request && (!was_valid || pins.response_ready);
        const bool taken = was_valid && pins.response_ready;
        if (accept) {
            answer = {false, 0};
            if (pins.request_write) {
                threshold = pins.request_address == REGISTER_THRESHOLD ? pins.request_data : threshold;
                seed = pins.request_address == REGISTER_SEED ? pins.request_data & 0x7fffffff : seed;
                answer.error = pins.request_address == REGISTER_ID;
            } else {
                answer.data = pins.request_address == REGISTER_THRESHOLD ? threshold
                              : pins.request_address == REGISTER_SEED    ? seed
                              : pins.request_address == REGISTER_RESULT  ? result
                                                                         : 0x4D53504B;
            }
        }
        if (taken) {
            ASSERT_FALSE(expected.empty());
            ASSERT_EQ(old_error, expected.front().error) << "clock " << clock;
            ASSERT_EQ(old_data, expected.front().data) << "clock " << clock;
            expected.pop_front();
            answered++;
        }
        if (accept) {
            expected.push_back(answer);
            accepted++;
            have_request = false;
        }
        dut_.clock();
        if (was_valid && !taken) {
            ASSERT_TRUE(pins.response_valid);
            ASSERT_EQ(pins.response_data, old_data);
            ASSERT_EQ(pins.response_error, old_error);
        }
        ASSERT_EQ(pins.response_valid, !expected.empty());
        ASSERT_EQ(pins.request_ready, !pins.response_valid || pins.response_ready);
    }
    EXPECT_GE(accepted, answered);
    EXPECT_LE(accepted, answered + 1);
    EXPECT_GT(accepted, 10000u);
}

TEST_P(RegisterPort, OneTransferAClock)
{
    struct dut_pins &pins = dut_.pins();
    pins.response_ready = true;
    pins.request_valid = true;
    for (uint32_t transfer = 0; transfer < 1000; transfer++) {
        // Writes and reads take turns, without a gap.
        pins.request_write = transfer % 2 == 0;
        pins.request_address = REGISTER_THRESHOLD;
        pins.request_data = transfer * 0x01010101u;
        dut_.clock();
        ASSERT_TRUE(pins.request_ready);
        ASSERT_TRUE(pins.response_valid);
        ASSERT_FALSE(pins.response_error);
        ASSERT_EQ(pins.response_data, transfer % 2 == 0 ? 0 : (transfer - 1) * 0x01010101u);
    }
    pins.request_valid = false;
    dut_.clock();
    EXPECT_FALSE(pins.response_valid);
}

TEST_P(RegisterPort, ResetInTheMiddleOfAReview)
{
    const auto settings_of_fresh = settings();
    Dut fresh(GetParam());
    const std::vector<uint32_t> counts = review_counts(fresh);
    EXPECT_GT(counts[0], 0u);
    // From the first clock, which loads, to the last, which drains.
    for (const uint32_t clocks : {0u, 1u, 2u, 3u, 10u, 57u, 200 * GetParam()->phases + 1}) {
        review_counts(dut_);
        dut_.write(REGISTER_THRESHOLD, 1);
        dut_.write(REGISTER_ENCODER, 1);
        dut_.write(REGISTER_LEAK, 3);
        dut_.write(REGISTER_CONTROL, 1);
        for (uint32_t output = 0; output < GetParam()->outputs; output++) {
            dut_.pins().codes[output] = 4096;
        }
        for (uint32_t clock = 0; clock < clocks; clock++) {
            dut_.clock();
        }
        EXPECT_TRUE(dut_.pins().busy);
        dut_.pins().reset = true;
        dut_.clock();
        expect_quiet();
        dut_.pins().reset = false;
        dut_.clock();
        expect_quiet();
        EXPECT_EQ(settings(), settings_of_fresh);
        EXPECT_EQ(review_counts(dut_), counts) << "after " << clocks << " clocks";
    }
}

TEST_P(RegisterPort, ResetInTheMiddleOfAPulse)
{
    Dut fresh(GetParam());
    const std::vector<uint32_t> counts = review_counts(fresh);
    start_writing(dut_);
    while (!dut_.pins().pulse) {
        dut_.clock();
    }
    for (int clock = 0; clock < 20; clock++) {
        dut_.clock();
    }
    ASSERT_TRUE(dut_.pins().pulse);
    dut_.pins().reset = true;
    dut_.clock();
    expect_quiet();
    dut_.pins().reset = false;
    for (int clock = 0; clock < 100; clock++) {
        dut_.clock();
        expect_quiet();
    }
    EXPECT_EQ(dut_.read(REGISTER_PULSES), 0u);
    EXPECT_EQ(dut_.read(REGISTER_PULSE_TIME), 0u);
    EXPECT_EQ(review_counts(dut_), counts);
    // And a whole writing is what it is on a fresh instance.
    std::vector<uint32_t> clocks;
    for (Dut *dut : {&dut_, &fresh}) {
        start_writing(*dut);
        finish(*dut);
        clocks.push_back(dut->read(REGISTER_CLOCKS));
        EXPECT_EQ(dut->read(REGISTER_EXHAUSTED), GetParam()->devices);
    }
    EXPECT_EQ(clocks[0], clocks[1]);
}

TEST_P(RegisterPort, ResetInEveryStateOfAWriting)
{
    std::vector<uint32_t> clocks;
    for (int state = WRITE_FETCH; state <= WRITE_PULSE; state++) {
        start_writing(dut_);
        // Behind a first pulse, so that there is something to forget.
        while (dut_.pins().write_state != state ||
               (state != WRITE_FETCH && dut_.pins().write_iteration == 0)) {
            dut_.clock();
            ASSERT_TRUE(dut_.pins().busy);
        }
        dut_.pins().reset = true;
        dut_.clock();
        expect_quiet();
        dut_.pins().reset = false;
        EXPECT_EQ(dut_.read(REGISTER_PULSES), 0u);
        start_writing(dut_);
        finish(dut_);
        clocks.push_back(dut_.read(REGISTER_CLOCKS));
        EXPECT_EQ(clocks.back(), clocks.front());
        EXPECT_EQ(dut_.read(REGISTER_EXHAUSTED), GetParam()->devices);
    }
}

// The next command in the clock after the last one of a review or a writing.
TEST_P(RegisterPort, OneRightAfterTheOther)
{
    const std::vector<uint32_t> counts = review_counts(dut_);
    start_writing(dut_);
    finish(dut_);
    const std::vector<uint32_t> written = {dut_.read(REGISTER_CLOCKS), dut_.read(REGISTER_PULSES)};
    EXPECT_EQ(review_counts_again(dut_), counts); // the commands below are alone between these
    for (const bool first_is_review : {false, true}) {
        for (const bool second_is_review : {false, true}) {
            for (const bool review : {first_is_review, second_is_review}) {
                if (review) {
                    dut_.review([&](uint64_t) { set_codes(dut_); });
                } else {
                    dut_.write(REGISTER_CONTROL, 2);
                    finish(dut_);
                }
            }
            if (second_is_review) {
                EXPECT_EQ(read_counts(dut_), counts);
            } else {
                EXPECT_EQ(dut_.read(REGISTER_CLOCKS), written[0]);
                EXPECT_EQ(dut_.read(REGISTER_PULSES), written[1]);
            }
        }
    }
}

// Every step of the longest review is there, and a neuron that spikes in all of them counts them all.
TEST_P(RegisterPort, LongestReview)
{
    const struct hardware &hardware = *GetParam();
    dut_.write(REGISTER_STEPS, 65535);
    dut_.write(REGISTER_THRESHOLD, 1 << CODE_FRACTION);
    dut_.write(REGISTER_MEMBRANE_START, 1 << CODE_FRACTION);
    const int32_t code = (2 << CODE_FRACTION) / static_cast<int32_t>(hardware.phases);
    dut_.review([&](uint64_t) { set_codes(code); });
    EXPECT_EQ(dut_.phases(), 65535u * hardware.phases);
    EXPECT_EQ(dut_.read(REGISTER_CLOCKS), 65535u * hardware.phases + 2);
    EXPECT_EQ(read_counts(dut_), std::vector<uint32_t>(hardware.outputs, 65535u));
}

// Decided when half of the steps have passed, whichever way: the counters' upper bits are there.
TEST_P(RegisterPort, EarlyDecisionOfTheLongestReviews)
{
    const struct hardware &hardware = *GetParam();
    for (const uint32_t steps : {65535u, 60001u, 41235u, 21845u}) {
        for (const bool spikes : {false, true}) {
            dut_.write(REGISTER_STEPS, steps);
            dut_.write(REGISTER_EARLY_DECISION, 1);
            dut_.write(REGISTER_THRESHOLD, 1 << CODE_FRACTION);
            dut_.write(REGISTER_MEMBRANE_START, 0);
            const int32_t code = spikes ? (2 << CODE_FRACTION) / static_cast<int32_t>(hardware.phases) : 0;
            dut_.review([&](uint64_t) { set_codes(code); });
            // Without a spike they can still be more than half full until fewer than half of them are left.
            EXPECT_EQ(dut_.phases(), (steps + 1) / 2 * hardware.phases) << steps << " " << spikes;
            for (uint32_t output = 0; output < hardware.outputs; output++) {
                EXPECT_EQ(dut_.read(REGISTER_COUNT + 4 * output), spikes ? (steps + 1) / 2 : 0u);
            }
        }
    }
}

// Not a step sooner or later than it is certain, for reviews of every kind of length.
TEST_P(RegisterPort, EarlyDecisionIsTheFirstThatIsCertain)
{
    const struct hardware &hardware = *GetParam();
    Random random(23);
    dut_.write(REGISTER_EARLY_DECISION, 1);
    dut_.write(REGISTER_THRESHOLD, 1 << CODE_FRACTION);
    for (int round = 0; round < 60; round++) {
        const auto steps = static_cast<uint32_t>(random.between(1, round < 30 ? 40 : 1500));
        const int64_t largest = random.between(1, 3) << CODE_FRACTION; // from seldom to nearly always
        dut_.write(REGISTER_STEPS, steps);
        uint32_t certain = 0; // the step in which it became so
        dut_.review(
            [&](uint64_t) {
                for (uint32_t output = 0; output < hardware.outputs; output++) {
                    dut_.pins().codes[output] = static_cast<int32_t>(random.between(-largest / 8, largest));
                }
            },
            [&](uint64_t phase) {
                const auto step = static_cast<uint32_t>(phase / hardware.phases) + 1;
                if (certain != 0 || (phase + 1) % hardware.phases != 0) {
                    return;
                }
                bool all = true;
                for (uint32_t output = 0; output < hardware.outputs; output++) {
                    const uint32_t count = dut_count(dut_.get(), output);
                    all = all && (2 * count > steps || 2 * (count + steps - step) <= steps);
                }
                certain = all ? step : 0;
            });
        EXPECT_EQ(dut_.phases(), uint64_t{certain} * hardware.phases)
            << "round " << round << ", " << steps << " steps";
    }
}

// Membranes and clocks can be watched while a review runs.
TEST_P(RegisterPort, ReadsDuringAReview)
{
    review_counts(dut_);
    dut_.write(REGISTER_STEPS, 2000);
    dut_.write(REGISTER_CONTROL, 1);
    for (uint32_t read = 0; read < 100; read++) {
        EXPECT_EQ(dut_.read(REGISTER_CLOCKS), read);
    }
    dut_reset(dut_.get());
    EXPECT_EQ(dut_.read(REGISTER_CLOCKS), 0u);
}

INSTANTIATE_TEST_SUITE_P(Hardware, RegisterPort, ::testing::ValuesIn(support::all_hardware()),
                         support::hardware_test_name);

} // namespace
