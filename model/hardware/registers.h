// SPDX-License-Identifier: Apache-2.0
/* Made by scripts/registers.py from rtl/registers.csv; change that file, not this one. */
#ifndef MEMSPIKE_MODEL_HARDWARE_REGISTERS_H
#define MEMSPIKE_MODEL_HARDWARE_REGISTERS_H

#include <stdint.h>

enum memspike_register {
    REGISTER_ID = 0x0000,
    REGISTER_MAP_VERSION = 0x0004,
    REGISTER_INPUTS = 0x0008,
    REGISTER_LANES = 0x000C,
    REGISTER_OUTPUTS = 0x0010,
    REGISTER_CLOCKS_PER_US = 0x0014,
    REGISTER_TILES = 0x0018,
    REGISTER_DIFFERENTIAL = 0x001C,
    REGISTER_CONTROL = 0x0020,
    REGISTER_STATUS = 0x0024,
    REGISTER_CLOCKS = 0x0028,
    REGISTER_STEPS = 0x0040,
    REGISTER_SEED = 0x0044,
    REGISTER_ENCODER = 0x0048,
    REGISTER_THRESHOLD = 0x004C,
    REGISTER_MEMBRANE_START = 0x0050,
    REGISTER_LEAK = 0x0054,
    REGISTER_EARLY_DECISION = 0x0058,
    REGISTER_TOLERANCE = 0x0080,
    REGISTER_MAX_PULSES = 0x0084,
    REGISTER_PULSE_ENTRIES = 0x0088,
    REGISTER_FIRST_DEVICE = 0x008C,
    REGISTER_LAST_DEVICE = 0x0090,
    REGISTER_VERIFY_READS = 0x0094,
    REGISTER_CONVERGED = 0x00A0,
    REGISTER_STALLED = 0x00A4,
    REGISTER_EXHAUSTED = 0x00A8,
    REGISTER_PULSES = 0x00AC,
    REGISTER_PULSE_TIME = 0x00B0,
    REGISTER_PULSE_WIDTH = 0x0100,
    REGISTER_PULSE_RATE = 0x0140,
    REGISTER_PULSE_ASYMPTOTE = 0x0180,
    REGISTER_RATE_PAIR = 0x0800,
    REGISTER_RATE = 0x1000,
    REGISTER_COUNT = 0x2000,
    REGISTER_MEMBRANE_LOW = 0x3000,
    REGISTER_MEMBRANE_HIGH = 0x3800,
    REGISTER_TARGET = 0x4000,
    REGISTER_RESULT = 0x8000,
    REGISTER_EMULATOR_RESISTANCE = 0xC000,
    REGISTER_EMULATOR_SCALE = 0xD000,
    REGISTER_EMULATOR_OFFSET = 0xD004,
    REGISTER_EMULATOR_NOISE = 0xD008,
    REGISTER_EMULATOR_NOISE_SEED = 0xD00C,
    REGISTER_EMULATOR_RATE = 0xD100,
    REGISTER_EMULATOR_ASYMPTOTE = 0xD140,
};

/* How many words a window has. */
enum memspike_register_words {
    REGISTER_PULSE_WIDTH_WORDS = 16,
    REGISTER_PULSE_RATE_WORDS = 16,
    REGISTER_PULSE_ASYMPTOTE_WORDS = 16,
    REGISTER_RATE_PAIR_WORDS = 512,
    REGISTER_RATE_WORDS = 1024,
    REGISTER_COUNT_WORDS = 1024,
    REGISTER_MEMBRANE_LOW_WORDS = 512,
    REGISTER_MEMBRANE_HIGH_WORDS = 512,
    REGISTER_TARGET_WORDS = 4096,
    REGISTER_RESULT_WORDS = 4096,
    REGISTER_EMULATOR_RESISTANCE_WORDS = 1024,
    REGISTER_EMULATOR_RATE_WORDS = 16,
    REGISTER_EMULATOR_ASYMPTOTE_WORDS = 16,
};

/* How many bits a register has, or each word of a window. */
enum memspike_register_bits {
    REGISTER_ID_BITS = 32,
    REGISTER_MAP_VERSION_BITS = 32,
    REGISTER_INPUTS_BITS = 32,
    REGISTER_LANES_BITS = 32,
    REGISTER_OUTPUTS_BITS = 32,
    REGISTER_CLOCKS_PER_US_BITS = 32,
    REGISTER_TILES_BITS = 32,
    REGISTER_DIFFERENTIAL_BITS = 32,
    REGISTER_CONTROL_BITS = 2,
    REGISTER_STATUS_BITS = 2,
    REGISTER_CLOCKS_BITS = 32,
    REGISTER_STEPS_BITS = 16,
    REGISTER_SEED_BITS = 31,
    REGISTER_ENCODER_BITS = 1,
    REGISTER_THRESHOLD_BITS = 32,
    REGISTER_MEMBRANE_START_BITS = 32,
    REGISTER_LEAK_BITS = 5,
    REGISTER_EARLY_DECISION_BITS = 1,
    REGISTER_TOLERANCE_BITS = 24,
    REGISTER_MAX_PULSES_BITS = 6,
    REGISTER_PULSE_ENTRIES_BITS = 5,
    REGISTER_FIRST_DEVICE_BITS = 16,
    REGISTER_LAST_DEVICE_BITS = 16,
    REGISTER_VERIFY_READS_BITS = 3,
    REGISTER_CONVERGED_BITS = 16,
    REGISTER_STALLED_BITS = 16,
    REGISTER_EXHAUSTED_BITS = 16,
    REGISTER_PULSES_BITS = 32,
    REGISTER_PULSE_TIME_BITS = 32,
    REGISTER_PULSE_WIDTH_BITS = 17,
    REGISTER_PULSE_RATE_BITS = 32,
    REGISTER_PULSE_ASYMPTOTE_BITS = 24,
    REGISTER_RATE_PAIR_BITS = 32,
    REGISTER_RATE_BITS = 16,
    REGISTER_COUNT_BITS = 16,
    REGISTER_MEMBRANE_LOW_BITS = 32,
    REGISTER_MEMBRANE_HIGH_BITS = 32,
    REGISTER_TARGET_BITS = 24,
    REGISTER_RESULT_BITS = 32,
    REGISTER_EMULATOR_RESISTANCE_BITS = 32,
    REGISTER_EMULATOR_SCALE_BITS = 32,
    REGISTER_EMULATOR_OFFSET_BITS = 24,
    REGISTER_EMULATOR_NOISE_BITS = 3,
    REGISTER_EMULATOR_NOISE_SEED_BITS = 31,
    REGISTER_EMULATOR_RATE_BITS = 32,
    REGISTER_EMULATOR_ASYMPTOTE_BITS = 24,
};

/* What a reset leaves: the value in the list below, or what the word says. */
enum memspike_register_reset {
    RESET_VALUE,
    RESET_PARAMETER,
    RESET_LAST_DEVICE,
    RESET_KEPT,
    RESET_NONE,
};

/* Where a reset leaves another value than 0. */
enum memspike_register_value {
    REGISTER_ID_RESET = 0x4D53504B,
    REGISTER_MAP_VERSION_RESET = 0x4,
    REGISTER_EMULATOR_NOISE_SEED_RESET = 0x1,
};

/* Fields: the lowest bit, and the mask of a value before it is shifted there. */
enum memspike_register_field {
    REGISTER_CONTROL_REVIEW_SHIFT = 0,
    REGISTER_CONTROL_REVIEW_MASK = 0x1,
    REGISTER_CONTROL_WRITING_SHIFT = 1,
    REGISTER_CONTROL_WRITING_MASK = 0x1,
    REGISTER_STATUS_REVIEW_SHIFT = 0,
    REGISTER_STATUS_REVIEW_MASK = 0x1,
    REGISTER_STATUS_WRITING_SHIFT = 1,
    REGISTER_STATUS_WRITING_MASK = 0x1,
    REGISTER_PULSE_WIDTH_WIDTH_SHIFT = 0,
    REGISTER_PULSE_WIDTH_WIDTH_MASK = 0xFFFF,
    REGISTER_PULSE_WIDTH_NEGATIVE_SHIFT = 16,
    REGISTER_PULSE_WIDTH_NEGATIVE_MASK = 0x1,
    REGISTER_RATE_PAIR_LOWER_SHIFT = 0,
    REGISTER_RATE_PAIR_LOWER_MASK = 0xFFFF,
    REGISTER_RATE_PAIR_UPPER_SHIFT = 16,
    REGISTER_RATE_PAIR_UPPER_MASK = 0xFFFF,
    REGISTER_RESULT_READING_SHIFT = 0,
    REGISTER_RESULT_READING_MASK = 0xFFFFFF,
    REGISTER_RESULT_PULSES_SHIFT = 24,
    REGISTER_RESULT_PULSES_MASK = 0x3F,
    REGISTER_RESULT_ENDING_SHIFT = 30,
    REGISTER_RESULT_ENDING_MASK = 0x3,
};

/* A field of a word, and a word with that field, as REGISTER_FIELD(word, RESULT_ENDING). */
#define REGISTER_FIELD(word, field) ((word) >> REGISTER_##field##_SHIFT & REGISTER_##field##_MASK)
#define REGISTER_WITH(value, field)                                                                          \
    (((uint32_t) (value) & REGISTER_##field##_MASK) << REGISTER_##field##_SHIFT)

/* The chip's own: name, words, whether it can be read and written, mask, what a reset leaves, and the value
 * if that is one. */
#define REGISTER_LIST(REGISTER)                                                                              \
    REGISTER(ID, 1, 1, 0, 0xFFFFFFFFu, RESET_VALUE, 0x4D53504Bu)                                             \
    REGISTER(MAP_VERSION, 1, 1, 0, 0xFFFFFFFFu, RESET_VALUE, 0x4u)                                           \
    REGISTER(INPUTS, 1, 1, 0, 0xFFFFFFFFu, RESET_PARAMETER, 0x0u)                                            \
    REGISTER(LANES, 1, 1, 0, 0xFFFFFFFFu, RESET_PARAMETER, 0x0u)                                             \
    REGISTER(OUTPUTS, 1, 1, 0, 0xFFFFFFFFu, RESET_PARAMETER, 0x0u)                                           \
    REGISTER(CLOCKS_PER_US, 1, 1, 0, 0xFFFFFFFFu, RESET_PARAMETER, 0x0u)                                     \
    REGISTER(TILES, 1, 1, 0, 0xFFFFFFFFu, RESET_PARAMETER, 0x0u)                                             \
    REGISTER(DIFFERENTIAL, 1, 1, 0, 0xFFFFFFFFu, RESET_PARAMETER, 0x0u)                                      \
    REGISTER(CONTROL, 1, 0, 1, 0x3u, RESET_NONE, 0x0u)                                                       \
    REGISTER(STATUS, 1, 1, 0, 0x3u, RESET_VALUE, 0x0u)                                                       \
    REGISTER(CLOCKS, 1, 1, 0, 0xFFFFFFFFu, RESET_VALUE, 0x0u)                                                \
    REGISTER(STEPS, 1, 1, 1, 0xFFFFu, RESET_VALUE, 0x0u)                                                     \
    REGISTER(SEED, 1, 1, 1, 0x7FFFFFFFu, RESET_VALUE, 0x0u)                                                  \
    REGISTER(ENCODER, 1, 1, 1, 0x1u, RESET_VALUE, 0x0u)                                                      \
    REGISTER(THRESHOLD, 1, 1, 1, 0xFFFFFFFFu, RESET_VALUE, 0x0u)                                             \
    REGISTER(MEMBRANE_START, 1, 1, 1, 0xFFFFFFFFu, RESET_VALUE, 0x0u)                                        \
    REGISTER(LEAK, 1, 1, 1, 0x1Fu, RESET_VALUE, 0x0u)                                                        \
    REGISTER(EARLY_DECISION, 1, 1, 1, 0x1u, RESET_VALUE, 0x0u)                                               \
    REGISTER(TOLERANCE, 1, 1, 1, 0xFFFFFFu, RESET_VALUE, 0x0u)                                               \
    REGISTER(MAX_PULSES, 1, 1, 1, 0x3Fu, RESET_VALUE, 0x0u)                                                  \
    REGISTER(PULSE_ENTRIES, 1, 1, 1, 0x1Fu, RESET_VALUE, 0x0u)                                               \
    REGISTER(FIRST_DEVICE, 1, 1, 1, 0xFFFFu, RESET_VALUE, 0x0u)                                              \
    REGISTER(LAST_DEVICE, 1, 1, 1, 0xFFFFu, RESET_LAST_DEVICE, 0x0u)                                         \
    REGISTER(VERIFY_READS, 1, 1, 1, 0x7u, RESET_VALUE, 0x0u)                                                 \
    REGISTER(CONVERGED, 1, 1, 0, 0xFFFFu, RESET_VALUE, 0x0u)                                                 \
    REGISTER(STALLED, 1, 1, 0, 0xFFFFu, RESET_VALUE, 0x0u)                                                   \
    REGISTER(EXHAUSTED, 1, 1, 0, 0xFFFFu, RESET_VALUE, 0x0u)                                                 \
    REGISTER(PULSES, 1, 1, 0, 0xFFFFFFFFu, RESET_VALUE, 0x0u)                                                \
    REGISTER(PULSE_TIME, 1, 1, 0, 0xFFFFFFFFu, RESET_VALUE, 0x0u)                                            \
    REGISTER(PULSE_WIDTH, 16, 0, 1, 0x1FFFFu, RESET_KEPT, 0x0u)                                              \
    REGISTER(PULSE_RATE, 16, 0, 1, 0xFFFFFFFFu, RESET_KEPT, 0x0u)                                            \
    REGISTER(PULSE_ASYMPTOTE, 16, 0, 1, 0xFFFFFFu, RESET_KEPT, 0x0u)                                         \
    REGISTER(RATE_PAIR, 512, 0, 1, 0xFFFFFFFFu, RESET_KEPT, 0x0u)                                            \
    REGISTER(RATE, 1024, 0, 1, 0xFFFFu, RESET_KEPT, 0x0u)                                                    \
    REGISTER(COUNT, 1024, 1, 0, 0xFFFFu, RESET_VALUE, 0x0u)                                                  \
    REGISTER(MEMBRANE_LOW, 512, 1, 0, 0xFFFFFFFFu, RESET_VALUE, 0x0u)                                        \
    REGISTER(MEMBRANE_HIGH, 512, 1, 0, 0xFFFFFFFFu, RESET_VALUE, 0x0u)                                       \
    REGISTER(TARGET, 4096, 0, 1, 0xFFFFFFu, RESET_KEPT, 0x0u)                                                \
    REGISTER(RESULT, 4096, 1, 0, 0xFFFFFFFFu, RESET_KEPT, 0x0u)                                              \
    /* end */

#endif
