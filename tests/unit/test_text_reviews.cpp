// SPDX-License-Identifier: Apache-2.0
/* The readers of reviews and the search for them, on good, broken and hostile input. */
#include "support/text.h"

#include "text/data_folder.h"
#include "text/reviews.h"

#include <map>
#include <sys/stat.h>
#include <unistd.h>

namespace
{

using namespace text_support;

struct Reading {
    enum status status = STATUS_OK;
    std::string message;
    std::map<std::string, std::string> reviews; // by "part/label/NUMBER_RATING"
    size_t calls = 0;
};

void collect(void *context, const struct review_text *review)
{
    auto *reading = static_cast<Reading *>(context);
    std::string key = std::string(review->test ? "test" : "train") + (review->positive ? "/pos/" : "/neg/") +
                      std::to_string(review->number) + "_" + std::to_string(review->rating);
    reading->reviews[key] = std::string(review->text, review->length);
    reading->calls++;
}

Reading read(const std::string &path)
{
    Reading reading;
    struct error error = {};
    reading.status = reviews_read(path.c_str(), collect, &reading, &error);
    reading.message = error.message;
    return reading;
}

std::map<std::string, std::string> expected(const std::vector<Member> &members)
{
    std::map<std::string, std::string> result;
    for (const Member &member : members) {
        result[member.path.substr(8, member.path.size() - 8 - 4)] = member.content;
    }
    return result;
}

/* Refused with one line that holds all of `parts`. */
void expect_refused(const Reading &reading, const std::vector<std::string> &parts)
{
    EXPECT_EQ(reading.status, STATUS_INVALID);
    EXPECT_EQ(reading.message.find('\n'), std::string::npos);
    for (const std::string &part : parts) {
        EXPECT_NE(reading.message.find(part), std::string::npos) << reading.message << " should say " << part;
    }
}

class Reviews : public ::testing::Test
{
  protected:
    std::string archive(const std::vector<Member> &members, Format format = Format::tar_gz)
    {
        std::string path = folder_ / "sample_aclImdb.tar.gz";
        write_archive(path, members, format);
        return path;
    }
    std::string folder(const std::vector<Member> &members)
    {
        std::filesystem::remove_all(folder_ / "aclImdb");
        write_folder(folder_.path(), members);
        return folder_ / "aclImdb";
    }
    TemporaryFolder folder_;
};

TEST_F(Reviews, AreTheSameFromEverySource)
{
    auto wanted = expected(sample_reviews());
    ASSERT_EQ(wanted.size(), 8U);
    Reading reading = read(folder(sample_reviews()));
    EXPECT_EQ(reading.status, STATUS_OK) << reading.message;
    EXPECT_EQ(reading.reviews, wanted);
    for (Format format : {Format::tar, Format::tar_gz, Format::tar_zst}) {
        reading = read(archive(sample_reviews(), format));
        EXPECT_EQ(reading.status, STATUS_OK) << reading.message;
        EXPECT_EQ(reading.reviews, wanted);
        EXPECT_EQ(reading.calls, 8U);
    }
}

TEST_F(Reviews, PassOverEverythingElse)
{
    std::vector<Member> others = {
        {"aclImdb", "", AE_IFDIR, ""},
        {"aclImdb/README", "about"},
        {"aclImdb/imdb.vocab", "the"},
        {"aclImdb/train/unsup/0_0.txt", "not labelled"},
        {"aclImdb/train/urls_pos.txt", "http"},
        {"aclImdb/train/labeledBow.feat", "9 0:9"},
        {"aclImdb/train/pos/.DS_Store", "hidden"},
        {"aclImdb/train/pos/._2_9.txt", "hidden"},
        {"aclImdb/notes/train/pos/2_9.txt", "deeper"},
        {"elsewhere/aclImdb/train/pos/2_9.txt", "another place"},
        {"link", "aclImdb", AE_IFLNK, ""},
    };
    std::vector<Member> members = sample_reviews();
    members.insert(members.begin(), others.begin(), others.end());
    testing::internal::CaptureStderr();
    Reading reading = read(archive(members));
    EXPECT_NE(testing::internal::GetCapturedStderr().find(
                  ": files passed over: 1 without a label (unsup), 2 hidden, 3 other\n"),
              std::string::npos);
    EXPECT_EQ(reading.status, STATUS_OK) << reading.message;
    EXPECT_EQ(reading.reviews, expected(sample_reviews()));

    std::string path = folder(sample_reviews());
    write_file(path + "/train/unsup/0_0.txt", "not labelled");
    write_file(path + "/train/pos/.DS_Store", "hidden");
    write_file(path + "/README", "about");
    write_file(path + "/train/labeledBow.feat", "9 0:9");
    write_file(path + "/test/1_1.txt", "beside the classes");
    testing::internal::CaptureStderr();
    reading = read(path);
    EXPECT_NE(testing::internal::GetCapturedStderr().find(
                  ": files passed over: 1 without a label (unsup), 1 hidden, 1 other\n"),
              std::string::npos);
    EXPECT_EQ(reading.status, STATUS_OK) << reading.message;
    EXPECT_EQ(reading.reviews, expected(sample_reviews()));
}

TEST_F(Reviews, SayNothingOfTheDatasetItself)
{
    testing::internal::CaptureStderr();
    EXPECT_EQ(read(archive(sample_reviews())).status, STATUS_OK);
    EXPECT_EQ(read(folder(sample_reviews())).status, STATUS_OK);
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(Reviews, RefuseAThirdClassOrPart)
{
    const struct {
        std::string member, named;
    } others[] = {{"train/neutral/1_5.txt", "train/neutral: a third class"},
                  {"test/positive/2_9.txt", "test/positive: a third class"},
                  {"valid/pos/1_9.txt", "valid: a third part"}};
    for (const auto &other : others) {
        const auto members = with(sample_reviews(), {"aclImdb/" + other.member, "text"});
        expect_refused(read(archive(members)), {"tar.gz", other.named, "alone"});
        expect_refused(read(folder(members)), {"aclImdb/" + other.named, "alone"});
        const auto dotted = with(sample_reviews(), {"./aclImdb/" + other.member, "text"});
        expect_refused(read(archive(dotted)), {"aclImdb/" + other.named});
    }
}

TEST_F(Reviews, RefuseUtf16)
{
    const auto members =
        with(sample_reviews(), {"aclImdb/train/pos/77_9.txt", std::string("\xff\xfeg\0", 4)});
    for (const std::string &path : {archive(members), folder(members)}) {
        expect_refused(read(path), {"train/pos/77_9.txt: is UTF-16"});
    }
}

TEST_F(Reviews, MayBeginWithADot)
{
    std::vector<Member> members = sample_reviews();
    for (Member &member : members) {
        member.path = "./" + member.path;
    }
    Reading reading = read(archive(members));
    EXPECT_EQ(reading.status, STATUS_OK) << reading.message;
    EXPECT_EQ(reading.reviews, expected(sample_reviews()));
}

TEST_F(Reviews, RefuseAnArchiveThatIsCutOff)
{
    std::vector<Member> members = sample_reviews();
    std::string noise; // does not compress
    unsigned state = 1;
    for (int i = 0; i < 20000; i++) {
        state = state * 1664525U + 1013904223U;
        noise.push_back(static_cast<char>(state >> 24U));
    }
    members.front().content = noise;
    members.back().content = noise;
    for (Format format : {Format::tar, Format::tar_gz, Format::tar_zst}) {
        std::string path = archive(members, format);
        std::string whole = read_file(path);
        for (size_t length : {whole.size() * 3 / 4, whole.size() / 2, whole.size() / 4, size_t{1000}}) {
            write_file(path, whole.substr(0, length));
            expect_refused(read(path), {path});
        }
    }
}

TEST_F(Reviews, RefuseWhatIsNoArchive)
{
    std::string path = folder_ / "aclImdb.tar.gz";
    for (const std::string &content :
         {std::string(), std::string("hello"), std::string(5000, '\xff'), std::string("\x1f\x8b\x08\0", 4),
          std::string("\x28\xb5\x2f\xfd", 4)}) {
        write_file(path, content);
        expect_refused(read(path), {path, "expected"});
    }
    write_archive(path, {}, Format::tar_gz);
    expect_refused(read(path), {path, "no reviews"});
    expect_refused(read(folder_ / "nothing"), {"nothing", "No such file"});
    expect_refused(read("/dev/null"), {"/dev/null", "regular file"});
}

TEST_F(Reviews, RefuseAMissingGroup)
{
    for (const std::string group : {"train/neg", "train/pos", "test/neg", "test/pos"}) {
        std::vector<Member> members;
        for (const Member &member : sample_reviews()) {
            if (member.path.find(group) == std::string::npos) {
                members.push_back(member);
            }
        }
        expect_refused(read(archive(members)), {"tar.gz", group});
        std::string path = folder(members);
        expect_refused(read(path), {path, group, "no reviews"});
        std::filesystem::create_directories(path + "/" + group);
        expect_refused(read(path), {path, group, "no reviews"});
    }
}

TEST_F(Reviews, RefuseANumberThatIsThereTwice)
{
    for (const std::string name : {"2_9", "2_8", "002_9"}) {
        auto members = with(sample_reviews(), {"aclImdb/train/pos/" + name + ".txt", "again"});
        expect_refused(read(archive(members)), {"tar.gz", "train/pos", "review 2 ", "twice"});
    }
    expect_refused(read(folder(with(sample_reviews(), {"aclImdb/test/neg/00_2.txt", "again"}))),
                   {"test/neg", "review 0 ", "twice"});
    // The same number in another group is another review.
    EXPECT_EQ(read(archive(with(sample_reviews(), {"aclImdb/train/pos/0_9.txt", "x"}))).status, STATUS_OK);
}

TEST_F(Reviews, RefuseOtherNames)
{
    for (const std::string name :
         {"x.txt", "1.txt", "1_.txt", "_1.txt", "1_1", "1_1.text", "1_1.txt~", "1_11.txt", "-1_1.txt",
          "1_1_1.txt", "1 _1.txt", "1_1.txt.txt", "9999999999_1.txt", "0x1_1.txt", "1_+1.txt", "1_1.TXT",
          "caf\xC3\xA9_1.txt"}) {
        auto members = with(sample_reviews(), {"aclImdb/test/pos/" + name, "text"});
        expect_refused(read(archive(members)), {"test/pos/" + name, "NUMBER_RATING.txt"});
        expect_refused(read(folder(members)), {"test/pos/" + name, "NUMBER_RATING.txt"});
    }
    auto deeper = with(sample_reviews(), {"aclImdb/test/pos/more/1_1.txt", "text"});
    expect_refused(read(archive(deeper)), {"test/pos/more"});
    expect_refused(read(folder(deeper)), {"test/pos/more"});
}

TEST_F(Reviews, KeepControlCharactersOutOfTheMessage)
{
    Reading reading = read(archive(with(sample_reviews(), {"aclImdb/test/pos/a\nb\x1b[2J.txt", "text"})));
    expect_refused(reading, {"test/pos/a?b?[2J.txt"});
}

TEST_F(Reviews, RefuseOversizedMembers)
{
    std::string longest(REVIEW_MAXIMUM_BYTES, 'a');
    auto members = with(sample_reviews(), {"aclImdb/test/pos/77_9.txt", longest});
    EXPECT_EQ(read(archive(members)).status, STATUS_OK);
    EXPECT_EQ(read(folder(members)).status, STATUS_OK);
    members.back().content += 'a';
    expect_refused(read(archive(members)), {"test/pos/77_9.txt", "1048576"});
    expect_refused(read(folder(members)), {"test/pos/77_9.txt", "1048576"});
}

TEST_F(Reviews, RefuseWhatIsNoRegularFile)
{
    const std::string name = "aclImdb/test/pos/77_9.txt";
    expect_refused(read(archive(with(sample_reviews(), {name, "", AE_IFDIR, ""}))), {"77_9.txt"});
    expect_refused(read(archive(with(sample_reviews(), {name, "9_10.txt", AE_IFLNK, ""}))),
                   {"77_9.txt", "regular"});
    expect_refused(read(archive(with(sample_reviews(), {name, "", AE_IFREG, "aclImdb/test/pos/9_10.txt"}))),
                   {"77_9.txt", "regular"});
    expect_refused(read(archive(with(sample_reviews(), {name, "", AE_IFIFO, ""}))), {"77_9.txt", "regular"});

    std::string path = folder(sample_reviews()) + "/test/pos/77_9.txt";
    std::filesystem::create_directory(path);
    expect_refused(read(folder_ / "aclImdb"), {path, "regular"});
    std::filesystem::remove(path);
    std::filesystem::create_symlink(path, path); // a loop
    expect_refused(read(folder_ / "aclImdb"), {path, "symbolic links"});
    std::filesystem::remove(path);
    std::filesystem::create_symlink("nowhere", path);
    expect_refused(read(folder_ / "aclImdb"), {path, "No such file"});
    std::filesystem::remove(path);
    ASSERT_EQ(mkfifo(path.c_str(), 0600), 0); // must not make us wait for a writer
    expect_refused(read(folder_ / "aclImdb"), {path, "regular"});
    std::filesystem::remove(path);
    std::filesystem::create_symlink("9_10.txt", path); // to a file: that is fine
    EXPECT_EQ(read(folder_ / "aclImdb").status, STATUS_OK);
}

TEST_F(Reviews, RefuseALoopOfFolders)
{
    std::string path = folder(sample_reviews());
    std::filesystem::remove_all(path + "/test");
    std::filesystem::create_symlink("test", path + "/test");
    expect_refused(read(path), {path, "aclImdb/test: cannot be read", "symbolic links"});
}

class DataFolder : public ::testing::Test
{
  protected:
    void find(const std::string &data, const char *vectors = nullptr)
    {
        struct data_sources sources = {};
        struct error error = {};
        status_ = data_sources_find(data.c_str(), vectors, &sources, &error);
        message_ = error.message;
        reviews_ = sources.reviews != nullptr ? sources.reviews : "";
        vectors_ = sources.vectors != nullptr ? sources.vectors : "";
        data_sources_free(&sources);
    }
    void expect_refusal(const std::vector<std::string> &parts)
    {
        EXPECT_EQ(status_, STATUS_INVALID);
        for (const std::string &part : parts) {
            EXPECT_NE(message_.find(part), std::string::npos) << message_ << " should say " << part;
        }
    }
    TemporaryFolder folder_;
    enum status status_ = STATUS_OK;
    std::string message_;
    std::string reviews_;
    std::string vectors_;
};

TEST_F(DataFolder, PrefersTheFolderThenTheArchive)
{
    find(folder_.path());
    expect_refusal({folder_.path(), "aclImdb", ".tar.gz"});
    write_file(folder_ / "aclImdb.tar.xz", "");
    write_file(folder_ / "aclImdb_v1.tar.gz.part", "");
    find(folder_.path());
    expect_refusal({folder_.path()});
    for (const std::string name : {"aclImdb_v1.tar.gz", "my_aclImdb.tgz", "aclImdb.tar.zst"}) {
        write_file(folder_ / name, "");
        find(folder_.path());
        EXPECT_EQ(status_, STATUS_OK) << message_;
        EXPECT_EQ(reviews_, folder_ / name);
        std::filesystem::remove(folder_ / name);
    }
    write_file(folder_ / "aclImdb_v1.tar.gz", "");
    write_file(folder_ / "aclImdb_v2.tar.zst", "");
    find(folder_.path());
    expect_refusal({"aclImdb_v1.tar.gz, aclImdb_v2.tar.zst", "expected one"});
    std::filesystem::create_directory(folder_ / "aclImdb");
    find(folder_.path());
    EXPECT_EQ(status_, STATUS_OK) << message_;
    EXPECT_EQ(reviews_, folder_ / "aclImdb");
    find(folder_.path() + "/");
    EXPECT_EQ(reviews_, folder_ / "aclImdb");
}

TEST_F(DataFolder, MayBeTheReviewsThemselves)
{
    write_folder(folder_.path(), sample_reviews());
    write_file(folder_ / "glove.txt", "");
    write_file(folder_ / "aclImdb_v1.tar.gz", "");
    for (const std::string name : {"aclImdb", "aclImdb/", "aclImdb_v1.tar.gz", "aclImdb/."}) {
        find(folder_ / name);
        EXPECT_EQ(status_, STATUS_OK) << message_;
        EXPECT_EQ(reviews_, folder_ / name);
        EXPECT_TRUE(std::filesystem::equivalent(vectors_, folder_ / "glove.txt")) << vectors_;
    }
    find(folder_ / "nothing");
    expect_refusal({"nothing", "No such file"});
}

TEST_F(DataFolder, ChoosesTheVectors)
{
    std::filesystem::create_directory(folder_ / "aclImdb");
    find(folder_.path());
    EXPECT_EQ(vectors_, "");
    write_file(folder_ / "globe.txt", "");
    write_file(folder_ / "._glove.6B.100d.txt", "");
    find(folder_.path());
    EXPECT_EQ(vectors_, "");
    for (const std::string name : {"glove.6B.zip", "glove.txt.xz", "glove.txt.zst"}) {
        write_file(folder_ / name, "");
        find(folder_.path());
        EXPECT_EQ(vectors_, folder_ / name);
        std::filesystem::remove(folder_ / name);
    }
    std::filesystem::create_directory(folder_ / "glove.6B");
    find(folder_.path());
    EXPECT_EQ(vectors_, "");
    for (const std::string size : {"50", "100", "200"}) {
        write_file(folder_ / ("glove.6B/glove.6B." + size + "d.txt"), "");
    }
    testing::internal::CaptureStderr();
    find(folder_.path());
    EXPECT_NE(
        testing::internal::GetCapturedStderr().find("out of glove.6B/glove.6B.100d.txt, one of 3 files"),
        std::string::npos);
    EXPECT_EQ(vectors_, folder_ / "glove.6B/glove.6B.100d.txt");
    std::filesystem::remove_all(folder_ / "glove.6B");
    write_file(folder_ / "glove.6B.100d.txt", "");
    find(folder_.path());
    EXPECT_EQ(vectors_, folder_ / "glove.6B.100d.txt");
    write_file(folder_ / "glove.6B.50d.txt.gz", "");
    find(folder_.path());
    EXPECT_EQ(vectors_, folder_ / "glove.6B.100d.txt");
    write_file(folder_ / "glove.6B.100d.txt.gz", "");
    find(folder_.path());
    expect_refusal({"glove.6B.100d.txt, glove.6B.100d.txt.gz, glove.6B.50d.txt.gz", "--vectors FILE"});
    write_file(folder_ / "glove.imdb.100d.txt.gz", "");
    find(folder_.path());
    EXPECT_EQ(status_, STATUS_OK) << message_;
    EXPECT_EQ(vectors_, folder_ / "glove.imdb.100d.txt.gz");
    write_file(folder_ / "glove.imdb.50d.txt", "");
    find(folder_.path());
    expect_refusal({"glove.imdb.100d.txt.gz", "glove.imdb.50d.txt", "--vectors FILE"});
    std::filesystem::remove(folder_ / "glove.6B.100d.txt");
    std::filesystem::remove(folder_ / "glove.6B.100d.txt.gz");
    find(folder_.path());
    EXPECT_EQ(vectors_, folder_ / "glove.imdb.100d.txt.gz");
    find(folder_.path(), "other.txt");
    EXPECT_EQ(status_, STATUS_OK) << message_;
    EXPECT_EQ(vectors_, "other.txt");
    find(folder_.path(), "none");
    EXPECT_EQ(status_, STATUS_OK) << message_;
    EXPECT_EQ(vectors_, "");
}

} // namespace
