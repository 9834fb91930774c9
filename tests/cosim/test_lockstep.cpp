/* RTL and twins in lock-step, over random seeds, registers, noise, pulse lists, devices and stalls of the
 * register port; what the checker says when something differs; the engine's two kinds against each other.
 *
 * MEMSPIKE_FIRST_SEED and MEMSPIKE_SEEDS choose the random seeds: scripts/soak.sh. */
#include "support/hardware.h"

#include "engine/engine.h"
#include "model/cosimulation/lockstep.h"
#include "model/crossbar/crossbar.h"
#include "model/device/prediction.h"

#include <algorithm>
#include <cstdlib>

namespace
{

using support::Random;

struct LockstepCloser {
    void operator()(struct lockstep *lockstep) const
    {
        lockstep_close(lockstep);
    }
};
struct EngineCloser {
    void operator()(struct engine *engine) const
    {
        engine_close(engine);
    }
};
using support::Array;
using Checker = std::unique_ptr<struct lockstep, LockstepCloser>;
using EngineOwner = std::unique_ptr<struct engine, EngineCloser>;

uint64_t from_environment(const char *name, uint64_t otherwise)
{
    const char *text = std::getenv(name);
    return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

/* A pulse list drawn at random: what pulse_prepare() makes of voltages and widths. */
struct pulse_table random_pulses(Random &random, const struct device &device)
{
    struct pulse_table table = {};
    const auto count = static_cast<uint32_t>(random.below(PULSE_ENTRIES + 1));
    while (table.count < count) {
        const double voltage = random.chance(0.5) ? random.uniform(0.2, 1.6) : random.uniform(-1.24, -0.3);
        const auto width =
            static_cast<uint32_t>(random.chance(0.9) ? random.between(1, 40) : random.between(1, 400));
        struct error error = {};
        struct pulse &pulse = table.pulses[table.count];
        pulse.voltage = voltage;
        pulse.width_us = width;
        if (pulse_prepare(&device.switching, 2230, 18913, "test", &pulse, &error) == STATUS_OK) {
            table.count++;
        }
    }
    return table;
}

/* A random machine: RTL, twins and one crossbar, with random registers. */
class Machine
{
  public:
    /* `steps` of a Poisson review to its end, or 0 for a length and kind drawn at random. */
    Machine(const struct hardware *hardware, uint64_t seed, uint32_t steps = 0)
        : hardware_(hardware), random_(seed), device_(support::paper_device()), dut_(hardware)
    {
        device_->start_spread = random_.uniform(0, 4000);
        /* The first approach's pulses are long: few machines get them. */
        pulses_ = random_.chance(0.6)   ? random_pulses(random_, *device_)
                  : random_.chance(0.2) ? device_->pulses[0]
                                        : device_->pulses[1];
        struct crossbar_settings settings = {};
        settings.seed = random_.bits();
        settings.read_noise = random_.chance(0.5) ? 0 : random_.uniform(0, 0.3);
        settings.adc_bits = random_.chance(0.8) ? 0 : static_cast<uint32_t>(random_.between(1, 12));
        settings.adc_full_scale = random_.chance(0.5) ? 0 : random_.uniform(1, hardware->lanes);
        if (seed % 4 == 0) {
            settings.stuck_open = settings.stuck_closed = settings.stuck_anywhere = 0.05;
        }
        if (random_.chance(0.3)) {
            draw_nonidealities();
        }
        crossbar_.reset(crossbar_open(hardware, device_.get(), &settings));
        crossbar_set_pulses(crossbar_.get(), &pulses_);
        crossbar_prepare(crossbar_.get());
        draw_registers(steps);
        checker_.reset(lockstep_open(dut_.get(), crossbar_.get(), &registers_));
    }

    /* Each of them in some machines, together with others. */
    void draw_nonidealities()
    {
        struct nonidealities &of = device_->nonidealities;
        if (random_.chance(0.5)) {
            of.row_ohm = of.column_ohm = random_.uniform(0.1, 5);
        }
        if (random_.chance(0.5)) {
            of.write_variation = 0.3;
            of.device_variation[0] = 0.1;
        }
        if (random_.chance(0.5)) {
            of.noise_scale = 0.0088;
            of.noise_exponent = 0.65;
            of.noise_most = 0.2;
            of.noise_read_s = 250e-9;
            of.noise_time_s = 3600;
            of.noise_verify_s = 1e-3;
        }
        if (random_.chance(0.5)) {
            of.half_select = random_.uniform(0, 0.3);
            of.disturb_voltage = 0.1;
            of.disturb_s = 1e-6;
        }
        if (random_.chance(0.5)) {
            of.adc_offset = 0.1;
            of.adc_gain = 0.05;
            of.dac_full_scale = 2;
            of.dac_bits = static_cast<uint32_t>(random_.between(2, 12));
            of.dac_offset = -0.01;
        }
        if (random_.chance(0.5)) {
            of.drift_exponent = 0.05;
            of.drift_spread = 0.01;
            of.drift_start = 20;
            of.drift_time = 100;
            of.drift_reference = random_.chance(0.5) ? 1 : 0;
        }
    }

    /* Rates, seed and registers go in with stalls; the register port is read at random while the review runs.
     * With `plant` the codes of that clock reach the RTL changed; with `changed_input` the RTL gets 0 for the
     * input's largest rate. */
    enum status review(struct error *error, int64_t plant = -1, int32_t changed_input = -1)
    {
        std::vector<uint16_t> rates;
        for (uint32_t input = 0; input < hardware_->inputs; input++) {
            const double kind = random_.unit();
            rates.push_back(kind < 0.1 ? 0 : kind < 0.2 ? 65535 : static_cast<uint16_t>(random_.bits()));
            const bool changed = static_cast<int32_t>(input) == changed_input;
            if (changed) {
                rates.back() = 65535;
            }
            write(REGISTER_RATE + 4 * hardware_window_index(hardware_, input), changed ? 0 : rates.back());
        }
        const auto review = static_cast<uint32_t>(random_.bits());
        auto seed =
            static_cast<uint32_t>(random_.bits() & 0x7fffffff); /* a lane at zero stays there in both */
        write(REGISTER_SEED, seed);
        crossbar_prepare(crossbar_.get());
        write(REGISTER_CONTROL, 1);
        lockstep_start_review(checker_.get(), rates.data(), seed, review);
        uint32_t sensed = 0;
        for (int64_t clock = 0; dut_.pins().busy; clock++) {
            struct dut_pins &pins = dut_.pins();
            if (pins.sense) {
                crossbar_sense(crossbar_.get(), review, sensed++ / hardware_->phases, pins.sense_phase,
                               pins.rows, pins.codes);
            }
            const enum status status = lockstep_check(checker_.get(), error);
            if (status != STATUS_OK) {
                clock_ = clock;
                return status;
            }
            if (clock == plant) {
                pins.codes[hardware_->codes - 1] ^= 1;
            }
            disturbed_clock();
        }
        quiet();
        return lockstep_end(checker_.get(), error);
    }

    /* The same for a writing; `plant` is the number of a reading that reaches the RTL changed. */
    enum status writing(struct error *error, int64_t plant = -1)
    {
        std::vector<uint32_t> targets;
        for (uint32_t device = 0; device < hardware_->devices; device++) {
            const double weight = random_.uniform(-0.1, 1.1);
            const bool left_alone = plant < 0 && random_.chance(0.2);
            targets.push_back(left_alone ? 0 : resistance_to_fixed(device_resistance(device_.get(), weight)));
            write(REGISTER_TARGET + 4 * hardware_window_index(hardware_, device), targets.back());
        }
        uint32_t first = 0;
        uint32_t last = hardware_->devices - 1;
        if (plant < 0 && random_.chance(0.5)) {
            first = static_cast<uint32_t>(random_.below(hardware_->devices));
            last = static_cast<uint32_t>(random_.below(hardware_->devices));
        }
        write(REGISTER_FIRST_DEVICE, hardware_window_index(hardware_, first));
        write(REGISTER_LAST_DEVICE, hardware_window_index(hardware_, last));
        write(REGISTER_CONTROL, 2);
        lockstep_start_writing(checker_.get(), targets.data(), first, last);
        int64_t readings = 0;
        for (int64_t clock = 0; dut_.pins().busy; clock++) {
            struct dut_pins &pins = dut_.pins();
            const uint32_t device = pins.column * hardware_->lanes + pins.row;
            if (pins.read) {
                pins.reading = crossbar_read(crossbar_.get(), device);
            }
            if (pins.pulse) {
                crossbar_pulse(crossbar_.get(), device, pins.pulse_entry);
            }
            const enum status status = lockstep_check(checker_.get(), error);
            if (status != STATUS_OK) {
                clock_ = clock;
                return status;
            }
            if (pins.read && readings++ == plant) {
                pins.reading = targets[device];
                planted_clock_ = clock;
            }
            disturbed_clock();
        }
        quiet();
        return lockstep_end(checker_.get(), error);
    }

    uint64_t compared() const
    {
        return lockstep_compared(checker_.get());
    }
    int64_t clock() const
    {
        return clock_;
    }
    int64_t planted_clock() const
    {
        return planted_clock_;
    }
    const struct register_values &registers() const
    {
        return registers_;
    }
    void set_registers(const struct register_values &values)
    {
        EXPECT_TRUE(dut_configure(dut_.get(), &values));
        set_twin_registers(values);
    }
    void set_twin_registers(const struct register_values &values)
    {
        registers_ = values;
        checker_.reset(lockstep_open(dut_.get(), crossbar_.get(), &registers_));
    }

  private:
    void draw_registers(uint32_t steps)
    {
        const auto few_steps = static_cast<uint32_t>(random_.between(1, 60));
        registers_ = {};
        registers_.steps = steps > 0 ? steps : few_steps;
        registers_.rate_coded = random_.chance(0.3) && steps == 0;
        registers_.early_decision = random_.chance(0.3) && steps == 0;
        const double scale = hardware_->inputs * 4096.0;
        const auto any = [&](double lowest, double highest) {
            return random_.chance(0.05) ? static_cast<int32_t>(random_.bits())
                                        : static_cast<int32_t>(random_.uniform(lowest, highest) * scale);
        };
        registers_.neurons.threshold = any(0, 0.6);
        registers_.neurons.membrane_start = any(-1, 1);
        registers_.neurons.leak = random_.chance(0.5) ? 0 : static_cast<uint32_t>(random_.between(1, 31));
        if (steps > 0) { // spikes in about half of the steps
            registers_.neurons = {};
            registers_.neurons.threshold = static_cast<int32_t>(0.5 * scale);
        }
        registers_.tolerance = random_.chance(0.1)
                                   ? static_cast<uint32_t>(random_.below(1u << TOLERANCE_FRACTION))
                                   : static_cast<uint32_t>(random_.below(1u << 18));
        registers_.max_pulses =
            static_cast<uint32_t>(random_.chance(0.8) ? random_.below(6) : random_.below(20));
        registers_.reads_log2 = random_.chance(0.5) ? 0 : static_cast<uint32_t>(random_.below(8));
        registers_.pulses.entries = pulses_.count;
        for (uint32_t i = 0; i < pulses_.count; i++) {
            registers_.pulses.negative[i] = pulses_.pulses[i].voltage < 0;
            registers_.pulses.width_us[i] = pulses_.pulses[i].width_us;
            registers_.pulses.rate[i] = pulses_.pulses[i].rate_fixed;
            registers_.pulses.asymptote[i] = pulses_.pulses[i].asymptote_fixed;
        }
        if (random_.chance(0.2)) {
            draw_pulse_table();
        }
        EXPECT_TRUE(dut_configure(dut_.get(), &registers_));
    }
    /* A pulse table without any sense, to the limits of its words. */
    void draw_pulse_table()
    {
        struct predictor_table &table = registers_.pulses;
        table.entries = static_cast<uint32_t>(random_.below(PULSE_ENTRIES + 1));
        for (uint32_t i = 0; i < table.entries; i++) {
            table.negative[i] = random_.chance(0.5);
            table.width_us[i] = static_cast<uint32_t>(random_.below(30));
            table.rate[i] = static_cast<uint32_t>(random_.bits() >> random_.between(32, 63));
            table.asymptote[i] = static_cast<uint32_t>(random_.bits() >> random_.between(40, 46));
        }
    }
    /* A register write after a random wait with the response not taken. */
    void write(uint32_t address, uint32_t data)
    {
        while (random_.chance(0.1)) {
            dut_.pins().request_valid = false;
            dut_.pins().response_ready = random_.chance(0.5);
            dut_.clock();
        }
        EXPECT_TRUE(dut_write(dut_.get(), address, data)) << std::hex << address;
    }
    /* One clock, with traffic on the register port beside what runs: reads, and writes that must be refused;
     * requests and responses wait at random. */
    void disturbed_clock()
    {
        struct dut_pins &pins = dut_.pins();
        if (pins.request_valid && !requesting_) {
            dut_.clock(); /* the checker's own request */
            return;
        }
        if (!requesting_ && random_.chance(0.3)) {
            requesting_ = pins.request_valid = true;
            pins.request_write = random_.chance(0.3);
            pins.request_address =
                static_cast<uint16_t>(random_.bits() & (random_.chance(0.5) ? 0xfc : 0xfffc));
            pins.request_data = static_cast<uint32_t>(random_.bits());
        }
        pins.response_ready = random_.chance(0.6);
        const bool accepted = !pins.response_valid || pins.response_ready;
        dut_.clock();
        if (accepted) {
            requesting_ = pins.request_valid = false;
        }
    }
    /* Not busy any more: what still waits goes, or a refused write would be obeyed. */
    void quiet()
    {
        dut_.pins().request_valid = requesting_ = false;
        dut_.pins().response_ready = true;
    }

    const struct hardware *hardware_;
    Random random_;
    support::Device device_;
    support::Dut dut_;
    struct pulse_table pulses_ = {};
    struct register_values registers_ = {};
    Array crossbar_;
    Checker checker_;
    int64_t clock_ = -1;
    int64_t planted_clock_ = -1;
    bool requesting_ = false;
};

class Lockstep : public ::testing::TestWithParam<const struct hardware *>
{
};

TEST_P(Lockstep, RandomMachines)
{
    const uint64_t first = from_environment("MEMSPIKE_FIRST_SEED", 1);
    const uint64_t seeds = from_environment("MEMSPIKE_SEEDS", 100);
    uint64_t phases = 0;
    uint64_t transitions = 0;
    for (uint64_t seed = first; seed < first + seeds; seed++) {
        Machine machine(GetParam(), seed);
        struct error error = {};
        for (const bool writing : {false, true, false}) {
            const enum status status = writing ? machine.writing(&error) : machine.review(&error);
            ASSERT_EQ(status, STATUS_OK) << "seed " << seed << ": " << error.message;
            (writing ? transitions : phases) += machine.compared();
            if (!writing) {
                const uint64_t all = machine.registers().steps * GetParam()->phases;
                ASSERT_LE(machine.compared(), all);
                ASSERT_GE(machine.compared(), machine.registers().early_decision ? 1 : all);
            }
        }
    }
    RecordProperty("phases", std::to_string(phases));
    RecordProperty("transitions", std::to_string(transitions));
    EXPECT_GT(transitions, seeds);
}

// Long enough for the rare draw of a lane whose number and rate differ in their lowest bit only, and for the
// counters.
TEST_P(Lockstep, LongestReview)
{
    Machine machine(GetParam(), 77, 65535);
    struct error error = {};
    ASSERT_EQ(machine.review(&error), STATUS_OK) << error.message;
    EXPECT_EQ(machine.compared(), UINT64_C(65535) * GetParam()->phases);
}

void expect_message(const struct error &error, const std::vector<std::string> &parts)
{
    for (const std::string &part : parts) {
        EXPECT_NE(std::string(error.message).find(part), std::string::npos)
            << error.message << " lacks " << part;
    }
}

TEST_P(Lockstep, FindsAChangedCodeAtItsClock)
{
    const uint32_t last_output = GetParam()->outputs - 1;
    for (const int64_t clock : {2, 3, 17, 30}) {
        Machine machine(GetParam(), 3);
        struct register_values values = machine.registers();
        values.steps = 40;
        values.neurons = {int32_t{1} << 20, 0, 0};
        machine.set_registers(values);
        struct error error = {};
        ASSERT_EQ(machine.review(&error), STATUS_OK) << error.message;
        ASSERT_EQ(machine.review(&error, clock), STATUS_FAILED);
        EXPECT_EQ(machine.clock(), clock + 1);
        expect_message(error, {"clock " + std::to_string(clock + 1) + " of a review",
                               "membrane of output " + std::to_string(last_output) + ": RTL ", ", twin ",
                               std::to_string(clock - 1) + " phases were equal before", "last events",
                               ": " + std::to_string(clock) + " p"});
        EXPECT_EQ(machine.compared(), static_cast<uint64_t>(clock) - 1);
    }
}

TEST_P(Lockstep, FindsAChangedRate)
{
    for (const bool rate_coded : {false, true}) {
        Machine machine(GetParam(), 4);
        struct register_values values = machine.registers();
        values.steps = 40;
        values.rate_coded = rate_coded;
        machine.set_registers(values);
        struct error error = {};
        const uint32_t input = GetParam()->inputs / 2 + 3;
        ASSERT_EQ(machine.review(&error, -1, static_cast<int32_t>(input)), STATUS_FAILED);
        const uint32_t phase = input / GetParam()->lanes;
        const uint32_t clock = 2 + phase; // the RTL has 0 instead of the largest rate
        expect_message(error,
                       {"clock " + std::to_string(clock) + " of a review",
                        "spike of row " + std::to_string(input % GetParam()->lanes) + ": RTL 0, twin 1"});
    }
}

TEST_P(Lockstep, FindsAChangedReadingAtItsClock)
{
    for (const int64_t reading : {0, 1, 7}) {
        Machine machine(GetParam(), 5);
        struct register_values values = machine.registers();
        values.tolerance = 0;
        values.reads_log2 = 0;
        values.max_pulses = MAX_MAX_PULSES;
        machine.set_registers(values);
        struct error error = {};
        ASSERT_EQ(machine.writing(&error, reading), STATUS_FAILED);
        // Read, check, and then the RTL is on its way to the next device.
        EXPECT_EQ(machine.clock(), machine.planted_clock() + 2);
        expect_message(error,
                       {"clock " + std::to_string(machine.planted_clock() + 2) + " of a writing",
                        "state: RTL fetch, twin predict", "transitions were equal before", "predict", "R="});
    }
}

TEST_P(Lockstep, FindsAWrongPredictionThatIsNotChosen)
{
    Machine machine(GetParam(), 5);
    struct register_values values = machine.registers();
    values.tolerance = 0;
    values.max_pulses = MAX_MAX_PULSES;
    values.pulses.entries = 3;
    // The last entry has no width, so nobody chooses it.
    values.pulses.width_us[2] = 0;
    values.pulses.rate[2] = UINT32_C(1) << 28;
    machine.set_registers(values);
    // The smallest error: the same denominator but for its last bit, and so R only now and then.
    values.pulses.rate[2] += UINT32_C(1) << 12;
    machine.set_twin_registers(values);
    struct error error = {};
    ASSERT_EQ(machine.writing(&error), STATUS_FAILED);
    expect_message(error, {"of a writing: prediction of entry 2: RTL ", " ohm, twin ", " ohm; "});
}

TEST_P(Lockstep, FindsAChangedRegister)
{
    // Twins that think the threshold lower, or a pulse longer, than the RTL does.
    Machine machine(GetParam(), 6);
    struct register_values values = machine.registers();
    values.steps = 60;
    values.neurons = {int32_t{1} << 14, 0, 0};
    machine.set_registers(values);
    struct register_values others = values;
    others.neurons.threshold--;
    machine.set_twin_registers(others);
    struct error error = {};
    ASSERT_EQ(machine.review(&error), STATUS_FAILED);
    expect_message(error, {"of output "});
}

struct Recorder {
    std::vector<struct pulse_event> events;

    static void record(void *context, const struct pulse_event *event)
    {
        static_cast<Recorder *>(context)->events.push_back(*event);
    }
};

/* What an engine has left behind. */
struct Outcome {
    std::vector<uint16_t> counts;
    std::vector<struct write_result> results;
    std::vector<double> resistances;
    std::vector<struct pulse_event> events;
    struct engine_statistics statistics = {};
};

void expect_equal(const Outcome &one, const Outcome &other)
{
    EXPECT_EQ(one.counts, other.counts);
    EXPECT_EQ(one.resistances, other.resistances);
    ASSERT_EQ(one.results.size(), other.results.size());
    for (size_t i = 0; i < one.results.size(); i++) {
        EXPECT_EQ(one.results[i].ending, other.results[i].ending) << "device " << i;
        EXPECT_EQ(one.results[i].pulses, other.results[i].pulses) << "device " << i;
        EXPECT_EQ(one.results[i].reading, other.results[i].reading) << "device " << i;
    }
    ASSERT_EQ(one.events.size(), other.events.size());
    for (size_t i = 0; i < one.events.size(); i++) {
        const struct pulse_event &a = one.events[i];
        const struct pulse_event &b = other.events[i];
        ASSERT_TRUE(a.clock == b.clock && a.device == b.device && a.iteration == b.iteration &&
                    a.entry == b.entry && a.target == b.target && a.reading == b.reading &&
                    a.before == b.before && a.after == b.after)
            << "pulse " << i << " at clock " << a.clock << " and " << b.clock;
    }
    const struct engine_statistics &a = one.statistics;
    const struct engine_statistics &b = other.statistics;
    EXPECT_EQ(a.reviews, b.reviews);
    EXPECT_EQ(a.review_clocks, b.review_clocks);
    EXPECT_EQ(a.transfer_clocks, b.transfer_clocks);
    EXPECT_EQ(a.writings, b.writings);
    EXPECT_EQ(a.write_clocks, b.write_clocks);
    EXPECT_EQ(a.pulses, b.pulses);
    EXPECT_EQ(a.programming_us, b.programming_us);
    EXPECT_EQ(a.converged, b.converged);
    EXPECT_EQ(a.stalled, b.stalled);
    EXPECT_EQ(a.exhausted, b.exhausted);
    EXPECT_EQ(a.energy_j, b.energy_j);
}

TEST_P(Lockstep, EngineKindsAgree)
{
    const struct hardware &hardware = *GetParam();
    const support::Device device = support::paper_device();
    const uint64_t seeds = std::min<uint64_t>(from_environment("MEMSPIKE_SEEDS", 12), 12);
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Random random(seed);
        struct engine_settings settings = {};
        settings.seed = random.bits();
        settings.steps = static_cast<uint32_t>(random.between(1, 150));
        settings.threshold = random.uniform(0.1, 0.6) * hardware.inputs;
        settings.membrane_start = random.uniform(-1, 1) * hardware.inputs;
        settings.leak = random.chance(0.5) ? 0 : static_cast<uint32_t>(random.between(1, 12));
        settings.rate_coded = random.chance(0.3);
        settings.early_decision = random.chance(0.3);
        settings.tolerance = random.uniform(0, 0.02);
        settings.max_pulses = static_cast<uint32_t>(random.below(7));
        settings.verify_reads = random.chance(0.5) ? 1 : 1u << random.below(8);
        settings.pulses = random.chance(0.3) ? device->pulses[1] : random_pulses(random, *device);
        struct crossbar_settings analogue = {};
        analogue.seed = random.bits();
        analogue.read_noise = seed % 2 == 0 ? 0 : random.uniform(0, 0.2);
        analogue.adc_bits = seed % 5 == 0 ? 6 : 0;
        analogue.stuck_open = analogue.stuck_closed = analogue.stuck_anywhere = seed % 3 == 0 ? 0.1 : 0;
        const auto reviews = static_cast<uint32_t>(random.between(1, 75));
        std::vector<uint16_t> rates;
        std::vector<uint32_t> numbers;
        for (uint32_t i = 0; i < reviews * hardware.inputs; i++) {
            rates.push_back(static_cast<uint16_t>(random.bits()));
        }
        for (uint32_t i = 0; i < reviews; i++) {
            numbers.push_back(static_cast<uint32_t>(random.bits()));
        }
        std::vector<std::vector<uint32_t>> writings(2);
        for (std::vector<uint32_t> &targets : writings) {
            for (uint32_t d = 0; d < hardware.devices; d++) {
                const double weight = random.uniform(0, 1);
                targets.push_back(
                    random.chance(0.1) ? 0 : resistance_to_fixed(device_resistance(device.get(), weight)));
            }
        }
        std::vector<Outcome> outcomes;
        struct Variant {
            enum engine_kind kind;
            uint32_t threads;
            bool check;
        };
        for (const Variant variant : {Variant{ENGINE_RTL, 2, false}, Variant{ENGINE_MODEL, 1, false},
                                      Variant{ENGINE_MODEL, 3, false}, Variant{ENGINE_RTL, 2, true},
                                      Variant{ENGINE_SYSTEMC, 2, false}, Variant{ENGINE_SYSTEMC, 1, true}}) {
            SCOPED_TRACE("kind " + std::string(engine_kind_names[variant.kind]) + ", threads " +
                         std::to_string(variant.threads) + ", check " + std::to_string(variant.check));
            const Array crossbar(crossbar_open(&hardware, device.get(), &analogue));
            struct engine_settings each = settings;
            each.threads = variant.threads;
            each.check = variant.check;
            struct engine *opened = nullptr;
            struct error error = {};
            ASSERT_EQ(engine_open(variant.kind, crossbar.get(), &each, &opened, &error), STATUS_OK)
                << error.message;
            const EngineOwner engine(opened);
            Outcome outcome;
            Recorder recorder;
            const struct pulse_observer observer = {Recorder::record, &recorder};
            for (const std::vector<uint32_t> &targets : writings) {
                const bool second = &targets == &writings.back();
                std::vector<struct write_result> results(hardware.devices);
                ASSERT_EQ(engine_program(engine.get(), targets.data(), second ? nullptr : results.data(),
                                         second ? nullptr : &observer, &error),
                          STATUS_OK)
                    << error.message;
                if (!second) {
                    outcome.results = results;
                }
                std::vector<uint16_t> counts(size_t{reviews} * hardware.outputs);
                ASSERT_EQ(engine_infer(engine.get(), rates.data(), numbers.data(), reviews, counts.data(),
                                       nullptr, &error),
                          STATUS_OK)
                    << error.message;
                outcome.counts.insert(outcome.counts.end(), counts.begin(), counts.end());
            }
            outcome.events = recorder.events;
            outcome.resistances.assign(crossbar_resistances(crossbar.get()),
                                       crossbar_resistances(crossbar.get()) + hardware.devices);
            outcome.statistics = *engine_statistics(engine.get());
            const uint64_t phases = uint64_t{2} * reviews * settings.steps * hardware.phases;
            EXPECT_LE(outcome.statistics.compared_steps, variant.check ? phases : 0);
            EXPECT_GE(outcome.statistics.compared_steps, !variant.check            ? 0
                                                         : settings.early_decision ? 1
                                                                                   : phases);
            EXPECT_EQ(outcome.statistics.compared_transitions > 0, variant.check);
            outcomes.push_back(outcome);
        }
        for (size_t i = 1; i < outcomes.size(); i++) {
            SCOPED_TRACE("variant " + std::to_string(i));
            expect_equal(outcomes[0], outcomes[i]);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Hardware, Lockstep, ::testing::ValuesIn(support::all_hardware()),
                         support::hardware_test_name);

} // namespace
