// SPDX-License-Identifier: Apache-2.0
/* What a test says of samples. */
#ifndef MEMSPIKE_TESTS_SUPPORT_STATISTICS_H
#define MEMSPIKE_TESTS_SUPPORT_STATISTICS_H

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

namespace support
{

/* Largest distance between the samples' distribution and the uniform one on [0, 1] (Kolmogorov-Smirnov). */
inline double distance_from_uniform(std::vector<double> samples)
{
    std::sort(samples.begin(), samples.end());
    double largest = 0;
    const auto count = static_cast<double>(samples.size());
    for (size_t i = 0; i < samples.size(); i++) {
        largest = std::max(largest, std::fabs(samples[i] - static_cast<double>(i) / count));
        largest = std::max(largest, std::fabs(static_cast<double>(i + 1) / count - samples[i]));
    }
    return largest;
}

/* Of `n` samples of a uniform distribution, the distance is above this once in a thousand times. */
inline double uniform_limit(size_t n)
{
    return 1.95 / std::sqrt(static_cast<double>(n));
}

inline double correlation(const std::vector<double> &a, const std::vector<double> &b)
{
    const auto count = static_cast<double>(a.size());
    const double mean_a = std::accumulate(a.begin(), a.end(), 0.0) / count;
    const double mean_b = std::accumulate(b.begin(), b.end(), 0.0) / count;
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (size_t i = 0; i < a.size(); i++) {
        ab += (a[i] - mean_a) * (b[i] - mean_b);
        aa += (a[i] - mean_a) * (a[i] - mean_a);
        bb += (b[i] - mean_b) * (b[i] - mean_b);
    }
    return ab / std::sqrt(aa * bb);
}

} // namespace support

#endif
