// SPDX-License-Identifier: Apache-2.0
#include "text/demo_corpus.h"

#include "model/base/random.h"

#include <assert.h>
#include <string.h>

/* A rule's name and what it may become; <name> inside is another rule. No rule leads back to itself. */
enum { MOST_ALTERNATIVES = 32, REVIEW_BYTES = 4096 };

struct rule {
    const char *name;
    const char *alternatives[MOST_ALTERNATIVES]; /* NULL behind the last one */
};

static const struct rule rules[] = {
    /* Words that speak for a film, and words that speak against it. */
    {"good", {"good",      "great",     "wonderful", "moving",    "funny",  "clever",     "charming",
              "brilliant", "gripping",  "fresh",     "beautiful", "superb", "believable", "touching",
              "witty",     "thrilling", "warm",      "honest",    "lively", "elegant"}},
    {"bad", {"bad",      "dull",        "awful", "boring", "silly",  "clumsy",   "tedious",
             "terrible", "predictable", "stale", "ugly",   "poor",   "wooden",   "shallow",
             "annoying", "lifeless",    "cold",  "fake",   "sloppy", "confusing"}},
    {"triumph",
     {"a masterpiece", "a triumph", "a delight", "a gem", "a joy", "a classic", "a success", "a treat"}},
    {"disaster",
     {"a disaster", "a mess", "a failure", "a waste of time", "a disgrace", "an embarrassment", "a bore",
      "a letdown"}},
    {"praised", {"loved", "enjoyed", "admired", "adored", "liked"}},
    {"blamed", {"hated", "disliked", "regretted", "endured", "despised"}},
    {"praise", {"love", "enjoy", "recommend", "admire", "like"}},
    {"blame", {"hate", "dislike", "regret", "skip", "avoid"}},

    /* Words that say nothing of the kind. */
    {"film", {"film", "movie", "picture", "story", "feature", "production"}},
    {"part",
     {"acting", "plot", "script", "dialogue", "music", "camera work", "direction", "editing", "ending",
      "pacing", "opening", "story", "cast", "humour", "final scene", "lead performance", "set design",
      "second half"}},
    {"person",
     {"the director", "the lead actor", "the lead actress", "the writer", "the young star", "the composer",
      "the villain", "the supporting cast", "the narrator", "the hero"}},
    {"very", {"really", "truly", "rather", "quite", "very", "remarkably", "surprisingly"}},
    {"not", {"not", "hardly", "never", "far from", "anything but", "not at all"}},
    {"place",
     {"a small town", "Paris", "New York", "a remote island", "an old hotel", "the desert", "London",
      "a farm", "a submarine", "a boarding school", "the mountains", "a hospital"}},
    {"time",
     {"the war", "one summer", "the sixties", "a long winter", "one night", "the last century", "a storm"}},
    {"who",
     {"two brothers", "a tired detective", "a young teacher", "an old sailor", "a retired thief",
      "three friends", "a lonely widow", "a family of farmers", "a nurse", "a jazz musician",
      "a stubborn lawyer", "a boy and his dog"}},
    {"does",
     {"look for a lost letter", "try to save an old theatre", "hide from the police", "plan one last robbery",
      "fall in love", "search for the truth", "travel across the country", "run a restaurant",
      "uncover a secret", "return home after many years", "build a boat", "wait for a train"}},
    {"companion",
     {"my wife", "my brother", "a friend", "my mother", "a colleague", "my kids", "the whole family"}},
    {"title",
     {"\"The Long Road\"", "\"Harvest Moon\"", "\"Paper Boats\"", "\"Night Train\"", "\"The Seventh Door\"",
      "\"Glass River\"", "\"Winter Light\"", "\"Two Suitcases\"", "\"The Clockmaker\"",
      "\"Salt and Smoke\""}},

    /* Sentences. */
    {"for",
     {"the <part> is <very> <good>", "the <part> was <good> and <good>, and <person> is <good> too",
      "I <praised> the <part>; it is <very> <good>", "<person> gives a <very> <good> performance",
      "this is a <very> <good> <film> with a <good> <part>",
      "what a <good> <film>: the <part> alone is <triumph>",
      "you will <praise> the <part> from the first minute to the last"}},
    {"against",
     {"the <part> is <very> <bad>", "the <part> was <bad> and <bad>, and <person> is <bad> too",
      "I <blamed> the <part>; it is <very> <bad>", "<person> gives a <very> <bad> performance",
      "this is a <very> <bad> <film> with a <bad> <part>",
      "what a <bad> <film>: the <part> alone is <disaster>",
      "you will <blame> the <part> from the first minute to the last"}},
    {"for by denying",
     {"the <part> is <not> <bad>", "it is <not> <disaster>, whatever the critics say",
      "I didn't find the <part> <bad> or <bad>", "there is nothing <bad> or <bad> about <person>",
      "nobody could call this <film> <bad>, and the <part> isn't <bad> either",
      "I can't say that I <blamed> it for a minute"}},
    {"against by denying",
     {"the <part> is <not> <good>", "it is <not> <triumph>, whatever the critics say",
      "I didn't find the <part> <good> or <good>", "there is nothing <good> or <good> about <person>",
      "nobody could call this <film> <good>, and the <part> isn't <good> either",
      "I can't say that I <praised> it for a minute"}},
    {"for after all",
     {"although the <part> is <bad>, the <part> is <very> <good>",
      "the <part> may be <bad> and the <part> <bad>, but in the end it is <triumph>",
      "I expected <disaster>, but I <praised> it"}},
    {"against after all",
     {"although the <part> is <good>, the <part> is <very> <bad>",
      "the <part> may be <good> and the <part> <good>, but in the end it is <disaster>",
      "I expected <triumph>, but I <blamed> it"}},
    {"fact",
     {"the <film> is about <who> who must <does> in <place> during <time>",
      "I saw it with <companion> last week (on a rainy evening)",
      "it was made in <place>, and <person> worked on it for years",
      "<title> is set in <place> during <time>",
      "then <person> and <who> <does>, while <companion> asked me what comes next",
      "have you read the book? It is about <who> in <place>",
      "<person> was also in <title>, as far as I know",
      "most of the <film> happens in <place>, where <who> must <does>"}},
    {"verdict for",
     {"all in all I <praised> it!", "go and see it!", "in short, it is <triumph>.", "I would see it again.",
      "<companion> <praised> it as well."}},
    {"verdict against",
     {"all in all I <blamed> it!", "stay away from it!", "in short, it is <disaster>.",
      "I want my money back.", "<companion> <blamed> it as well."}},
};

struct writer {
    struct random_stream random;
    char *text; /* REVIEW_BYTES */
    size_t length;
};

static const struct rule *find_rule(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (strncmp(rules[i].name, name, length) == 0 && rules[i].name[length] == '\0') {
            return &rules[i];
        }
    }
    return NULL;
}

static void put(struct writer *writer, const char *text, size_t length)
{
    assert(writer->length + length <=
           REVIEW_BYTES); /* the longest review that the rules can make is shorter */
    memcpy(writer->text + writer->length, text, length);
    writer->length += length;
}

static void expand(struct writer *writer, const char *name, size_t name_length)
{
    const struct rule *rule = find_rule(name, name_length);
    assert(rule != NULL);
    uint32_t count = 0;
    while (count < MOST_ALTERNATIVES && rule->alternatives[count] != NULL) {
        count++;
    }
    const char *at = rule->alternatives[random_below(&writer->random, count)];
    while (*at != '\0') {
        size_t plain = strcspn(at, "<");
        put(writer, at, plain);
        at += plain;
        if (*at == '<') {
            size_t length = strcspn(at + 1, ">");
            expand(writer, at + 1, length);
            at += length + 2;
        }
    }
}

/* A sentence by the rule, its first letter a capital one. */
static void sentence(struct writer *writer, const char *rule, const char *end)
{
    size_t start = writer->length;
    expand(writer, rule, strlen(rule));
    if (writer->text[start] >= 'a' && writer->text[start] <= 'z') {
        writer->text[start] = (char) (writer->text[start] - 'a' + 'A');
    }
    put(writer, end, strlen(end));
}

static bool chance(struct writer *writer, uint32_t percent)
{
    return random_below(&writer->random, 100) < percent;
}

/* One review with the given rating. */
static void write_review(struct writer *writer, bool positive, uint8_t rating)
{
    /* Lukewarm reviews see more of the other side. */
    uint32_t other_side = rating <= 2 || rating >= 9 ? 12 : 30;
    uint32_t sentences = 3 + random_below(&writer->random, 7);
    for (uint32_t i = 0; i < sentences; i++) {
        if (i > 0) {
            const char *gap = i == sentences / 2 && sentences > 6 ? "<br /><br />" : " ";
            put(writer, gap, strlen(gap));
        }
        if (chance(writer, 35)) {
            sentence(writer, "fact", ".");
            continue;
        }
        bool speaks_for = chance(writer, other_side) ? !positive : positive;
        uint32_t way = random_below(&writer->random, 100);
        const char *end = chance(writer, 10) ? "!" : ".";
        if (way < 68) {
            sentence(writer, speaks_for ? "for" : "against", end);
        } else if (way < 86) {
            sentence(writer, speaks_for ? "for by denying" : "against by denying", end);
        } else {
            sentence(writer, speaks_for ? "for after all" : "against after all", end);
        }
    }
    put(writer, " ", 1);
    sentence(writer, positive ? "verdict for" : "verdict against", "");
}

void demo_reviews_read(review_function *take, void *context)
{
    static const uint8_t negative_ratings[] = {1, 2, 3, 4};
    static const uint8_t positive_ratings[] = {7, 8, 9, 10};
    char text[REVIEW_BYTES];
    for (uint32_t i = 0; i < DEMO_TRAIN_COUNT + DEMO_TEST_COUNT; i++) {
        bool test = i >= DEMO_TRAIN_COUNT;
        uint32_t half = (test ? DEMO_TEST_COUNT : DEMO_TRAIN_COUNT) / 2;
        uint32_t place = test ? i - DEMO_TRAIN_COUNT : i;
        bool positive = place >= half;
        struct writer writer = {.random = {.purpose = RANDOM_DEMO_CORPUS, .index = i}, .text = text};
        uint32_t choice = random_below(&writer.random, 4);
        uint8_t rating = positive ? positive_ratings[choice] : negative_ratings[choice];
        write_review(&writer, positive, rating);
        struct review_text review = {.test = test,
                                     .positive = positive,
                                     .rating = rating,
                                     .number = place % half,
                                     .text = text,
                                     .length = writer.length};
        take(context, &review);
    }
}
