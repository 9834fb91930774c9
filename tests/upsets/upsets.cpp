// SPDX-License-Identifier: Apache-2.0
/* Single-event upsets: one bit of one register of the RTL flips in the middle of a review.
 *
 *     upsets MODEL CORPUS HARDWARE REGISTERS PRESET INJECTIONS PART PARTS
 *
 * REGISTERS lists the registers, one a line: block, path below memspike, element (- for none), bits;
 * scripts/upsets.py makes it with Yosys and adds up what this program prints, one line an injection: block
 * register element bit review clock positive clean clean_spikes upset upset_spikes clocks ending after
 * `positive` is the review's label, `clean` and `upset` are the answers without and with the single-event
 * upset, behind each the output's spikes; `ending` is ended, busy (still, after more clocks than any number
 * of steps can take), or pulsed (ended, and devices were pulsed); `after` says whether the next review, its
 * settings written anew but without a reset, is as it should be. Injections begin with every bit of the
 * registers that are not memories, and go on with bits of all by chance. */
#include "device_file/device_file.h"
#include "engine/engine_kind.h"
#include "learn/checkpoint.h"
#include "model/chip/dut.h"
#include "model/reference/spike_encoder.h"
#include "run/run.h"
#include "support/hardware.h"

#include <verilated.h>
#include <verilated_syms.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

extern "C" struct dut *dut_open_public_10x10(const struct hardware *hardware);
extern "C" struct dut *dut_open_public_100x1(const struct hardware *hardware);

namespace
{

constexpr uint32_t REVIEWS = 200;    /* spread evenly over the test reviews */
constexpr uint32_t STEPS_AFTER = 20; /* of the review behind the single-event upset */
/* Beyond the longest review, for writings that a single-event upset starts. */
constexpr uint64_t WRITING_CLOCKS = 4000000;

[[noreturn]] void stop(const std::string &message)
{
    (void) std::fprintf(stderr, "upsets: %s\n", message.c_str());
    std::exit(2);
}

void require(enum status status, const struct error &error)
{
    if (status != STATUS_OK) {
        stop(error.message);
    }
}

/* A register, or a word of a memory. */
struct Register {
    std::string block, path, element;
    bool memory;
    uint32_t bits;
    unsigned char *data; /* in the Verilated model */
};

std::vector<Register> read_registers(const char *path)
{
    std::ifstream file(path);
    std::vector<Register> registers;
    for (std::string line; std::getline(file, line);) {
        std::istringstream fields(line);
        Register one = {};
        fields >> one.block >> one.path >> one.element >> one.bits;
        if (!fields || one.bits == 0) {
            stop(std::string(path) + ": expected block, path, element and bits in: " + line);
        }
        one.memory =
            one.path.find("_memory") != std::string::npos || one.path.find("_table") != std::string::npos;
        const size_t dot = one.path.rfind('.');
        const std::string scope =
            "TOP.memspike" + (dot == std::string::npos ? "" : "." + one.path.substr(0, dot));
        const VerilatedScope *found = Verilated::threadContextp()->scopeFind(scope.c_str());
        const VerilatedVar *variable =
            found == nullptr
                ? nullptr
                : found->varFind(one.path.substr(dot == std::string::npos ? 0 : dot + 1).c_str());
        if (variable == nullptr) {
            stop(one.path + ": not in the Verilated model");
        }
        void *data = variable->datap();
        if (one.element != "-") {
            data = variable->datapAdjustIndex(data, 1, std::stoi(one.element));
        }
        if (data == nullptr || one.bits > static_cast<uint32_t>(variable->packed().elements())) {
            stop(one.path + ": has another shape in the Verilated model");
        }
        one.data = static_cast<unsigned char *>(data);
        registers.push_back(one);
    }
    return registers;
}

struct Point {
    const Register *where;
    uint32_t bit;
};

class Campaign
{
  public:
    Campaign(const char *model_path, const char *corpus_path, const char *preset, const char *hardware)
    {
        struct error error = {};
        struct settings settings = {};
        require(settings_load_preset(preset, &settings, &error), error);
        settings.hardware = hardware_find(hardware);
        settings.engine = ENGINE_MODEL;
        settings.threads = 1;
        require(checkpoint_load(model_path, &model_, &error), error);
        require(corpus_load(corpus_path, &corpus_, &error), error);
        require(model_check_corpus(model_, corpus_, &error), error);
        settings.seed = model_->training.settings.seed;
        require(device_load(MEMSPIKE_SOURCE_DIR "/data/devices/paper.cfg", &device_, &error), error);
        const struct deployment deployment = {&model_->training, &settings, device_};
        struct write_report report = {};
        require(machine_open(&machine_, &deployment, NETWORK_MEMRISTOR, &report, &error), error);
        hardware_ = settings.hardware;
        registers_ = *engine_registers(machine_.engine);
        state_ = crossbar_save(machine_.crossbar);
        encode(error);
        const std::string name = hardware_->name;
        dut_ = name == "10x10" ? dut_open_public_10x10(hardware_) : dut_open_public_100x1(hardware_);
        dut_->pins.response_ready = true;
        dut_reset(dut_);
    }
    ~Campaign()
    {
        dut_close(dut_);
        crossbar_state_clear(&state_);
        machine_close(&machine_);
        device_free(device_);
        corpus_free(corpus_);
        model_free(model_);
    }
    Campaign(const Campaign &) = delete;
    Campaign &operator=(const Campaign &) = delete;

    /* Everything without a single-event upset: as the reference model has it, and what the reviews behind
     * single-event upsets must be. */
    void run_clean()
    {
        for (uint32_t i = 0; i < rates_.size(); i++) {
            const Run run = review(i, registers_.steps, nullptr, 0);
            if (run.busy || run.count != counts_[i]) {
                stop("review " + std::to_string(numbers_[i]) +
                     " without an upset is not as the reference model has it");
            }
            clocks_.push_back(run.clocks);
            after_.push_back(review(i, STEPS_AFTER, nullptr, 0).count);
        }
    }

    void inject(const Point &point, support::Random &random)
    {
        const auto i = static_cast<uint32_t>(random.below(rates_.size()));
        const uint64_t clock = random.below(clocks_[i]);
        const Run run = review(i, registers_.steps, &point, clock);
        const auto next = static_cast<uint32_t>(random.below(rates_.size()));
        bool as_before = false;
        if (!run.busy) {
            crossbar_restore(machine_.crossbar, &state_);
            const Run after = review(next, STEPS_AFTER, nullptr, 0);
            as_before = !after.busy && after.count == after_[next];
        }
        if (!as_before) {
            dut_reset(dut_);
        }
        std::printf("%s %s %s %u %u %llu %d %d %u %d %u %llu %s %s\n", point.where->block.c_str(),
                    point.where->path.c_str(), point.where->element.c_str(), point.bit, numbers_[i],
                    static_cast<unsigned long long>(clock), corpus_->test[numbers_[i]].positive,
                    answer(counts_[i]), counts_[i], answer(run.count), run.count,
                    static_cast<unsigned long long>(run.clocks),
                    run.busy     ? "busy"
                    : run.pulsed ? "pulsed"
                                 : "ended",
                    as_before ? "right" : "wrong");
    }

  private:
    struct Run {
        uint32_t count;
        uint64_t clocks;
        bool busy, pulsed;
    };

    bool answer(uint32_t count) const
    {
        return 2 * count > registers_.steps;
    }

    void encode(struct error &error)
    {
        const struct network *network = &model_->training.best;
        std::vector<float> x(network->embedding_size);
        for (uint32_t i = 0; i < std::min(REVIEWS, corpus_->test_count); i++) {
            numbers_.push_back(
                static_cast<uint32_t>(static_cast<uint64_t>(i) * corpus_->test_count / REVIEWS));
            const struct review *review = &corpus_->test[numbers_[i]];
            network_mean(network, review->ids, review->length, x.data());
            std::vector<uint16_t> rates;
            std::transform(x.begin(), x.end(), std::back_inserter(rates), rate_from_value);
            uint16_t count = 0;
            require(engine_infer(machine_.engine, rates.data(), &numbers_[i], 1, &count, nullptr, &error),
                    error);
            counts_.push_back(count);
            rates_.push_back(rates);
        }
    }

    /* The analogue side of this clock, which a single-event upset may have asked for devices that are not
     * there. */
    void follow(uint32_t number, uint32_t &step, bool &pulsed)
    {
        struct dut_pins &pins = dut_->pins;
        if (pins.sense) {
            if (pins.sense_phase < hardware_->phases) {
                crossbar_sense(machine_.crossbar, number, step, pins.sense_phase, pins.rows, pins.codes);
            } else {
                std::fill_n(pins.codes, hardware_->codes, 0);
            }
            step += pins.sense_phase == hardware_->phases - 1;
        }
        const uint32_t device = pins.column * hardware_->lanes + pins.row;
        const bool there = pins.row < hardware_->lanes && device < hardware_->devices;
        if (pins.read) {
            pins.reading = there ? crossbar_read(machine_.crossbar, device) : UINT32_C(0xffffff);
        }
        if (pins.pulse) {
            pulsed = true;
            if (there) {
                crossbar_pulse(machine_.crossbar, device, pins.pulse_entry);
            }
        }
    }

    /* All settings and rates are written first, as a host does that trusts nothing. */
    Run review(uint32_t i, uint32_t steps, const Point *upset, uint64_t upset_clock)
    {
        struct register_values values = registers_;
        values.steps = static_cast<uint16_t>(steps);
        bool good = dut_configure(dut_, &values);
        for (uint32_t input = 0; input < hardware_->inputs; input++) {
            good = dut_write(dut_, REGISTER_RATE + 4 * hardware_window_index(hardware_, input),
                             rates_[i][input]) &&
                   good;
        }
        const struct engine *engine = machine_.engine;
        const uint32_t seed = engine_sample_seed(engine, numbers_[i]);
        good = dut_write(dut_, REGISTER_SEED, seed) && good;
        good = dut_write(dut_, REGISTER_CONTROL, 1) && good;
        Run run = {};
        uint32_t step = 0;
        const uint64_t bound = UINT64_C(65536) * hardware_->phases + WRITING_CLOCKS;
        for (; dut_->pins.busy && run.clocks < bound; run.clocks++) {
            if (upset != nullptr && run.clocks == upset_clock) {
                flip(*upset);
            }
            follow(numbers_[i], step, run.pulsed);
            dut_clock(dut_);
        }
        run.busy = dut_->pins.busy || !good;
        run.count = dut_count(dut_, 0);
        return run;
    }

    void flip(const Point &point)
    {
        unsigned char *byte = point.where->data + point.bit / 8;
        *byte = static_cast<unsigned char>(*byte ^ 1u << point.bit % 8);
        const unsigned char flipped = *byte;
        dut_settle(dut_);
        if (*byte != flipped) {
            stop(point.where->path + ": is no register: it returns at once to what it was");
        }
    }

    struct model *model_ = nullptr;
    struct corpus *corpus_ = nullptr;
    struct device *device_ = nullptr;
    struct machine machine_ = {};
    const struct hardware *hardware_ = nullptr;
    struct register_values registers_ = {};
    struct crossbar_state state_ = {};
    struct dut *dut_ = nullptr;
    std::vector<std::vector<uint16_t>> rates_; /* of each review */
    std::vector<uint32_t> numbers_, counts_, after_;
    std::vector<uint64_t> clocks_;
};

} // namespace

int main(int argc, char **argv)
{
    if (argc != 9) {
        stop("expected MODEL CORPUS HARDWARE REGISTERS PRESET INJECTIONS PART PARTS");
    }
    Campaign campaign(argv[1], argv[2], argv[5], argv[3]);
    const std::vector<Register> registers = read_registers(argv[4]);
    std::vector<Point> points;
    for (const Register &one : registers) {
        for (uint32_t bit = 0; bit < one.bits; bit++) {
            points.push_back({&one, bit});
        }
    }
    const auto memories =
        std::stable_partition(points.begin(), points.end(), [](const Point &p) { return !p.where->memory; });
    const auto once = static_cast<uint64_t>(memories - points.begin());
    support::Random shuffler(0);
    for (uint64_t i = once; i > 1; i--) {
        std::swap(points[i - 1], points[shuffler.below(i)]);
    }
    std::map<std::string, std::vector<Point>> blocks;
    for (const Point &point : points) {
        blocks[point.where->block].push_back(point);
    }
    campaign.run_clean();
    const uint64_t injections = std::stoull(argv[6]), part = std::stoull(argv[7]),
                   parts = std::stoull(argv[8]);
    for (uint64_t i = part; i < injections; i += parts) {
        support::Random random(i); // alike however the work is parted
        const std::vector<Point> &block =
            std::next(blocks.begin(), static_cast<ptrdiff_t>(i % blocks.size()))->second;
        campaign.inject(i < once ? points[i] : block[random.below(block.size())], random);
    }
    return 0;
}
