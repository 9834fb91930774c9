// SPDX-License-Identifier: Apache-2.0
/* Conversions to fixed point against exact arithmetic, in the instruction sets that the crossbar's noisy
 * reads are compiled for: CMakeLists.txt links this test once for each. */
#include "support/hardware.h"

#include "model/base/random.h"
#include "model/base/rounding.h"
#include "model/base/vector.h"
#include "model/crossbar/crossbar.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace
{

using support::Array;
using support::Random;

TEST(Rounding, HalvesGoUp)
{
    for (const double whole : {0.0, 1.0, 2.0, 3.0, 1e6, 1e6 + 1, 0x1p52 - 2, 0x1p52 - 1}) {
        EXPECT_EQ(round_half_up(whole), whole);
        EXPECT_EQ(round_half_up(whole + 0.5), whole + 1);
        EXPECT_EQ(round_half_up(std::nextafter(whole + 0.5, 0)), whole);
        EXPECT_EQ(round_half_up(-whole), -whole);
        EXPECT_EQ(round_half_up(-whole - 0.5), -whole);
        EXPECT_EQ(round_half_up(std::nextafter(-whole - 0.5, -INFINITY)), -whole - 1);
    }
    // Where a half is no longer representable: odd numbers stay.
    for (const double whole : {0x1p52 + 1, 0x1p53 - 1, 0x1p53, 1e300}) {
        EXPECT_EQ(round_half_up(whole), whole);
        EXPECT_EQ(round_half_up(-whole), -whole);
    }
    EXPECT_EQ(round_half_up(INFINITY), INFINITY);
    EXPECT_TRUE(std::isnan(round_half_up(std::numeric_limits<double>::quiet_NaN())));
    Random random(1);
    for (int i = 0; i < 1000000; i++) {
        const double x = std::ldexp(random.uniform(-1, 1), static_cast<int>(random.between(-8, 60)));
        ASSERT_EQ(static_cast<long double>(round_half_up(x)), std::floor(static_cast<long double>(x) + 0.5L))
            << x;
    }
}

class Codes : public ::testing::TestWithParam<const struct hardware *>
{
  protected:
    /* What a tile of an output must give, its currents added up as integers. */
    template <typename Weight>
    int32_t code(uint32_t phase, uint32_t number, const std::vector<uint32_t> &rows, Weight weight) const
    {
        const struct hardware &hardware = *GetParam();
        const uint32_t tile = number % hardware.tiles;
        int64_t sum = 0;
        for (uint32_t side = 0; side < hardware.sides; side++) {
            const uint32_t column =
                (phase * hardware.outputs + number / hardware.tiles) * hardware.sides + side;
            uint32_t place = 0; // among the rows that spike
            for (uint32_t row = tile * hardware.tile_rows; row < (tile + 1) * hardware.tile_rows; row++) {
                if ((rows[row / 32] >> row % 32 & 1) != 0) {
                    const int64_t part = weight(column, tile, row, place++);
                    sum += side == 0 ? part : -part;
                }
            }
        }
        const int64_t divisor = INT64_C(1) << (30 - CODE_FRACTION);
        int64_t rounded = (2 * sum + divisor) / (2 * divisor);
        rounded -= (2 * sum + divisor) % (2 * divisor) < 0 ? 1 : 0;
        const int64_t largest = (INT64_C(1) << (hardware.tile_code_bits - 1)) - 1;
        return static_cast<int32_t>(std::min(std::max(rounded, -largest - 1), largest));
    }
    /* Of pairs, whose first column is not compared with a reference, weights go up to 2. */
    std::vector<double> resistances(Random &random) const
    {
        std::vector<double> made(GetParam()->devices);
        for (double &resistance : made) {
            resistance = device_resistance(device_.get(), random.uniform(0, GetParam()->sides > 1 ? 1.9 : 1));
        }
        return made;
    }
    std::vector<uint32_t> rows(Random &random) const
    {
        std::vector<uint32_t> made(GetParam()->lanes / 32 + 2);
        for (uint32_t row = 0; row < GetParam()->lanes; row++) {
            made[row / 32] |= (random.chance(0.7) ? 1u : 0u) << row % 32;
        }
        return made;
    }
    double range() const
    {
        return 1 / device_->minimum_resistance - 1 / device_->maximum_resistance;
    }
    void compare_noisily(double noise, double noise_scale)
    {
        const struct hardware &hardware = *GetParam();
        const uint64_t seed = 21;
        struct nonidealities &of = device_->nonidealities;
        of.noise_scale = noise_scale;
        of.noise_exponent = 0.65;
        of.noise_most = 0.2;
        of.noise_read_s = 250e-9;
        of.noise_time_s = 1;
        of.noise_verify_s = 1e-3;
        const struct crossbar_settings settings = {seed, noise, 0, 0, 0, 0, 0};
        const Array array(crossbar_open(&hardware, device_.get(), &settings));
        Random random(5);
        const std::vector<double> ohm = resistances(random);
        crossbar_set_resistances(array.get(), ohm.data());
        crossbar_prepare(array.get());
        const auto reference =
            hardware.sides > 1 ? 0.0F : static_cast<float>(1 / device_->maximum_resistance / range());
        const float most = hardware.sides > 1 ? 2.0F : 1.0F;
        for (uint32_t step = 0; step < 60; step++) {
            const uint32_t phase = step % hardware.phases;
            const uint32_t review = step / 7;
            const std::vector<uint32_t> spikes = rows(random);
            std::vector<int32_t> codes(hardware.codes);
            crossbar_sense(array.get(), review, step, phase, spikes.data(), codes.data());
            for (uint32_t number = 0; number < hardware.codes; number++) {
                const auto drawn = [&](enum random_purpose purpose, uint32_t column, uint32_t tile,
                                       uint32_t place) {
                    const struct random_block block =
                        random_block(seed, purpose, column << 16 | tile << 8 | place / 8, step, review);
                    const auto half =
                        static_cast<int16_t>(block.word[place % 8 / 2] >> (place % 2 * 16) & 0xffff);
                    return (static_cast<float>(half) + 0.5F) / 32768;
                };
                const int32_t expected = code(
                    phase, number, spikes,
                    [&](uint32_t column, uint32_t tile, uint32_t row, uint32_t place) -> int64_t {
                        const double resistance = ohm[column * hardware.lanes + row];
                        auto conductance = static_cast<float>(1.0 / (resistance * range()));
                        if (noise_scale > 0) {
                            const auto share = static_cast<float>(
                                std::sqrt(3.0) *
                                nonidealities_read_noise(&of, device_->minimum_resistance / resistance,
                                                         of.noise_time_s));
                            conductance *=
                                1.0F + share * drawn(RANDOM_CONDUCTANCE_NOISE, column, tile, place);
                        }
                        const float u = drawn(RANDOM_INFERENCE_NOISE, column, tile, place);
                        const float weight = std::min(
                            std::max(conductance / (1.0F + static_cast<float>(noise) * u) - reference, 0.0F),
                            most);
                        const auto fixed = static_cast<int64_t>(
                            std::floor(std::ldexp(static_cast<double>(weight), 23) + 0.5));
                        odd_and_large_ += fixed > 0x800000 && fixed % 2 != 0 ? 1 : 0;
                        return fixed * 128;
                    });
                ASSERT_EQ(codes[number], expected) << "step " << step << " code " << number;
            }
        }
    }

    support::Device device_ = support::paper_device();
    uint32_t odd_and_large_ = 0;
};

/* Single precision holds no halves beyond 2^23, the weight 1, which only pairs go beyond. */
TEST_P(Codes, OfNoisyReadsAreExact)
{
    for (const enum vector_unit unit : {VECTOR_UNIT_NONE, VECTOR_UNIT_256, VECTOR_UNIT_512}) {
        vector_unit_limit(unit);
        for (const double noise : {0.01, 0.1, 0.5}) {
            compare_noisily(noise, 0);
            compare_noisily(noise, 0.0088);
        }
        compare_noisily(0, 0.0088);
    }
    if (GetParam()->sides > 1) {
        EXPECT_GT(odd_and_large_, 1000);
    } else {
        EXPECT_EQ(odd_and_large_, 0);
    }
}

TEST_P(Codes, OfQuietReadsAreExact)
{
    const struct hardware &hardware = *GetParam();
    const struct crossbar_settings settings = {3, 0, 0, 0, 0, 0, 0};
    const Array array(crossbar_open(&hardware, device_.get(), &settings));
    Random random(6);
    const std::vector<double> ohm = resistances(random);
    crossbar_set_resistances(array.get(), ohm.data());
    crossbar_prepare(array.get());
    // What is added to the weight of a device when nothing is subtracted from its current.
    const double shift = hardware.sides > 1 ? 1 / device_->maximum_resistance / range() : 0;
    for (uint32_t step = 0; step < 200; step++) {
        const uint32_t phase = step % hardware.phases;
        const std::vector<uint32_t> spikes = rows(random);
        std::vector<int32_t> codes(hardware.codes);
        crossbar_sense(array.get(), 0, step, phase, spikes.data(), codes.data());
        for (uint32_t number = 0; number < hardware.codes; number++) {
            ASSERT_EQ(codes[number],
                      code(phase, number, spikes, [&](uint32_t column, uint32_t, uint32_t row, uint32_t) {
                          const double weight =
                              device_weight(device_.get(), ohm[column * hardware.lanes + row]) + shift;
                          const double kept = std::min(std::max(weight, 0.0), hardware.sides > 1 ? 2.0 : 1.0);
                          return static_cast<int64_t>(
                              std::floor(std::ldexp(static_cast<long double>(kept), 30) + 0.5L));
                      }));
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Hardware, Codes, ::testing::ValuesIn(support::all_hardware()),
                         support::hardware_test_name);

} // namespace

int main(int count, char **arguments)
{
#if defined(__x86_64__)
    // The instruction set that the crossbar was compiled for, when it was for one.
    const char *needs = std::getenv("MEMSPIKE_TEST_NEEDS");
    if (needs != nullptr &&
        ((std::strcmp(needs, "x86-64-v3") == 0 && !__builtin_cpu_supports("x86-64-v3")) ||
         (std::strcmp(needs, "x86-64-v4") == 0 && !__builtin_cpu_supports("x86-64-v4")))) {
        (void) std::printf("[  SKIPPED ] this processor has no %s\n", needs);
        return 77;
    }
#endif
    ::testing::InitGoogleTest(&count, arguments);
    return RUN_ALL_TESTS();
}
