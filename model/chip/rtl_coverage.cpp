// SPDX-License-Identifier: Apache-2.0
/* Coverage of the RTL, in builds with -DMEMSPIKE_COVERAGE=ON: Verilator's counters of lines and toggles, and
 * the named points of functional coverage, added up over all instances of a process and written at its end to
 * a file of $MEMSPIKE_COVERAGE_DIR. scripts/coverage.py merges the files. */
#include "model/chip/dut_observer.h"

#include <verilated.h>
#include <verilated_cov.h>

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace
{

const char *const write_states[] = {"idle", "fetch", "read", "check", "predict", "pulse"};
const char *const sample_states[] = {"load", "run", "drain"};
const char *const endings[] = {"untouched", "converged", "stalled", "exhausted"};

/* The named points, in one place. */
std::map<std::string, uint64_t> all_points()
{
    std::map<std::string, uint64_t> points;
    for (uint32_t entry = 0; entry < PULSE_ENTRIES; entry++) {
        points["pulse of entry " + std::to_string(entry)] = 0;
    }
    for (const char *ending : endings) {
        points[std::string("ending ") + ending] = 0;
    }
    for (const char *what : {"stall in ", "reset in "}) {
        for (const char *state : write_states) {
            points[std::string(what) + "writing, " + state] = 0;
        }
        for (const char *state : sample_states) {
            points[std::string(what) + "review, " + state] = 0;
        }
    }
    for (const char *name :
         {"first device pulsed", "last device pulsed", "membrane at its largest", "rate 0", "rate 65535",
          "review of 1 step", "review of 65535 steps", "review right after a review",
          "writing right after a writing", "writing right after a review", "review right after a writing"}) {
        points[name] = 0;
    }
    return points;
}

/* What a process has counted: [hardware][key]. */
struct Totals {
    std::mutex lock;
    std::map<std::string, std::map<std::string, uint64_t>> counters;
    std::map<std::string, std::map<std::string, uint64_t>> points;

    ~Totals()
    {
        const char *folder = std::getenv("MEMSPIKE_COVERAGE_DIR");
        if (folder == nullptr) {
            return;
        }
        std::map<std::string, std::string> names;
        for (const auto &[hardware, keys] : counters) {
            names[hardware] = name(folder, hardware);
        }
        for (const auto &[hardware, keys] : counters) {
            std::ofstream file(names[hardware] + ".dat");
            file << "# SystemC::Coverage-3\n";
            for (const auto &[key, count] : keys) {
                file << "C " << key << ' ' << count << '\n';
            }
        }
        for (const auto &[hardware, keys] : points) {
            std::ofstream file(names[hardware] + ".points");
            for (const auto &[key, count] : keys) {
                file << count << ' ' << key << '\n';
            }
        }
    }
    /* Not that of another module of this process, which counts for itself. */
    static std::string name(const char *folder, const std::string &hardware)
    {
        const std::string first = std::string(folder) + "/" + hardware + "." + std::to_string(getpid());
        std::string name = first;
        for (int more = 1;
             std::filesystem::exists(name + ".dat") || std::filesystem::exists(name + ".points"); more++) {
            name = first + "." + std::to_string(more);
        }
        return name;
    }
};

Totals &totals()
{
    static Totals the;
    return the;
}

/* Looks at the pins of one instance. */
class Observer final : public DutObserver
{
  public:
    explicit Observer(const struct hardware *hardware) : hardware_(hardware)
    {
        (void) totals();
    }
    void clock(const struct dut *dut) override;
    void close(VerilatedContext *context) override;

  private:
    enum class Kind { none, sample, writing };
    void sample_clock(const struct dut *dut, bool stalled);
    void request(const struct dut_pins &pins);
    void hit(const std::string &point)
    {
        points_.at(point)++; // throws when the list above lacks it
    }

    const struct hardware *hardware_;
    std::map<std::string, uint64_t> points_ = all_points();
    uint32_t steps_ = 0;
    uint64_t sample_clocks_ = 0;
    Kind kind_ = Kind::none, last_ = Kind::none;
    uint64_t idle_clocks_ = 0;
    bool result_asked_ = false;
};

/* Adds up what the instance in this context has counted; it is about to go. */
void collect(const struct hardware *hardware, VerilatedContext *context)
{
    // Verilator writes an instance's counters to a file only.
    std::string path = (std::filesystem::temp_directory_path() / "memspike_coverage_XXXXXX").string();
    const int descriptor = mkstemp(path.data());
    context->coveragep()->write(path.c_str());
    std::ifstream file(path);
    Totals &all = totals();
    const std::lock_guard<std::mutex> guard(all.lock);
    std::map<std::string, uint64_t> &counters = all.counters[hardware->name];
    for (std::string line; std::getline(file, line);) {
        const size_t end = line.rfind(' ');
        if (line.compare(0, 2, "C ") == 0) {
            counters[line.substr(2, end - 2)] += std::stoull(line.substr(end + 1));
        }
    }
    ::close(descriptor);
    (void) std::remove(path.c_str());
}

void Observer::request(const struct dut_pins &pins)
{
    const uint32_t address = pins.request_address;
    if (!pins.request_write) {
        result_asked_ = address >= REGISTER_RESULT;
        return;
    }
    if (pins.busy) {
        return;
    }
    if (address == REGISTER_STEPS) {
        steps_ = pins.request_data & 0xffff;
    } else if (address >= REGISTER_RATE && address < REGISTER_RATE + 4 * REGISTER_RATE_WORDS) {
        if ((pins.request_data & 0xffff) == 0) {
            hit("rate 0");
        } else if ((pins.request_data & 0xffff) == 0xffff) {
            hit("rate 65535");
        }
    } else if (address == REGISTER_CONTROL && REGISTER_FIELD(pins.request_data, CONTROL_REVIEW) !=
                                                  REGISTER_FIELD(pins.request_data, CONTROL_WRITING)) {
        const auto kind =
            REGISTER_FIELD(pins.request_data, CONTROL_REVIEW) != 0 ? Kind::sample : Kind::writing;
        if (idle_clocks_ == 0 && last_ != Kind::none) {
            hit(std::string(kind == Kind::sample ? "review" : "writing") + " right after a " +
                (last_ == Kind::sample ? "review" : "writing"));
        }
        if (kind == Kind::sample && (steps_ == 1 || steps_ == 65535)) {
            hit("review of " + std::to_string(steps_) + (steps_ == 1 ? " step" : " steps"));
        }
        kind_ = kind;
        sample_clocks_ = 0;
    }
}

void Observer::sample_clock(const struct dut *dut, bool stalled)
{
    const uint64_t clock = sample_clocks_++;
    const uint64_t last = uint64_t{steps_} * hardware_->phases + 1;
    const char *name = clock == 0 ? "load" : clock < last ? "run" : "drain";
    if (stalled) {
        hit(std::string("stall in review, ") + name);
    }
    if (dut->pins.reset) {
        hit(std::string("reset in review, ") + name);
    }
    const int64_t largest = (INT64_C(1) << (hardware_->membrane_bits - 1)) - 1;
    for (uint32_t output = 0; output < hardware_->outputs; output++) {
        const int64_t membrane = dut_membrane(dut, output);
        if (membrane == largest) {
            hit("membrane at its largest"); // the smallest is out of reach: rule L5
        }
    }
}

void Observer::clock(const struct dut *dut)
{
    const struct dut_pins &pins = dut->pins;
    const bool stalled = pins.response_valid && !pins.response_ready;
    if (result_asked_ && pins.response_valid && pins.response_ready) {
        if (!pins.response_error) {
            hit(std::string("ending ") + endings[REGISTER_FIELD(pins.response_data, RESULT_ENDING)]);
        }
        result_asked_ = false;
    }
    if (pins.busy && kind_ == Kind::sample) {
        sample_clock(dut, stalled);
    } else {
        const std::string name = write_states[pins.write_state];
        if (stalled) {
            hit("stall in writing, " + name);
        }
        if (pins.reset) {
            hit("reset in writing, " + name);
        }
    }
    if (pins.pulse) {
        hit("pulse of entry " + std::to_string(pins.pulse_entry));
        const uint32_t device = pins.column * hardware_->lanes + pins.row;
        if (device == 0) {
            hit("first device pulsed");
        } else if (device == hardware_->devices - 1) {
            hit("last device pulsed");
        }
    }
    if (pins.busy) {
        last_ = kind_;
        idle_clocks_ = 0;
    }
    if (pins.request_valid && !pins.reset && (!pins.response_valid || pins.response_ready)) {
        request(pins);
    }
    if (!pins.busy) {
        idle_clocks_++;
    }
    if (pins.reset) {
        kind_ = last_ = Kind::none;
    }
}

void Observer::close(VerilatedContext *context)
{
    collect(hardware_, context);
    Totals &all = totals();
    const std::lock_guard<std::mutex> guard(all.lock);
    for (const auto &[point, count] : points_) {
        all.points[hardware_->name][point] += count;
    }
}

} // namespace

std::unique_ptr<DutObserver> make_dut_observer(const struct hardware *hardware)
{
    return std::make_unique<Observer>(hardware);
}

void observe_to_the_end(const struct hardware *hardware, VerilatedContext *context)
{
    static std::vector<std::pair<const struct hardware *, VerilatedContext *>> instances;
    (void) totals(); // made first, so gone last
    if (instances.empty()) {
        (void) std::atexit([] {
            for (const auto &[of, from] : instances) {
                collect(of, from);
            }
        });
    }
    instances.emplace_back(hardware, context);
}
