/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The payload ELF: a kernel whose file layout is its memory layout.
 *
 *   file offset 0        gap                          gap + memory_size
 *   | ELF header, tables | segment | zeros | segment ... | bss |
 *   memory  A            A + gap, for load_address
 *
 * Every PT_LOAD lies at file offset gap + (p_paddr - load_address), so a file that
 * is decompressed to address A has every segment in its place: decompressing is
 * loading. The gap and load_address differ by a multiple of 2 MiB, so the
 * kernel keeps the alignment that it is linked with if A is a multiple of it.
 * The gap holds the description of the kernel (headers, relocations). Once the
 * kernel runs, it is free memory.
 *
 * Symbols and debug data may follow the segments in the file. A loader that decompresses them, too,
 * needs memory for the whole file, and clears the bss afterwards.
 */
#ifndef BZBOOT_KERNEL_ELF_H
#define BZBOOT_KERNEL_ELF_H

#include <bzboot/elf.h>

/* The gap minus load_address is a multiple of this: the least alignment at which Linux runs. */
#define BZB_KERNEL_GAP_UNIT 0x200000u

struct bzb_kernel_elf {
	struct bzb_elf elf;
	uint64_t gap;	       /* bytes before the first segment */
	uint64_t memory_size;  /* bytes to reserve: gap + elf.memory_size */
	uint64_t entry_offset; /* of the entry point, from the start of the file */
};

/**
 * bzb_kernel_elf_parse() - read a payload ELF and check its layout
 * @file: the decompressed payload; bytes after the last segment may be missing
 * @ret: the result; untouched on error
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADLAYOUT, the file offset of a segment does not match its p_paddr,
 *	the gap minus the load address is not a multiple of BZB_KERNEL_GAP_UNIT, or
 *	the gap does not hold the program and section headers
 *	any error of bzb_elf_parse_loaded()
 */
int bzb_kernel_elf_parse(struct bzb_span file, struct bzb_kernel_elf *ret);

/**
 * bzb_kernel_elf_clear_bss() - zero the memory of segments beyond their file bytes
 * @kernel: parsed from the start of @memory
 * @memory: starts with the file; written to
 * @size: bytes of @memory to clear in; kernel->memory_size for all
 *
 * The gABI requires p_memsz - p_filesz bytes of zeros at the end of a segment, and
 * the memory need not be zero before.
 */
void bzb_kernel_elf_clear_bss(const struct bzb_kernel_elf *kernel, void *memory, uint64_t size);

#endif
