// SPDX-License-Identifier: Apache-2.0
/* What `memspike bench` computes from times, and how it takes them; never the times themselves. */
#include "bench/bench.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace
{

TEST(Bench, Median)
{
    std::vector<double> one = {7};
    EXPECT_EQ(bench_median(one.data(), 1), 7);
    std::vector<double> odd = {5, 1, 9, 3, 100};
    EXPECT_EQ(bench_median(odd.data(), 5), 5);
    EXPECT_TRUE(std::is_sorted(odd.begin(), odd.end()));
    std::vector<double> even = {8, 1, 2, 100};
    EXPECT_EQ(bench_median(even.data(), 4), 5);
    std::vector<double> equal = {4, 4, 4, 4};
    EXPECT_EQ(bench_median(equal.data(), 4), 4);
}

const std::vector<double> sizes = {125, 250, 500, 1000, 2000};

std::vector<double> power(double factor, double exponent)
{
    std::vector<double> seconds;
    for (const double size : sizes) {
        seconds.push_back(factor * std::pow(size, exponent));
    }
    return seconds;
}

TEST(Bench, ExponentOfAPower)
{
    for (const double exponent : {-1.0, 0.0, 0.5, 1.0, 2.0}) {
        for (const double factor : {1e-9, 1.0, 3e4}) {
            EXPECT_NEAR(bench_exponent(sizes.data(), power(factor, exponent).data(), 5), exponent, 1e-12);
        }
    }
    EXPECT_TRUE(std::isnan(bench_exponent(std::vector<double>(5, 3.0).data(), sizes.data(), 5)));
}

/* By hand: log2 of the sizes is -1, 0, 1 about its mean, log2 of the times is 0, 3, 4; the slope is 4 / 2. */
TEST(Bench, ExponentByLeastSquares)
{
    const std::vector<double> x = {10, 20, 40};
    const std::vector<double> y = {1, 8, 16};
    EXPECT_NEAR(bench_exponent(x.data(), y.data(), 3), 2.0, 1e-12);
}

TEST(Bench, StraightLine)
{
    double fixed = 0;
    double slope = 0;
    double deviation = 0;
    for (const double start : {-0.01, 0.0, 0.5}) {
        std::vector<double> seconds;
        for (const double size : sizes) {
            seconds.push_back(start + 2e-3 * size);
        }
        bench_line(sizes.data(), seconds.data(), 5, &fixed, &slope, &deviation);
        EXPECT_NEAR(fixed, start, 1e-10);
        EXPECT_NEAR(slope, 2e-3, 1e-12);
        EXPECT_NEAR(deviation, 0, 1e-9);
    }
    bench_line(std::vector<double>(5, 3.0).data(), sizes.data(), 5, &fixed, &slope, &deviation);
    EXPECT_TRUE(std::isnan(fixed) && std::isnan(slope) && std::isnan(deviation));
}

/* What grows as the square is no straight line, and is seen not to be one. */
TEST(Bench, StraightLineThroughACurve)
{
    const std::vector<double> seconds = power(1e-6, 2);
    double fixed = 0;
    double slope = 0;
    double deviation = 0;
    bench_line(sizes.data(), seconds.data(), 5, &fixed, &slope, &deviation);
    EXPECT_GT(deviation, 0.3);
    /* No line nearby is better: it is the least of the squares. */
    const auto squares = [&](double a, double b) {
        double sum = 0;
        for (size_t i = 0; i < sizes.size(); i++) {
            sum += std::pow((a + b * sizes[i]) / seconds[i] - 1, 2);
        }
        return sum;
    };
    for (const double step : {-0.01, 0.01}) {
        EXPECT_LT(squares(fixed, slope), squares(fixed * (1 + step), slope));
        EXPECT_LT(squares(fixed, slope), squares(fixed, slope * (1 + step)));
    }
}

TEST(Bench, Ratio)
{
    struct bench_case rows[3] = {};
    rows[1].units = 10;
    rows[1].median = 5;
    rows[2].units = 20;
    rows[2].median = 30;
    struct bench bench = {};
    bench.cases = rows;
    bench.case_count = 3;
    struct bench_table table = {};
    table.first_case = 1;
    table.rows = 2;
    EXPECT_EQ(bench_per_unit(&rows[2]), 1.5);
    EXPECT_EQ(bench_ratio(&bench, &table, 0), 1);
    EXPECT_EQ(bench_ratio(&bench, &table, 1), 3);
}

struct Work {
    uint64_t calls = 0;
    uint64_t fails_at = UINT64_MAX;
    bool closed = false;
};

struct bench_case case_of(Work *work)
{
    struct bench_case added = {};
    added.context = work;
    added.call = [](void *context) {
        auto *called = static_cast<Work *>(context);
        return called->calls++ == called->fails_at ? STATUS_FAILED : STATUS_OK;
    };
    added.clocks_of = [](void *context) { return static_cast<double>(static_cast<Work *>(context)->calls); };
    added.close = [](void *context) { static_cast<Work *>(context)->closed = true; };
    return added;
}

TEST(Bench, MeasuresEveryCaseInEveryRound)
{
    Work work[2];
    struct bench bench = {};
    for (Work &w : work) {
        const struct bench_case added = case_of(&w);
        bench_add(&bench, &added);
    }
    ASSERT_EQ(bench.case_count, 2u);
    ASSERT_EQ(bench_measure(&bench, 4, 0), STATUS_OK);
    for (int i = 0; i < 2; i++) {
        /* To warm up, to plan, and once a round: rounds of no length are full after one call. */
        EXPECT_EQ(work[i].calls, 6u);
        EXPECT_EQ(bench.cases[i].clocks, 6);
        EXPECT_GE(bench.cases[i].least, 0);
        EXPECT_LE(bench.cases[i].least, bench.cases[i].median);
        EXPECT_LE(bench.cases[i].median, bench.cases[i].most);
    }
    bench_clear(&bench);
    EXPECT_TRUE(work[0].closed && work[1].closed);
    EXPECT_EQ(bench.case_count, 0u);
}

TEST(Bench, FailureEndsTheMeasurement)
{
    for (uint64_t call = 0; call < 6; call++) {
        Work work;
        work.fails_at = call;
        const struct bench_case added = case_of(&work);
        struct bench bench = {};
        bench_add(&bench, &added);
        EXPECT_EQ(bench_measure(&bench, 4, 0), STATUS_FAILED);
        EXPECT_EQ(work.calls, call + 1);
        bench_clear(&bench);
        EXPECT_TRUE(work.closed);
    }
}

} // namespace
