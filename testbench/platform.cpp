// SPDX-License-Identifier: Apache-2.0
#include "testbench/platform.h"

#include "model/base/module.h"

#include <cstdlib>
#include <map>
#include <string>

namespace platform
{

Clock::Clock(const sc_core::sc_module_name &name, Chip &chip, sc_core::sc_time period)
    : sc_module(name), chip_(chip), half_(period / 2)
{
    SC_METHOD(tick);
}

void Clock::run(bool on)
{
    running_ = on;
    if (on) {
        wake_.notify(sc_core::SC_ZERO_TIME);
    }
}

void Clock::reset()
{
    reset_edges_ = 4;
}

void Clock::set_quantum(uint32_t quantum, const Monitor &monitor, Analogue &analogue)
{
    quantum_ = quantum;
    monitor_ = &monitor;
    analogue_ = &analogue;
}

/* Clocks up to the quantum or to the one that ends the work; how many. */
uint32_t Clock::pass()
{
    uint32_t clocks = 0;
    do {
        chip_.step();
        analogue_->respond();
        clocks++;
    } while (clocks < quantum_ && chip_.pins().busy);
    return clocks;
}

void Clock::tick()
{
    const bool high = chip_.clk.read();
    if (passed_) { /* the last of them: what moved in it is seen now */
        passed_ = false;
        edge_due_ = true;
        chip_.show();
        next_trigger(2 * half_);
        return;
    }
    if (!running_ && !high) {
        next_trigger(wake_);
        return;
    }
    if (!high && !edge_due_ && quantum_ > 1 && reset_edges_ == 0 && chip_.pins().busy && monitor_->quiet()) {
        passed_ = true;
        next_trigger((2 * (pass() - 1)) * half_);
        return;
    }
    edge_due_ = false;
    chip_.clk.write(!high);
    if (high) { /* away from the rising edge */
        chip_.rst_n.write(reset_edges_ == 0);
        reset_edges_ -= reset_edges_ > 0;
    }
    next_trigger(half_);
}

Analogue::Analogue(const sc_core::sc_module_name &name, Chip &chip, const struct hardware *hardware)
    : sc_module(name), chip_(chip), hardware_(hardware), codes_(hardware->codes), spikes_(hardware->inputs),
      membranes_(hardware->outputs)
{
    SC_METHOD(respond);
    sensitive << chip.clk.negedge_event();
    dont_initialize();
}

void Analogue::start(const Operation &operation)
{
    operation_ = operation;
    active_ = true;
    step_ = 0;
    step_ended_ = false;
    writing_ = {operation.crossbar,
                hardware_,
                operation.registers->reads_log2,
                operation.targets,
                operation.pulse_observer,
                {},
                false,
                0,
                0};
    clocks_ = 0;
    pulsing_ = false;
    counts_[operation.targets != nullptr ? EVENT_WRITING : EVENT_SAMPLE]++;
}

void Analogue::stop()
{
    active_ = false;
    step_ended_ = false;
}

void Analogue::respond()
{
    if (step_ended_) {
        observe_step();
    }
    if (!active_ || !chip_.pins().busy) {
        return;
    }
    if (operation_.targets != nullptr) {
        write();
    } else if (chip_.pins().sense) {
        sense();
    }
}

void Analogue::sense()
{
    const uint32_t phase = chip_.pins().sense_phase;
    const uint32_t *rows = chip_.pins().rows;
    crossbar_sense(operation_.crossbar, operation_.sample, step_, phase, rows, codes_.data());
    chip_.set_codes(codes_.data());
    counts_[EVENT_PHASE_SENSED]++;
    if (operation_.step_observer != nullptr) {
        unpack_rows(hardware_, reinterpret_cast<const uint8_t *>(rows), phase, spikes_.data());
    }
    step_ended_ = phase == hardware_->phases - 1;
}

/* One clock after a step's last codes. */
void Analogue::observe_step()
{
    step_ended_ = false;
    for (uint32_t output = 0; output < hardware_->outputs; output++) {
        counts_[EVENT_OUTPUT_SPIKE] += chip_.spike(output);
    }
    if (operation_.step_observer != nullptr) {
        for (uint32_t output = 0; output < hardware_->outputs; output++) {
            membranes_[output] = chip_.membrane(output);
        }
        operation_.step_observer->step(operation_.step_observer->context, step_, spikes_.data(),
                                       membranes_.data());
    }
    step_++;
}

void Analogue::write()
{
    pins_ = chip_.pins();
    analogue_writing_clock(&writing_, &pins_, clocks_++);
    if (pins_.read) {
        counts_[EVENT_READING]++;
        chip_.set_reading(pins_.reading);
    }
    if (pins_.pulse && !pulsing_) {
        counts_[pins_.pulse_negative ? EVENT_PULSE_DOWN : EVENT_PULSE_UP]++;
    }
    pulsing_ = pins_.pulse;
}

Host::Host(const sc_core::sc_module_name &name) : sc_module(name), socket("socket")
{
    SC_THREAD(work);
    model_.clock = transfer_of;
    registers_.dut.model = &model_;
    registers_.host = this;
}

void Host::run(const std::function<void()> &job)
{
    job_ = &job;
    start_.notify(sc_core::SC_ZERO_TIME);
    sc_core::sc_start();
}

void Host::work()
{
    for (;;) {
        while (job_ == nullptr) {
            wait(start_);
        }
        (*job_)();
        job_ = nullptr;
        sc_core::sc_pause();
    }
}

bool Host::transfer(bool write, uint32_t address, uint32_t *words, uint32_t count)
{
    tlm::tlm_generic_payload payload;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    payload.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    payload.set_address(address);
    payload.set_data_ptr(reinterpret_cast<unsigned char *>(words));
    payload.set_data_length(4 * count);
    payload.set_streaming_width(4 * count);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    socket->b_transport(payload, delay);
    transfers_ += count;
    return payload.is_response_ok();
}

void Host::transfer_of(struct dut *dut)
{
    struct dut_pins &pins = dut->pins;
    pins.response_valid = pins.request_valid;
    if (pins.request_valid) {
        Host *host = reinterpret_cast<Registers *>(dut)->host;
        uint32_t word = pins.request_data;
        pins.response_error = !host->transfer(pins.request_write, pins.request_address, &word);
        pins.response_data = word;
    }
}

Scoreboard::Scoreboard(const sc_core::sc_module_name &name, Chip &chip, Host &host,
                       const struct hardware *hardware)
    : sc_module(name), chip_(chip), host_(host)
{
    SC_METHOD(compare);
    sensitive << chip.clk.posedge_event();
    dont_initialize();
    model_.clock = [](struct dut *dut) {
        struct dut *registers = of(dut)->host_.registers();
        registers->pins.request_valid = dut->pins.request_valid;
        registers->pins.request_write = dut->pins.request_write;
        registers->pins.request_address = dut->pins.request_address;
        registers->pins.request_data = dut->pins.request_data;
        dut_clock(registers);
        dut->pins.response_valid = registers->pins.response_valid;
        dut->pins.response_error = registers->pins.response_error;
        dut->pins.response_data = registers->pins.response_data;
    };
    model_.membrane = [](const struct dut *dut, uint32_t output) { return of(dut)->chip_.membrane(output); };
    model_.spike = [](const struct dut *dut, uint32_t output) { return of(dut)->chip_.spike(output); };
    model_.count = [](const struct dut *dut, uint32_t output) { return of(dut)->chip_.count(output); };
    view_.dut.hardware = hardware;
    view_.dut.model = &model_;
    view_.scoreboard = this;
}

Scoreboard::~Scoreboard()
{
    lockstep_close(lockstep_);
}

Scoreboard *Scoreboard::of(const struct dut *dut)
{
    return reinterpret_cast<const View *>(dut)->scoreboard;
}

void Scoreboard::start(const Operation &operation, const uint16_t *rates, uint32_t seed)
{
    lockstep_close(lockstep_);
    lockstep_ = lockstep_open(&view_.dut, operation.crossbar, operation.registers);
    if (operation.targets != nullptr) {
        lockstep_start_writing(lockstep_, operation.targets, 0, view_.dut.hardware->devices - 1);
    } else {
        lockstep_start_sample(lockstep_, rates, seed, operation.sample);
    }
    comparing_ = true;
    failed_ = false;
    started_.notify();
}

void Scoreboard::stop()
{
    comparing_ = false;
}

/* At a clock's end, before the edge takes effect. */
void Scoreboard::compare()
{
    if (!comparing_) {
        next_trigger(started_);
        return;
    }
    if (!chip_.pins().busy) {
        return;
    }
    struct dut_pins &pins = view_.dut.pins;
    pins = chip_.pins();
    pins.request_valid = false;
    pins.response_ready = false; /* results are compared at the end: the bus is the host's */
    if (lockstep_check(lockstep_, &error_) != STATUS_OK) {
        failed_ = true;
        comparing_ = false;
        failure_.notify(sc_core::SC_ZERO_TIME);
    }
}

enum status Scoreboard::end(struct error *error)
{
    comparing_ = false;
    if (failed_) {
        *error = error_;
        return STATUS_FAILED;
    }
    view_.dut.pins = chip_.pins();
    return lockstep_end(lockstep_, error);
}

namespace
{
/* Modules need names of their own. */
std::string named(const char *what, const struct hardware *hardware)
{
    std::string name = std::string(what) + "_" + hardware->name;
    return name;
}
} // namespace

Platform::Platform(const struct hardware *of, struct axi_dut *dut)
    : hardware(of), period(1.0 / of->clocks_per_us, sc_core::SC_US), chip(named("chip", of).c_str(), dut),
      clock(named("clock", of).c_str(), chip, period),
      transactor(named("transactor", of).c_str(), chip, period),
      monitor(named("monitor", of).c_str(), chip, of), analogue(named("analogue", of).c_str(), chip, of),
      host(named("host", of).c_str()), scoreboard(named("scoreboard", of).c_str(), chip, host, of)
{
    host.socket.bind(transactor.socket);
}

enum status platform_of(const struct hardware *hardware, Platform **platform, struct error *error)
{
    /* Never freed: SystemC's globals may be destroyed before ours. */
    static auto &platforms = *new std::map<std::string, std::unique_ptr<Platform>>;
    struct axi_dut *dut = nullptr;
    if (platforms.empty()) {
        (void) setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
        sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
        struct error not_built = {};
        for (const struct hardware *each = hardware_list(); each->name != nullptr; each++) {
            if (axi_dut_open(each, &dut, &not_built) == STATUS_OK) {
                platforms[each->name] = std::make_unique<Platform>(each, dut);
            }
        }
    }
    const auto found = platforms.find(hardware->name);
    if (found == platforms.end()) {
        return axi_dut_open(hardware, &dut, error) == STATUS_OK
                   ? error_set(error, STATUS_FAILED, "array %s: built after the simulation began",
                               hardware->name)
                   : STATUS_INVALID;
    }
    *platform = found->second.get();
    return STATUS_OK;
}

} // namespace platform

/* The SystemC library's own main(), which is never called, refers to it. */
MODULE_EXPORT int sc_main(int /*count*/, char ** /*arguments*/)
{
    return EXIT_FAILURE;
}
