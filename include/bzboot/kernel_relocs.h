/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The relocation table that x86 kernel builds append to their ELF (Linux,
 * arch/x86/tools/relocs.c, and handle_relocations() in
 * arch/x86/boot/compressed/misc.c).
 *
 *   | 0 | 64-bit ... | 0 | inverse 32-bit ... | 0 | 32-bit ... |	to Linux 6.14
 *   | 0 | 64-bit ... | 0 | 32-bit ... |				since Linux 6.15
 *
 * Each entry is the low half of the virtual address of a field, never 0. The
 * lists are read from the end. The table has no count of lists: the number of
 * zeros is the number of lists, because the first word of the table is a zero.
 */
#ifndef BZBOOT_KERNEL_RELOCS_H
#define BZBOOT_KERNEL_RELOCS_H

#include <bzboot/relocs.h>

/* Lists of bzb_le32 at any alignment, without their zeros; they lie in the table. */
struct bzb_kernel_relocs {
	size_t lists;			  /* 2 or 3 */
	struct bzb_span fields64;	  /* 64-bit fields */
	struct bzb_span fields32_inverse; /* 32-bit fields that move backwards; empty if
					     there are two lists */
	struct bzb_span fields32;	  /* 32-bit fields */
};

/**
 * bzb_kernel_relocs_parse() - recognise the table after an ELF
 * @elf: as parsed
 * @table: the bytes from elf->end in the file to the end of the payload
 * @ret: the result; untouched on error; refers to @table
 *
 * An entry minus the p_vaddr of the first PT_LOAD is the offset of a field from
 * elf->load_address. (The table does not use the virtual addresses of the per-CPU
 * segment, which are different.) The field must lie in the kernel's memory.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOTFOUND, @table is empty
 *	-BZB_ERR_BADLISTS, @table does not consist of two or three lists, each
 *	after a zero
 *	-BZB_ERR_BADRELOC, a field lies outside the kernel
 */
int bzb_kernel_relocs_parse(const struct bzb_elf *elf, struct bzb_span table,
			    struct bzb_kernel_relocs *ret);

/**
 * bzb_kernel_relocs_walk() - visit every field
 * @relocs: as parsed
 * @base: p_vaddr of the first PT_LOAD of the same ELF
 * @visit: called for each: first 64-bit ones, then inverse ones, then 32-bit ones
 * @context: for @visit
 *
 * returns:
 *	0, on success
 *	the return value of @visit, if it was not 0
 */
int bzb_kernel_relocs_walk(const struct bzb_kernel_relocs *relocs, uint64_t base,
			   bzb_reloc_visit *visit, void *context);

#endif
