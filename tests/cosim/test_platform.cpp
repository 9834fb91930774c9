/* The bus of the platform, with a TLM-2.0 model of one's own in the host's place; and the rules of the
 * monitor. */
#include "support/hardware.h"

#include "testbench/platform.h"

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
        wait(8, sc_core::SC_US); /* reset */
        for (;;) {
            while (job_ == nullptr) {
                wait(start_);
            }
            (*job_)(*this);
            job_ = nullptr;
            sc_core::sc_pause();
        }
    }
    sc_core::sc_event start_;
    const std::function<void(Driver &)> *job_ = nullptr;
};

/* A chip with a bus and a driver. */
struct Bench {
    Bench()
        : hardware(hardware_find("25x8")), period(1, sc_core::SC_US),
          chip(platform::make_chip(hardware, "bench_chip")), clock("bench_clock", *chip, period),
          transactor("bench_transactor", *chip, period), monitor("bench_monitor", *chip, hardware),
          driver("bench_driver")
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
    sc_core::sc_time period;
    std::unique_ptr<platform::Chip> chip;
    platform::Clock clock;
    platform::Transactor transactor;
    platform::Monitor monitor;
    Driver driver;
};

Bench &bench()
{
    static auto &only = *new Bench; /* SystemC takes no modules once it runs */
    return only;
}

TEST(Platform, AModelOfOnesOwnDrivesTheChip)
{
    bench().run([](Driver &driver) {
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

TEST(Platform, WritesFollowOneAnotherEveryClock)
{
    bench().run([](Driver &driver) {
        std::vector<uint32_t> rates(25, 1000);
        const sc_core::sc_time start = sc_core::sc_time_stamp();
        EXPECT_EQ(driver.transfer(tlm::TLM_WRITE_COMMAND, REGISTER_RATE, rates), tlm::TLM_OK_RESPONSE);
        const double clocks =
            (sc_core::sc_time_stamp() - start) / bench().period - 3; /* the payload's own delay */
        EXPECT_LE(clocks, 25 + 7);
    });
}

TEST(Platform, BadAddressesAreRefused)
{
    const uint64_t before = bench().monitor.count(EVENT_WRITE_REFUSED);
    bench().run([](Driver &driver) {
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

TEST(Platform, WritesWithoutAStrobeDoNothingAndThoseWithSomeAreRefused)
{
    bench().run([](Driver &driver) {
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

TEST(Platform, AddressAndDataComeInAnyOrder)
{
    bench().run([](Driver &driver) {
        bench().transactor.vary(true);
        std::vector<uint32_t> rates(25);
        for (uint32_t round = 0; round < 100; round++) {
            rates.assign(25, round);
            EXPECT_EQ(driver.transfer(tlm::TLM_WRITE_COMMAND, REGISTER_RATE, rates), tlm::TLM_OK_RESPONSE);
        }
        bench().transactor.vary(false);
    });
    for (const enum interface_event event : {EVENT_ADDRESS_FIRST, EVENT_DATA_FIRST, EVENT_ADDRESS_WITH_DATA,
                                             EVENT_WRITE_ANSWER_WAITED, EVENT_ADDRESS_WAITED}) {
        EXPECT_GT(bench().monitor.count(event), 10u) << interface_event_names[event];
    }
}

} // namespace
