// SPDX-License-Identifier: Apache-2.0
/* RTL and reference models in lock-step, over random seeds, registers, noise, pulse lists, devices and stalls
 * of the register port; what the checker says when something differs.
 *
 * MEMSPIKE_FIRST_SEED and MEMSPIKE_SEEDS choose the random seeds: scripts/soak.sh. */
#include "model/cosimulation/lockstep.h"
#include "model/crossbar/crossbar.h"
#include "support/pulses.h"

#include <memory>

namespace
{

using support::Random;

struct LockstepCloser {
    void operator()(struct lockstep *lockstep) const
    {
        lockstep_close(lockstep);
    }
};
using support::Array;
using Checker = std::unique_ptr<struct lockstep, LockstepCloser>;

/* A random machine: RTL, reference models and one crossbar, with random registers. */
class Machine
{
  public:
    /* `steps` of a Poisson review to its end, or 0 for a length and kind drawn at random. */
    Machine(const struct hardware *hardware, uint64_t seed, uint32_t steps = 0)
        : hardware_(hardware), random_(seed), device_(support::paper_device()), dut_(hardware)
    {
        device_->start_spread = random_.uniform(0, 4000);
        /* The first approach's pulses are long: few machines get them. */
        pulses_ = random_.chance(0.6)   ? support::random_pulses(random_, *device_)
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
        lockstep_start_sample(checker_.get(), rates.data(), seed, review);
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
        set_reference_registers(values);
    }
    void set_reference_registers(const struct register_values &values)
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
    const uint64_t first = support::number_from_environment("MEMSPIKE_FIRST_SEED", 1);
    const uint64_t seeds = support::number_from_environment("MEMSPIKE_SEEDS", 100);
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
                               "membrane of output " + std::to_string(last_output) + ": RTL ",
                               ", reference model ", std::to_string(clock - 1) + " phases were equal before",
                               "last events", ": " + std::to_string(clock) + " p"});
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
        expect_message(error, {"clock " + std::to_string(clock) + " of a review",
                               "spike of row " + std::to_string(input % GetParam()->lanes) +
                                   ": RTL 0, reference model 1"});
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
        expect_message(error, {"clock " + std::to_string(machine.planted_clock() + 2) + " of a writing",
                               "state: RTL fetch, reference model predict", "transitions were equal before",
                               "predict", "R="});
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
    machine.set_reference_registers(values);
    struct error error = {};
    ASSERT_EQ(machine.writing(&error), STATUS_FAILED);
    expect_message(error, {"of a writing: prediction of entry 2: RTL ", " ohm, reference model ", " ohm; "});
}

TEST_P(Lockstep, FindsAChangedRegister)
{
    // Reference models that think the threshold lower, or a pulse longer, than the RTL does.
    Machine machine(GetParam(), 6);
    struct register_values values = machine.registers();
    values.steps = 60;
    values.neurons = {int32_t{1} << 14, 0, 0};
    machine.set_registers(values);
    struct register_values others = values;
    others.neurons.threshold--;
    machine.set_reference_registers(others);
    struct error error = {};
    ASSERT_EQ(machine.review(&error), STATUS_FAILED);
    expect_message(error, {"of output "});
}

INSTANTIATE_TEST_SUITE_P(Hardware, Lockstep, ::testing::ValuesIn(support::all_hardware()),
                         support::hardware_test_name);

} // namespace
