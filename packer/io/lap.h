/* SPDX-License-Identifier: BSD-2-Clause */
/* The time of each step of a command, for --verbose. */
#ifndef PACKER_LAP_H
#define PACKER_LAP_H

#include <stdbool.h>
#include <time.h>

/**
 * lap_seconds() - the time of a clock
 * @id: as of clock_gettime()
 *
 * returns: seconds
 */
double lap_seconds(clockid_t id);

/**
 * lap_start() - measure from here on
 *
 * Without it, the other functions do nothing.
 */
void lap_start(void);

/**
 * lap_is_on() - whether lap_start() was called
 */
bool lap_is_on(void);

/**
 * lap() - print the time since the last call, or since the start
 * @step: what was done in it
 *
 * A line to standard error: "bzboot: STEP: N s, N s of CPU time"; the CPU time is that of all
 * threads together.
 */
void lap(const char *step);

/**
 * lap_end() - print the time since the start, and the largest memory
 */
void lap_end(void);

#endif
