/* SPDX-License-Identifier: BSD-2-Clause */
/* The sections of a payload ELF: their table, their names, and the bytes that are in no segment. */
#ifndef PACKER_PAYLOAD_SECTIONS_H
#define PACKER_PAYLOAD_SECTIONS_H

#include <bzboot/elf.h>
#include <bzboot/relocs.h>

#include "io/blob.h"
#include "io/diag.h"
#include "code.h"
#include "kept.h"

#define PAYLOAD_NOTE_SECTION ".note.bzboot"

/* .relr, .crel with its symbols and their names, the note, the section names */
#define PAYLOAD_SECTIONS_OWN 6

/* With the null section, symbols that are kept, and their names. */
#define PAYLOAD_SECTIONS_MAX \
	(1 + PAYLOAD_SECTIONS_OWN + CODE_RANGES_MAX + KEPT_SECTIONS_MAX + 2)

/* The bytes and facts that sections are made of; an empty span makes none. */
struct section_sources {
	const struct bzb_elf *kernel;
	struct bzb_span relr, crel, note;
	const struct code *code;
	const struct kept *kept; /* with symbols, its sections are the code, too */
};

/* Do not copy it: it refers to itself. */
struct payload_sections {
	unsigned int count; /* 0: there are none */
	struct bzb_elf_section headers[PAYLOAD_SECTIONS_MAX];
	struct bzb_span contents[PAYLOAD_SECTIONS_MAX]; /* empty if they are in a segment */
	bool after[PAYLOAD_SECTIONS_MAX];		/* the segments: debug data and symbols */
	unsigned int first_code; /* of the sections that are code, which stays in its segments */
	unsigned int first_kept;
	uint64_t end; /* of the contents before the segments; file offset */
	struct bzb_elf_sym symbols[BZB_SYMBOL_COUNT]; /* of .crel */
	struct kept_symbols kept_symbols;
	struct blob names; /* of all sections */
};

/**
 * payload_sections_make() - make the table, and place what is before the segments
 * @from: has to outlive @ret
 * @start: the file offset of the first one
 * @ret: for payload_sections_free(), also on error; the offsets of sections in segments, and of
 *	those after them, are those in the kernel
 * @why: what went wrong
 *
 * returns: 0, or -1 if the symbols to keep are missing
 */
int payload_sections_make(const struct section_sources *from, uint64_t start,
			  struct payload_sections *ret, struct why *why);

/**
 * payload_sections_place_after() - place the sections after the segments
 * @sections: as made
 * @start: the file offset of the first byte after the segments
 *
 * returns: the size of the file
 */
uint64_t payload_sections_place_after(struct payload_sections *sections, uint64_t start);

/**
 * payload_sections_write() - write the table, and the contents that are in no segment
 * @sections: placed
 * @to: the payload ELF; the table is at @sections->end
 */
void payload_sections_write(const struct payload_sections *sections, unsigned char *to);

/**
 * payload_sections_free() - free what the sections own
 * @sections: may be all zero
 */
void payload_sections_free(struct payload_sections *sections);

#endif
