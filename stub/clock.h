/* SPDX-License-Identifier: BSD-2-Clause */
/* How long it takes, by the time stamp counter. */
#ifndef STUB_CLOCK_H
#define STUB_CLOCK_H

#include "boot.h"

/**
 * clock_start() - now is when we were entered
 * @boot: clock is set
 */
void clock_start(struct boot *boot);

/**
 * clock_us() - microseconds
 * @boot: clock is used; what it does not know yet is measured
 * @ticks: of the counter
 *
 * returns: as long; 0 if nobody knows how fast the counter is
 */
uint64_t clock_us(struct boot *boot, uint64_t ticks);

/**
 * boot_phase() - say what we are doing from now on, to those who want to know
 * @boot: phase is changed
 * @name: what we are doing; stays
 */
void boot_phase(struct boot *boot, const char *name);

#endif
