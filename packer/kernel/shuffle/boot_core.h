/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of a kernel in a dump of its memory. */
#ifndef PACKER_BOOT_CORE_H
#define PACKER_BOOT_CORE_H

#include "vmlinux_elf.h"

/**
 * boot_core_kallsyms() - read kallsyms in a dump
 * @core: a dump with VMCOREINFO: /proc/vmcore, or what makedumpfile has made of it; bytes of it are
 *	read once, or copied first
 * @vmlinux: the kernel before it was shuffled; has kallsyms
 * @text: as /proc/kallsyms, with addresses as linked, for blob_free(); untouched on error
 * @slide: how far KASLR had moved the kernel; likewise
 * @why: what is wrong with the dump
 *
 * returns: 0, or -1 on error
 */
int boot_core_kallsyms(struct bzb_span core, const struct vmlinux *vmlinux, struct blob *text,
		       uint64_t *slide, struct why *why);

#endif
