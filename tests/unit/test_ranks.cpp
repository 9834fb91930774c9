// SPDX-License-Identifier: Apache-2.0
/* Ranks without MPI: how they agree, and who is handed which task, also after a rank has died. */
#include "base/ranks.h"
#include "sweep/hand_out.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace
{

/* A rank's ends of the wires: what was sent to it comes from `inbox`, what it sends goes to `outbox`. */
struct fake_ranks {
    struct ranks ranks;
    std::deque<std::pair<uint32_t, std::string>> inbox;   /* from, data */
    std::vector<std::pair<uint32_t, std::string>> outbox; /* to, data */
    std::set<uint32_t> dead;
};

fake_ranks *fake(struct ranks *ranks)
{
    return reinterpret_cast<fake_ranks *>(ranks);
}

void fake_open(fake_ranks &wires, uint32_t number, uint32_t count)
{
    wires.ranks = {};
    wires.ranks.number = number;
    wires.ranks.count = count;
    wires.ranks.send = [](struct ranks *ranks, uint32_t to, uint32_t, const void *data, size_t length) {
        fake(ranks)->outbox.emplace_back(to, std::string(static_cast<const char *>(data), length));
    };
    wires.ranks.receive = [](struct ranks *ranks, struct message *message) {
        if (fake(ranks)->inbox.empty()) {
            return false;
        }
        const auto [from, data] = fake(ranks)->inbox.front();
        fake(ranks)->inbox.pop_front();
        *message = {};
        message->from = from;
        message->length = data.size();
        message->data = static_cast<uint8_t *>(malloc(data.size()));
        memcpy(message->data, data.data(), data.size());
        return true;
    };
    wires.ranks.lost = [](struct ranks *ranks, uint32_t rank) { return fake(ranks)->dead.count(rank) > 0; };
    wires.ranks.close = [](struct ranks *) {};
}

std::string comes_with(enum status status, const std::string &text)
{
    return std::string(1, static_cast<char>(status)) + text + '\0';
}

class Ranks : public testing::Test
{
  protected:
    void SetUp() override
    {
        fake_open(wires_, 0, 3);
    }
    enum status agree(enum status status, const char *lines)
    {
        return ranks_agree(&wires_.ranks, status, lines, &error_);
    }
    fake_ranks wires_;
    struct error error_ = {};
};

TEST_F(Ranks, AgreeOnTheSameLines)
{
    wires_.inbox = {{2, comes_with(STATUS_OK, "a\nb\n")}, {1, comes_with(STATUS_OK, "a\nb\n")}};
    EXPECT_EQ(agree(STATUS_OK, "a\nb\n"), STATUS_OK);
    ASSERT_EQ(wires_.outbox.size(), 2u);
    EXPECT_EQ(wires_.outbox[0].second, std::string(1, '\0'));
}

TEST_F(Ranks, NameTheLineThatDiffers)
{
    wires_.inbox = {{2, comes_with(STATUS_OK, "a\nc\n")}, {1, comes_with(STATUS_OK, "a\nb\n")}};
    EXPECT_EQ(agree(STATUS_OK, "a\nb\n"), STATUS_INVALID);
    EXPECT_STREQ(error_.message, "rank 2: has \"c\" where rank 0 has \"b\"; expected the same on every rank");
    for (const auto &verdict : wires_.outbox) {
        EXPECT_EQ(verdict.second, std::string(1, static_cast<char>(STATUS_INVALID)));
    }
}

TEST_F(Ranks, TheLowestRanksFailureIsTold)
{
    wires_.inbox = {{2, comes_with(STATUS_INVALID, "x")}, {1, comes_with(STATUS_FAILED, "y")}};
    EXPECT_EQ(agree(STATUS_OK, "a\n"), STATUS_FAILED);
    EXPECT_STREQ(error_.message, "rank 1: y");
}

TEST_F(Ranks, RankZerosOwnFailureStandsFirst)
{
    error_set(&error_, STATUS_INVALID, "mine");
    wires_.inbox = {{1, comes_with(STATUS_FAILED, "y")}, {2, comes_with(STATUS_OK, "a\n")}};
    EXPECT_EQ(agree(STATUS_INVALID, nullptr), STATUS_INVALID);
    EXPECT_STREQ(error_.message, "mine");
}

TEST_F(Ranks, OneThatDiedIsNotWaitedFor)
{
    wires_.inbox = {{1, comes_with(STATUS_OK, "a\n")}};
    wires_.dead = {2};
    EXPECT_EQ(agree(STATUS_OK, "a\n"), STATUS_FAILED);
    EXPECT_STREQ(error_.message, "rank 2: ended before the work began");
}

TEST_F(Ranks, OthersLeaveTheFailureToRankZero)
{
    fake_open(wires_, 1, 3);
    wires_.inbox = {{0, std::string(1, static_cast<char>(STATUS_INVALID))}};
    error_set(&error_, STATUS_INVALID, "mine");
    EXPECT_EQ(agree(STATUS_INVALID, nullptr), STATUS_INVALID);
    ASSERT_EQ(wires_.outbox.size(), 1u);
    EXPECT_EQ(wires_.outbox[0].second, comes_with(STATUS_INVALID, "mine"));
    EXPECT_EQ(ranks_close(&wires_.ranks, STATUS_INVALID, &error_), STATUS_OK);
}

TEST_F(Ranks, TheFirstThatIsLeftSpeaks)
{
    EXPECT_TRUE(ranks_speaks(&wires_.ranks));
    fake_open(wires_, 2, 3);
    EXPECT_FALSE(ranks_speaks(&wires_.ranks));
    wires_.dead = {0};
    EXPECT_FALSE(ranks_speaks(&wires_.ranks)) << "rank 1 does";
    wires_.dead = {0, 1};
    EXPECT_TRUE(ranks_speaks(&wires_.ranks));
}

TEST_F(Ranks, TheDeathOfRankZeroIsSaidOnce)
{
    for (uint32_t number : {1u, 2u}) {
        fake_open(wires_, number, 3);
        wires_.ranks.agreed = true;
        wires_.dead = {0};
        error_set(&error_, STATUS_FAILED, "rank 0 ended");
        EXPECT_EQ(ranks_close(&wires_.ranks, STATUS_FAILED, &error_), STATUS_FAILED);
        EXPECT_STREQ(error_.message, number == 1 ? "rank 0 ended" : "");
    }
}

/* The environment as it is without a launcher, and as it was afterwards. */
class Launched : public testing::Test
{
  protected:
    void SetUp() override
    {
        for (const char *name : {"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "PMI_SIZE", "PMI_RANK",
                                 "SLURM_STEP_NUM_TASKS", "SLURM_PROCID"}) {
            const char *value = getenv(name);
            before_[name] = value != nullptr ? std::optional<std::string>(value) : std::nullopt;
            unsetenv(name);
        }
    }
    void TearDown() override
    {
        for (const auto &[name, value] : before_) {
            value ? setenv(name.c_str(), value->c_str(), 1) : unsetenv(name.c_str());
        }
    }
    std::map<std::string, std::optional<std::string>> before_;
    struct error error_ = {};
};

TEST_F(Launched, SeveralProcessesAreTooManyForMostCommands)
{
    EXPECT_EQ(ranks_expect_none("train", "sweep", &error_), STATUS_OK);
    const struct {
        const char *size, *number;
    } launchers[] = {{"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"},
                     {"PMI_SIZE", "PMI_RANK"},
                     {"SLURM_STEP_NUM_TASKS", "SLURM_PROCID"}};
    for (const auto &launcher : launchers) {
        setenv(launcher.size, "1", 1);
        setenv(launcher.number, "0", 1);
        EXPECT_EQ(ranks_expect_none("train", "sweep", &error_), STATUS_OK) << launcher.size;
        setenv(launcher.size, "2", 1);
        EXPECT_EQ(ranks_expect_none("train", "sweep", &error_), STATUS_INVALID);
        EXPECT_EQ(std::string(error_.message),
                  std::string("train: started as 2 processes at once (") + launcher.size +
                      "), each of which would do all of it; expected one process; several share the work "
                      "of: sweep");
        unsetenv(launcher.size);
    }
}

TEST_F(Launched, OnlyTheFirstOfThemSaysSo)
{
    setenv("OMPI_COMM_WORLD_SIZE", "2", 1);
    setenv("OMPI_COMM_WORLD_RANK", "1", 1);
    EXPECT_EQ(ranks_expect_none("train", "sweep", &error_), STATUS_INVALID);
    EXPECT_STREQ(error_.message, "");
}

TEST_F(Launched, AnMpirunOfOneUnderSrunOfMany)
{
    setenv("SLURM_STEP_NUM_TASKS", "4", 1);
    setenv("OMPI_COMM_WORLD_SIZE", "1", 1);
    EXPECT_EQ(ranks_expect_none("train", "sweep", &error_), STATUS_OK);
}

TEST_F(Launched, WithoutALauncherThereAreNoRanks)
{
    setenv("SLURM_NTASKS", "8", 1); /* a batch script's own environment */
    struct ranks none = {};
    struct ranks *ranks = &none;
    EXPECT_EQ(ranks_open(&ranks, &error_), STATUS_OK);
    EXPECT_EQ(ranks, nullptr);
    unsetenv("SLURM_NTASKS");
}

/* Tasks of cost 1; `trainings` names each one's. */
class HandOut : public testing::Test
{
  protected:
    void create(const std::vector<uint32_t> &trainings, uint32_t training_count, uint32_t ranks,
                uint64_t training_cost)
    {
        hand_out_create(&hand_out_, static_cast<uint32_t>(trainings.size()), training_count, ranks);
        for (size_t i = 0; i < trainings.size(); i++) {
            hand_out_.tasks[i].cost = 1;
            hand_out_.tasks[i].training = trainings[i];
        }
        for (uint32_t i = 0; i < training_count; i++) {
            hand_out_.training_cost[i] = training_cost;
        }
    }
    void TearDown() override
    {
        hand_out_clear(&hand_out_);
    }
    uint32_t next(uint32_t rank)
    {
        return hand_out_next(&hand_out_, rank);
    }
    struct hand_out hand_out_ = {};
};

TEST_F(HandOut, LongTasksThenNewTrainingsThenThoseThatTheRankHas)
{
    create({0, 0, 1, 1, NO_TRAINING}, 2, 2, 10);
    EXPECT_EQ(next(0), 4u);
    EXPECT_EQ(next(0), 0u);
    EXPECT_EQ(next(1), 2u);
    EXPECT_EQ(next(0), 1u);
    EXPECT_EQ(next(0), static_cast<uint32_t>(NO_TASK)) << "the other rank will be sooner";
    EXPECT_EQ(next(1), 3u);
    EXPECT_EQ(next(1), static_cast<uint32_t>(NO_TASK));
}

TEST_F(HandOut, ATrainingOfOthersIsJoinedWhenMuchIsLeft)
{
    create({0, 0, 0, 0, 0, 0}, 1, 3, 2);
    EXPECT_EQ(next(0), 0u);
    EXPECT_EQ(next(1), 1u) << "5 left for one rank: more than a training";
    EXPECT_EQ(next(2), static_cast<uint32_t>(NO_TASK)) << "4 left for two ranks: not more";
    EXPECT_EQ(next(0), 2u);
}

TEST_F(HandOut, WhatADeadRankHadIsHandedOutAgain)
{
    create({0, 0, 1, NO_TRAINING}, 2, 2, 100);
    EXPECT_EQ(next(1), 3u);
    EXPECT_EQ(next(1), 0u);
    EXPECT_TRUE(hand_out_done(&hand_out_, 3));
    EXPECT_EQ(next(0), 2u);
    EXPECT_EQ(next(0), static_cast<uint32_t>(NO_TASK));
    hand_out_lost(&hand_out_, 1);
    EXPECT_EQ(next(0), 0u) << "rank 1's, whose training nobody has any more";
    EXPECT_EQ(next(0), 1u);
    EXPECT_EQ(next(0), static_cast<uint32_t>(NO_TASK)) << "task 3 was done before";
    EXPECT_FALSE(hand_out_all_done(&hand_out_));
    for (uint32_t task : {0u, 1u, 2u}) {
        EXPECT_TRUE(hand_out_done(&hand_out_, task));
    }
    EXPECT_FALSE(hand_out_done(&hand_out_, 0)) << "a second time";
    EXPECT_TRUE(hand_out_all_done(&hand_out_));
}

} // namespace
