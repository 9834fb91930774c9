// SPDX-License-Identifier: Apache-2.0
/* The C side of the spike encoder: keys, seeds, rates. */
#include "support/hardware.h"

#include <cmath>
#include <limits>
#include <set>

namespace
{

constexpr uint32_t most_lanes = 31 * 29; // what the RTL allows

TEST(SpikeEncoder, KeysAreDistinctAndNeverZero)
{
    std::set<uint32_t> keys;
    for (uint32_t lane = 0; lane < most_lanes; lane++) {
        const uint32_t key = spike_encoder_key(lane);
        EXPECT_NE(key, 0u);
        EXPECT_LT(key, 1u << ENCODER_STATE_BITS);
        EXPECT_TRUE(keys.insert(key).second) << "lane " << lane;
    }
}

TEST(SpikeEncoder, StartIsThePermutedSeedXorTheKey)
{
    support::Random random(30);
    for (uint32_t lane = 0; lane < most_lanes; lane++) {
        const auto seed = static_cast<uint32_t>(random.bits()) & 0x7fffffff;
        uint32_t expected = spike_encoder_key(lane);
        for (uint32_t b = 0; b < 31; b++) {
            expected ^= (seed >> ((b * (lane / 31 + 2) + lane % 31) % 31) & 1) << b;
        }
        EXPECT_EQ(spike_encoder_start(lane, seed), expected) << "lane " << lane;
    }
}

TEST(SpikeEncoder, ForbiddenSeedLeavesItsLaneAtZero)
{
    for (uint32_t lane = 0; lane < most_lanes; lane++) {
        const uint32_t seed = spike_encoder_forbidden(lane);
        EXPECT_LT(seed, 1u << ENCODER_STATE_BITS);
        EXPECT_EQ(spike_encoder_start(lane, seed), 0u) << "lane " << lane;
        // It is the only one: each other bit of the seed moves a bit of the state.
        for (uint32_t bit = 0; bit < 31; bit++) {
            EXPECT_NE(spike_encoder_start(lane, seed ^ 1u << bit), 0u);
        }
    }
}

TEST(SpikeEncoder, SeedsAvoidWhatIsForbidden)
{
    for (const struct hardware *hardware : support::all_hardware()) {
        std::vector<uint32_t> forbidden;
        for (uint32_t lane = 0; lane < hardware->lanes; lane++) {
            forbidden.push_back(spike_encoder_forbidden(lane));
        }
        std::set<uint32_t> seeds;
        for (uint32_t review = 0; review < 1000; review++) {
            const uint32_t seed = spike_encoder_seed(hardware, forbidden.data(), 42, review);
            EXPECT_EQ(spike_encoder_seed(hardware, forbidden.data(), 42, review), seed);
            EXPECT_NE(spike_encoder_seed(hardware, forbidden.data(), 43, review), seed);
            seeds.insert(seed);
            for (uint32_t lane = 0; lane < hardware->lanes; lane++) {
                EXPECT_NE(spike_encoder_start(lane, seed), 0u);
            }
        }
        EXPECT_EQ(seeds.size(), 1000u);
        // A seed that happens to be forbidden is passed over: forbid the one that would be drawn.
        const uint32_t first = spike_encoder_seed(hardware, forbidden.data(), 42, 7);
        for (const size_t lane : {size_t{0}, forbidden.size() - 1}) {
            std::vector<uint32_t> more = forbidden;
            more[lane] = first;
            EXPECT_NE(spike_encoder_seed(hardware, more.data(), 42, 7), first);
        }
    }
}

TEST(SpikeEncoder, RateFromValue)
{
    const struct {
        double value;
        uint16_t rate;
    } cases[] = {
        {0.0, 0},
        {-0.0, 0},
        {-0.5, 0},
        {-1e300, 0},
        {std::numeric_limits<double>::quiet_NaN(), 0},
        {-std::numeric_limits<double>::infinity(), 0},
        {1.0, 65535},
        {1.5, 65535},
        {1e300, 65535},
        {std::numeric_limits<double>::infinity(), 65535},
        {0.5, 32768},
        {0.25, 16384},
        {65535.0 / 65536, 65535},
        {65534.0 / 65536, 65534},
        {65534.4 / 65536, 65534},
        {65534.5 / 65536, 65535},
        {1.0 / 65536, 1},
        {0.5 / 65536, 1}, // rounded up
        {0.49 / 65536, 0},
        {1e-300, 0},
        {std::numeric_limits<double>::denorm_min(), 0},
    };
    for (const auto &item : cases) {
        EXPECT_EQ(rate_from_value(item.value), item.rate) << item.value;
    }
    for (uint32_t rate = 0; rate < 65536; rate++) {
        ASSERT_EQ(rate_from_value(rate / 65536.0), rate);
    }
}

} // namespace
