/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The payload ELF: a kernel whose file layout is its memory layout.
 *
 *   file offset 0        gap                          gap + memory_size
 *   | ELF header, tables | segment | zeros | segment ... | bss |
 *   memory  A            A + gap = where load_address went
 *
 * Every PT_LOAD lies at file offset gap + (p_paddr - load_address), so bringing
 * the file to address A puts every segment in its place: decompressing is
 * loading. The gap and load_address differ by a multiple of 2 MiB, so the
 * kernel keeps the alignment that it is linked with if A is a multiple of it.
 * The gap holds what describes the kernel (headers, relocations) and is free
 * memory once the kernel runs.
 */
#ifndef BZBOOT_KERNEL_ELF_H
#define BZBOOT_KERNEL_ELF_H

#include <bzboot/elf.h>

/* The unit of the gap less load_address, and the least alignment at which Linux runs. */
#define BZB_KERNEL_GAP_UNIT 0x200000u

struct bzb_kernel_elf {
	struct bzb_elf elf;
	uint64_t gap;		/* bytes before the first segment */
	uint64_t memory_size;	/* bytes to set aside: gap + elf.memory_size */
	uint64_t entry_offset;	/* of the entry point, from the file's start */
};

/**
 * bzb_kernel_elf_parse() - read a payload ELF and check its layout
 * @file: the decompressed payload
 * @ret: what was found; untouched on error
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADLAYOUT, a segment is not where its p_paddr says, the gap
 *	less the load address is not a multiple of BZB_KERNEL_GAP_UNIT, the gap
 *	does not hold the program and section headers, or the file is longer
 *	than the memory it describes
 *	what bzb_elf_parse() returns
 */
int bzb_kernel_elf_parse(struct bzb_span file, struct bzb_kernel_elf *ret);

/**
 * bzb_kernel_elf_clear_bss() - zero what the segments have beyond their file bytes
 * @kernel: parsed from the start of @memory
 * @memory: starts with the file; written to
 * @size: bytes of @memory to look at; for all, kernel->memory_size
 *
 * The gABI requires p_memsz - p_filesz bytes of zeros after a segment;
 * fresh memory need not be clear.
 */
void bzb_kernel_elf_clear_bss(const struct bzb_kernel_elf *kernel, void *memory,
			      uint64_t size);

#endif
