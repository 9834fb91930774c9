// SPDX-License-Identifier: Apache-2.0
/* The bus of the platform, with a TLM-2.0 model of one's own in the host's place; and the rules of the
 * monitor. */
#include "support/hardware.h"

#include "testbench/platform.h"

#include <map>

namespace
{

/* An initiator that is no Host: reads and writes as the tests say. */
class Driver : public sc_core::sc_module
{
  public:
    tlm_utils::simple_initiator_socket<Driver> socket;

    explicit Driver(const sc_core::sc_module_name &name) : sc_module(name), socket("socket")
    {
        SC_THREAD(work);
    }
    void run(const std::function<void(Driver &)> &job)
    {
        job_ = &job;
        start_.notify(sc_core::SC_ZERO_TIME);
        sc_core::sc_start();
    }
    tlm::tlm_response_status transfer(tlm::tlm_command command, uint64_t address,
                                      std::vector<uint32_t> &words, uint32_t bytes = 0,
                                      std::vector<unsigned char> enables = {})
    {
        tlm::tlm_generic_payload payload;
        sc_core::sc_time delay(3, sc_core::SC_US);
        payload.set_command(command);
        payload.set_address(address);
        payload.set_data_ptr(reinterpret_cast<unsigned char *>(words.data()));
        payload.set_data_length(bytes != 0 ? bytes : static_cast<uint32_t>(4 * words.size()));
        payload.set_streaming_width(payload.get_data_length());
        if (!enables.empty()) {
            payload.set_byte_enable_ptr(enables.data());
            payload.set_byte_enable_length(static_cast<unsigned>(enables.size()));
        }
        payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
        socket->b_transport(payload, delay);
        return payload.get_response_status();
    }
    void write(uint64_t address, uint32_t data)
    {
        std::vector<uint32_t> word = {data};
        EXPECT_EQ(transfer(tlm::TLM_WRITE_COMMAND, address, word), tlm::TLM_OK_RESPONSE)
            << std::hex << address;
    }
    uint32_t read(uint64_t address)
    {
        std::vector<uint32_t> word(1);
        EXPECT_EQ(transfer(tlm::TLM_READ_COMMAND, address, word), tlm::TLM_OK_RESPONSE);
        return word[0];
    }

  private:
    SC_HAS_PROCESS(Driver);
    void work()
    {
        for (bool reset = true;; reset = false) {
            while (job_ == nullptr) {
                wait(start_);
            }
            if (reset) {
                wait(8, sc_core::SC_US); /* its clock has only just started */
            }
            (*job_)(*this);
            job_ = nullptr;
            sc_core::sc_pause();
        }
    }
    sc_core::sc_event start_;
    const std::function<void(Driver &)> *job_ = nullptr;
};

struct axi_dut *opened(const struct hardware *hardware)
{
    struct axi_dut *dut = nullptr;
    struct error error = {};
    EXPECT_EQ(axi_dut_open(hardware, &dut, &error), STATUS_OK) << error.message;
    return dut;
}

/* A chip with a bus and a driver. */
struct Bench {
    explicit Bench(const struct hardware *set)
        : hardware(set), name(std::string("bench_") + set->name), period(1, sc_core::SC_US),
          chip((name + "_chip").c_str(), opened(hardware)), clock((name + "_clock").c_str(), chip, period),
          transactor((name + "_transactor").c_str(), chip, period),
          monitor((name + "_monitor").c_str(), chip, hardware),
          analogue((name + "_analogue").c_str(), chip, hardware), driver((name + "_driver").c_str())
    {
        driver.socket.bind(transactor.socket);
    }
    void run(const std::function<void(Driver &)> &job)
    {
        clock.run(true);
        driver.run(job);
        clock.run(false);
        EXPECT_EQ(monitor.broken(), "");
    }

    const struct hardware *hardware;
    std::string name;
    sc_core::sc_time period;
    platform::Chip chip;
    platform::Clock clock;
    platform::Transactor transactor;
    platform::Monitor monitor;
    platform::Analogue analogue;
    Driver driver;
};

/* One of each, made at once: SystemC takes no modules once it runs. */
Bench &bench_of(const struct hardware *hardware)
{
    static auto &all = *new std::map<std::string, std::unique_ptr<Bench>>;
    if (all.empty()) {
        for (const struct hardware *set : support::all_hardware()) {
            all[set->name] = std::make_unique<Bench>(set);
        }
    }
    return *all.at(hardware->name);
}

class Platform : public ::testing::TestWithParam<const struct hardware *>
{
  protected:
    Bench &bench()
    {
        return bench_of(GetParam());
    }
    /* Starts what CONTROL's bits say and waits for its end. */
    void command(Driver &driver, uint32_t bits)
    {
        driver.write(REGISTER_CONTROL, bits);
        while (driver.read(REGISTER_STATUS) != 0) {
            sc_core::wait(100, sc_core::SC_US);
        }
    }
};

TEST_P(Platform, AModelOfOnesOwnDrivesTheChip)
{
    bench().run([this](Driver &driver) {
        EXPECT_EQ(driver.read(REGISTER_ID), 0x4D53504Bu);
        EXPECT_EQ(driver.read(REGISTER_INPUTS), bench().hardware->inputs);
        std::vector<uint32_t> settings = {77, 0x12345};
        for (const bool vary : {false, true}) {
            bench().transactor.vary(vary);
            settings[0]++;
            EXPECT_EQ(driver.transfer(tlm::TLM_WRITE_COMMAND, REGISTER_STEPS, settings),
                      tlm::TLM_OK_RESPONSE);
            std::vector<uint32_t> back(2);
            EXPECT_EQ(driver.transfer(tlm::TLM_READ_COMMAND, REGISTER_STEPS, back), tlm::TLM_OK_RESPONSE);
            EXPECT_EQ(back, settings);
        }
        bench().transactor.vary(false);
    });
}

TEST_P(Platform, WritesFollowOneAnotherEveryClock)
{
    bench().run([this](Driver &driver) {
        std::vector<uint32_t> rates(bench().hardware->lanes, 1000);
        const sc_core::sc_time start = sc_core::sc_time_stamp();
        EXPECT_EQ(driver.transfer(tlm::TLM_WRITE_COMMAND, REGISTER_RATE, rates), tlm::TLM_OK_RESPONSE);
        const double clocks =
            (sc_core::sc_time_stamp() - start) / bench().period - 3; /* the payload's own delay */
        EXPECT_LE(clocks, bench().hardware->lanes + 7);
    });
}

TEST_P(Platform, BadAddressesAreRefused)
{
    const uint64_t before = bench().monitor.count(EVENT_WRITE_REFUSED);
    bench().run([this](Driver &driver) {
        for (const bool vary : {false, true}) {
            bench().transactor.vary(vary);
            std::vector<uint32_t> word = {1};
            for (uint32_t address = 0; address < 0x10000; address += vary ? 1021 : 509) {
                EXPECT_EQ(driver.transfer(tlm::TLM_READ_COMMAND, address, word) == tlm::TLM_OK_RESPONSE,
                          platform::register_exists(bench().hardware, address, false))
                    << std::hex << address;
            }
            EXPECT_EQ(driver.transfer(tlm::TLM_WRITE_COMMAND, REGISTER_ID, word),
                      tlm::TLM_ADDRESS_ERROR_RESPONSE);
            EXPECT_EQ(driver.transfer(tlm::TLM_WRITE_COMMAND, REGISTER_STEPS + 1, word),
                      tlm::TLM_ADDRESS_ERROR_RESPONSE);
            EXPECT_EQ(driver.transfer(tlm::TLM_READ_COMMAND, 0x10000, word), tlm::TLM_ADDRESS_ERROR_RESPONSE);
            EXPECT_EQ(driver.transfer(tlm::TLM_READ_COMMAND, 0, word, 3), tlm::TLM_BURST_ERROR_RESPONSE);
        }
        bench().transactor.vary(false);
    });
    EXPECT_GE(bench().monitor.count(EVENT_WRITE_REFUSED), before + 4);
}

TEST_P(Platform, WritesWithoutAStrobeDoNothingAndThoseWithSomeAreRefused)
{
    bench().run([this](Driver &driver) {
        for (const bool vary : {false, true}) {
            bench().transactor.vary(vary);
            std::vector<uint32_t> steps = {77};
            EXPECT_EQ(driver.transfer(tlm::TLM_WRITE_COMMAND, REGISTER_STEPS, steps), tlm::TLM_OK_RESPONSE);
            for (unsigned strobes = 0; strobes < 15; strobes++) {
                std::vector<uint32_t> other = {0x1234};
                std::vector<unsigned char> enables;
                for (unsigned byte = 0; byte < 4; byte++) {
                    enables.push_back((strobes >> byte & 1) != 0 ? TLM_BYTE_ENABLED : TLM_BYTE_DISABLED);
                }
                EXPECT_EQ(driver.transfer(tlm::TLM_WRITE_COMMAND, REGISTER_STEPS, other, 4, enables),
                          strobes == 0 ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE)
                    << strobes;
                EXPECT_EQ(driver.read(REGISTER_STEPS), 77u) << strobes;
            }
            /* Nor does it matter where it goes: a command that must not be given, a register that is not
             * there. */
            std::vector<uint32_t> start = {3};
            for (const uint32_t address :
                 {static_cast<uint32_t>(REGISTER_CONTROL), UINT32_C(0x60), UINT32_C(0xFFFC)}) {
                EXPECT_EQ(driver.transfer(tlm::TLM_WRITE_COMMAND, address, start, 4,
                                          std::vector<unsigned char>(4, TLM_BYTE_DISABLED)),
                          tlm::TLM_OK_RESPONSE);
                EXPECT_EQ(driver.read(REGISTER_STATUS), 0u);
            }
        }
        bench().transactor.vary(false);
    });
}

TEST_P(Platform, AddressAndDataComeInAnyOrder)
{
    bench().run([this](Driver &driver) {
        bench().transactor.vary(true);
        std::vector<uint32_t> rates(bench().hardware->lanes);
        for (uint32_t round = 0; round < 100; round++) {
            rates.assign(bench().hardware->lanes, round);
            EXPECT_EQ(driver.transfer(tlm::TLM_WRITE_COMMAND, REGISTER_RATE, rates), tlm::TLM_OK_RESPONSE);
        }
        bench().transactor.vary(false);
    });
    for (const enum interface_event event : {EVENT_ADDRESS_FIRST, EVENT_DATA_FIRST, EVENT_ADDRESS_WITH_DATA,
                                             EVENT_WRITE_ANSWER_WAITED, EVENT_ADDRESS_WAITED}) {
        EXPECT_GT(bench().monitor.count(event), 10u) << interface_event_names[event];
    }
}

/* Transfers at random, and the same on the port that lies behind the bus. */
TEST_P(Platform, AnswersAsTheRegisterPortDoes)
{
    support::Dut port(bench().hardware);
    support::Random random(1);
    bench().run([&](Driver &driver) {
        for (uint32_t transfer = 0; transfer < 3000; transfer++) {
            bench().transactor.vary(random.chance(0.5));
            const auto address = static_cast<uint32_t>(random.bits() & (random.chance(0.5)   ? 0xFFFF
                                                                        : random.chance(0.5) ? 0xFFFC
                                                                                             : 0x1FC));
            std::vector<uint32_t> word = {static_cast<uint32_t>(random.bits())};
            if (random.chance(0.5)) {
                uint32_t expected = 0;
                const bool there = dut_read(port.get(), address, &expected);
                EXPECT_EQ(driver.transfer(tlm::TLM_READ_COMMAND, address, word),
                          there ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE)
                    << std::hex << address;
                EXPECT_TRUE(!there || word[0] == expected)
                    << std::hex << address << ": " << word[0] << " for " << expected;
            } else if (address / 4 !=
                       REGISTER_CONTROL / 4) { // what runs takes longer on one of them than on the other
                EXPECT_EQ(driver.transfer(tlm::TLM_WRITE_COMMAND, address, word),
                          dut_write(port.get(), address, word[0]) ? tlm::TLM_OK_RESPONSE
                                                                  : tlm::TLM_ADDRESS_ERROR_RESPONSE)
                    << std::hex << address;
            }
        }
        bench().transactor.vary(false);
    });
}

TEST_P(Platform, CountsAsManySpikesAsThereCanBe)
{
    const struct hardware &hardware = *bench().hardware;
    const uint32_t steps = 32800; // the counts' highest bit
    bench().run([&](Driver &driver) {
        bench().chip.set_codes(std::vector<int32_t>(hardware.codes).data());
        driver.write(REGISTER_STEPS, steps);
        driver.write(REGISTER_EARLY_DECISION, 0);
        driver.write(REGISTER_LEAK, 0);
        driver.write(REGISTER_MEMBRANE_START, 0);
        driver.write(REGISTER_THRESHOLD, UINT32_MAX); // -1, below which V never is
        command(driver, 1);
        for (uint32_t output = 0; output < hardware.outputs; output++) {
            EXPECT_EQ(driver.read(REGISTER_COUNT + 4 * output), steps);
            EXPECT_EQ(bench().chip.count(output), steps);
        }
        EXPECT_GE(driver.read(REGISTER_CLOCKS), steps * hardware.phases);
        // The largest and the smallest code, in every phase of one step.
        driver.write(REGISTER_STEPS, 1);
        driver.write(REGISTER_THRESHOLD, INT32_MAX);
        const int32_t largest = (1 << (hardware.tile_code_bits - 1)) - 1;
        for (const int32_t code : {largest, -largest - 1, largest}) {
            bench().chip.set_codes(std::vector<int32_t>(hardware.codes, code).data());
            command(driver, 1);
            EXPECT_EQ(bench().chip.membrane(hardware.outputs - 1),
                      int64_t{code} * hardware.phases * hardware.tiles);
        }
    });
}

TEST_P(Platform, ManyClocksAtOnceEndWhenTheyWould)
{
    bench().run([&](Driver &driver) {
        driver.write(REGISTER_STEPS, 500);
        driver.write(REGISTER_EARLY_DECISION, 0);
        // At once; whether a transfer comes meanwhile. The first is what the others must be like.
        const std::vector<std::pair<uint32_t, bool>> ways = {{1, false},  {2, false},    {7, false},
                                                             {64, false}, {1000, false}, {64, true}};
        sc_core::sc_time expected;
        sc_dt::uint64 most_deltas = 0;
        for (const auto &[quantum, meanwhile] : ways) {
            bench().clock.set_quantum(quantum, bench().monitor, bench().analogue);
            driver.write(REGISTER_CONTROL, 1);
            const sc_core::sc_time start = sc_core::sc_time_stamp();
            const sc_dt::uint64 deltas = sc_core::sc_delta_count();
            if (meanwhile) {
                sc_core::wait(100.25, sc_core::SC_US);
                EXPECT_EQ(driver.read(REGISTER_STATUS), 1u);
            }
            sc_core::wait(bench().chip.busy.negedge_event());
            if (quantum == 1) {
                expected = sc_core::sc_time_stamp() - start;
                most_deltas = sc_core::sc_delta_count() - deltas;
            }
            EXPECT_EQ(sc_core::sc_time_stamp() - start, expected) << quantum;
            EXPECT_LE(sc_core::sc_delta_count() - deltas, most_deltas * 3 / (quantum + 1) + 100) << quantum;
            EXPECT_EQ(driver.read(REGISTER_STATUS), 0u);
        }
        bench().clock.set_quantum(1, bench().monitor, bench().analogue);
    });
}

TEST_P(Platform, GivesADeviceUpAfterTheMostPulses)
{
    const support::Device device = support::paper_device();
    bench().run([&](Driver &driver) {
        driver.write(REGISTER_TOLERANCE, 0);
        driver.write(REGISTER_MAX_PULSES, 63);
        driver.write(REGISTER_VERIFY_READS, 0);
        driver.write(REGISTER_PULSE_ENTRIES, 1);
        driver.write(REGISTER_PULSE_WIDTH, 1);
        driver.write(REGISTER_PULSE_RATE, device->pulses[0].pulses[0].rate_fixed);
        driver.write(REGISTER_PULSE_ASYMPTOTE, resistance_to_fixed(40000));
        driver.write(REGISTER_TARGET, resistance_to_fixed(18000));
        driver.write(REGISTER_FIRST_DEVICE, 0);
        driver.write(REGISTER_LAST_DEVICE, 0);
        bench().chip.set_reading(resistance_to_fixed(9000)); // whatever is done to it
        command(driver, 2);
        EXPECT_EQ(driver.read(REGISTER_EXHAUSTED), 1u);
        EXPECT_EQ(driver.read(REGISTER_PULSES), 63u);
    });
}

INSTANTIATE_TEST_SUITE_P(Hardware, Platform, ::testing::ValuesIn(support::all_hardware()),
                         support::hardware_test_name);

} // namespace
