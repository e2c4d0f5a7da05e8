/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of a kernel as it ran: what /proc/kallsyms shows. */
#ifndef PACKER_BOOT_NAMES_H
#define PACKER_BOOT_NAMES_H

#include "vmlinux_elf.h"

struct boot_name {
	const char *name;
	uint64_t address; /* virtual, as if KASLR had not moved the kernel */
};

struct boot_names {
	struct blob text; /* that the names are in */
	struct boot_name *names;
	size_t count, room;
	uint64_t slide; /* how far KASLR has moved the kernel */
};

/**
 * boot_names_read() - read the text of /proc/kallsyms
 * @text: lines of address, type and name; those of modules, which end with the module's name in
 *	brackets, are left out, and so are those of nm for labels and without an address
 * @vmlinux: the kernel, whose _text, or _stext, tells how far it has moved
 * @ret: for boot_names_free(); untouched on error
 * @why: what is wrong with the text
 *
 * returns: 0, or -1 on error
 */
int boot_names_read(struct bzb_span text, const struct vmlinux *vmlinux, struct boot_names *ret,
		    struct why *why);

/**
 * boot_names_free() - free them
 * @names: may be all zero
 */
void boot_names_free(struct boot_names *names);

#endif
