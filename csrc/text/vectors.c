// SPDX-License-Identifier: Apache-2.0
#include "text/vectors.h"

#include "base/byte_order_mark.h"
#include "base/progress.h"
#include "model/base/memory.h"
#include "text/corpus.h"
#include "text/vocabulary.h"

#include <archive.h>
#include <archive_entry.h>
#include <assert.h>
#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

enum { ARCHIVE_BLOCK_BYTES = 1 << 16, SHOWN_WORD_BYTES = 40, SHOWN_FIELD_BYTES = 40 };

/* ---- numbers ---- */

/* Whether text[0..length) is a decimal number: [+-] digits [. digits] [e [+-] digits]. If so its significant
 * digits (the first 19 of them) and the power of ten that they are to be multiplied by; *exact if nothing was
 * lost. */
static bool scan_number(const char *text, size_t length, bool *negative, uint64_t *digits, int *power,
                        bool *exact)
{
    size_t i = 0;
    unsigned significant = 0;
    bool any = false;
    bool fraction = false;
    *negative = false;
    *digits = 0;
    *power = 0;
    *exact = true;
    if (i < length && (text[i] == '-' || text[i] == '+')) {
        *negative = text[i] == '-';
        i++;
    }
    for (; i < length; i++) {
        char c = text[i];
        if (c == '.' && !fraction) {
            fraction = true;
            continue;
        }
        if (c < '0' || c > '9') {
            break;
        }
        any = true;
        if (significant < 19) {
            *digits = *digits * 10 + (uint64_t) (c - '0');
            significant += *digits > 0 ? 1 : 0;
            *power -= fraction ? 1 : 0;
        } else {
            *exact = *exact && c == '0';
            *power += fraction ? 0 : 1;
        }
    }
    if (!any) {
        return false;
    }
    if (i < length && (text[i] == 'e' || text[i] == 'E')) {
        int exponent = 0;
        bool down = false;
        i++;
        if (i < length && (text[i] == '-' || text[i] == '+')) {
            down = text[i] == '-';
            i++;
        }
        size_t first = i;
        while (i < length && text[i] >= '0' && text[i] <= '9') {
            exponent = exponent < 100000 ? exponent * 10 + (text[i] - '0') : exponent;
            i++;
        }
        if (i == first) {
            return false;
        }
        *power += down ? -exponent : exponent;
    }
    return i == length;
}

/* The number in text[0..length); the next character in memory must not belong to a number. False if it is no
 * decimal number or too large for a float. */
static bool parse_number(const char *text, size_t length, locale_t plain, float *value)
{
    static const double tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                  1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    bool negative = false;
    bool exact = false;
    uint64_t digits = 0;
    int power = 0;
    if (!scan_number(text, length, &negative, &digits, &power, &exact)) {
        return false;
    }
    double result = 0.0;
    if (exact && digits < (UINT64_C(1) << 53) && power >= -22 && power <= 22) {
        /* Both factors are exact doubles, so that one operation gives the nearest double. */
        result = power < 0 ? (double) digits / tens[-power] : (double) digits * tens[power];
        result = negative ? -result : result;
    } else {
        result = strtod_l(text, NULL, plain);
    }
    *value = (float) result;
    return isfinite(*value) != 0;
}

/* ---- words of the file ---- */

/* The 64-bit hashes of all words so far, in open addressing; 0 marks a free place. Two different words are
 * taken for the same one with odds of n * n / 2 / 2^64: 4e-9 for the 400,000 words of the 6B file, 1.3e-7 for
 * the 2.2 million of the 840B file. */
struct hash_set {
    uint64_t *places;
    size_t capacity; /* a power of two */
    size_t count;
};

/* Whether the hash was new. */
static bool hash_set_insert(uint64_t *places, size_t capacity, uint64_t hash)
{
    size_t place = (size_t) hash & (capacity - 1);
    while (places[place] != 0) {
        if (places[place] == hash) {
            return false;
        }
        place = (place + 1) & (capacity - 1);
    }
    places[place] = hash;
    return true;
}

static bool hash_set_add(struct hash_set *set, const char *word, size_t length)
{
    if (set->count * 4 >= set->capacity * 3) {
        size_t capacity = set->capacity > 0 ? set->capacity * 2 : 1024;
        uint64_t *places = allocate(capacity, sizeof *places);
        for (size_t i = 0; i < set->capacity; i++) {
            if (set->places[i] != 0) {
                (void) hash_set_insert(places, capacity, set->places[i]);
            }
        }
        free(set->places);
        set->places = places;
        set->capacity = capacity;
    }
    uint64_t hash = XXH3_64bits(word, length);
    if (!hash_set_insert(set->places, set->capacity, hash != 0 ? hash : 1)) {
        return false;
    }
    set->count++;
    return true;
}

/* ---- lines ---- */

struct reader {
    const char *path;
    struct archive *archive;
    struct progress progress;
    locale_t plain; /* the "C" locale: numbers have a point, whatever the user's language */
    char *buffer;   /* VECTORS_MAXIMUM_LINE_BYTES + 1 */
    size_t begin;   /* of what has not been used yet */
    size_t end;
    bool ended;             /* the file has no more bytes than those in the buffer */
    uint64_t line;          /* number of the line at hand, from 1 */
    struct hash_set words;  /* of the file */
    uint64_t repeated;      /* lines whose word was there before */
    uint64_t repeated_line; /* the first of them */
    char repeated_word[SHOWN_WORD_BYTES + 1];
    struct word_index *index; /* of the vocabulary */
    uint32_t count;           /* V */
    float *row;               /* E numbers of the line at hand */
    struct vectors *vectors;
    struct error *error;
};

static enum status file_broken(const struct reader *reader)
{
    const char *reason = archive_error_string(reader->archive);
    return error_set(reader->error, STATUS_INVALID,
                     "%s: cannot be read, cut off or damaged behind line %llu: %s", reader->path,
                     (unsigned long long) reader->line, reason != NULL ? reason : "no reason given");
}

static enum status fill_buffer(struct reader *reader)
{
    memmove(reader->buffer, reader->buffer + reader->begin, reader->end - reader->begin);
    reader->end -= reader->begin;
    reader->begin = 0;
    la_ssize_t got = archive_read_data(reader->archive, reader->buffer + reader->end,
                                       VECTORS_MAXIMUM_LINE_BYTES - reader->end);
    if (got < 0) {
        return file_broken(reader);
    }
    reader->end += (size_t) got;
    reader->ended = got == 0;
    progress_update(&reader->progress, (uint64_t) archive_filter_bytes(reader->archive, -1));
    return listener_stopped() ? error_set(reader->error, STATUS_FAILED, "interrupted") : STATUS_OK;
}

/* The next line without its end; *line is NULL behind the last one. A zero follows it in memory. */
static enum status next_line(struct reader *reader, char **line, size_t *length)
{
    size_t searched = 0;
    *line = NULL;
    for (;;) {
        char *start = reader->buffer + reader->begin;
        size_t held = reader->end - reader->begin;
        char *newline = memchr(start + searched, '\n', held - searched);
        if (newline != NULL || (reader->ended && held > 0)) {
            *length = newline != NULL ? (size_t) (newline - start) : held;
            reader->begin += *length + (newline != NULL ? 1 : 0);
            start[*length] = '\0';
            *line = start;
            reader->line++;
            return STATUS_OK;
        }
        if (reader->ended) {
            return STATUS_OK;
        }
        if (held == VECTORS_MAXIMUM_LINE_BYTES) {
            return error_set(reader->error, STATUS_INVALID,
                             "%s: line %llu: longer than %d bytes; expected a word and its numbers",
                             reader->path, (unsigned long long) reader->line + 1, VECTORS_MAXIMUM_LINE_BYTES);
        }
        searched = held;
        enum status status = fill_buffer(reader);
        if (status != STATUS_OK) {
            return status;
        }
    }
}

static bool is_count(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
    }
    return length > 0;
}

/* Take the dimension from the first line. */
static enum status begin_matrix(struct reader *reader, const char *line, size_t length)
{
    uint32_t fields = 1;
    for (size_t i = 0; i < length; i++) {
        fields += line[i] == ' ' ? 1 : 0;
    }
    if (is_utf16(line, length)) {
        return error_set(reader->error, STATUS_INVALID, "%s: is UTF-16; expected UTF-8", reader->path);
    }
    if (fields == 2) {
        const char *space = memchr(line, ' ', length);
        size_t first = (size_t) (space - line);
        if (is_count(line, first) && is_count(space + 1, length - first - 1)) {
            return error_set(
                reader->error, STATUS_INVALID,
                "%s: line 1: holds two counts, as word2vec's format does; expected a word and its numbers, "
                "GloVe's format: remove this line",
                reader->path);
        }
    }
    if (fields == 1 || fields - 1 > VECTORS_MAXIMUM_SIZE) {
        return error_set(
            reader->error, STATUS_INVALID,
            "%s: line 1: %u numbers behind the word; expected 1 to %d, as GloVe's text format has them",
            reader->path, fields - 1, VECTORS_MAXIMUM_SIZE);
    }
    reader->vectors->size = fields - 1;
    reader->vectors->matrix = allocate((size_t) reader->count * reader->vectors->size, sizeof(float));
    reader->row = allocate(reader->vectors->size, sizeof *reader->row);
    return STATUS_OK;
}

static int shown(size_t length, size_t most)
{
    return (int) (length < most ? length : most);
}

static enum status wrong_count(const struct reader *reader, uint64_t numbers)
{
    return error_set(reader->error, STATUS_INVALID, "%s: line %llu: %llu numbers; expected %u, as in line 1",
                     reader->path, (unsigned long long) reader->line, (unsigned long long) numbers,
                     reader->vectors->size);
}

static enum status take_line(struct reader *reader, const char *line, size_t length)
{
    if (reader->line == 1) {
        const size_t mark = utf8_mark(line, length);
        line += mark;
        length -= mark;
    }
    /* What Windows and some writers leave at a line's end. */
    while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\r')) {
        length--;
    }
    if (reader->vectors->matrix == NULL) {
        enum status status = begin_matrix(reader, line, length);
        if (status != STATUS_OK) {
            return status;
        }
    }
    float *matrix = reader->vectors->matrix;
    assert(matrix != NULL);
    uint32_t size = reader->vectors->size;
    size_t end = length; /* of what is left in front of the numbers taken */
    for (uint32_t taken = 0; taken < size; taken++) {
        const char *space = memrchr(line, ' ', end);
        if (space == NULL) {
            return wrong_count(reader, taken);
        }
        const char *field = space + 1;
        size_t field_length = end - (size_t) (field - line);
        if (!parse_number(field, field_length, reader->plain, &reader->row[size - 1 - taken])) {
            return error_set(reader->error, STATUS_INVALID,
                             "%s: line %llu: number %u of %u is \"%.*s\"; expected a finite decimal number",
                             reader->path, (unsigned long long) reader->line, size - taken, size,
                             shown(field_length, SHOWN_FIELD_BYTES), field);
        }
        end = (size_t) (space - line);
    }
    if (end == 0) {
        return error_set(reader->error, STATUS_INVALID, "%s: line %llu: begins with a space; expected a word",
                         reader->path, (unsigned long long) reader->line);
    }
    /* Words with spaces are rare and end in no number: such a line has too many numbers. */
    const char *space = memrchr(line, ' ', end);
    float ignored = 0.0F;
    uint64_t too_many = 0;
    size_t word_end = end;
    while (space != NULL &&
           parse_number(space + 1, word_end - (size_t) (space + 1 - line), reader->plain, &ignored)) {
        too_many++;
        word_end = (size_t) (space - line);
        space = memrchr(line, ' ', word_end);
    }
    if (too_many > 0) {
        return wrong_count(reader, size + too_many);
    }
    if (!hash_set_add(&reader->words, line, end)) {
        if (reader->repeated++ == 0) {
            reader->repeated_line = reader->line;
            (void) snprintf(reader->repeated_word, sizeof reader->repeated_word, "%.*s",
                            shown(end, SHOWN_WORD_BYTES), line);
        }
        return STATUS_OK;
    }
    uint32_t id = word_index_find(reader->index, line, end);
    if (id != WORD_UNKNOWN) {
        memcpy(matrix + (size_t) id * size, reader->row, size * sizeof *reader->row);
        reader->vectors->found++;
    }
    return STATUS_OK;
}

/* Map all values to [0,1]. */
static enum status normalise(const struct reader *reader)
{
    float *matrix = reader->vectors->matrix;
    size_t values = (size_t) reader->count * reader->vectors->size;
    float least = matrix[0];
    float greatest = matrix[0];
    for (size_t i = 0; i < values; i++) {
        least = matrix[i] < least ? matrix[i] : least;
        greatest = matrix[i] > greatest ? matrix[i] : greatest;
    }
    if (!(greatest > least)) {
        return error_set(reader->error, STATUS_INVALID, "%s: every number is the same; expected word vectors",
                         reader->path);
    }
    double range = (double) greatest - (double) least;
    for (size_t i = 0; i < values; i++) {
        matrix[i] = (float) (((double) matrix[i] - (double) least) / range);
    }
    return STATUS_OK;
}

static enum status read_lines(struct reader *reader)
{
    for (;;) {
        char *line = NULL;
        size_t length = 0;
        enum status status = next_line(reader, &line, &length);
        if (status == STATUS_OK && line != NULL) {
            status = take_line(reader, line, length);
        }
        if (status != STATUS_OK) {
            return status;
        }
        if (line == NULL) {
            break;
        }
    }
    if (reader->line == 0) {
        return error_set(reader->error, STATUS_INVALID,
                         "%s: is empty; expected word vectors, a word and its numbers a line", reader->path);
    }
    if (reader->vectors->found == 0) {
        return error_set(reader->error, STATUS_INVALID,
                         "%s: none of its %llu words is in the vocabulary of %u words", reader->path,
                         (unsigned long long) reader->line, reader->count);
    }
    if (reader->repeated > 0) {
        note("%s: lines whose word was there before: %llu, the first of them line %llu (\"%s\"); a word's "
             "first "
             "line counts",
             reader->path, (unsigned long long) reader->repeated, (unsigned long long) reader->repeated_line,
             reader->repeated_word);
    }
    return normalise(reader);
}

/* ---- the file ---- */

const char *vectors_choose(char *const *names, size_t count)
{
    static const char *const wanted[] = {"imdb", "100d"};
    const char *chosen = count == 1 ? names[0] : NULL;
    for (size_t rule = 0; rule < sizeof wanted / sizeof *wanted && chosen == NULL; rule++) {
        size_t candidates = 0;
        const char *last = NULL;
        for (size_t i = 0; i < count; i++) {
            assert(names[i] != NULL);
            if (strstr(names[i], wanted[rule]) != NULL) {
                last = names[i];
                candidates++;
            }
        }
        chosen = candidates == 1 ? last : NULL;
    }
    return chosen;
}

static enum status open_archive(struct reader *reader)
{
    (void) archive_read_free(reader->archive);
    reader->archive = archive_read_new();
    if (reader->archive == NULL) {
        return error_set(reader->error, STATUS_FAILED, "out of memory");
    }
    (void) archive_read_support_filter_gzip(reader->archive);
    (void) archive_read_support_filter_xz(reader->archive);
    (void) archive_read_support_filter_zstd(reader->archive);
    (void) archive_read_support_format_zip(reader->archive);
    (void) archive_read_support_format_raw(reader->archive);
    (void) archive_read_support_format_empty(reader->archive);
    return archive_read_open_filename(reader->archive, reader->path, ARCHIVE_BLOCK_BYTES) == ARCHIVE_OK
               ? STATUS_OK
               : file_broken(reader);
}

/* The archive's next file; NULL after the last one. A plain file counts as an archive of one. */
static enum status next_file(struct reader *reader, struct archive_entry **entry)
{
    const int result = archive_read_next_header(reader->archive, entry);
    if (result == ARCHIVE_EOF) {
        *entry = NULL;
    }
    return result == ARCHIVE_OK || result == ARCHIVE_WARN || result == ARCHIVE_EOF ? STATUS_OK
                                                                                   : file_broken(reader);
}

static const char *name_in_archive(struct archive_entry *entry)
{
    const char *name = archive_entry_pathname(entry);
    name = name != NULL ? name : archive_entry_pathname_utf8(entry);
    return name != NULL ? name : "";
}

static bool is_text_name(const char *name)
{
    const size_t length = strlen(name);
    return length > 4 && strcmp(name + length - 4, ".txt") == 0 && name[0] != '.' &&
           strstr(name, "/.") == NULL;
}

/* The names of the archive's text files; hidden ones are none. */
static enum status list_files(struct reader *reader, char *names[], size_t most, size_t *count)
{
    for (;;) {
        struct archive_entry *entry = NULL;
        enum status status = next_file(reader, &entry);
        if (status != STATUS_OK || entry == NULL) {
            return status;
        }
        const char *name = name_in_archive(entry);
        if (is_text_name(name) && *count < most) {
            names[(*count)++] = duplicate_string(name);
        }
    }
}

/* Open the archive anew, to stand before the file of this name. */
static enum status open_at(struct reader *reader, const char *name)
{
    struct archive_entry *entry = NULL;
    enum status status = open_archive(reader);
    do {
        status = status == STATUS_OK ? next_file(reader, &entry) : status;
    } while (status == STATUS_OK && entry != NULL && strcmp(name_in_archive(entry), name) != 0);
    return status;
}

/* Choose the file in an archive of several. */
static enum status choose_file(struct reader *reader)
{
    enum { MOST_FILES = 1000 };
    char *names[MOST_FILES] = {NULL};
    size_t count = 0;
    enum status status = list_files(reader, names, MOST_FILES, &count);
    const char *chosen = count > 0 ? vectors_choose(names, count) : NULL;
    if (status == STATUS_OK && chosen == NULL) {
        status = error_set(
            reader->error, STATUS_INVALID,
            "%s: %zu text files in the archive; expected one of word vectors, or one with 100d in its name",
            reader->path, count);
    } else if (status == STATUS_OK) {
        status = open_at(reader, chosen);
    }
    if (status == STATUS_OK && count > 1) {
        note("%s: word vectors out of %s, one of %zu files in it", reader->path, chosen, count);
    }
    for (size_t i = 0; i < count; i++) {
        free(names[i]);
    }
    return status;
}

static enum status read_file(struct reader *reader)
{
    enum status status = open_archive(reader);
    struct archive_entry *entry = NULL;
    if (status == STATUS_OK) {
        status = next_file(reader, &entry);
    }
    if (status == STATUS_OK && entry != NULL &&
        (archive_format(reader->archive) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_ZIP) {
        status = open_archive(reader);
        if (status == STATUS_OK) {
            status = choose_file(reader);
        }
    } else {
        reader->ended = entry == NULL;
    }
    return status == STATUS_OK ? read_lines(reader) : status;
}

enum status vectors_read(const char *path, char *const *words, uint32_t count, struct vectors *vectors,
                         struct error *error)
{
    struct stat information;
    *vectors = (struct vectors) {0};
    if (stat(path, &information) != 0) {
        return error_set_errno(error, STATUS_INVALID, "%s: cannot be read; expected a file of word vectors",
                               path);
    }
    if (!S_ISREG(information.st_mode)) {
        return error_set(error, STATUS_INVALID, "%s: not a regular file; expected a file of word vectors",
                         path);
    }
    struct reader reader = {.path = path, .count = count, .vectors = vectors, .error = error};
    reader.plain = newlocale(LC_ALL_MASK, "C", (locale_t) 0);
    if (reader.plain == (locale_t) 0) {
        return error_set(error, STATUS_FAILED, "out of memory");
    }
    reader.buffer = allocate(VECTORS_MAXIMUM_LINE_BYTES + 1, 1);
    reader.index = word_index_new(words, count);
    progress_begin(&reader.progress, "reading word vectors", (uint64_t) information.st_size);
    enum status status = read_file(&reader);
    progress_end(&reader.progress);
    (void) archive_read_free(reader.archive);
    freelocale(reader.plain);
    word_index_free(reader.index);
    free(reader.words.places);
    free(reader.buffer);
    free(reader.row);
    if (status != STATUS_OK) {
        free(vectors->matrix);
        *vectors = (struct vectors) {0};
    }
    return status;
}
