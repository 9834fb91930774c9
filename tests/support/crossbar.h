// SPDX-License-Identifier: Apache-2.0
/* The tests of the crossbar: one of the paper's devices for each set of hardware, its weights, and rows that
 * spike. */
#ifndef MEMSPIKE_TESTS_SUPPORT_CROSSBAR_H
#define MEMSPIKE_TESTS_SUPPORT_CROSSBAR_H

#include "model/crossbar/crossbar.h"
#include "support/hardware.h"

#include <algorithm>
#include <vector>

namespace support
{

class Crossbar : public ::testing::TestWithParam<const struct hardware *>
{
  protected:
    Array open(const struct crossbar_settings &settings) const
    {
        return Array(crossbar_open(GetParam(), device_.get(), &settings));
    }
    /* Weights that may lie a little outside [0, 1]. */
    std::vector<double> random_resistances(Random &random) const
    {
        std::vector<double> resistances(GetParam()->devices);
        for (double &resistance : resistances) {
            resistance = device_resistance(device_.get(), random.uniform(-0.05, 1.05));
        }
        return resistances;
    }
    /* Of a pair of columns the first has the weight and the second none. */
    std::vector<double> equal_weights(double weight) const
    {
        const struct hardware &hardware = *GetParam();
        std::vector<double> resistances(hardware.devices, device_resistance(device_.get(), weight));
        for (uint32_t d = 0; d < hardware.devices; d++) {
            if (d / hardware.lanes % hardware.sides == 1) {
                resistances[d] = device_resistance(device_.get(), 0);
            }
        }
        return resistances;
    }
    /* As it is sensed: above the reference, or, of a pair, which needs none, above no current at all. */
    double sensed_weight(double resistance) const
    {
        const double weight = device_weight(device_.get(), resistance);
        return GetParam()->sides > 1 ? std::min(std::max(weight + reference(), 0.0), 2.0)
                                     : std::min(std::max(weight, 0.0), 1.0);
    }
    double reference() const
    {
        return -device_weight(device_.get(), 1e15);
    }
    std::vector<uint32_t> random_rows(Random &random, double probability) const
    {
        std::vector<uint32_t> rows(words());
        for (uint32_t row = 0; row < GetParam()->lanes; row++) {
            rows[row / 32] |= (random.chance(probability) ? 1u : 0u) << (row % 32);
        }
        return rows;
    }
    std::vector<uint32_t> one_row(uint32_t row) const
    {
        std::vector<uint32_t> rows(words());
        rows[row / 32] = 1u << (row % 32);
        return rows;
    }
    std::vector<uint32_t> first_rows(uint32_t count) const
    {
        std::vector<uint32_t> rows(words());
        for (uint32_t row = 0; row < count; row++) {
            rows[row / 32] |= 1u << (row % 32);
        }
        return rows;
    }
    std::vector<int32_t> sense(const Array &array, uint32_t review, uint32_t step, uint32_t phase,
                               const std::vector<uint32_t> &rows) const
    {
        std::vector<int32_t> codes(GetParam()->codes);
        crossbar_sense(array.get(), review, step, phase, rows.data(), codes.data());
        return codes;
    }
    size_t words() const
    {
        return GetParam()->lanes / 32 + 2;
    }

    support::Device device_ = support::paper_device();
};

} // namespace support

#endif
