// SPDX-License-Identifier: Apache-2.0
/* Where the files are that come along. They are looked for from where the code lies, not from where it was
 * built, so that an installed folder may be moved or copied as a whole. The code is a program in bin/, the
 * library in lib/, or a module: each knows its own place below the folder that everything was installed to.
 * Code that still lies in the folder that it was built in takes the files of the sources instead. */
#ifndef MEMSPIKE_MODEL_BASE_PLACE_H
#define MEMSPIKE_MODEL_BASE_PLACE_H

#ifdef __cplusplus
extern "C" {
#endif

enum place {
    PLACE_MODULES, /* code that is loaded when it is first needed: see module.h */
    PLACE_SHARE,   /* data: devices/, presets/, experiments/, costs/ */
    PLACE_VIEWS,   /* of waveforms, for GTKWave */
    PLACE_SCRIPTS, /* that draw, or fetch data */
};

/* The folder, as an absolute path; whether it is there is for the caller to see. To be freed. */
char *place_find(enum place place) __attribute__((returns_nonnull));

/* The same for code in this file, given by its absolute path without symbolic links. */
char *place_of_code(enum place place, const char *file) __attribute__((returns_nonnull));

#ifdef __cplusplus
}
#endif
#endif
