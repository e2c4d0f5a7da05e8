/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of Linux whose entries are in the order of the addresses that they are about. */
#ifndef PACKER_LINUX_TABLES_H
#define PACKER_LINUX_TABLES_H

#include "kernel/shuffle/shuffle_plan.h"
#include "kernel/shuffle/vmlinux_elf.h"

/**
 * linux_tables_find() - find the tables by the symbols at their ends
 * @vmlinux: the kernel; a table that its build has left to be sorted at boot is sorted here
 * @plan: gets them, as plan->ordered
 * @why: which one is not what Linux 5.10 to 7.3 has
 *
 * A table that a kernel does not have is left out. One without symbols, in a section of its own, is an
 * error.
 *
 * returns: 0, or -1 on error
 */
int linux_tables_find(struct vmlinux *vmlinux, struct shuffle_plan *plan, struct why *why);

/**
 * linux_ordered_key() - the address that an entry is about
 * @vmlinux: the kernel
 * @table: one that linux_tables_find() has found
 * @entry: its number
 *
 * returns: the address, as linked
 */
uint64_t linux_ordered_key(const struct vmlinux *vmlinux, const struct bzb_shuffle_ordered *table,
			   uint32_t entry);

#endif
