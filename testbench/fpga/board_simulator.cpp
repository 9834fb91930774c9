// SPDX-License-Identifier: Apache-2.0
// An FPGA board that is not there: its top, Verilated from the RTL or from a netlist after place and route,
// with a UART at its pins and a pseudo-terminal on the other side.
//
//   board_simulator [--faults RATE SEED] [--presses N]
//
// Prints the pseudo-terminal's name, and then works until it is ended or the line hangs up. With --faults
// that share of the frames, in either direction, loses, doubles or corrupts a byte, or is lost or doubled as
// a whole. With
// --presses it presses the demo's button N times instead, prints what the LEDs say after each, and ends.
#include MODEL_HEADER
#include "verilated.h"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <random>
#include <vector>

namespace
{

constexpr int clocks_per_bit = 12;
constexpr int bits_per_byte = 10;
// A frame that broke off is given up by the board within this many clocks; then nothing happens without the
// host.
constexpr uint64_t quiet_clocks = 70000;
constexpr uint8_t mark = 0xA5;
constexpr size_t head_bytes = 3;
constexpr size_t crc_bytes = 2;

using Bytes = std::vector<uint8_t>;
struct Lights {
    bool positive, negative, busy;
};

// The boards' LEDs: eight on the HX8K's, eight lit by low levels on the ECP5's, and two such on the
// iCEBreaker, where the red one is lit while it is busy, too.
template <class Top> auto lights_of(const Top &top) -> decltype(top.leds_o, Lights{})
{
    return {(top.leds_o & 1) != 0, (top.leds_o & 2) != 0, (top.leds_o & 4) != 0};
}
template <class Top> auto lights_of(const Top &top) -> decltype(top.leds_no, Lights{})
{
    return {(top.leds_no & 1) == 0, (top.leds_no & 2) == 0, (top.leds_no & 4) == 0};
}
template <class Top> auto lights_of(const Top &top) -> decltype(top.led_red_no, Lights{})
{
    const bool red = top.led_red_no == 0;
    const bool green = top.led_green_no == 0;
    return {green, red && !green, red};
}

// Cuts a stream of bytes into frames, and damages some.
class Line
{
  public:
    Line(double rate, uint64_t seed) : rate_(rate), generator_(seed)
    {
    }

    void put(uint8_t byte)
    {
        frame_.push_back(byte);
        const bool framed = frame_[0] == mark;
        if (!framed || (frame_.size() >= head_bytes && frame_.size() == head_bytes + frame_[2] + crc_bytes)) {
            flush();
        }
    }
    bool empty() const
    {
        return out_.empty();
    }
    uint8_t get()
    {
        const uint8_t byte = out_.front();
        out_.pop_front();
        return byte;
    }
    uint64_t frames() const
    {
        return frames_;
    }
    uint64_t faults() const
    {
        return faults_;
    }

  private:
    // 53 bits, as the standard library's distributions differ between its makers.
    double unit()
    {
        return static_cast<double>(generator_() >> 11) * 0x1p-53;
    }
    void flush()
    {
        frames_++;
        bool twice = false;
        if (unit() < rate_) {
            faults_++;
            const auto place = static_cast<Bytes::difference_type>(generator_() % frame_.size());
            switch (generator_() % 5) {
            case 0:
                frame_.erase(frame_.begin() + place);
                break;
            case 1:
                frame_.insert(frame_.begin() + place, frame_[static_cast<size_t>(place)]);
                break;
            case 2:
                frame_[static_cast<size_t>(place)] ^= static_cast<uint8_t>(1 + generator_() % 255);
                break;
            case 3:
                frame_.clear();
                break;
            default:
                twice = true;
                break;
            }
        }
        for (int copy = 0; copy < (twice ? 2 : 1); copy++) {
            out_.insert(out_.end(), frame_.begin(), frame_.end());
        }
        frame_.clear();
    }

    double rate_;
    std::mt19937_64 generator_;
    Bytes frame_;
    std::deque<uint8_t> out_;
    uint64_t frames_ = 0;
    uint64_t faults_ = 0;
};

class Board
{
  public:
    Board() : context_(std::make_unique<VerilatedContext>()), top_(std::make_unique<MODEL>(context_.get()))
    {
        top_->receive_i = 1;
        top_->button_ni = 1;
    }
    ~Board()
    {
        top_->final();
    }
    Board(const Board &) = delete;
    Board &operator=(const Board &) = delete;

    void press(bool down)
    {
        top_->button_ni = down ? 0 : 1;
    }
    Lights lights() const
    {
        return lights_of(*top_);
    }
    // One clock with its UART: takes a byte from `to_board` when the last one is out, gives one to
    // `from_board`.
    void clock(Line &to_board, Line &from_board)
    {
        if (sent_bits_ == 0 && !to_board.empty()) {
            shift_ = static_cast<uint16_t>(1U << 9 | to_board.get() << 1);
            sent_bits_ = bits_per_byte;
            send_timer_ = clocks_per_bit;
        }
        top_->receive_i = sent_bits_ > 0 ? shift_ & 1 : 1;
        if (sent_bits_ > 0 && --send_timer_ == 0) {
            shift_ >>= 1;
            sent_bits_--;
            send_timer_ = clocks_per_bit;
        }
        top_->clk_i = 0;
        top_->eval();
        top_->clk_i = 1;
        top_->eval();
        clocks_++;
        listen(from_board);
        quiet_ = sent_bits_ == 0 && to_board.empty() && heard_bits_ < 0 && !lights().busy ? quiet_ + 1 : 0;
    }
    bool asleep() const
    {
        return quiet_ > quiet_clocks;
    }
    void wake()
    {
        quiet_ = 0;
    }
    uint64_t clocks() const
    {
        return clocks_;
    }

  private:
    void listen(Line &from_board)
    {
        if (heard_bits_ < 0) {
            if (top_->transmit_o == 0) {
                heard_bits_ = 0;
                listen_timer_ = clocks_per_bit / 2;
            }
            return;
        }
        if (--listen_timer_ > 0) {
            return;
        }
        listen_timer_ = clocks_per_bit;
        heard_ = static_cast<uint16_t>(heard_ >> 1 | (top_->transmit_o != 0 ? 0x200 : 0));
        if (++heard_bits_ == bits_per_byte) {
            from_board.put(static_cast<uint8_t>(heard_ >> 1));
            heard_bits_ = -1;
        }
    }

    std::unique_ptr<VerilatedContext> context_;
    std::unique_ptr<MODEL> top_;
    uint64_t clocks_ = 0;
    uint64_t quiet_ = 0;
    uint16_t shift_ = 0;
    int sent_bits_ = 0;
    int send_timer_ = 0;
    uint16_t heard_ = 0;
    int heard_bits_ = -1; // no byte comes in
    int listen_timer_ = 0;
};

int open_terminal()
{
    const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    termios settings = {};
    if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0 ||
        tcgetattr(terminal, &settings) != 0) {
        std::perror("board_simulator: pseudo-terminal");
        std::exit(1);
    }
    cfmakeraw(&settings);
    tcsetattr(terminal, TCSANOW, &settings);
    std::printf("%s\n", ptsname(terminal));
    std::fflush(stdout);
    return terminal;
}

// Bytes from the host; waits for them when there is nothing else to do. false once the host is gone for good.
bool take_bytes(int terminal, bool wait, Line &to_board)
{
    pollfd wanted = {terminal, POLLIN, 0};
    const int patience = wait ? 100 : 0;
    if (poll(&wanted, 1, patience) <= 0) {
        return true;
    }
    if ((wanted.revents & POLLIN) == 0) {
        // Nobody has the other side open (yet).
        if (wait) {
            usleep(10000);
        }
        return true;
    }
    std::array<uint8_t, 512> bytes = {};
    const ssize_t count = read(terminal, bytes.data(), bytes.size());
    for (ssize_t i = 0; i < count; i++) {
        to_board.put(bytes[static_cast<size_t>(i)]);
    }
    return true;
}

void give_bytes(int terminal, Line &from_board)
{
    Bytes bytes;
    while (!from_board.empty()) {
        bytes.push_back(from_board.get());
    }
    size_t written = 0;
    while (written < bytes.size()) {
        const ssize_t count = write(terminal, bytes.data() + written, bytes.size() - written);
        if (count < 0 && errno != EINTR) {
            return; // the host is gone: its answer is of no use
        }
        written += count > 0 ? static_cast<size_t>(count) : 0;
    }
}

void press_button(int presses)
{
    constexpr int debounce_clocks = 70000;
    Line nothing(0, 0);
    Board board;
    const auto run = [&](int clocks) {
        for (int i = 0; i < clocks; i++) {
            board.clock(nothing, nothing);
        }
    };
    run(200);
    for (int i = 0; i < presses; i++) {
        board.press(true);
        run(debounce_clocks);
        board.press(false);
        run(debounce_clocks);
        const Lights lights = board.lights();
        std::printf("%s\n", lights.positive == lights.negative ? "nothing"
                            : lights.positive                  ? "positive"
                                                               : "negative");
    }
}

} // namespace

int main(int count, char **arguments)
{
    double rate = 0;
    uint64_t seed = 0;
    if (count == 4 && std::strcmp(arguments[1], "--faults") == 0) {
        rate = std::strtod(arguments[2], nullptr);
        seed = std::strtoull(arguments[3], nullptr, 10);
    } else if (count == 3 && std::strcmp(arguments[1], "--presses") == 0) {
        press_button(std::atoi(arguments[2]));
        return 0;
    } else if (count != 1) {
        std::fprintf(stderr, "usage: board_simulator [--faults RATE SEED] [--presses N]\n");
        return 2;
    }
    const int terminal = open_terminal();
    Line to_board(rate, seed);
    Line from_board(rate, seed + 1);
    Board board;
    uint64_t reported = 0;
    for (;;) {
        take_bytes(terminal, board.asleep(), to_board);
        if (!to_board.empty()) {
            board.wake();
        }
        for (int i = 0; i < 2000 && !board.asleep(); i++) {
            board.clock(to_board, from_board);
        }
        give_bytes(terminal, from_board);
        const uint64_t faults = to_board.faults() + from_board.faults();
        if (faults != reported) {
            reported = faults;
            std::fprintf(stderr, "%llu of %llu frames damaged\n", static_cast<unsigned long long>(faults),
                         static_cast<unsigned long long>(to_board.frames() + from_board.frames()));
        }
    }
}
