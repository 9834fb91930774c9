// SPDX-License-Identifier: Apache-2.0
// What every layer stands on: messages and memory, output files, containers, interrupts, progress, processes
// without MPI. What ends a program is looked at in a child process.
extern "C" {
#include "base/configuration.h"
}
#include "base/container.h"
#include "base/interrupt.h"
#include "base/output_file.h"
#include "base/progress.h"
#include "base/ranks.h"
#include "model/base/error.h"
#include "model/base/memory.h"
#include "model/base/module.h"
#include "model/base/place.h"
#include "model/base/vector.h"

#include <gtest/gtest.h>

#include <pty.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>

// A handler ends the program by the signal itself: linked with --wrap=raise, the test sees which, and lives
// on.
static int raised;
extern "C" int __wrap_raise(int signal_number)
{
    raised = signal_number;
    return 0;
}

static bool without_modules;
extern "C" void *__real_module_find(const char *name, const char *symbol, bool for_all, struct error *error);
extern "C" void *__wrap_module_find(const char *name, const char *symbol, bool for_all, struct error *error)
{
    if (without_modules) {
        (void) error_set(error, STATUS_INVALID, "not there");
        return nullptr;
    }
    return __real_module_find(name, symbol, for_all, error);
}

namespace
{

class Base : public ::testing::Test
{
  protected:
    Base()
    {
        std::string name = (std::filesystem::temp_directory_path() / "memspike_base_XXXXXX").string();
        folder_ = mkdtemp(name.data());
    }
    ~Base() override
    {
        std::filesystem::remove_all(folder_);
    }
    std::string path(const std::string &name) const
    {
        return (folder_ / name).string();
    }
    void write(const std::string &name, const std::string &text) const
    {
        std::ofstream(path(name)) << text;
    }
    std::string content(const std::string &name) const
    {
        std::ifstream file(path(name));
        std::stringstream text;
        text << file.rdbuf();
        return text.str();
    }
    size_t files() const
    {
        const auto all = std::filesystem::directory_iterator(folder_);
        return static_cast<size_t>(std::distance(begin(all), end(all)));
    }

    std::filesystem::path folder_;
    struct error error_ = {};
};

void expect_message(const struct error &error, const std::string &part)
{
    EXPECT_NE(std::string(error.message).find(part), std::string::npos) << error.message;
}

using OutputFile = Base;

TEST_F(OutputFile, TheOldFileStaysUntilTheNewOneIsWhole)
{
    write("result", "old");
    struct output_file *file = nullptr;
    ASSERT_EQ(output_file_open(path("result").c_str(), &file, &error_), STATUS_OK) << error_.message;
    EXPECT_GT(fputs("new", output_file_stream(file)), 0);
    EXPECT_TRUE(output_file_is_temporary(output_file_path(file)));
    EXPECT_EQ(files(), 2U);
    EXPECT_EQ(content("result"), "old");
    ASSERT_EQ(output_file_commit(file, &error_), STATUS_OK) << error_.message;
    EXPECT_EQ(content("result"), "new");
    EXPECT_EQ(files(), 1U);
}

TEST_F(OutputFile, DiscardedItLeavesNothing)
{
    struct output_file *file = nullptr;
    ASSERT_EQ(output_file_open(path("result").c_str(), &file, &error_), STATUS_OK) << error_.message;
    output_file_discard(file);
    output_file_discard(nullptr);
    EXPECT_EQ(files(), 0U);
}

TEST_F(OutputFile, PlacesThatCannotBeWrittenAreRefused)
{
    struct output_file *file = nullptr;
    EXPECT_EQ(output_file_open("", &file, &error_), STATUS_INVALID);
    expect_message(error_, "empty");
    EXPECT_EQ(output_file_open(path("").c_str(), &file, &error_), STATUS_INVALID);
    expect_message(error_, "is a folder");
    EXPECT_EQ(output_file_open(path("no/where").c_str(), &file, &error_), STATUS_INVALID);
    expect_message(error_, "cannot be written");
    // A socket has a name and cannot be opened.
    ASSERT_EQ(mknod(path("socket").c_str(), S_IFSOCK | 0600, 0), 0);
    EXPECT_EQ(output_file_open(path("socket").c_str(), &file, &error_), STATUS_INVALID);
    expect_message(error_, "socket: cannot be written");
}

TEST_F(OutputFile, AFullDiskIsReportedAtTheEnd)
{
    struct output_file *file = nullptr;
    ASSERT_EQ(output_file_open("/dev/full", &file, &error_), STATUS_OK) << error_.message;
    EXPECT_STREQ(output_file_path(file), "/dev/full");
    EXPECT_GT(fputs("text", output_file_stream(file)), 0);
    EXPECT_EQ(output_file_commit(file, &error_), STATUS_FAILED);
    expect_message(error_, "/dev/full: could not be written: No space left");
    // A container is larger than what a stream holds back: it fails while it is written.
    ASSERT_EQ(output_file_open("/dev/full", &file, &error_), STATUS_OK) << error_.message;
    struct container_writer writer = {};
    const std::string many(1 << 20, 'x');
    container_put(&writer, many.data(), many.size());
    EXPECT_EQ(container_write(&writer, "TESTTEST", 1, file, &error_), STATUS_FAILED);
    expect_message(error_, "/dev/full: could not be written");
    container_free(&writer);
    output_file_discard(file);
}

TEST_F(OutputFile, WhatCannotBeRenamedLeavesNothing)
{
    struct output_file *file = nullptr;
    ASSERT_EQ(output_file_open(path("result").c_str(), &file, &error_), STATUS_OK) << error_.message;
    std::filesystem::create_directory(path("result")); // in the meantime
    EXPECT_EQ(output_file_commit(file, &error_), STATUS_FAILED);
    expect_message(error_, "result: could not be written");
    EXPECT_EQ(files(), 1U);
}

TEST_F(OutputFile, WhatAKilledWriterLeftGoes)
{
    write("result.unfinished-aB3dE6", "half");
    write("result.unfinished-aB3dE6.hier", "half");
    write("result.unfinished-aB3d-6", "somebody's own");
    struct output_file *file = nullptr;
    struct output_file *other = nullptr;
    ASSERT_EQ(output_file_open(path("result").c_str(), &file, &error_), STATUS_OK) << error_.message;
    ASSERT_EQ(output_file_open(path("result").c_str(), &other, &error_), STATUS_OK) << error_.message;
    EXPECT_EQ(files(), 3U) << "two that are being written, and one that is called differently";
    output_file_discard(file);
    output_file_discard(other);
    EXPECT_EQ(files(), 1U);
}

TEST_F(OutputFile, SignalsRemoveItFirst)
{
    output_files_remove_on_signals();
    struct output_file *file = nullptr;
    ASSERT_EQ(output_file_open(path("result").c_str(), &file, &error_), STATUS_OK) << error_.message;
    EXPECT_EQ(files(), 1U);
    ASSERT_EQ(kill(getpid(), SIGTERM), 0);
    EXPECT_EQ(raised, SIGTERM);
    EXPECT_EQ(files(), 0U);
    output_file_discard(file);
}

TEST_F(OutputFile, ADiskThatIsTooSmallForWhatIsWrittenThroughMemory)
{
    EXPECT_EXIT(
        {
            output_files_remove_on_signals();
            struct output_file *file = nullptr;
            ASSERT_EQ(output_file_open(path("result").c_str(), &file, &error_), STATUS_OK);
            (void) kill(getpid(), SIGBUS);
        },
        ::testing::ExitedWithCode(STATUS_FAILED), "result: could not be written: no space is left for it");
    EXPECT_EQ(files(), 0U);
}

using Interrupt = Base;

TEST_F(Interrupt, TheFirstIsRememberedTheSecondEnds)
{
    interrupt_obey(); // none has come
    EXPECT_FALSE(interrupt_caught());
    interrupt_catch();
    raised = 0;
    ASSERT_EQ(kill(getpid(), SIGINT), 0);
    EXPECT_TRUE(interrupt_caught());
    EXPECT_EQ(raised, 0);
    ASSERT_EQ(kill(getpid(), SIGINT), 0);
    EXPECT_EQ(raised, SIGINT);
    interrupt_pass_on(); // one has come already
    raised = 0;
    interrupt_obey();
    EXPECT_EQ(raised, SIGINT);
}

TEST_F(Interrupt, OneThatWasIgnoredStaysIgnored)
{
    ASSERT_NE(std::signal(SIGHUP, SIG_IGN), SIG_ERR);
    interrupt_catch();
    raised = 0;
    ASSERT_EQ(kill(getpid(), SIGHUP), 0);
    EXPECT_EQ(raised, 0);
    struct sigaction now = {};
    ASSERT_EQ(sigaction(SIGHUP, nullptr, &now), 0);
    EXPECT_EQ(now.sa_handler, SIG_IGN);
}

using Container = Base;

class ContainerFile : public Base
{
  protected:
    void save()
    {
        struct container_writer writer = {};
        container_put(&writer, nullptr, 0);
        container_put_u32(&writer, 7);
        container_put_u64(&writer, UINT64_C(1) << 40);
        container_put_f64(&writer, 0.25);
        container_put_string(&writer, "a string");
        struct output_file *file = nullptr;
        ASSERT_EQ(output_file_open(path("file").c_str(), &file, &error_), STATUS_OK) << error_.message;
        ASSERT_EQ(container_write(&writer, "TESTTEST", 3, file, &error_), STATUS_OK) << error_.message;
        ASSERT_EQ(output_file_commit(file, &error_), STATUS_OK) << error_.message;
        container_free(&writer);
    }
    enum status open(const std::string &name = "file", uint32_t version = 3)
    {
        return container_open(path(name).c_str(), "TESTTEST", version, "test", &reader_, &error_);
    }

    struct container_reader reader_ = {};
};

TEST_F(ContainerFile, GivesBackWhatWasPutIn)
{
    save();
    ASSERT_EQ(open(), STATUS_OK) << error_.message;
    EXPECT_EQ(container_take_u32(&reader_), 7U);
    EXPECT_EQ(container_take_u64(&reader_), UINT64_C(1) << 40);
    EXPECT_EQ(container_take_f64(&reader_), 0.25);
    char *text = container_take_string(&reader_);
    EXPECT_STREQ(text, "a string");
    free(text);
    EXPECT_FALSE(reader_.overrun);
    EXPECT_FALSE(container_has(&reader_, 1, 1));
    EXPECT_EQ(container_take_u32(&reader_), 0U);
    text = container_take_string(&reader_);
    EXPECT_STREQ(text, "");
    free(text);
    EXPECT_TRUE(reader_.overrun);
    container_close(&reader_);
}

TEST_F(ContainerFile, WhatIsNotOneIsRefused)
{
    save();
    EXPECT_EQ(open("none"), STATUS_INVALID);
    expect_message(error_, "none: cannot be read: No such file");
    EXPECT_EQ(open(""), STATUS_INVALID);
    expect_message(error_, "not a regular file");
    write("text", "a text that is as long as a header, and longer");
    EXPECT_EQ(open("text"), STATUS_INVALID);
    expect_message(error_, "text: not a memspike test file");
    EXPECT_EQ(open("file", 4), STATUS_INVALID);
    expect_message(error_, "version 3; expected version 4");
    const std::string whole = content("file");
    write("longer", whole + "x");
    EXPECT_EQ(open("longer"), STATUS_INVALID);
    expect_message(error_, "bytes follow its header");
    std::string damaged = whole;
    damaged.back() ^= 1;
    write("damaged", damaged);
    EXPECT_EQ(open("damaged"), STATUS_INVALID);
    expect_message(error_, "its checksum does not match");
}

TEST(Memory, WhatIsNotThereEndsTheProgramWithALine)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "a sanitizer's own allocator ends the program earlier";
#endif
    EXPECT_EXIT((void) allocate(SIZE_MAX / 2, 1), ::testing::ExitedWithCode(STATUS_FAILED),
                "memspike: out of memory");
    EXPECT_EXIT((void) allocate_vectors(SIZE_MAX / 2, 4), ::testing::ExitedWithCode(STATUS_FAILED),
                "memspike: out of memory");
    EXPECT_EXIT((void) reallocate(nullptr, SIZE_MAX / 2, 4), ::testing::ExitedWithCode(STATUS_FAILED),
                "memspike: out of memory");
}

TEST(Memory, NothingIsAskedForAndGiven)
{
    for (void *memory : {allocate(0, 0), allocate_vectors(0, 4), reallocate(nullptr, 0, 1)}) {
        EXPECT_NE(memory, nullptr);
        free(memory);
    }
}

TEST(Error, AMessageIsOneLine)
{
    struct error error = {};
    EXPECT_EQ(error_set(&error, STATUS_INVALID, "a\nb\tc\x7f%d", 1), STATUS_INVALID);
    EXPECT_STREQ(error.message, "a?b?c?1");
    errno = ENOENT;
    EXPECT_EQ(error_set_errno(&error, STATUS_FAILED, "name"), STATUS_FAILED);
    EXPECT_STREQ(error.message, "name: No such file or directory");
    EXPECT_EQ(error_set(nullptr, STATUS_FAILED, "nobody asks"), STATUS_FAILED);
}

TEST(Vector, NoUnitAboveTheLimit)
{
    const enum vector_unit most = vector_unit();
    vector_unit_limit(VECTOR_UNIT_256);
    EXPECT_LE(vector_unit(), VECTOR_UNIT_256);
    vector_unit_limit(VECTOR_UNIT_NONE);
    EXPECT_EQ(vector_unit(), VECTOR_UNIT_NONE);
    vector_unit_limit(VECTOR_UNIT_512);
    EXPECT_EQ(vector_unit(), most);
}

using Configuration = Base;

TEST_F(Configuration, FilesThatAreNone)
{
    config_t configuration;
    EXPECT_EQ(configuration_open(path("none").c_str(), &configuration, &error_), STATUS_INVALID);
    expect_message(error_, "none: cannot be read: No such file");
    EXPECT_EQ(configuration_open(path("").c_str(), &configuration, &error_), STATUS_INVALID);
    expect_message(error_, "not a file");
    write("broken", "a = 1;\nb = ;\n");
    EXPECT_EQ(configuration_open(path("broken").c_str(), &configuration, &error_), STATUS_INVALID);
    expect_message(error_, "broken:2: ");
}

TEST_F(Configuration, KeysAndValuesAreChecked)
{
    config_t configuration;
    write("file", "a = 1;\nb = 2.5;\nc = \"text\";\nlist = ( 1 );\n");
    ASSERT_EQ(configuration_open(path("file").c_str(), &configuration, &error_), STATUS_OK) << error_.message;
    const config_setting_t *root = config_root_setting(&configuration);
    const char *const keys[] = {"a", "b", "list", nullptr};
    EXPECT_EQ(configuration_check_keys("file", root, keys, &error_), STATUS_INVALID);
    expect_message(error_, "file:3: unknown key \"c\"; expected one of a, b, list");
    EXPECT_EQ(configuration_check_keys("file", config_setting_get_member(root, "list"), keys, &error_),
              STATUS_INVALID);
    expect_message(error_, "file:4: list: expected a group");
    double value = -1;
    const auto number = [&](const char *name, bool required) {
        const struct number_key key = {name, required, 0, 2};
        return configuration_number("file", root, &key, &value, &error_);
    };
    EXPECT_EQ(number("a", true), STATUS_OK);
    EXPECT_EQ(value, 1.0);
    EXPECT_EQ(number("b", true), STATUS_INVALID);
    expect_message(error_, "file:2: b: expected a number above 0 and below 2");
    EXPECT_EQ(number("c", true), STATUS_INVALID);
    expect_message(error_, "file:3: c: expected a number");
    EXPECT_EQ(number("d", false), STATUS_OK);
    EXPECT_EQ(value, 1.0);
    EXPECT_EQ(number("d", true), STATUS_INVALID);
    expect_message(error_, "the key \"d\" is missing");
    EXPECT_EQ(configuration_member("file", root, "d", &error_), nullptr);
    expect_message(error_, "the key \"d\" is missing");
    EXPECT_NE(configuration_member("file", root, "a", &error_), nullptr);
    config_destroy(&configuration);
}

TEST(Module, SaysWhichFileIsMissingOrBroken)
{
    struct error error = {};
    EXPECT_EQ(module_find("no_such_module", "anything", false, &error), nullptr);
    expect_message(error, "modules/no_such_module.so: is not built");
    const std::filesystem::path folder =
        std::unique_ptr<char, decltype(&std::free)>(place_find(PLACE_MODULES), &std::free).get();
    std::ofstream(folder / "broken.so") << "no module";
    EXPECT_EQ(module_find("broken", "anything", false, &error), nullptr);
    expect_message(error, "broken.so: cannot be loaded: ");
    std::filesystem::remove(folder / "broken.so");
}

TEST(Ranks, ManyProcessesNeedTheModule)
{
    struct ranks *ranks = nullptr;
    struct error error = {};
    for (const char *name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"}) {
        ASSERT_EQ(unsetenv(name), 0);
    }
    EXPECT_EQ(ranks_open(&ranks, &error), STATUS_OK);
    EXPECT_EQ(ranks, nullptr);
    ASSERT_EQ(setenv("PMI_SIZE", "3", 1), 0);
    without_modules = true;
    EXPECT_EQ(ranks_open(&ranks, &error), STATUS_INVALID);
    without_modules = false;
    expect_message(error, "started as one of 3 processes, but without MPI (not there)");
    ASSERT_EQ(unsetenv("PMI_SIZE"), 0);
}

// Standard error is a terminal for a while; what came out of it is returned.
template <typename Work> std::string on_a_terminal(const Work &work)
{
    int terminal = -1;
    int screen = -1;
    EXPECT_EQ(openpty(&screen, &terminal, nullptr, nullptr, nullptr), 0);
    const int before = dup(STDERR_FILENO);
    EXPECT_GE(dup2(terminal, STDERR_FILENO), 0);
    work();
    (void) fflush(stderr);
    EXPECT_GE(dup2(before, STDERR_FILENO), 0);
    (void) close(before);
    // It arrives in pieces; the last one ends with a mark that is none of it.
    const char mark = '\f';
    EXPECT_EQ(write(terminal, &mark, 1), 1);
    std::string text;
    char piece[256];
    while (text.find(mark) == std::string::npos) {
        const ssize_t length = read(screen, piece, sizeof piece);
        if (length <= 0) {
            ADD_FAILURE() << "the terminal cannot be read";
            break;
        }
        text.append(piece, static_cast<size_t>(length));
    }
    text.resize(std::min(text.find(mark), text.size()));
    (void) close(terminal);
    (void) close(screen);
    return text;
}

TEST(Progress, DrawsABarWhenWorkTakesLonger)
{
    const std::string text = on_a_terminal([] {
        struct progress outer;
        struct progress inner;
        progress_begin(&outer, "reviews", 4);
        progress_update(&outer, 1); // within two seconds nothing
        progress_begin(&inner, "inside", 4);
        outer.started -= 3;
        outer.drawn -= 3;
        inner.started -= 3;
        inner.drawn -= 3;
        progress_update(&inner, 2);
        progress_update(&outer, 2);
        outer.drawn -= 1;
        progress_update(&outer, 9); // more than there is
        progress_end(&inner);
        progress_end(&outer);
    });
    EXPECT_NE(text.find("reviews"), std::string::npos) << text;
    EXPECT_NE(text.find(" 50 %  00:03 left"), std::string::npos) << text;
    EXPECT_NE(text.find("100 %  00:00 left"), std::string::npos) << text;
    EXPECT_EQ(text.find("inside"), std::string::npos) << text;
    EXPECT_EQ(text.substr(text.size() - 1), "\r");
}

TEST(Progress, DrawsTheBarOfWorkThatReports)
{
    const std::string text = on_a_terminal([] {
        struct progress progress = {"reviews", 0, 0, 0, nullptr};
        const struct progress_report report = progress_bar(&progress);
        for (int time = 0; time < 2; time++) { // the bar is gone when all is done, and the next may begin
            report_progress(&report, 0, 4);
            progress.started -= 3;
            progress.drawn -= 3;
            report_progress(&report, 2, 4);
            report_progress(&report, 4, 4);
            EXPECT_EQ(progress.total, 0U);
        }
        report_progress(nullptr, 1, 4);
        progress_end(&progress);
    });
    EXPECT_NE(text.find("reviews"), std::string::npos) << text;
    EXPECT_NE(text.find(" 50 %  00:03 left"), text.rfind(" 50 %  00:03 left")) << text;
    EXPECT_EQ(text.substr(text.size() - 1), "\r");
}

TEST(Progress, AListenerHearsInsteadOfTheTerminal)
{
    std::vector<std::string> heard;
    struct listener listener = {[](void *context, const char *what, uint64_t done, uint64_t total) {
                                    static_cast<std::vector<std::string> *>(context)->push_back(
                                        what + (" " + std::to_string(done)) + " of " + std::to_string(total));
                                    return done == 4 ? 1 : 0;
                                },
                                [](void *context, const char *text) {
                                    static_cast<std::vector<std::string> *>(context)->emplace_back(text);
                                },
                                &heard, false};
    const std::string text = on_a_terminal([&listener] {
        listen_to_thread(&listener);
        struct progress progress;
        progress_begin(&progress, "reviews", 4);
        EXPECT_FALSE(listener_stopped());
        progress_update(&progress, 4);
        EXPECT_TRUE(listener_stopped()); // it asked to stop, of this thread only
        EXPECT_TRUE(interrupt_caught());
        std::thread([] { EXPECT_FALSE(listener_stopped()); }).join();
        progress_end(&progress);
        note("%d left out", 2);
        listen_to_thread(nullptr);
        EXPECT_FALSE(listener_stopped());
    });
    EXPECT_EQ(text, "");
    EXPECT_EQ(heard, (std::vector<std::string>{"reviews 0 of 4", "reviews 4 of 4", "2 left out"}));
}

TEST(Progress, NothingWhereNobodyLooks)
{
    struct progress progress;
    testing::internal::CaptureStderr();
    progress_begin(&progress, "reviews", 4);
    EXPECT_EQ(progress.total, 0U);
    progress_update(&progress, 1);
    progress_end(&progress);
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    const std::string text = on_a_terminal([&progress] {
        progress_quiet();
        progress_begin(&progress, "reviews", 4);
        progress.drawn -= 3;
        progress_update(&progress, 1);
        progress_end(&progress);
    });
    EXPECT_EQ(text, "");
}

} // namespace
