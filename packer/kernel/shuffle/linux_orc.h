/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ORC, the tables of Linux's unwinder: for each address the last entry that is not above it says how
 * to find the caller. The entries of a unit can be copied elsewhere only if they say all of it, so
 * each unit gets an entry for its first byte.
 */
#ifndef PACKER_LINUX_ORC_H
#define PACKER_LINUX_ORC_H

#include "kernel/shuffle/shuffle_plan.h"
#include "kernel/shuffle/vmlinux_elf.h"

/* Numbers of entries that linux_orc_make_canonical() has found, or changed. */
struct linux_orc_changes {
	uint32_t missing;  /* units, and ends of groups, that had none of their own */
	uint32_t repeated; /* that say again what the one before them says, or are not found */
	uint32_t padding;  /* that say that there is nothing to unwind, between functions */
};

/**
 * linux_orc_make_canonical() - give each unit an entry for its first byte
 * @vmlinux: the kernel, whose tables are changed
 * @plan: groups, units, and the tables that linux_tables_find() has found
 * @ret: counts; all zero if the kernel has no ORC; untouched on error
 * @why: how many entries are missing
 *
 * So does the first byte after each group. The tables keep their size: for each new entry one goes
 * that says nothing. A lookup of any byte of an instruction finds what it found before, whatever the
 * order of the units; so does one of the byte before a function of linux_is_returned_to(), if a
 * unit has both.
 *
 * returns: 0, or -1 on error, with the tables as they were
 */
int linux_orc_make_canonical(struct vmlinux *vmlinux, const struct shuffle_plan *plan,
			     struct linux_orc_changes *ret, struct why *why);

#endif
