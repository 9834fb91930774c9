// SPDX-License-Identifier: Apache-2.0
/* A memristor array for Verilog simulators, by VPI: system functions that answer for the crossbar of libmemspike.
 *
 *   $memspike_open("array", "name=value name=value ...")   first: settings of docs/library.md; 0, or 1 with a message
 *   $memspike_sense(sample, step, phase, rows)     code_i of an array with one output
 *   $memspike_read(device)                         reading_i
 *   $memspike_pulse(device, entry)                 a clock of a pulse
 *   $memspike_transfers, $memspike_address(i), $memspike_data(i)   what the host writes to configure the hardware
 *   $memspike_target(weight), $memspike_rate(value), $memspike_seed(sample)   words for TARGET, RATE and SEED; weight
 *                                                  and value in thousandths
 *   $memspike_resistance(device)                   the true resistance, in thousandths of an ohm
 *
 * Build it with: iverilog-vpi --name=crossbar_vpi crossbar_vpi.c $(pkg-config --cflags --libs memspike) */
#include <memspike/memspike.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vpi_user.h>

enum { MAX_ARGUMENTS = 4, MAX_TRANSFERS = 64, MAX_ROW_WORDS = 32 };

static memspike_settings *settings;
static memspike_device *device;
static memspike_crossbar *crossbar;
static memspike_engine *engine;
static memspike_transfer transfers[MAX_TRANSFERS];
static uint32_t transfer_count;

/* The arguments of a call; returns how many. */
static int arguments_of(vpiHandle arguments[MAX_ARGUMENTS])
{
    vpiHandle call = vpi_handle(vpiSysTfCall, NULL);
    vpiHandle iterator = vpi_iterate(vpiArgument, call);
    int count = 0;
    for (vpiHandle each = NULL; iterator != NULL && (each = vpi_scan(iterator)) != NULL;) {
        if (count < MAX_ARGUMENTS) {
            arguments[count++] = each;
        }
    }
    return count;
}

static uint32_t whole(vpiHandle argument)
{
    s_vpi_value value = {.format = vpiIntVal};
    vpi_get_value(argument, &value);
    return (uint32_t) value.value.integer;
}

static void answer(uint32_t number)
{
    s_vpi_value value = {.format = vpiIntVal, .value.integer = (PLI_INT32) number};
    vpi_put_value(vpi_handle(vpiSysTfCall, NULL), &value, NULL, vpiNoDelay);
}

static char *text_of(vpiHandle argument)
{
    s_vpi_value value = {.format = vpiStringVal};
    vpi_get_value(argument, &value);
    return strdup(value.value.str);
}

static memspike_status set_all(char *list, memspike_error *error)
{
    memspike_status status = MEMSPIKE_OK;
    char *rest = NULL;
    for (char *word = strtok_r(list, " ", &rest); word != NULL && status == MEMSPIKE_OK;
         word = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(word, '=');
        if (value == NULL) {
            snprintf(error->message, sizeof error->message, "%s: expected name=value", word);
            return MEMSPIKE_INVALID;
        }
        *value++ = '\0';
        status = memspike_settings_set(settings, word, value, error);
    }
    return status;
}

static PLI_INT32 open_array(PLI_BYTE8 *user)
{
    (void) user;
    vpiHandle arguments[MAX_ARGUMENTS];
    memspike_error error = {"expected an array and settings"};
    memspike_status status = MEMSPIKE_INVALID;
    if (arguments_of(arguments) == 2) {
        char *array = text_of(arguments[0]);
        char *list = text_of(arguments[1]);
        status = memspike_settings_create("paper", &settings, &error);
        status = status == MEMSPIKE_OK ? memspike_settings_set(settings, "array", array, &error) : status;
        status = status == MEMSPIKE_OK ? memspike_settings_set(settings, "engine", "model", &error) : status;
        status = status == MEMSPIKE_OK ? set_all(list, &error) : status;
        status = status == MEMSPIKE_OK ? memspike_device_load("paper", &device, &error) : status;
        status =
            status == MEMSPIKE_OK ? memspike_crossbar_create(settings, device, &crossbar, &error) : status;
        status =
            status == MEMSPIKE_OK ? memspike_engine_create(settings, 1, crossbar, &engine, &error) : status;
        free(array);
        free(list);
    }
    if (status == MEMSPIKE_OK) {
        transfer_count = memspike_engine_transfers(engine, transfers, MAX_TRANSFERS);
    } else {
        vpi_printf("$memspike_open: %s\n", error.message);
    }
    answer(status != MEMSPIKE_OK);
    return 0;
}

static PLI_INT32 sense(PLI_BYTE8 *user)
{
    (void) user;
    vpiHandle arguments[MAX_ARGUMENTS];
    uint32_t rows[MAX_ROW_WORDS] = {0};
    int32_t code = 0;
    if (arguments_of(arguments) == 4) {
        s_vpi_value value = {.format = vpiVectorVal};
        vpi_get_value(arguments[3], &value);
        const int words = (vpi_get(vpiSize, arguments[3]) + 31) / 32;
        for (int i = 0; i < words && i < MAX_ROW_WORDS; i++) {
            rows[i] = (uint32_t) value.value.vector[i].aval & ~(uint32_t) value.value.vector[i].bval;
        }
        memspike_crossbar_sense_phase(crossbar, whole(arguments[0]), whole(arguments[1]), whole(arguments[2]),
                                      rows, &code);
    }
    answer((uint32_t) code);
    return 0;
}

/* The functions of whole numbers. */
static uint32_t read_device(const uint32_t *given)
{
    return memspike_crossbar_read_device(crossbar, given[0]);
}
static uint32_t count_transfers(const uint32_t *given)
{
    (void) given;
    return transfer_count;
}
static uint32_t address(const uint32_t *given)
{
    return given[0] < transfer_count ? transfers[given[0]].address : 0;
}
static uint32_t data(const uint32_t *given)
{
    return given[0] < transfer_count ? transfers[given[0]].data : 0;
}
static uint32_t rate(const uint32_t *given)
{
    return memspike_rate_of_value(given[0] / 1000.0);
}
static uint32_t seed(const uint32_t *given)
{
    return memspike_engine_seed(engine, given[0]);
}
static uint32_t pulse(const uint32_t *given)
{
    memspike_crossbar_pulse_clock(crossbar, given[0], given[1]);
    return 0;
}
static uint32_t target(const uint32_t *given)
{
    return memspike_word_of_resistance(memspike_device_resistance(device, given[0] / 1000.0));
}
static uint32_t resistance(const uint32_t *given)
{
    const memspike_array array = memspike_crossbar_array(crossbar);
    double *all = calloc(array.devices, sizeof *all);
    memspike_crossbar_get_resistances(crossbar, all);
    const uint32_t found = given[0] < array.devices ? (uint32_t) (1000 * all[given[0]]) : 0;
    free(all);
    return found;
}

static const struct function {
    const char *name;
    int arguments;
    uint32_t (*call)(const uint32_t *given);
} functions[] = {
    {"$memspike_read", 1, read_device},
    {"$memspike_pulse", 2, pulse},
    {"$memspike_transfers", 0, count_transfers},
    {"$memspike_address", 1, address},
    {"$memspike_data", 1, data},
    {"$memspike_target", 1, target},
    {"$memspike_rate", 1, rate},
    {"$memspike_seed", 1, seed},
    {"$memspike_resistance", 1, resistance},
};

static PLI_INT32 call(PLI_BYTE8 *user)
{
    const struct function *function = (const struct function *) (void *) user;
    vpiHandle arguments[MAX_ARGUMENTS];
    uint32_t given[MAX_ARGUMENTS] = {0};
    const int count = arguments_of(arguments);
    for (int i = 0; i < count; i++) {
        given[i] = whole(arguments[i]);
    }
    if (count != function->arguments || engine == NULL) {
        vpi_printf("%s: %d arguments; expected %d, and $memspike_open before\n", function->name, count,
                   function->arguments);
        answer(0);
        return 0;
    }
    answer(function->call(given));
    return 0;
}

static void add(const char *name, PLI_INT32 (*function)(PLI_BYTE8 *), const void *user)
{
    s_vpi_systf_data task = {.type = vpiSysFunc,
                             .sysfunctype = vpiIntFunc,
                             .tfname = (PLI_BYTE8 *) name,
                             .calltf = function,
                             .user_data = (PLI_BYTE8 *) user};
    vpi_register_systf(&task);
}

static void add_all(void)
{
    add("$memspike_open", open_array, NULL);
    add("$memspike_sense", sense, NULL);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        add(functions[i].name, call, &functions[i]);
    }
}

void (*vlog_startup_routines[])(void) = {add_all, NULL};
