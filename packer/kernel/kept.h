/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sections and symbols of a kernel that its payload keeps: the note with its build ID, the unit
 * table; with symbols, also every section that is in memory, because symbols refer to sections; with
 * debug data, also the sections that only debuggers read.
 */
#ifndef PACKER_KEPT_H
#define PACKER_KEPT_H

#include <bzboot/elf.h>

#include "io/blob.h"
#include "io/diag.h"
#include "code.h"

/* Linux has 60, and 13 of debug data. */
#define KEPT_SECTIONS_MAX 512

/* Each includes those before it. */
enum keep {
	KEEP_BUILD_ID,
	KEEP_SYMBOLS,
	KEEP_DEBUG_DATA,
};

/* Where the bytes of a section are in the payload. */
enum kept_where {
	KEPT_IN_SEGMENT,
	KEPT_IN_GAP,
	KEPT_AFTER, /* the segments */
};

struct kept_section {
	struct bzb_elf_section section; /* as it will be, but name and offset are the kernel's */
	unsigned int number;		/* in the kernel */
	enum kept_where where;
	struct bzb_elf_place place; /* of KEPT_IN_SEGMENT */
};

struct kept {
	enum keep keep;
	struct kept_section sections[KEPT_SECTIONS_MAX];
	unsigned int count;
};

struct kept_symbols {
	struct blob table;
	struct bzb_span names; /* in the kernel */
	uint32_t locals;       /* the first symbols: sh_info */
};

/* Bytes of an ELF that are for debuggers. */
struct kept_sizes {
	uint64_t symbols; /* with their names */
	uint64_t debug_data;
};

/**
 * kept_sections() - find the sections to keep
 * @elf: the kernel
 * @code: its code; other sections are not marked as executable
 * @keep: what to find; the note and the unit table in any case
 * @ret: the sections, in their order; untouched on error
 * @why: what went wrong
 *
 * Symbols may be in program data, notes and arrays of functions. Tables of relocations and of
 * dynamic linking refer to other sections, and are found by PT_DYNAMIC. Debug data is known by its
 * names.
 *
 * returns: 0, or -1 if there are too many, or there is no debug data to keep
 */
int kept_sections(const struct bzb_elf *elf, const struct code *code, enum keep keep,
		  struct kept *ret, struct why *why);

/**
 * kept_symbols_make() - make the symbol table of a payload
 * @elf: the kernel
 * @kept: the sections
 * @first: number of the first of them in the payload, where they follow each other
 * @ret: the symbols, in their order; untouched on error
 * @why: what went wrong
 *
 * Symbols of sections that are not kept are left out; if all are, there are none.
 *
 * returns: 0, or -1 if there are no symbols
 */
int kept_symbols_make(const struct bzb_elf *elf, const struct kept *kept, unsigned int first,
		      struct kept_symbols *ret, struct why *why);

/**
 * kept_sizes() - get the sizes of what only debuggers read
 * @elf: a kernel, or a payload
 *
 * returns: the sizes; 0 for what it does not have
 */
struct kept_sizes kept_sizes(const struct bzb_elf *elf);

#endif
