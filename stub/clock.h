/* SPDX-License-Identifier: BSD-2-Clause */
/* The time since the entry, by the time stamp counter. */
#ifndef STUB_CLOCK_H
#define STUB_CLOCK_H

#include "boot.h"

/**
 * clock_start() - start the clock of a boot
 * @boot: clock is set
 */
void clock_start(struct boot *boot);

/**
 * clock_us() - convert ticks to microseconds
 * @boot: clock is used; its rate is measured if it is not known yet
 * @ticks: of the counter
 *
 * returns: microseconds; 0 if the rate of the counter is not known
 */
uint64_t clock_us(struct boot *boot, uint64_t ticks);

/**
 * boot_phase() - begin a phase; with bzboot.debug, print its name and the time
 * @boot: phase is changed
 * @name: of the phase; must stay valid
 */
void boot_phase(struct boot *boot, const char *name);

#endif
