/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves that a shuffled kernel is the original one with its functions in another order.
 *
 * It believes nothing of the shuffler. All it has is the two files, and what is in both of them: the
 * symbols say where each function has gone, and everything else is held against that: instructions,
 * which it decodes, relocations, and the tables of Linux that are ordered by address.
 *
 *   shuffle_verify.c           the steps, headers and sections
 *   shuffle_verify_file.c      reads a file
 *   shuffle_verify_symbols.c   where functions have gone; what a symbol may do
 *   shuffle_verify_layout.c    alignment, groups, what is between functions
 *   shuffle_verify_code.c      instructions
 *   shuffle_verify_reached.c   functions that nothing refers to
 *   shuffle_verify_relocs.c    relocations
 *   shuffle_verify_data.c      bytes that are neither code nor in a table
 *   shuffle_verify_tables.c    tables by value: exceptions, tracing, unwinding
 *   shuffle_verify_kallsyms.c  the kernel's own symbols
 */
#ifndef PACKER_SHUFFLE_VERIFY_H
#define PACKER_SHUFFLE_VERIFY_H

#include "kernel/relocs_find.h"

/* Numbers of things that were compared. */
struct shuffle_counts {
	size_t functions, moved; /* moved: of these */
	size_t instructions;
	size_t references; /* operands without relocation that refer to code */
	size_t relocs;
	size_t entries; /* of tables that are compared by value */
};

/**
 * shuffle_verify() - find every difference that moving functions does not explain
 * @original: an ELF for x86-64 with its symbols and the sections of --emit-relocs
 * @shuffled: likewise; sections that are not loaded may be missing
 * @findings: gets each difference
 * @counts: added to
 * @original_why: why @original cannot be read
 * @shuffled_why: why @shuffled cannot be read
 *
 * Neither debug data nor its relocations are read. Without sections of relocations, which both files
 * lack or neither does, data must not refer to code that has moved, except in the known tables.
 *
 * returns: 0, also if there are findings, or -1 on error, with one of the reasons filled in and the
 * other one empty
 */
int shuffle_verify(struct bzb_span original, struct bzb_span shuffled, struct findings *findings,
		   struct shuffle_counts *counts, struct why *original_why,
		   struct why *shuffled_why);

/**
 * shuffle_verify_reads() - whether shuffle_verify() reads the bytes of a section
 * @elf: of the section
 * @section: any
 *
 * returns: false for debug data and its relocations
 */
bool shuffle_verify_reads(const struct bzb_elf *elf, const struct bzb_elf_section *section);

#endif
