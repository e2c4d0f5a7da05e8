/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds the fields of a kernel that move with it, from every source that a build leaves, and
 * encodes them in the tables of <bzboot/relocs.h>.
 *
 *   relocs_kernel.c    the table that x86 kernel builds put after their ELF
 *   relocs_emit.c      sections of a linker's --emit-relocs
 *   relocs_dynamic.c   DT_RELA and DT_RELR of a position-independent executable
 *   relocs_own.c       a payload ELF of ours
 *   relocs_words.c     what findings say
 *   relocs_encode.c    the tables
 *
 * A field that cannot be moved correctly is a finding, with its name and address.
 */
#ifndef PACKER_RELOCS_FIND_H
#define PACKER_RELOCS_FIND_H

#include <bzboot/rela.h>

#include "io/blob.h"
#include "io/diag.h"
#include "elf_symbols.h"

/* The reasons to refuse a kernel. All are reported; the first one is kept. */
struct findings {
	void (*report)(void *context, const struct why *why); /* NULL: only counted */
	void *context;
	size_t count;
	struct why first;
};

/**
 * findings_add() - report a finding
 * @findings: counted there
 * @format: as of printf
 */
void findings_add(struct findings *findings, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

struct reloc_list {
	uint64_t *offsets; /* from the load address; ascending when finished */
	size_t count, room;
};

/* A 64-bit value that RELA has in its table instead of in the field. */
struct reloc_patch {
	uint64_t offset, value; /* offset from the load address */
};

struct relocs {
	uint64_t base; /* virtual address of the load address */
	struct reloc_list lists[BZB_RELOC_KIND_COUNT];
	struct reloc_patch *patches;
	size_t patch_count, patch_room;
};

/* The state of the collectors. */
struct reloc_input {
	const struct bzb_elf *elf;
	uint64_t slide_max; /* the farthest that a kernel may be moved */
	struct relocs *relocs;
	struct findings *findings;
};

/* Where a relocation comes from, for a finding about it. */
struct reloc_site {
	char type[28];		      /* "R_X86_64_32S" */
	char symbol[64], section[32]; /* may be empty */
	uint64_t address;	      /* of the field, virtual */
};

/**
 * relocs_find() - find all fields of a kernel that move
 * @elf: the kernel; what follows elf->end in its file may be the kernel's own table
 * @findings: gets each field that cannot be moved correctly
 * @ret: the fields, for relocs_free(); lists are empty if the kernel has no
 *	relocations
 *
 * If there were findings, @ret is not complete.
 */
void relocs_find(const struct bzb_elf *elf, struct findings *findings, struct relocs *ret);

/**
 * relocs_count() - how many fields move
 * @relocs: as found
 *
 * returns: fields of all kinds
 */
size_t relocs_count(const struct relocs *relocs);

/**
 * relocs_encode() - make the two tables
 * @relocs: as found
 * @ret_relr: 64-bit fields at even addresses; may be empty
 * @ret_crel: the others; may be empty
 */
void relocs_encode(const struct relocs *relocs, struct blob *ret_relr, struct blob *ret_crel);

/**
 * relocs_free() - free the lists
 * @relocs: may be all zero
 */
void relocs_free(struct relocs *relocs);

/* --- for the collectors --- */

/**
 * relocs_add() - note a field that moves, after checking that it can
 * @input: relocs is added to, or a finding
 * @kind: of the field
 * @offset: of the field, from the load address
 * @site: for findings
 */
void relocs_add(const struct reloc_input *input, enum bzb_reloc_kind kind, uint64_t offset,
		const struct reloc_site *site);

/**
 * relocs_patch() - note a value that has to be written into a field
 * @input: relocs is added to
 * @offset: of the 64-bit field, from the load address
 * @value: for it, at the link address
 * @site: for findings
 */
void relocs_patch(const struct reloc_input *input, uint64_t offset, uint64_t value,
		  const struct reloc_site *site);

/**
 * relocs_text() - what is wrong with a relocation
 * @finding: about a relocation, not about a section or a slot
 *
 * returns: the reason, for relocs_refuse(); static
 */
const char *relocs_text(enum bzb_rela_finding finding);

/**
 * relocs_name_section() - the name of a section
 * @elf: the kernel
 * @section: of it
 * @to: the name, cut to what fits; untouched if there is none
 * @room: bytes at @to
 */
void relocs_name_section(const struct bzb_elf *elf, const struct bzb_elf_section *section, char *to,
			 size_t room);

/**
 * relocs_name() - put the names of a relocation into its site
 * @elf: the kernel
 * @symbols: of it
 * @type: R_X86_64_*
 * @number: of the symbol
 * @site: gets type and symbol
 */
void relocs_name(const struct bzb_elf *elf, const struct symbols *symbols, uint32_t type,
		 uint32_t number, struct reloc_site *site);

/**
 * relocs_refuse() - add a finding about a relocation
 * @input: findings is added to
 * @site: where
 * @what: the reason
 */
void relocs_refuse(const struct reloc_input *input, const struct reloc_site *site,
		   const char *what);

/**
 * relocs_hide() - make the sections of relocations in a payload inactive
 * @payload: an ELF of ours, which then cannot be moved; any other file is left as it is
 */
void relocs_hide(struct blob *payload);

/* Each adds the relocations of its kind, if the kernel has them. Returns true if it has. */
bool relocs_of_kernel_table(const struct reloc_input *input);
bool relocs_of_emit(const struct reloc_input *input);
bool relocs_of_dynamic(const struct reloc_input *input);
bool relocs_of_payload(const struct reloc_input *input);

#endif
