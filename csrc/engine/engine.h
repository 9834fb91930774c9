// SPDX-License-Identifier: Apache-2.0
/* The engine: the hardware as the application sees it. It writes the devices of a crossbar and turns rates
 * into spike counts. The kind of engine (the Verilated RTL, its C reference models, the SystemC platform)
 * changes the speed and nothing else. Two more kinds replace the crossbar by a digital emulator and agree
 * with each other: an FPGA board on a serial line, and its C reference model. */
#ifndef MEMSPIKE_CSRC_ENGINE_ENGINE_H
#define MEMSPIKE_CSRC_ENGINE_ENGINE_H

#include "base/progress_report.h"
#include "model/base/error.h"
#include "model/chip/register_values.h"
#include "model/cosimulation/analogue.h"
#include "model/cosimulation/interface_event.h"
#include "model/crossbar/crossbar.h"
#include "model/hardware/hardware.h"
#include "model/reference/write_verify.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum engine_kind { ENGINE_RTL, ENGINE_MODEL, ENGINE_SYSTEMC, ENGINE_EMULATOR, ENGINE_UART };
/* Whether the kind's crossbar is the emulator of FPGA boards. Its results differ from those of the others,
 * which are all the same. */
static inline bool engine_on_board(enum engine_kind kind)
{
    return kind == ENGINE_EMULATOR || kind == ENGINE_UART;
}

/* NULL-ended names by kind, as the --engine option takes them. */
extern const char *const engine_kind_names[];

/* Waveforms to record of the next writing or sample, in clocks from its start, both included. */
struct wave_request {
    const char *path; /* an FST file */
    uint64_t first_clock, last_clock;
    const uint32_t *devices; /* whose resistance and target are recorded too, MAX_CHOSEN at most */
    uint32_t device_count;
};

struct engine_settings {
    uint64_t seed;
    uint32_t steps;        /* T, 1 to 65,535 */
    double threshold;      /* Vth, below 2^19 in size */
    double membrane_start; /* V before the first step */
    uint32_t leak;         /* V loses V >> leak every step; 0: no leak */
    bool rate_coded;       /* sigma-delta instead of Poisson spikes */
    /* A sample ends as soon as it is certain, for every output, whether it spikes in more than half of the
     * steps; its counts are those of the steps until then. */
    bool early_decision;
    double tolerance;      /* R tolerance, a fraction, 0 to below 1 */
    uint32_t max_pulses;   /* maxN, 0 to 63 */
    uint32_t verify_reads; /* readings that a verify read takes the mean of: a power of two, 1 to 128 */
    struct pulse_table pulses;
    uint32_t threads; /* samples side by side; 0: one a processor */
    /* Run RTL and reference models in lock-step, whatever the kind; the SystemC platform also varies its
     * transfers. The first difference is STATUS_FAILED with a message that names clock and signal: see
     * lockstep.h. */
    bool check;
    /* With `check`: the file for waveforms of the last clocks before a difference; the message then names it
     * and its view. NULL for none. Borrowed. */
    const char *failure_waves;
    uint64_t failure_clocks; /* how many, the different one included; 0 for all */
    /* ENGINE_RTL in one thread: record waveforms; slower. NULL for none. Borrowed. */
    const struct wave_request *waves;
    /* ENGINE_UART: the serial port, borrowed; and how many seconds to wait before asking again. */
    const char *port;
    double timeout;
};

struct engine_statistics {
    uint64_t samples;
    uint64_t sample_clocks; /* from start to end of the samples, added up over all of them */
    /* Of the register port, one a transfer, before and after samples and writings. */
    uint64_t transfer_clocks;
    uint64_t writings; /* engine_write() calls */
    uint64_t write_clocks;
    uint64_t pulses;
    uint64_t programming_us;                /* widths of the pulses added up */
    uint64_t converged, stalled, exhausted; /* devices, by ending */
    double energy_j;                        /* of the pulses */
    /* What the lock-step checker has compared and found equal: sensed phases, and transitions of the
     * write-verify controller. 0 without settings.check. */
    uint64_t compared_steps, compared_transitions;
    uint64_t recorded_clocks;                    /* in waveforms */
    uint64_t interface_events[INTERFACE_EVENTS]; /* ENGINE_SYSTEMC only */
};

struct engine;

/* STATUS_INVALID for settings out of their ranges. The crossbar is borrowed and must outlive the engine. On
 * success *engine is owned by the caller. */
MUST_CHECK enum status engine_open(enum engine_kind kind, struct crossbar *crossbar,
                                   const struct engine_settings *settings, struct engine **engine,
                                   struct error *error);
/* NULL is harmless. */
void engine_close(struct engine *engine);

/* Write every device to its target: hardware->devices resistances, Q16.8 ohm; 0 leaves a device alone.
 * `results` receives as many entries, or is NULL; `observer` may be NULL. STATUS_FAILED when the hardware
 * misbehaves. */
MUST_CHECK enum status engine_write(struct engine *engine, const uint32_t *targets,
                                    struct write_result *results, const struct pulse_observer *observer,
                                    struct error *error);

/* Run `count` samples: rates is count x hardware->inputs; sample_numbers (count) names each for the random
 * numbers; spike_counts receives count x hardware->outputs. `report` may be NULL. */
MUST_CHECK enum status engine_infer(struct engine *engine, const uint16_t *rates,
                                    const uint32_t *sample_numbers, uint32_t count, uint16_t *spike_counts,
                                    const struct progress_report *report, struct error *error);

/* The same for one sample, with every step observed. Slower: real hardware would have to be read out after
 * every step. */
MUST_CHECK enum status engine_observe(struct engine *engine, const uint16_t *rates, uint32_t sample_number,
                                      uint16_t *spike_counts, const struct step_observer *observer,
                                      struct error *error);

/* The encoder's seed of a sample. */
uint32_t engine_sample_seed(const struct engine *engine, uint32_t sample_number);

const struct engine_statistics *engine_statistics(const struct engine *engine);
/* Go on counting from these. */
void engine_restore_statistics(struct engine *engine, const struct engine_statistics *statistics);
/* As it was opened with. */
const struct engine_settings *engine_settings_of(const struct engine *engine);
/* The settings as the hardware's registers hold them. */
const struct register_values *engine_registers(const struct engine *engine);
const struct hardware *engine_hardware(const struct engine *engine);

/* The GTKWave view for a recording of a sample or a writing; NULL when the array has none. And the shell
 * command that opens `fst` with it. It runs in the views' folder, where GTKWave finds their translate files.
 * Both are owned by the caller. */
char *wave_view(const struct hardware *hardware, bool writing);
char *wave_command(const struct hardware *hardware, bool writing, const char *fst);

#ifdef __cplusplus
}
#endif
#endif
