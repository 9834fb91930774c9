// SPDX-License-Identifier: Apache-2.0
#include "fit/measurements.h"

#include "base/byte_order_mark.h"
#include "model/base/memory.h"

#include <csv.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum column { COLUMN_VOLTAGE, COLUMN_WIDTH, COLUMN_BEFORE, COLUMN_AFTER, COLUMNS };

static const struct {
    const char *name;
    const char *expected;
    bool positive;
    double largest;
} columns[COLUMNS] = {
    [COLUMN_VOLTAGE] = {"voltage_v", "volt, between -100 and 100 and not 0", false, 100},
    [COLUMN_WIDTH] = {"width_us", "microseconds, above 0", true, 1e12},
    [COLUMN_BEFORE] = {"before_ohm", "ohm, above 0", true, 1e15},
    [COLUMN_AFTER] = {"after_ohm", "ohm, above 0", true, 1e15},
};

struct reader {
    const char *path;
    struct measurements *measurements;
    uint64_t line;
    bool named;               /* the line with the names is over */
    char names[160];          /* that were found, for messages */
    uint32_t field;           /* of this line */
    uint32_t places[COLUMNS]; /* 1 + the column's field; 0: not found */
    uint32_t found;           /* numbers of this line */
    double numbers[COLUMNS];
    uint32_t capacity;
    enum status status;
    struct error *error;
};

static void read_name(struct reader *reader, const char *text)
{
    const size_t used = strlen(reader->names);
    (void) snprintf(reader->names + used, sizeof reader->names - used, "%s%s", used > 0 ? ", " : "", text);
    for (int column = 0; column < COLUMNS; column++) {
        if (strcmp(text, columns[column].name) == 0) {
            if (reader->places[column] != 0) {
                reader->status =
                    error_set(reader->error, STATUS_INVALID, "%s:%llu: names the column %s twice",
                              reader->path, (unsigned long long) reader->line, text);
            }
            reader->places[column] = reader->field + 1;
        }
    }
}

static void read_number(struct reader *reader, const char *text)
{
    for (int column = 0; column < COLUMNS; column++) {
        if (reader->places[column] != reader->field + 1) {
            continue;
        }
        char *end = NULL;
        const double number = strtod(text, &end);
        if (end == text || *end != '\0' || !(fabs(number) < columns[column].largest) || number == 0 ||
            (columns[column].positive && number < 0)) {
            reader->status = error_set(reader->error, STATUS_INVALID, "%s:%llu: %s: \"%s\": expected %s",
                                       reader->path, (unsigned long long) reader->line, columns[column].name,
                                       text, columns[column].expected);
        }
        reader->numbers[column] = number;
        reader->found++;
    }
}

static void end_field(void *field, size_t length, void *context)
{
    struct reader *reader = context;
    if (reader->status == STATUS_OK && strlen(field) != length) {
        reader->status = error_set(reader->error, STATUS_INVALID, "%s:%llu: holds a zero byte; expected text",
                                   reader->path, (unsigned long long) reader->line);
    }
    if (reader->status == STATUS_OK) {
        (reader->named ? read_number : read_name)(reader, field);
    }
    reader->field++;
}

static void check_names(struct reader *reader)
{
    for (int column = 0; column < COLUMNS && reader->status == STATUS_OK; column++) {
        if (reader->places[column] == 0) {
            reader->status = error_set(reader->error, STATUS_INVALID,
                                       "%s:%llu: names no column %s, but %s; expected voltage_v, width_us, "
                                       "before_ohm and after_ohm among them",
                                       reader->path, (unsigned long long) reader->line, columns[column].name,
                                       reader->names);
        }
    }
}

static void add_pulse(struct reader *reader)
{
    struct measurements *measurements = reader->measurements;
    if (reader->found != COLUMNS) {
        reader->status = error_set(reader->error, STATUS_INVALID,
                                   "%s:%llu: has only %u fields; expected as many as the first line names",
                                   reader->path, (unsigned long long) reader->line, reader->field);
        return;
    }
    if (measurements->count == reader->capacity) {
        reader->capacity = reader->capacity == 0 ? 1024 : 2 * reader->capacity;
        measurements->pulses =
            reallocate(measurements->pulses, reader->capacity, sizeof *measurements->pulses);
    }
    measurements->pulses[measurements->count++] = (struct measured_pulse) {
        .voltage = reader->numbers[COLUMN_VOLTAGE],
        .seconds = reader->numbers[COLUMN_WIDTH] * 1e-6,
        .before = reader->numbers[COLUMN_BEFORE],
        .after = reader->numbers[COLUMN_AFTER],
        .line = reader->line,
    };
}

static void end_line(int character, void *context)
{
    struct reader *reader = context;
    if (reader->status == STATUS_OK && reader->field > 0) {
        if (reader->named) {
            add_pulse(reader);
        } else {
            check_names(reader);
            reader->named = true;
        }
    }
    reader->line += character == '\n'; /* a carriage return before it ends the line as well */
    reader->field = 0;
    reader->found = 0;
}

static enum status parse(FILE *file, struct csv_parser *parser, struct reader *reader)
{
    char buffer[65536];
    for (bool first = true, more = true; more && reader->status == STATUS_OK; first = false) {
        const size_t length = fread(buffer, 1, sizeof buffer, file);
        more = length == sizeof buffer;
        if (first && is_utf16(buffer, length)) {
            return error_set(reader->error, STATUS_INVALID, "%s: is UTF-16; expected UTF-8", reader->path);
        }
        const size_t mark = first ? utf8_mark(buffer, length) : 0;
        if (csv_parse(parser, buffer + mark, length - mark, end_field, end_line, reader) != length - mark) {
            return error_set(reader->error, STATUS_INVALID, "%s:%llu: %s", reader->path,
                             (unsigned long long) reader->line, csv_strerror(csv_error(parser)));
        }
    }
    if (reader->status == STATUS_OK && ferror(file) != 0) {
        return error_set_errno(reader->error, STATUS_INVALID, "%s: could not be read", reader->path);
    }
    if (reader->status == STATUS_OK && csv_fini(parser, end_field, end_line, reader) != 0) {
        return error_set(reader->error, STATUS_INVALID, "%s:%llu: a quotation mark is left open",
                         reader->path, (unsigned long long) reader->line);
    }
    if (reader->status == STATUS_OK && reader->measurements->count == 0) {
        return error_set(
            reader->error, STATUS_INVALID,
            "%s: holds no pulses; expected a line that names the columns, and one for each pulse",
            reader->path);
    }
    return reader->status;
}

enum status measurements_read(const char *path, struct measurements *measurements, struct error *error)
{
    *measurements = (struct measurements) {0};
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return error_set_errno(error, STATUS_INVALID, "%s: cannot be opened", path);
    }
    struct csv_parser parser;
    struct reader reader = {.path = path, .measurements = measurements, .line = 1, .error = error};
    /* Every end of line is reported, so that lines can be counted. */
    enum status status =
        csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL | CSV_REPALL_NL) != 0
            ? error_set(error, STATUS_FAILED, "%s: the CSV reader cannot be started", path)
            : parse(file, &parser, &reader);
    csv_free(&parser);
    (void) fclose(file);
    if (status != STATUS_OK) {
        measurements_free(measurements);
    }
    return status;
}

void measurements_free(struct measurements *measurements)
{
    free(measurements->pulses);
    *measurements = (struct measurements) {0};
}
