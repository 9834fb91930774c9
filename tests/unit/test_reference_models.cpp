// SPDX-License-Identifier: Apache-2.0
/* The parts of the fast reference models on their own, in shapes that no built set of hardware parameters
 * has: against plain definitions, a lane, a neuron, a block at a time. */
#include "support/hardware.h"

#include "model/base/memory.h"
#include "model/base/random_blocks.h"
#include "model/base/vector.h"
#include "model/crossbar/crossbar.h"
#include "model/reference/lif.h"
#include "model/reference/pulse_predictor.h"

#include <algorithm>
#include <cstdlib>

namespace
{

using support::Random;

struct Free {
    void operator()(void *memory) const
    {
        std::free(memory);
    }
};
using Bytes = std::unique_ptr<uint8_t, Free>;

struct EncoderCloser {
    void operator()(struct spike_encoder *encoder) const
    {
        spike_encoder_close(encoder);
    }
};
using Encoder = std::unique_ptr<struct spike_encoder, EncoderCloser>;

/* A lane as rtl/memspike_spike_encoder.sv words it, a bit at a time. */
class Lane
{
  public:
    Lane(uint32_t lane, uint32_t seed) : state_(spike_encoder_start(lane, seed))
    {
    }
    bool poisson(uint16_t rate)
    {
        const bool spike = (state_ & 0xffff) < rate;
        for (int i = 0; i < 16; i++) {
            state_ = (state_ << 1 & 0x7fffffff) | ((state_ >> 30 ^ state_ >> 27) & 1);
        }
        return spike;
    }

  private:
    uint32_t state_;
};

struct hardware shape(uint32_t lanes, uint32_t phases)
{
    struct hardware hardware = {};
    hardware.lanes = lanes;
    hardware.phases = phases;
    hardware.inputs = lanes * phases;
    hardware.outputs = 1;
    return hardware;
}

/* A set that is made is what the build of the same parameters would be. */
TEST(Hardware, MadeAsBuilt)
{
    for (const struct hardware *built : support::all_hardware()) {
        SCOPED_TRACE(built->name);
        const struct hardware_parameters parameters = {built->inputs, built->lanes,     built->outputs,
                                                       built->tiles,  built->sides > 1, built->clocks_per_us};
        const struct hardware made = hardware_make(built->name, &parameters);
        EXPECT_EQ(made.name, built->name);
        EXPECT_EQ(made.inputs, built->inputs);
        EXPECT_EQ(made.lanes, built->lanes);
        EXPECT_EQ(made.phases, built->phases);
        EXPECT_EQ(made.outputs, built->outputs);
        EXPECT_EQ(made.columns, built->columns);
        EXPECT_EQ(made.devices, built->devices);
        EXPECT_EQ(made.row_stride, built->row_stride);
        EXPECT_EQ(made.clocks_per_us, built->clocks_per_us);
        EXPECT_EQ(made.sides, built->sides);
        EXPECT_EQ(made.tiles, built->tiles);
        EXPECT_EQ(made.tile_rows, built->tile_rows);
        EXPECT_EQ(made.codes, built->codes);
        EXPECT_EQ(made.tile_code_bits, built->tile_code_bits);
        EXPECT_EQ(made.code_bits, built->code_bits);
        EXPECT_EQ(made.membrane_bits, built->membrane_bits);
    }
}

TEST(ReferenceModels, EncoderOfAnyShape)
{
    Random random(40);
    for (const uint32_t lanes : {1u, 8u, 16u, 17u, 31u, 32u, 64u, 65u, 100u, 128u, 129u, 512u, 513u, 899u}) {
        for (const uint32_t phases : {1u, 2u, 7u}) {
            for (const bool rate_coded : {false, true}) {
                SCOPED_TRACE(std::to_string(lanes) + " lanes, " + std::to_string(phases) +
                             " phases, rate coded " + std::to_string(rate_coded));
                const struct hardware hardware = shape(lanes, phases);
                const uint32_t slots = spike_encoder_slots(&hardware);
                const size_t slot_bytes = spike_encoder_slot_bytes(&hardware);
                const size_t clock_bytes = spike_encoder_clock_bytes(&hardware);
                ASSERT_GE(slot_bytes * 8, lanes);
                ASSERT_LE(slots * slot_bytes, clock_bytes);
                const Encoder encoder(spike_encoder_open(&hardware));
                // Twice, so that the second review finds what the first has left behind.
                for (int repeat = 0; repeat < 2; repeat++) {
                    std::vector<std::vector<uint16_t>> rates(slots);
                    std::vector<std::vector<Lane>> references(slots);
                    std::vector<std::vector<uint32_t>> accumulators(
                        slots, std::vector<uint32_t>(hardware.inputs, 0x8000));
                    spike_encoder_load(encoder.get(), rate_coded);
                    for (uint32_t slot = 0; slot < slots; slot++) {
                        const auto seed = static_cast<uint32_t>(random.bits() & 0x7fffffff);
                        for (uint32_t i = 0; i < hardware.inputs; i++) {
                            const double kind = random.unit();
                            rates[slot].push_back(kind < 0.1   ? 0
                                                  : kind < 0.2 ? 65535
                                                               : static_cast<uint16_t>(random.bits()));
                        }
                        for (uint32_t lane = 0; lane < lanes; lane++) {
                            references[slot].emplace_back(lane, seed);
                        }
                        spike_encoder_set_rates(encoder.get(), slot, rates[slot].data());
                        spike_encoder_seed_slot(encoder.get(), slot, seed);
                    }
                    uint32_t clock = 0;
                    while (clock < 25 * phases) {
                        const auto clocks = static_cast<uint32_t>(random.between(1, 9));
                        const Bytes rows(static_cast<uint8_t *>(allocate_vectors(clocks, clock_bytes)));
                        spike_encoder_run(encoder.get(), clocks, rows.get());
                        for (uint32_t c = 0; c < clocks; c++, clock++) {
                            const uint32_t phase = clock % phases;
                            for (uint32_t slot = 0; slot < slots; slot++) {
                                const uint8_t *slot_rows = rows.get() + c * clock_bytes + slot * slot_bytes;
                                for (uint32_t row = 0; row < slot_bytes * 8; row++) {
                                    bool expected = false;
                                    if (row < lanes) {
                                        const uint32_t input = phase * lanes + row;
                                        const uint16_t rate = rates[slot][input];
                                        uint32_t &sum = accumulators[slot][input];
                                        sum = (sum & 0xffff) + rate;
                                        expected =
                                            rate_coded ? sum > 0xffff : references[slot][row].poisson(rate);
                                    }
                                    ASSERT_EQ((slot_rows[row / 8] >> (row % 8) & 1) != 0, expected)
                                        << "clock " << clock << ", slot " << slot << ", row " << row;
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

TEST(ReferenceModels, RandomBlocksAreTheSameNumbers)
{
    Random random(41);
    constexpr size_t count = 64;
    uint32_t a[count], b[count], c[count], words[4][count];
    for (size_t i = 0; i < count; i++) {
        a[i] = static_cast<uint32_t>(random.bits());
        b[i] = static_cast<uint32_t>(random.bits());
        c[i] = static_cast<uint32_t>(random.bits());
    }
    uint32_t *const pointers[4] = {words[0], words[1], words[2], words[3]};
    const uint64_t seed = random.bits();
    for (const enum vector_unit unit : {VECTOR_UNIT_NONE, VECTOR_UNIT_256, VECTOR_UNIT_512}) {
        vector_unit_limit(unit);
        random_blocks(seed, RANDOM_INFERENCE_NOISE, a, b, c, count, pointers);
        for (size_t i = 0; i < count; i++) {
            const struct random_block block = random_block(seed, RANDOM_INFERENCE_NOISE, a[i], b[i], c[i]);
            for (int word = 0; word < 4; word++) {
                EXPECT_EQ(words[word][i], block.word[word])
                    << "unit " << unit << ", block " << i << ", word " << word;
            }
        }
    }
}

TEST(ReferenceModels, NeuronSaturatesAndResetsOneStepLater)
{
    const struct lif_settings settings = {100, 0, 0};
    struct lif_neuron neuron = lif_start(&settings);
    neuron = lif_next(neuron, &settings, 1000, 101, true, true);
    EXPECT_EQ(neuron.membrane, 101);
    EXPECT_EQ(neuron.spike, 1);
    neuron = lif_next(neuron, &settings, 1000, 0, true, true);
    EXPECT_EQ(neuron.membrane, 1);
    EXPECT_EQ(neuron.count, 1);
    neuron = lif_next(neuron, &settings, 1000, 5000, true, false);
    EXPECT_EQ(neuron.membrane, 1000);
    EXPECT_EQ(neuron.spike, 0) << "compared in the last phase only";
    neuron = lif_next(neuron, &settings, 1000, -5000, false, true);
    EXPECT_EQ(neuron.membrane, -1001);
    const struct lif_settings leaky = {100, -9, 2};
    EXPECT_EQ(lif_next(lif_start(&leaky), &leaky, 1000, 0, true, true).membrane, -9 + 3)
        << "shifts round down";
}

TEST(ReferenceModels, DividerIsTheRestoringOne)
{
    Random random(42);
    for (int i = 0; i < 20000; i++) {
        const auto numerator = static_cast<uint32_t>(random.bits() & 0xffffff) >> random.below(24);
        const uint64_t denominator = (uint64_t{1} << 24) + (random.bits() >> random.between(28, 63));
        uint64_t remainder = numerator;
        uint32_t quotient = 0;
        for (int bit = 0; bit < 24; bit++) {
            remainder *= 2;
            const bool fits = remainder >= denominator;
            remainder -= fits ? denominator : 0;
            quotient = quotient << 1 | static_cast<uint32_t>(fits);
        }
        ASSERT_EQ(divider_quotient(numerator, denominator), quotient) << numerator << " / " << denominator;
    }
}

} // namespace
