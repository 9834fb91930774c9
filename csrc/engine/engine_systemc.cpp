// SPDX-License-Identifier: Apache-2.0
// The engine on the SystemC platform: what the host does for the application.
#include "testbench/platform.h"

extern "C" {
#include "engine/engine_kind.h"
#include "model/base/module.h"
#include "model/reference/spike_encoder.h"
}

#include <cstdio>
#include <mutex>

namespace
{

using platform::Operation;
using platform::Platform;

/* SystemC allows one simulation in a process. */
std::mutex simulation;

/* Enough that SystemC's kernel no longer counts. */
constexpr uint32_t CLOCKS_AT_ONCE = 64;

struct Worker {
    Platform *platform;
};

enum status misbehaved(struct error *error, const char *when)
{
    return error_set(error, STATUS_FAILED, "the hardware model misbehaved %s", when);
}

/* Work of the host on the running platform, in its thread. */
class Session
{
  public:
    Session(const struct engine *engine, Platform &on, struct engine_statistics *statistics)
        : engine_(engine), hardware_(engine->hardware), platform_(on), statistics_(statistics)
    {
    }

    /* False when the hardware does not take its settings. */
    bool configure(const void *owner)
    {
        platform_.transactor.vary(engine_->settings.check);
        /* Whoever checks looks at every edge. */
        platform_.clock.set_quantum(engine_->settings.check ? 1 : CLOCKS_AT_ONCE, platform_.monitor,
                                    platform_.analogue);
        if (platform_.owner == owner) {
            return true;
        }
        platform_.clock.reset();
        platform_.host.wait_for(6 * platform_.period);
        const bool good = dut_configure(platform_.host.registers(), &engine_->registers);
        platform_.owner = good ? owner : nullptr;
        return good;
    }

    enum status infer(const uint16_t *rates, uint32_t sample, uint16_t *counts,
                      const struct step_observer *observer, struct error *error);
    enum status write(const uint32_t *targets, struct write_result *results,
                      const struct pulse_observer *observer, struct error *error);

  private:
    enum status run(uint32_t command, uint64_t bound, const char *when, struct error *error);
    enum status finish(const char *when, bool good, uint64_t *compared, struct error *error);
    void disturb();

    const struct engine *engine_;
    const struct hardware *hardware_;
    Platform &platform_;
    struct engine_statistics *statistics_;
    bool good_ = true;
};

/* While something runs: forbidden accesses are refused, and the state can be read. */
void Session::disturb()
{
    uint32_t word = 1;
    (void) platform_.host.transfer(false, REGISTER_STATUS, &word);
    (void) platform_.host.transfer(true, REGISTER_STATUS, &word);
    (void) platform_.host.transfer(false, REGISTER_TARGET, &word);
}

/* Start, and wait for the end as for an interrupt. */
enum status Session::run(uint32_t command, uint64_t bound, const char *when, struct error *error)
{
    const bool check = engine_->settings.check;
    const auto limit = static_cast<double>(bound + 16) * platform_.period;
    good_ = dut_write(platform_.host.registers(), REGISTER_CONTROL, command) && good_;
    const uint64_t transfers = platform_.host.transfers();
    if (check) {
        disturb();
    }
    statistics_->transfer_clocks -= platform_.host.transfers() - transfers;
    const sc_core::sc_time started = sc_core::sc_time_stamp();
    while (platform_.chip.busy.read() && !platform_.scoreboard.failed()) {
        if (sc_core::sc_time_stamp() - started >= limit) {
            return misbehaved(error, when);
        }
        platform_.host.wait_for(limit, platform_.chip.busy.negedge_event() | platform_.scoreboard.failure());
    }
    if (check && platform_.scoreboard.failed()) {
        *error = platform_.scoreboard.error();
        return STATUS_FAILED;
    }
    /* The analogue side sees the last step's end in the middle of the next clock. */
    platform_.host.wait_for(platform_.period);
    return STATUS_OK;
}

enum status Session::finish(const char *when, bool good, uint64_t *compared, struct error *error)
{
    if (!good) {
        return misbehaved(error, when);
    }
    if (engine_->settings.check) {
        const enum status status = platform_.scoreboard.end(error);
        *compared += lockstep_compared(platform_.scoreboard.lockstep());
        if (status != STATUS_OK) {
            return status;
        }
    }
    if (!platform_.monitor.broken().empty()) {
        return error_set(error, STATUS_FAILED, "%s", platform_.monitor.broken().c_str());
    }
    return STATUS_OK;
}

enum status Session::infer(const uint16_t *rates, uint32_t sample, uint16_t *counts,
                           const struct step_observer *observer, struct error *error)
{
    static const char when[] = "during a review";
    struct dut *registers = platform_.host.registers();
    const uint64_t first = platform_.host.transfers();
    std::vector<uint32_t> words(hardware_rate_pairs(hardware_));
    for (uint32_t phase = 0; phase < hardware_->phases; phase++) {
        for (uint32_t pair = 0; pair < words.size(); pair++) {
            words[pair] = hardware_rate_pair(hardware_, rates, phase, pair);
        }
        good_ = platform_.host.transfer(true, REGISTER_RATE_PAIR + 4 * phase * (hardware_->row_stride / 2),
                                        words.data(), static_cast<uint32_t>(words.size())) &&
                good_;
    }
    const uint32_t seed = engine_sample_seed(engine_, sample);
    good_ = dut_write(registers, REGISTER_SEED, seed) && good_;
    const Operation operation = {engine_->crossbar, &engine_->registers, nullptr, nullptr, observer, sample};
    platform_.analogue.start(operation);
    if (engine_->settings.check) {
        platform_.scoreboard.start(operation, rates, seed);
    }
    const uint64_t bound = static_cast<uint64_t>(engine_->registers.steps) * hardware_->phases + 16;
    const enum status status = run(1, bound, when, error);
    if (status != STATUS_OK) {
        return status;
    }
    uint32_t value = 0;
    good_ = dut_read(registers, REGISTER_CLOCKS, &value) && good_;
    statistics_->sample_clocks += value;
    for (uint32_t o = 0; o < hardware_->outputs; o++) {
        good_ = dut_read(registers, REGISTER_COUNT + 4 * o, &value) && good_;
        counts[o] = static_cast<uint16_t>(value);
    }
    statistics_->samples++;
    statistics_->transfer_clocks += platform_.host.transfers() - first;
    return finish(when, good_, &statistics_->compared_steps, error);
}

enum status Session::write(const uint32_t *targets, struct write_result *results,
                           const struct pulse_observer *observer, struct error *error)
{
    static const char when[] = "while writing devices";
    struct dut *registers = platform_.host.registers();
    const uint64_t first = platform_.host.transfers();
    std::vector<uint32_t> words(hardware_->lanes);
    for (uint32_t column = 0; column < hardware_->columns; column++) {
        words.assign(targets + column * hardware_->lanes, targets + (column + 1) * hardware_->lanes);
        good_ = platform_.host.transfer(true, REGISTER_TARGET + 4 * column * hardware_->row_stride,
                                        words.data(), hardware_->lanes) &&
                good_;
    }
    const Operation operation = {engine_->crossbar, &engine_->registers, targets, observer, nullptr, 0};
    platform_.analogue.start(operation);
    if (engine_->settings.check) {
        platform_.scoreboard.start(operation, nullptr, 0);
    }
    const enum status status = run(2, writing_bound(engine_), when, error);
    if (status != STATUS_OK) {
        return status;
    }
    good_ = read_write_totals(registers, statistics_) && good_;
    for (uint32_t column = 0; column < hardware_->columns && results != nullptr; column++) {
        good_ = platform_.host.transfer(false, REGISTER_RESULT + 4 * column * hardware_->row_stride,
                                        words.data(), hardware_->lanes) &&
                good_;
        for (uint32_t row = 0; row < hardware_->lanes; row++) {
            results[column * hardware_->lanes + row] = dut_result(words[row]);
        }
    }
    statistics_->transfer_clocks += platform_.host.transfers() - first;
    return finish(when, good_, &statistics_->compared_transitions, error);
}

void count_events(const Platform &platform, const struct engine_statistics &statistics, uint64_t *events)
{
    for (int i = 0; i < INTERFACE_EVENTS; i++) {
        const auto event = static_cast<enum interface_event>(i);
        events[i] = platform.monitor.count(event) + platform.analogue.count(event);
    }
    events[EVENT_CONVERGED] = statistics.converged;
    events[EVENT_STALLED] = statistics.stalled;
    events[EVENT_EXHAUSTED] = statistics.exhausted;
}

/* Run the host's work with the clock on, and add the events seen meanwhile. */
enum status in_simulation(const struct engine *engine, Worker *worker, struct engine_statistics *statistics,
                          struct error *error, const std::function<enum status(Session &)> &work)
{
    Platform &on = *worker->platform;
    const std::lock_guard<std::mutex> lock(simulation);
    uint64_t before[INTERFACE_EVENTS];
    uint64_t after[INTERFACE_EVENTS];
    count_events(on, *statistics, before);
    enum status status = STATUS_FAILED;
    on.clock.run(true);
    on.host.run([&] {
        Session session(engine, on, statistics);
        status = session.configure(worker)
                     ? work(session)
                     : error_set(error, STATUS_FAILED, "the hardware model does not take its settings");
        on.scoreboard.stop();
        on.analogue.stop();
        on.clock.run(false);
    });
    count_events(on, *statistics, after);
    for (int i = 0; i < INTERFACE_EVENTS; i++) {
        statistics->interface_events[i] += after[i] - before[i];
    }
    if (status != STATUS_OK) {
        on.owner = nullptr; /* it may still be running: the next one resets it */
    }
    return status;
}

enum status systemc_check(struct engine *engine, struct error *error)
{
    const std::lock_guard<std::mutex> lock(simulation);
    Platform *platform = nullptr;
    return platform::platform_of(engine->hardware, &platform, error);
}

void *systemc_open(const struct engine *engine)
{
    const std::lock_guard<std::mutex> lock(simulation);
    Platform *platform = nullptr;
    struct error error = {};
    return platform::platform_of(engine->hardware, &platform, &error) == STATUS_OK ? new Worker{platform}
                                                                                   : nullptr;
}

void systemc_close(void *opened)
{
    auto *worker = static_cast<Worker *>(opened);
    const std::lock_guard<std::mutex> lock(simulation);
    if (worker->platform->owner == worker) {
        worker->platform->owner = nullptr;
    }
    delete worker;
}

enum status systemc_infer(const struct engine *engine, void *opened, const struct sample_batch *batch,
                          struct engine_statistics *statistics, struct error *error)
{
    struct failure failure = {};
    const enum status status =
        in_simulation(engine, static_cast<Worker *>(opened), statistics, error, [&](Session &session) {
            enum status each = STATUS_OK;
            for (uint32_t i = 0; i < batch->count && each == STATUS_OK; i++) {
                failure.rates = batch->rates + static_cast<size_t>(i) * engine->hardware->inputs;
                failure.sample = batch->sample_numbers[i];
                each = session.infer(failure.rates, failure.sample,
                                     batch->spike_counts + static_cast<size_t>(i) * engine->hardware->outputs,
                                     batch->observer, error);
            }
            return each;
        });
    if (status == STATUS_FAILED && engine->settings.check) {
        failure.clock = lockstep_clock(static_cast<Worker *>(opened)->platform->scoreboard.lockstep());
        replay_with_waves(engine, &failure, error);
    }
    return status;
}

enum status systemc_write(const struct engine *engine, void *opened, const uint32_t *targets,
                          struct write_result *results, const struct pulse_observer *observer,
                          struct engine_statistics *statistics, struct error *error)
{
    struct crossbar_state before = {};
    if (engine->settings.check && engine->settings.failure_waves != nullptr) {
        before = crossbar_save(engine->crossbar);
    }
    const enum status status =
        in_simulation(engine, static_cast<Worker *>(opened), statistics, error,
                      [&](Session &session) { return session.write(targets, results, observer, error); });
    if (status == STATUS_FAILED && before.resistances != nullptr) {
        struct failure failure = {};
        failure.targets = targets;
        failure.clock = lockstep_clock(static_cast<Worker *>(opened)->platform->scoreboard.lockstep());
        crossbar_restore(engine->crossbar, &before);
        replay_with_waves(engine, &failure, error);
    }
    crossbar_state_clear(&before);
    return status;
}

} // namespace

/* Its module exports this. */
extern "C" MODULE_EXPORT const struct engine_kind_operations engine_systemc_operations;
const struct engine_kind_operations engine_systemc_operations = {
    true, 32, 1 << 17, systemc_check, systemc_open, systemc_close, systemc_infer, systemc_write,
};
