/* SPDX-License-Identifier: BSD-2-Clause */
/* kallsyms, the names that Linux has of its own symbols: kernel/kallsyms.c and scripts/kallsyms.c. */
#ifndef PACKER_LINUX_KALLSYMS_H
#define PACKER_LINUX_KALLSYMS_H

#include "kernel/shuffle/shuffle_plan.h"
#include "kernel/shuffle/vmlinux_elf.h"

/* The names as the kernel has them; those of one address keep their order. */
struct linux_kallsyms {
	const struct vmlinux *vmlinux;
	struct bzb_shuffle_names names;
	struct blob places_memory;
	const uint32_t *places; /* of each name, from names.names; and the end of all */
	struct bzb_span tokens[256];
};

/**
 * linux_kallsyms_open() - find kallsyms by its symbols
 * @vmlinux: the kernel, which outlives @ret
 * @ret: for linux_kallsyms_close(); names.count is 0 if the kernel has none; untouched on error
 * @why: what is not as Linux 5.10 to 7.3 has it
 *
 * Names, markers and numbers agree, and addresses ascend.
 *
 * returns: 0, or -1 on error
 */
int linux_kallsyms_open(const struct vmlinux *vmlinux, struct linux_kallsyms *ret, struct why *why);

/**
 * linux_kallsyms_close() - free it
 * @kallsyms: may be all zero
 */
void linux_kallsyms_close(struct linux_kallsyms *kallsyms);

/**
 * linux_kallsyms_address() - the address of a symbol
 * @kallsyms: of it
 * @number: below names.count
 *
 * returns: the address, as linked
 */
uint64_t linux_kallsyms_address(const struct linux_kallsyms *kallsyms, uint32_t number);

/**
 * linux_kallsyms_name() - the name of a symbol
 * @kallsyms: of it
 * @number: below names.count
 * @to: the name, cut to what fits, and its NUL; the letter for its type is left out
 * @room: bytes at @to, at least 1
 *
 * returns: the letter for its type, as nm prints it
 */
char linux_kallsyms_name(const struct linux_kallsyms *kallsyms, uint32_t number, char *to,
			 size_t room);

/**
 * linux_kallsyms_plan() - describe the names for a shuffle
 * @vmlinux: the kernel
 * @plan: with units; gets plan->names
 * @why: as of linux_kallsyms_open(); also an edge (linux_is_edge()) in a unit, which would move
 *
 * returns: 0, or -1 on error, with everything as it was
 */
int linux_kallsyms_plan(const struct vmlinux *vmlinux, struct shuffle_plan *plan, struct why *why);

#endif
