/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The relocation table that x86 kernel builds append to their ELF (Linux,
 * arch/x86/tools/relocs.c and handle_relocations() in
 * arch/x86/boot/compressed/misc.c).
 *
 *   | 0 | 64-bit ... | 0 | inverse 32-bit ... | 0 | 32-bit ... |
 *
 * Each entry is the low half of the virtual address of a field; the lists are
 * read from the end.
 */
#ifndef BZBOOT_KERNEL_RELOCS_H
#define BZBOOT_KERNEL_RELOCS_H

#include <bzboot/elf.h>

struct bzb_kernel_relocs {
	struct bzb_span table;		/* all three lists with their zeros */
	size_t count64;			/* 64-bit fields */
	size_t count32_inverse;		/* 32-bit fields that move backwards */
	size_t count32;			/* 32-bit fields */
};

/**
 * bzb_kernel_relocs_parse() - recognise the table behind an ELF
 * @elf: as parsed
 * @table: what follows elf->end in the file, to the end of the payload
 * @ret: what was found; untouched on error
 *
 * An entry less the p_vaddr of the first PT_LOAD is the offset of a field from
 * elf->load_address (the per-CPU segment has virtual addresses of its own, and
 * the table does not use them); the field must lie in the kernel's memory.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOTFOUND, @table is empty
 *	-BZB_ERR_BADRELOC, three zero-ended lists do not fill @table exactly,
 *	or a field lies outside the kernel
 */
int bzb_kernel_relocs_parse(const struct bzb_elf *elf, struct bzb_span table,
			    struct bzb_kernel_relocs *ret);

#endif
