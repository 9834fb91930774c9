// SPDX-License-Identifier: Apache-2.0
/* The reader of word vectors, on good, broken and hostile input. */
#include "support/text.h"

#include "text/vectors.h"

#include <clocale>

namespace
{

using namespace text_support;

class Vectors : public ::testing::Test
{
  protected:
    /* Reads `content` for the vocabulary [unk], [pad], good, bad, "at home". */
    void read(const std::string &content)
    {
        write_file(path_, content);
        read_path();
    }
    void read_path()
    {
        char unknown[] = "[unk]";
        char padding[] = "[pad]";
        char good[] = "good";
        char bad[] = "bad";
        char home[] = "at home";
        char *words[] = {unknown, padding, good, bad, home};
        struct vectors vectors = {};
        struct error error = {};
        status_ = vectors_read(path_.c_str(), words, 5, &vectors, &error);
        message_ = error.message;
        size_ = vectors.size;
        found_ = vectors.found;
        matrix_.clear();
        if (vectors.matrix != nullptr) {
            matrix_.assign(vectors.matrix, vectors.matrix + size_t{5} * vectors.size);
        }
        free(vectors.matrix);
    }
    void expect_refused(const std::vector<std::string> &parts)
    {
        EXPECT_EQ(status_, STATUS_INVALID);
        EXPECT_TRUE(matrix_.empty());
        EXPECT_NE(message_.find(path_), std::string::npos) << message_;
        for (const std::string &part : parts) {
            EXPECT_NE(message_.find(part), std::string::npos) << message_ << " should say " << part;
        }
    }
    TemporaryFolder folder_;
    std::string path_ = folder_ / "glove.txt";
    enum status status_ = STATUS_OK;
    std::string message_;
    uint32_t size_ = 0;
    uint32_t found_ = 0;
    std::vector<float> matrix_;
};

// Range -2 to 2 over all words of the vocabulary; rows without a vector are 0 before, so 0.5 after.
const std::vector<float> wanted = {0.5F, 0.5F, 0.5F, 0.5F, 0.75F, 0.0F, 0.5F, 0.5F, 0.25F, 1.0F};

TEST_F(Vectors, AreNormalisedOverTheVocabulary)
{
    read("other 100 -100\ngood 1 -2\nat home -1 2\n");
    ASSERT_EQ(status_, STATUS_OK) << message_;
    EXPECT_EQ(size_, 2U);
    EXPECT_EQ(found_, 2U);
    EXPECT_EQ(matrix_, wanted);
}

/* The first line of a word counts, and what is left out is said. */
TEST_F(Vectors, MayNameAWordTwice)
{
    testing::internal::CaptureStderr();
    read("other 100 -100\ngood 1 -2\nat home -1 2\ngood 70 70\nother 0 0\n");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "memspike: " + path_ +
                                                          ": lines whose word was there before: 2, the first "
                                                          "of them line 4 (\"good\"); a word's first line "
                                                          "counts\n");
    ASSERT_EQ(status_, STATUS_OK) << message_;
    EXPECT_EQ(found_, 2U);
    EXPECT_EQ(matrix_, wanted);
}

TEST_F(Vectors, MayBeginWithAByteOrderMark)
{
    read("\xef\xbb\xbfgood 1 -2\nat home -1 2\n");
    ASSERT_EQ(status_, STATUS_OK) << message_;
    EXPECT_EQ(found_, 2U);
    EXPECT_EQ(matrix_, wanted);
}

TEST_F(Vectors, ComeOutOfAZipArchive)
{
    const std::string text = "other 100 -100\ngood 1 -2\nat home -1 2\n";
    const std::string other = "good 5 5 5\n";
    const Member hidden = {"__MACOSX/._glove.6B.100d.txt", "x"};
    path_ = folder_ / "glove.zip";
    write_archive(path_, {{"readme.md", "about"}, hidden, {"a glove.txt", text}}, Format::zip);
    testing::internal::CaptureStderr();
    read_path();
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    ASSERT_EQ(status_, STATUS_OK) << message_;
    EXPECT_EQ(matrix_, wanted);

    write_archive(path_,
                  {{"glove.6B.50d.txt", other}, {"glove.6B.100d.txt", text}, {"glove.6B.200d.txt", other}},
                  Format::zip);
    testing::internal::CaptureStderr();
    read_path();
    EXPECT_NE(testing::internal::GetCapturedStderr().find("out of glove.6B.100d.txt, one of 3 files"),
              std::string::npos);
    ASSERT_EQ(status_, STATUS_OK) << message_;
    EXPECT_EQ(matrix_, wanted);

    write_archive(path_, {{"glove.50d.txt", other}, {"glove.300d.txt", other}}, Format::zip);
    read_path();
    expect_refused({"2 text files", "100d"});
    write_archive(path_, {hidden}, Format::zip);
    read_path();
    expect_refused({"0 text files"});
}

TEST_F(Vectors, ComeCompressed)
{
    for (const Format format : {Format::raw_gz, Format::raw_xz, Format::raw_zst}) {
        matrix_.clear();
        write_archive(path_, {{"glove.txt", "other 100 -100\ngood 1 -2\nat home -1 2\n"}}, format);
        read_path();
        ASSERT_EQ(status_, STATUS_OK) << message_;
        EXPECT_EQ(matrix_, wanted);
    }
}

TEST_F(Vectors, MayBeSpeltInManyWays)
{
    read("other 1e2 -.1E+3\r\ngood 1. -2.000 \r\nat home -10e-1 +0.2e1");
    ASSERT_EQ(status_, STATUS_OK) << message_;
    EXPECT_EQ(matrix_, wanted);
}

TEST_F(Vectors, GiveSpecialWordsNone)
{
    read("[unk] 9 9\n[pad] 9 9\ngood 1 -2\nat home -1 2\n");
    ASSERT_EQ(status_, STATUS_OK) << message_;
    EXPECT_EQ(found_, 2U);
    EXPECT_EQ(matrix_, wanted);
}

TEST_F(Vectors, MayHoldWordsOfAnyBytes)
{
    read(std::string("x\0y 1 1\n", 8) + "\xff\xfe 1 1\n\xE2\x80\x8B 1 1\n\xC2\xA0 1 1\n\xC2\x85 1 1\n" +
         "name@domain.com 1 1\n. . . 1 1\ngood 1 -2\nat home -1 2\n");
    ASSERT_EQ(status_, STATUS_OK) << message_;
    EXPECT_EQ(matrix_, wanted);
}

TEST_F(Vectors, AreExactWhateverTheDigits)
{
    // The least and greatest values make normalising the identity on what lies between.
    const char *numbers[] = {"0.1",
                             "0.333333333333333333333333333333",
                             "1e-7",
                             "0.99999999999999999999",
                             "0.000000000000000000000000000001",
                             "123456789012345678901234567890e-30",
                             "0.30000001192092896"};
    for (const char *number : numbers) {
        read(std::string("good 0 1\nbad 0.5 ") + number + "\n");
        ASSERT_EQ(status_, STATUS_OK) << message_;
        EXPECT_EQ(matrix_[7], static_cast<float>(std::strtod(number, nullptr))) << number;
    }
}

TEST_F(Vectors, DoNotDependOnTheLanguage)
{
    const char *set = nullptr;
    for (const char *name : {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE.utf8"}) {
        set = set != nullptr ? set : std::setlocale(LC_ALL, name);
    }
    read("good 0 1\nbad 0.5 0.333333333333333333333333333333\n");
    (void) std::setlocale(LC_ALL, "C");
    ASSERT_EQ(status_, STATUS_OK) << message_;
    EXPECT_EQ(matrix_[7], 1.0F / 3.0F);
}

TEST_F(Vectors, RefuseFilesThatCannotBeRead)
{
    path_ = folder_ / "nothing.txt";
    read_path();
    expect_refused({"No such file"});
    path_ = folder_.path();
    read_path();
    expect_refused({"regular file"});
    path_ = folder_ / "glove.txt.gz";
    read("");
    expect_refused({"empty"});
    write_archive(path_, {{"glove.txt", ""}}, Format::raw_gz);
    read_path();
    expect_refused({"empty"});
}

TEST_F(Vectors, RefuseAFileThatIsCutOff)
{
    std::string text;
    unsigned state = 1;
    for (int i = 0; i < 3000; i++) {
        state = state * 1664525U + 1013904223U;
        text += "word" + std::to_string(i) + " " + std::to_string(state) + " " + std::to_string(state >> 3U) +
                "\n";
    }
    write_archive(path_, {{"glove.txt", text + "good 1 2\n"}}, Format::raw_gz);
    std::string whole = read_file(path_);
    for (size_t length = 20; length < whole.size(); length += 997) {
        read(whole.substr(0, length));
        expect_refused({"cut off"});
    }
    read(whole.substr(0, whole.size() - 1));
    expect_refused({"cut off"});
}

TEST_F(Vectors, RefuseBrokenLines)
{
    struct Bad {
        std::string content;
        std::vector<std::string> parts;
    };
    const std::vector<Bad> bad = {
        {"\n", {"line 1", "0 numbers"}},
        {"good\n", {"line 1", "0 numbers"}},
        {"good 1 2\nbad 1\n", {"line 2", "1 numbers", "expected 2"}},
        {"good 1 2\nbad\n", {"line 2", "0 numbers", "expected 2"}},
        {"good 1 2\n\nbad 1 2\n", {"line 2", "0 numbers", "expected 2"}},
        {"good 1 2\nbad 1 2 3\n", {"line 2", "3 numbers", "expected 2"}},
        {"good 1 2\nbad 1 2 3 4 5\n", {"line 2", "5 numbers", "expected 2"}},
        {"good 1 2\nbad 1 x\n", {"line 2", "number 2 of 2", "\"x\""}},
        {"good 1 2\nbad 1 nan\n", {"line 2", "number 2 of 2", "\"nan\""}},
        {"good 1 inf\n", {"line 1", "number 2 of 2", "\"inf\""}},
        {"good 1 -Infinity\n", {"line 1", "number 2 of 2"}},
        {"good 1 1e39\n", {"line 1", "number 2 of 2", "1e39"}},
        {"good 1 1e999999999999999999999\n", {"line 1", "number 2 of 2"}},
        {"good 0x10 1\n", {"line 1", "number 1 of 2", "0x10"}},
        {"good 1,5 1\n", {"line 1", "number 1 of 2", "1,5"}},
        {"good 1 2e\n", {"line 1", "number 2 of 2", "2e"}},
        {"good 1 .\n", {"line 1", "number 2 of 2"}},
        {"good 1 -\n", {"line 1", "number 2 of 2"}},
        {"good 1  2\n", {"line 1", "number 2 of 3"}},
        {"good 1 2\nbad 1  2\n", {"line 2", "number 1 of 2"}},
        {std::string("good 1 2\nbad 1 2\0\n", 18), {"line 2", "number 2 of 2"}},
        {"good 1 2\n 3 4\n", {"line 2", "space"}},
        {"400000 100\ngood 1 2\n", {"line 1", "word2vec"}},
        {"PK\x03\x04 1 2\n", {"cut off or damaged"}},
        {std::string("\xff\xfeg\0", 4), {"UTF-16"}},
        {"other 1 2\n", {"none of its 1 words"}},
        {"good 0 0\nbad 0 0\n", {"the same"}},
    };
    for (const Bad &b : bad) {
        SCOPED_TRACE(b.content);
        read(b.content);
        expect_refused(b.parts);
    }
}

TEST_F(Vectors, RefuseLinesAndDimensionsBeyondTheLimits)
{
    read("good 1 2\n" + std::string(VECTORS_MAXIMUM_LINE_BYTES, 'x'));
    expect_refused({"line 2", "longer than"});
    read("good 1 2\n" + std::string(size_t{3} * VECTORS_MAXIMUM_LINE_BYTES, 'x') + "\n");
    expect_refused({"line 2", "longer than"});
    read("good 1 2\nat home 1 1\n" + std::string(VECTORS_MAXIMUM_LINE_BYTES - 100, 'x') + " 1 2\n");
    EXPECT_EQ(status_, STATUS_OK) << message_;
    std::string line = "good";
    for (int i = 0; i < VECTORS_MAXIMUM_SIZE; i++) {
        line += " 1";
    }
    read(line + "\n");
    EXPECT_EQ(status_, STATUS_OK) << message_;
    EXPECT_EQ(size_, static_cast<uint32_t>(VECTORS_MAXIMUM_SIZE));
    read(line + " 1\n");
    expect_refused({"line 1", "4097 numbers"});
}

TEST_F(Vectors, AreReadAcrossBufferLimits)
{
    // Several megabytes of lines of all lengths, so that lines lie across the ends of blocks and buffers.
    std::string content = "good 1 -2\n";
    for (int i = 0; i < 60000; i++) {
        content += "w" + std::to_string(i) + std::string(static_cast<size_t>(i % 97), 'z') + " 0.5 -0.25\n";
    }
    content += "at home -1 2\n";
    read(content);
    ASSERT_EQ(status_, STATUS_OK) << message_;
    EXPECT_EQ(matrix_, wanted);
}

TEST(RealVectors, OfTheOfficialFileAreRead)
{
    const char *data = std::getenv("MEMSPIKE_DATA");
    std::string path = std::string(data != nullptr ? data : "") + "/glove.6B.100d.head.txt";
    if (data == nullptr || !std::filesystem::exists(path)) {
        GTEST_SKIP() << "MEMSPIKE_DATA is not set, or holds no beginning of the official file";
    }
    char unknown[] = "[unk]";
    char padding[] = "[pad]";
    char the[] = "the";
    char point[] = ".";
    char *words[] = {unknown, padding, the, point};
    struct vectors vectors = {};
    struct error error = {};
    // The official file's beginning ends in the middle of a line.
    EXPECT_EQ(vectors_read(path.c_str(), words, 4, &vectors, &error), STATUS_INVALID);
    EXPECT_NE(std::string(error.message).find("line 2718"), std::string::npos) << error.message;
    std::string content = read_file(path);
    TemporaryFolder folder;
    write_file(folder / "glove.txt", content.substr(0, content.rfind('\n') + 1));
    ASSERT_EQ(vectors_read((folder / "glove.txt").c_str(), words, 4, &vectors, &error), STATUS_OK)
        << error.message;
    EXPECT_EQ(vectors.size, 100U);
    EXPECT_EQ(vectors.found, 2U);
    free(vectors.matrix);
}

} // namespace
