// SPDX-License-Identifier: Apache-2.0
/* The tokeniser against a table worked out by hand from its rules, and the vocabulary. */
#include "text/corpus.h"
#include "text/tokenizer.h"
#include "text/vocabulary.h"

#include <gtest/gtest.h>

#include <ctime>
#include <random>
#include <string>
#include <utf8proc.h>
#include <vector>

namespace
{

void collect(void *context, const char *token, size_t length)
{
    static_cast<std::vector<std::string> *>(context)->emplace_back(token, length);
}

class Tokenizer : public ::testing::Test
{
  protected:
    ~Tokenizer() override
    {
        tokenizer_free(&tokenizer_);
    }
    std::vector<std::string> tokens(const std::string &text)
    {
        std::vector<std::string> result;
        tokenize(&tokenizer_, text.data(), text.size(), collect, &result);
        return result;
    }
    struct tokenizer tokenizer_ = {};
};

struct Case {
    std::string text;
    std::vector<std::string> tokens;
    uint64_t replaced;
};

std::string bytes(std::initializer_list<int> values)
{
    std::string result;
    for (int value : values) {
        result.push_back(static_cast<char>(value));
    }
    return result;
}

const std::string replacement = "\xEF\xBF\xBD"; // U+FFFD

std::vector<Case> marks_and_breaks()
{
    return {
        // Nothing, and nothing but what disappears.
        {"", {}, 0},
        {" ", {}, 0},
        {" \t\r\n\v\f ", {}, 0},
        {"\"\"", {}, 0},
        {";:;:", {}, 0},
        {"<br /><br />", {}, 0},
        // Words and case.
        {"good", {"good"}, 0},
        {"Good MOVIE", {"good", "movie"}, 0},
        {"  two   words  ", {"two", "words"}, 0},
        {"year 1984 2nd", {"year", "1984", "2nd"}, 0},
        // Marks that are tokens.
        {"Good.", {"good", "."}, 0},
        {"...", {".", ".", "."}, 0},
        {"Wait, what?!", {"wait", ",", "what", "?", "!"}, 0},
        {"(really)", {"(", "really", ")"}, 0},
        {"it's", {"it", "'", "s"}, 0},
        {"'quoted'", {"'", "quoted", "'"}, 0},
        {"don''t", {"don", "'", "'", "t"}, 0},
        {"7.5/10", {"7", ".", "5/10"}, 0},
        {"!?.,()'", {"!", "?", ".", ",", "(", ")", "'"}, 0},
        // Marks that stay in the word.
        {"well-made", {"well-made"}, 0},
        {"50% off @ $5 & more", {"50%", "off", "@", "$5", "&", "more"}, 0},
        {"[unk] *** #1 a_b", {"[unk]", "***", "#1", "a_b"}, 0},
        {"`tick` ~x~ {y} |z|", {"`tick`", "~x~", "{y}", "|z|"}, 0},
        // Marks that disappear: " joins, ; and : part.
        {"\"The End\"", {"the", "end"}, 0},
        {"a\"b", {"ab"}, 0},
        {"\"a \"b \"\"c\"\" d\" e\"", {"a", "b", "c", "d", "e"}, 0},
        {"\"it's\"", {"it", "'", "s"}, 0},
        {"one;two:three", {"one", "two", "three"}, 0},
        {"note: this", {"note", "this"}, 0},
        // Line breaks.
        {"end.<br /><br />Next", {"end", ".", "next"}, 0},
        {"a<br />b", {"a", "b"}, 0},
        {"a<BR />b", {"a", "b"}, 0},
        {"a<Br />b<bR />c", {"a", "b", "c"}, 0},
        {"a<br/>b", {"a<br/>b"}, 0},
        {"a<br>b", {"a<br>b"}, 0},
        {"a<br  />b", {"a<br", "/>b"}, 0},
        {"a<br /b", {"a<br", "/b"}, 0},
        {"<<br />>", {"<", ">"}, 0},
        {"<br /", {"<br", "/"}, 0},
        {"<br \"/>", {}, 0},
        {"<b\"r />x", {"x"}, 0},
        {"<i>x</i>", {"<i>x</i>"}, 0},
        {"<", {"<"}, 0},
    };
}

std::vector<Case> white_space()
{
    return {
        {"a\r\nb\tc\vd\fe", {"a", "b", "c", "d", "e"}, 0},
        {bytes({'a', 0x1C, 'b', 0x1D, 'c', 0x1E, 'd', 0x1F, 'e'}), {"a", "b", "c", "d", "e"}, 0},
        {"a\xC2\x85"
         "b",
         {"a", "b"},
         0},                                                 // U+0085
        {"a\xC2\xA0 b", {"a", "b"}, 0},                      // U+00A0
        {"a\xE1\x9A\x80z", {"a", "z"}, 0},                   // U+1680
        {"a\xE2\x80\x80z\xE2\x80\x8Ay", {"a", "z", "y"}, 0}, // U+2000, U+200A
        {"a\xE2\x80\xA8z\xE2\x80\xA9y", {"a", "z", "y"}, 0}, // U+2028, U+2029
        {"a\xE2\x80\xAFz\xE2\x81\x9Fy", {"a", "z", "y"}, 0}, // U+202F, U+205F
        {"a\xE3\x80\x80z", {"a", "z"}, 0},                   // U+3000
        {"a\xE2\x80\x8Bz", {"a\xE2\x80\x8Bz"}, 0},           // U+200B is none
        {"\xEF\xBB\xBFgood", {"good"}, 0},                   // a byte-order mark is no text
        {"a\xEF\xBB\xBFgood", {"a\xEF\xBB\xBFgood"}, 0},     // nor is U+FEFF elsewhere white space
        {bytes({'a', 0x01, 'b', 0x7F}), {bytes({'a', 0x01, 'b', 0x7F})}, 0}, // nor are other controls
    };
}

std::vector<Case> beyond_ascii()
{
    return {
        // Case beyond ASCII.
        {"\xC3\x89T\xC3\x89", {"\xC3\xA9t\xC3\xA9"}, 0}, // ÉTÉ
        {"STRA\xC3\x9F"
         "E",
         {"stra\xC3\x9F"
          "e"},
         0},                                                           // ß stays
        {"\xE1\xBA\x9E", {"\xC3\x9F"}, 0},                             // capital sharp s
        {"\xC4\xB0stanbul", {"i\xCC\x87stanbul"}, 0},                  // İ: i, combining dot above
        {"\xC4\xB1", {"\xC4\xB1"}, 0},                                 // ı stays
        {"\xCE\x91\xCE\x92\xCE\x93", {"\xCE\xB1\xCE\xB2\xCE\xB3"}, 0}, // ΑΒΓ
        {"\xCE\x9F\xCE\x94\xCE\x9F\xCE\xA3", {"\xCE\xBF\xCE\xB4\xCE\xBF\xCF\x82"}, 0}, // ΟΔΟΣ: final sigma
        {"\xCE\xA3\xCE\xA3", {"\xCF\x83\xCF\x82"}, 0},                                 // ΣΣ
        {"\xCE\xA3", {"\xCF\x83"}, 0},                                                 // alone: no final one
        {"A\xCE\xA3.", {"a\xCF\x82", "."}, 0},
        {"A\xCE\xA3'A", {"a\xCF\x83", "'", "a"}, 0}, // an apostrophe ends no word here
        {"A\xCE\xA3 A", {"a\xCF\x82", "a"}, 0},
        {"A\xCE\xA3" + bytes({0xFF}), {"a\xCF\x82" + replacement}, 1},
        {"\xD0\x9F\xD0\xA0\xD0\x98", {"\xD0\xBF\xD1\x80\xD0\xB8"}, 0}, // ПРИ
        {"\xC8\xBA", {"\xE2\xB1\xA5"}, 0},                             // Ⱥ: grows to three bytes
        {"\xE2\x84\xAA", {"k"}, 0},                                    // the Kelvin sign shrinks to one
        {"\xF0\x90\x90\x80", {"\xF0\x90\x90\xA8"}, 0},                 // Deseret
        {"\xE6\x97\xA5\xE6\x9C\xAC", {"\xE6\x97\xA5\xE6\x9C\xAC"}, 0}, // no case
        {"\xF0\x9F\x98\x80!", {"\xF0\x9F\x98\x80", "!"}, 0},           // emoji
        // Marks of other scripts and typographers stay in the word.
        {"it\xE2\x80\x99s", {"it\xE2\x80\x99s"}, 0},
        {"\xE2\x80\x9Cgood\xE2\x80\x9D", {"\xE2\x80\x9Cgood\xE2\x80\x9D"}, 0},
        {"a\xE3\x80\x82", {"a\xE3\x80\x82"}, 0},
    };
}

std::vector<Case> no_utf8()
{
    return {
        {bytes({0xFF}), {replacement}, 1},
        {bytes({'a', 0x80, 'b'}), {"a" + replacement + "b"}, 1},
        {bytes({'c', 'a', 'f', 0xE9}), {"caf" + replacement}, 1},         // Latin-1, at the end
        {bytes({'a', 0xE2, 0x82}), {"a" + replacement + replacement}, 2}, // cut off
        {bytes({0xF0, 0x9F, 0x98, ' ', 'a'}), {replacement + replacement + replacement, "a"}, 3},
        {bytes({0xC0, 0xAE}), {replacement + replacement}, 2},                     // an overlong '.'
        {bytes({0xED, 0xA0, 0x80}), {replacement + replacement + replacement}, 3}, // a surrogate
        {bytes({0xF4, 0x90, 0x80, 0x80}), {replacement + replacement + replacement + replacement}, 4},
        {bytes({0xC3, 'E', '.'}), {replacement + "e", "."}, 1},
        {bytes({'a', 0, 'b', ' ', 'c', 0}),
         {"a" + replacement + "b", "c" + replacement},
         2}, // NUL ends nothing
        {bytes({0}), {replacement}, 1},
    };
}

TEST_F(Tokenizer, FollowsItsRules)
{
    uint64_t before = 0;
    size_t count = 0;
    for (const std::vector<Case> &cases : {marks_and_breaks(), white_space(), beyond_ascii(), no_utf8()}) {
        for (const Case &c : cases) {
            EXPECT_EQ(tokens(c.text), c.tokens) << '[' << c.text << ']';
            EXPECT_EQ(tokenizer_.replaced_bytes - before, c.replaced) << '[' << c.text << ']';
            before = tokenizer_.replaced_bytes;
        }
        count += cases.size();
    }
    ASSERT_GE(count, 40U);
}

TEST_F(Tokenizer, GivesCleanTokensForAnyBytes)
{
    std::mt19937 random(1);
    const std::string likely = " .'\"<br />\xCE\xA3\xC4\xB0\xC8\xBA\xE3\x80\x80\xFF";
    for (int round = 0; round < 2000; round++) {
        std::string text;
        for (unsigned length = random() % 60; length > 0; length--) {
            text.push_back(random() % 2 == 0 ? static_cast<char>(random() % 256)
                                             : likely[random() % likely.size()]);
        }
        for (const std::string &token : tokens(text)) {
            ASSERT_FALSE(token.empty());
            ASSERT_EQ(token.find('\0'), std::string::npos);
            for (size_t at = 0; at < token.size();) {
                utf8proc_int32_t character = 0;
                auto used = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t *>(token.data()) + at,
                                             static_cast<utf8proc_ssize_t>(token.size() - at), &character);
                ASSERT_GT(used, 0);
                at += static_cast<size_t>(used);
            }
        }
    }
}

TEST_F(Tokenizer, IsIdempotentOnItsTokens)
{
    std::string text = "It's a \"GREAT\" film; (see\xC2\xA0it): 9/10!<br />";
    std::string joined;
    std::vector<std::string> first = tokens(text);
    for (const std::string &token : first) {
        joined += token + " ";
    }
    EXPECT_EQ(tokens(joined), first);
}

TEST_F(Tokenizer, TakesLinearTimeWhateverTheText)
{
    std::string sigmas;
    std::string breaks;
    for (int i = 0; i < 200000; i++) {
        sigmas += "\xCE\xA3'";
        breaks += i % 2 == 0 ? "<br" : "<\"";
    }
    const std::clock_t start = std::clock(); // the processor's time: others may be busy on the machine
    EXPECT_EQ(tokens(sigmas).size(), 400000U);
    EXPECT_FALSE(tokens(breaks).empty());
    EXPECT_LT(std::clock() - start, 5 * CLOCKS_PER_SEC);
}

uint32_t add(struct word_counter *counter, const std::string &word, uint32_t occurrences)
{
    return word_counter_add(counter, word.data(), word.size(), occurrences);
}

TEST(Vocabulary, OrdersByCountThenBytes)
{
    struct word_counter *counter = word_counter_new();
    uint32_t zebra = add(counter, "zebra", 10);
    uint32_t rare = add(counter, "rare", 9);
    uint32_t accent = add(counter, "\xC3\xA9t\xC3\xA9", 10); // its first byte is greater than any letter's
    uint32_t common = add(counter, "common", 5);
    uint32_t apple = add(counter, "apple", 10);
    uint32_t app = add(counter, "app", 10);
    uint32_t unseen = add(counter, "unseen", 0);
    EXPECT_EQ(add(counter, "common", 6), common);
    struct vocabulary vocabulary = {};
    uint32_t *id_of = nullptr;
    vocabulary_make(counter, VOCABULARY_MINIMUM_COUNT, &vocabulary, &id_of);
    std::vector<std::string> words(vocabulary.words, vocabulary.words + vocabulary.size);
    EXPECT_EQ(words, (std::vector<std::string>{"[unk]", "[pad]", "common", "app", "apple", "zebra",
                                               "\xC3\xA9t\xC3\xA9"}));
    EXPECT_EQ(id_of[common], 2U);
    EXPECT_EQ(id_of[app], 3U);
    EXPECT_EQ(id_of[apple], 4U);
    EXPECT_EQ(id_of[zebra], 5U);
    EXPECT_EQ(id_of[accent], 6U);
    EXPECT_EQ(id_of[rare], static_cast<uint32_t>(WORD_UNKNOWN));
    EXPECT_EQ(id_of[unseen], static_cast<uint32_t>(WORD_UNKNOWN));
    free(id_of);
    vocabulary_free(&vocabulary);
    word_counter_free(counter);
}

TEST(Vocabulary, MakesNoSecondEntryForSpecialWords)
{
    struct word_counter *counter = word_counter_new();
    uint32_t unknown = add(counter, "[unk]", 100);
    uint32_t padding = add(counter, "[pad]", 100);
    uint32_t word = add(counter, "[pad", 100);
    struct vocabulary vocabulary = {};
    uint32_t *id_of = nullptr;
    vocabulary_make(counter, VOCABULARY_MINIMUM_COUNT, &vocabulary, &id_of);
    ASSERT_EQ(vocabulary.size, 3U);
    EXPECT_EQ(id_of[unknown], static_cast<uint32_t>(WORD_UNKNOWN));
    EXPECT_EQ(id_of[padding], static_cast<uint32_t>(WORD_UNKNOWN));
    EXPECT_EQ(id_of[word], 2U);
    free(id_of);
    vocabulary_free(&vocabulary);
    word_counter_free(counter);
}

TEST(Vocabulary, MayBeEmpty)
{
    struct word_counter *counter = word_counter_new();
    struct vocabulary vocabulary = {};
    uint32_t *id_of = nullptr;
    vocabulary_make(counter, VOCABULARY_MINIMUM_COUNT, &vocabulary, &id_of);
    EXPECT_EQ(vocabulary.size, 2U);
    free(id_of);
    vocabulary_free(&vocabulary);
    word_counter_free(counter);
    word_counter_free(nullptr);
}

TEST(WordIndex, FindsWordsAndTurnsTextIntoIds)
{
    char unknown[] = "[unk]";
    char padding[] = "[pad]";
    char good[] = "good";
    char point[] = ".";
    char *words[] = {unknown, padding, good, point};
    struct word_index *index = word_index_new(words, 4);
    EXPECT_EQ(word_index_find(index, "good", 4), 2U);
    EXPECT_EQ(word_index_find(index, "goods", 5), 0U);
    EXPECT_EQ(word_index_find(index, "goo", 3), 0U);
    EXPECT_EQ(word_index_find(index, "[pad]", 5), 0U);
    struct tokenizer tokenizer = {};
    struct id_list list = {};
    const std::string text = "Good, good. [pad]";
    text_to_ids(index, &tokenizer, text.data(), text.size(), &list);
    EXPECT_EQ(std::vector<uint32_t>(list.ids, list.ids + list.length),
              (std::vector<uint32_t>{2, 0, 2, 3, 0}));
    text_to_ids(index, &tokenizer, "", 0, &list);
    EXPECT_EQ(std::vector<uint32_t>(list.ids, list.ids + list.length), (std::vector<uint32_t>{0}));
    free(list.ids);
    tokenizer_free(&tokenizer);
    word_index_free(index);
    word_index_free(nullptr);
}

} // namespace
