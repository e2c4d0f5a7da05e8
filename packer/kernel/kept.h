/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sections and symbols of a kernel that its payload keeps: the note with its build ID; with
 * symbols, also every section that is in memory, because symbols refer to sections.
 */
#ifndef PACKER_KEPT_H
#define PACKER_KEPT_H

#include <bzboot/elf.h>

#include "io/blob.h"
#include "io/diag.h"
#include "code.h"

/* Linux has 60. */
#define KEPT_SECTIONS_MAX 512

struct kept_section {
	struct bzb_elf_section section; /* as it will be, but name and offset are the kernel's */
	unsigned int number;		/* in the kernel */
	bool in_memory;			/* false: its bytes are in no segment */
	struct bzb_elf_place place;	/* if they are */
};

struct kept {
	struct kept_section sections[KEPT_SECTIONS_MAX];
	unsigned int count;
};

struct kept_symbols {
	struct blob table;
	struct bzb_span names; /* in the kernel */
	uint32_t locals;       /* the first symbols: sh_info */
};

/**
 * kept_build_id() - find the note that has the build ID
 * @elf: the kernel
 * @ret: one section or none
 */
void kept_build_id(const struct bzb_elf *elf, struct kept *ret);

/**
 * kept_sections() - find the sections that symbols may be in
 * @elf: the kernel
 * @code: its code; other sections are not marked as executable
 * @ret: the sections, in their order; untouched on error
 * @why: what went wrong
 *
 * These are program data, notes and arrays of functions. Tables of relocations and of dynamic
 * linking refer to other sections, and are found by PT_DYNAMIC.
 *
 * returns: 0, or -1 if there are too many
 */
int kept_sections(const struct bzb_elf *elf, const struct code *code, struct kept *ret,
		  struct why *why);

/**
 * kept_symbols_make() - make the symbol table of a payload
 * @elf: the kernel
 * @kept: the sections
 * @first: number of the first of them in the payload, where they follow each other
 * @ret: the symbols, in their order; untouched on error
 * @why: what went wrong
 *
 * Symbols of sections that are not kept are left out.
 *
 * returns: 0, or -1 if there are no symbols
 */
int kept_symbols_make(const struct bzb_elf *elf, const struct kept *kept, unsigned int first,
		      struct kept_symbols *ret, struct why *why);

#endif
