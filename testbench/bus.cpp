// SPDX-License-Identifier: Apache-2.0
#include "testbench/bus.h"

#include <algorithm>
#include <cstring>

namespace platform
{

Transactor::Transactor(const sc_core::sc_module_name &name, Chip &chip, sc_core::sc_time period)
    : sc_module(name), socket("socket"), chip_(chip), period_(period)
{
    socket.register_b_transport(this, &Transactor::transport);
    SC_METHOD(step);
    SC_METHOD(drive);
    sensitive << drive_;
}

void Transactor::transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay)
{
    if (payload.get_byte_enable_ptr() != nullptr && !payload.is_write()) {
        payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
        return;
    }
    const uint32_t length = payload.get_data_length();
    if (length == 0 || length % 4 != 0 || payload.get_streaming_width() < length) {
        payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
        return;
    }
    if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) {
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
        return;
    }
    wait(delay);
    delay = sc_core::SC_ZERO_TIME;
    writing_ = payload.is_write();
    address_ = payload.get_address();
    words_ = reinterpret_cast<uint32_t *>(payload.get_data_ptr());
    enables_ = payload.get_byte_enable_ptr();
    enables_length_ = payload.get_byte_enable_length();
    addresses_ = data_ = answers_ = 0;
    error_ = address_ + length > UINT64_C(1) << 16;
    order_ = vary_ ? random(3) : 0;
    count_ = error_ ? 0 : length / 4;
    if (!error_) {
        start_.notify();
        wait(done_);
    }
    payload.set_response_status(error_ ? tlm::TLM_ADDRESS_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE);
}

/* Of the payload's word of this number. */
uint32_t Transactor::strobes(uint32_t word) const
{
    uint32_t strobes = 0;
    for (uint32_t byte = 0; byte < 4; byte++) {
        const bool enabled = enables_ == nullptr || enables_[(4 * word + byte) % enables_length_] != 0;
        strobes |= static_cast<uint32_t>(enabled) << byte;
    }
    return strobes;
}

uint32_t Transactor::random(uint32_t bound)
{
    state_ = state_ * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return static_cast<uint32_t>(state_ >> 33) % bound;
}

/* At a rising clock: what was offered and taken, and what comes next. */
void Transactor::step()
{
    if (count_ == 0) {
        next_trigger(start_);
        return;
    }
    if (!chip_.clk.posedge()) {
        next_trigger(chip_.clk.posedge_event());
        return;
    }
    writing_ ? step_write() : step_read();
    if (answers_ == count_) {
        count_ = 0;
        next_ = {};
        done_.notify(period_); /* the pins are quiet again by then */
        next_trigger(start_);
    } else {
        next_trigger(chip_.clk.posedge_event());
    }
    drive_.notify(vary_ ? period_ / 4 : sc_core::SC_ZERO_TIME);
}

void Transactor::step_write()
{
    const Bus &bus = chip_.bus;
    const bool address_taken = bus.awvalid.read() && bus.awready.read();
    const bool data_taken = bus.wvalid.read() && bus.wready.read();
    addresses_ += address_taken;
    data_ += data_taken;
    if (bus.bvalid.read() && bus.bready.read()) {
        error_ = error_ || bus.bresp.read() != 0;
        answers_++;
    }
    if (!next_.awvalid || address_taken) {
        next_.awvalid =
            addresses_ < count_ && (order_ != 2 || addresses_ < data_) && (!vary_ || random(4) > 0);
        next_.awaddr = static_cast<uint32_t>(address_) + 4 * addresses_;
    }
    if (!next_.wvalid || data_taken) {
        next_.wvalid = data_ < count_ && (order_ != 1 || data_ < addresses_) && (!vary_ || random(4) > 0);
        next_.wdata = next_.wvalid ? words_[data_] : 0;
        next_.wstrb = next_.wvalid ? strobes(data_) : 0;
    }
    next_.bready = !vary_ || random(3) > 0;
}

void Transactor::step_read()
{
    const Bus &bus = chip_.bus;
    const bool address_taken = bus.arvalid.read() && bus.arready.read();
    addresses_ += address_taken;
    if (bus.rvalid.read() && bus.rready.read()) {
        error_ = error_ || bus.rresp.read() != 0;
        words_[answers_++] = bus.rdata.read();
    }
    if (!next_.arvalid || address_taken) {
        next_.arvalid = addresses_ < count_ && (!vary_ || random(4) > 0);
        next_.araddr = static_cast<uint32_t>(address_) + 4 * addresses_;
    }
    next_.rready = !vary_ || random(3) > 0;
}

void Transactor::drive()
{
    Bus &bus = chip_.bus;
    bus.awvalid.write(next_.awvalid);
    bus.awaddr.write(next_.awaddr);
    bus.wvalid.write(next_.wvalid);
    bus.wdata.write(next_.wdata);
    bus.wstrb.write(next_.wstrb);
    bus.bready.write(next_.bready);
    bus.arvalid.write(next_.arvalid);
    bus.araddr.write(next_.araddr);
    bus.rready.write(next_.rready);
}

bool register_exists(const struct hardware *hardware, uint32_t address, bool write)
{
    const struct {
        uint32_t address, count;
        bool readable, writable;
    } registers[] = {
#define REGISTER(name, count, readable, writable, ...)                                                       \
    {REGISTER_##name, count, (readable) != 0, (writable) != 0},
        REGISTER_LIST(REGISTER)
#undef REGISTER
    };
    for (const auto &entry : registers) {
        if (address >= entry.address && address < entry.address + 4 * entry.count) {
            const uint32_t index = (address - entry.address) / 4;
            const uint32_t row = index % hardware->row_stride;
            const uint32_t column = index / hardware->row_stride;
            bool there = address % 4 == 0 && (write ? entry.writable : entry.readable);
            if (entry.address == REGISTER_RATE_PAIR) {
                there = there && 2 * index % hardware->row_stride < hardware->lanes &&
                        2 * index / hardware->row_stride < hardware->phases;
            } else if (entry.address == REGISTER_RATE) {
                there = there && row < hardware->lanes && column < hardware->phases;
            } else if (entry.address == REGISTER_TARGET || entry.address == REGISTER_RESULT) {
                there = there && row < hardware->lanes && column < hardware->columns;
            } else if (entry.address == REGISTER_COUNT || entry.address == REGISTER_MEMBRANE_LOW ||
                       entry.address == REGISTER_MEMBRANE_HIGH) {
                there = there && index < hardware->outputs;
            }
            return there;
        }
    }
    return false;
}

Monitor::Monitor(const sc_core::sc_module_name &name, Chip &chip, const struct hardware *hardware)
    : sc_module(name), chip_(chip), hardware_(hardware)
{
    SC_METHOD(observe);
    SC_METHOD(outputs_moved);
    const Bus &bus = chip.bus;
    sensitive << bus.awready << bus.wready << bus.arready << bus.bvalid << bus.rvalid << bus.bresp
              << bus.rresp << bus.rdata;
    dont_initialize();
}

void Monitor::break_rule(const char *rule, const std::string &what)
{
    if (broken_.empty()) {
        broken_ = std::string("AXI4-Lite rule ") + rule + ": " + what + " at " +
                  sc_core::sc_time_stamp().to_string();
    }
}

Monitor::Sample Monitor::sample() const
{
    const Bus &bus = chip_.bus;
    Sample now = {};
    now.valid[AW] = bus.awvalid.read();
    now.valid[W] = bus.wvalid.read();
    now.valid[B] = bus.bvalid.read();
    now.valid[AR] = bus.arvalid.read();
    now.valid[R] = bus.rvalid.read();
    now.ready[AW] = bus.awready.read();
    now.ready[W] = bus.wready.read();
    now.ready[B] = bus.bready.read();
    now.ready[AR] = bus.arready.read();
    now.ready[R] = bus.rready.read();
    now.payload[AW] = bus.awaddr.read();
    now.payload[W] = static_cast<uint64_t>(bus.wstrb.read()) << 32 | bus.wdata.read();
    now.payload[B] = bus.bresp.read();
    now.payload[AR] = bus.araddr.read();
    now.payload[R] = static_cast<uint64_t>(bus.rresp.read()) << 32 | bus.rdata.read();
    return now;
}

/* A sample at every rising clock while anything is going on. */
void Monitor::observe()
{
    const Bus &bus = chip_.bus;
    if (asleep_) {
        asleep_ = false;
        next_trigger(chip_.clk.posedge_event());
        return;
    }
    const Sample now = sample();
    edge_ = sc_core::sc_time_stamp();
    if (chip_.rst_n.read()) {
        check_held(now);
        busy_meanwhile_ = busy_meanwhile_ || chip_.busy.read();
        take(now);
    }
    before_ = now;
    const bool quiet = std::none_of(now.valid, now.valid + CHANNELS, [](bool valid) { return valid; }) &&
                       write_addresses_.empty() && write_words_.empty() && read_addresses_.empty();
    if (quiet) {
        asleep_ = true;
        busy_meanwhile_ = false;
        next_trigger(bus.awvalid.posedge_event() | bus.wvalid.posedge_event() | bus.arvalid.posedge_event() |
                     bus.bvalid.posedge_event() | bus.rvalid.posedge_event());
    } else {
        next_trigger(chip_.clk.posedge_event());
    }
}

void Monitor::outputs_moved()
{
    /* At the time of a rising clock, or of a reset's first evaluation. */
    if (!asleep_ && chip_.rst_n.read() && edge_ != sc_core::SC_ZERO_TIME &&
        sc_core::sc_time_stamp() != edge_) {
        break_rule("M2", "an output of the chip moved between clock edges");
    }
}

void Monitor::check_held(const Sample &now)
{
    static const char *const names[] = {"AW", "W", "B", "AR", "R"};
    for (int c = 0; c < CHANNELS; c++) {
        if (before_.valid[c] && !before_.ready[c] &&
            (!now.valid[c] || now.payload[c] != before_.payload[c])) {
            break_rule("M1", std::string(names[c]) + " was not held until it was taken");
        }
    }
}

/* The transfers of this clock edge. */
void Monitor::take(const Sample &now)
{
    const auto moves = [&now](Channel channel) { return now.valid[channel] && now.ready[channel]; };
    const bool address = moves(AW);
    const bool data = moves(W);
    counts_[EVENT_ADDRESS_WAITED] += now.valid[AW] && !now.ready[AW];
    counts_[EVENT_WRITE_ANSWER_WAITED] += now.valid[B] && !now.ready[B];
    counts_[EVENT_READ_ANSWER_WAITED] += now.valid[R] && !now.ready[R];
    if (moves(B)) {
        if (write_addresses_.empty() || write_words_.empty()) {
            break_rule("M3", "B without a write");
        } else {
            check_answer(true, write_addresses_.front(), write_words_.front(), now.payload[B] != 0);
            write_addresses_.pop_front();
            write_words_.pop_front();
        }
    }
    if (moves(R)) {
        if (read_addresses_.empty()) {
            break_rule("M3", "R without a read");
        } else {
            check_answer(false, read_addresses_.front(), 0xf, now.payload[R] >> 32 != 0);
            read_addresses_.pop_front();
        }
    }
    const size_t addresses = write_addresses_.size();
    const size_t words = write_words_.size();
    if (address) {
        counts_[words > addresses            ? EVENT_DATA_FIRST
                : words == addresses && data ? EVENT_ADDRESS_WITH_DATA
                                             : EVENT_ADDRESS_FIRST]++;
        write_addresses_.push_back(static_cast<uint32_t>(now.payload[AW]));
    }
    if (data) {
        write_words_.push_back(static_cast<uint32_t>(now.payload[W] >> 32));
    }
    if (moves(AR)) {
        read_addresses_.push_back(static_cast<uint32_t>(now.payload[AR]));
    }
}

void Monitor::check_answer(bool write, uint32_t address, uint32_t strobes, bool error)
{
    const bool nothing = strobes == 0;
    const bool exists = nothing || (strobes == 0xf && register_exists(hardware_, address, write));
    /* These also look at the data. */
    const bool by_data = write && (address == REGISTER_CONTROL || address == REGISTER_PULSE_ENTRIES ||
                                   address == REGISTER_FIRST_DEVICE || address == REGISTER_LAST_DEVICE);
    counts_[write ? EVENT_WRITE : EVENT_READ]++;
    counts_[write ? EVENT_WRITE_REFUSED : EVENT_READ_REFUSED] += error;
    counts_[EVENT_TRANSFER_WHILE_BUSY] += busy_meanwhile_;
    const std::string what = std::string(write ? "a write to " : "a read of ") + std::to_string(address);
    if (!exists && !error) {
        break_rule("M4", what + ", which is not a word of the register map, was not refused");
    }
    if (exists && error && (nothing || (!by_data && !(write && busy_meanwhile_)))) {
        break_rule("M4", what + " was refused");
    }
}

} // namespace platform
