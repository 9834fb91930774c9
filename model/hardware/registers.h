/* Made by scripts/registers.py from rtl/registers.csv; change that file, not this one. */
#ifndef MEMSPIKE_MODEL_REGISTERS_H
#define MEMSPIKE_MODEL_REGISTERS_H

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

/* The chip's own: name, words, whether it can be read and written. */
#define REGISTER_LIST(REGISTER)                                                                              \
    REGISTER(ID, 1, 1, 0)                                                                                    \
    REGISTER(MAP_VERSION, 1, 1, 0)                                                                           \
    REGISTER(INPUTS, 1, 1, 0)                                                                                \
    REGISTER(LANES, 1, 1, 0)                                                                                 \
    REGISTER(OUTPUTS, 1, 1, 0)                                                                               \
    REGISTER(CLOCKS_PER_US, 1, 1, 0)                                                                         \
    REGISTER(TILES, 1, 1, 0)                                                                                 \
    REGISTER(DIFFERENTIAL, 1, 1, 0)                                                                          \
    REGISTER(CONTROL, 1, 0, 1)                                                                               \
    REGISTER(STATUS, 1, 1, 0)                                                                                \
    REGISTER(CLOCKS, 1, 1, 0)                                                                                \
    REGISTER(STEPS, 1, 1, 1)                                                                                 \
    REGISTER(SEED, 1, 1, 1)                                                                                  \
    REGISTER(ENCODER, 1, 1, 1)                                                                               \
    REGISTER(THRESHOLD, 1, 1, 1)                                                                             \
    REGISTER(MEMBRANE_START, 1, 1, 1)                                                                        \
    REGISTER(LEAK, 1, 1, 1)                                                                                  \
    REGISTER(EARLY_DECISION, 1, 1, 1)                                                                        \
    REGISTER(TOLERANCE, 1, 1, 1)                                                                             \
    REGISTER(MAX_PULSES, 1, 1, 1)                                                                            \
    REGISTER(PULSE_ENTRIES, 1, 1, 1)                                                                         \
    REGISTER(FIRST_DEVICE, 1, 1, 1)                                                                          \
    REGISTER(LAST_DEVICE, 1, 1, 1)                                                                           \
    REGISTER(VERIFY_READS, 1, 1, 1)                                                                          \
    REGISTER(CONVERGED, 1, 1, 0)                                                                             \
    REGISTER(STALLED, 1, 1, 0)                                                                               \
    REGISTER(EXHAUSTED, 1, 1, 0)                                                                             \
    REGISTER(PULSES, 1, 1, 0)                                                                                \
    REGISTER(PULSE_TIME, 1, 1, 0)                                                                            \
    REGISTER(PULSE_WIDTH, 16, 0, 1)                                                                          \
    REGISTER(PULSE_RATE, 16, 0, 1)                                                                           \
    REGISTER(PULSE_ASYMPTOTE, 16, 0, 1)                                                                      \
    REGISTER(RATE_PAIR, 512, 0, 1)                                                                           \
    REGISTER(RATE, 1024, 0, 1)                                                                               \
    REGISTER(COUNT, 1024, 1, 0)                                                                              \
    REGISTER(MEMBRANE_LOW, 512, 1, 0)                                                                        \
    REGISTER(MEMBRANE_HIGH, 512, 1, 0)                                                                       \
    REGISTER(TARGET, 4096, 0, 1)                                                                             \
    REGISTER(RESULT, 4096, 1, 0)                                                                             \
    /* end */

enum { REGISTER_MAP_VERSION_VALUE = 4 };

#endif
