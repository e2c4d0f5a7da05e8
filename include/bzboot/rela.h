/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sections of a linker's --emit-relocs: relocations that it has already applied. No
 * specification defines their contents after the linker relaxes code, so the bytes of a
 * field confirm what its relocation says of it.
 */
#ifndef BZBOOT_RELA_H
#define BZBOOT_RELA_H

#include <bzboot/relocs.h>

/**
 * bzb_rela_is_emitted() - find out whether a section lists fields that are loaded
 * @elf: as parsed
 * @section: of it
 *
 * returns: true for a SHT_RELA of an ET_EXEC, which is not loaded itself, for a section
 * that is
 */
bool bzb_rela_is_emitted(const struct bzb_elf *elf, const struct bzb_elf_section *section);

/* Why a relocation, a section of them, or a slot of the GOT cannot be applied. <bzboot/dynamic.h>
 * has some of them, too. */
enum bzb_rela_finding {
	BZB_RELA_FINE = 0,     /* it can */
	BZB_RELA_NO_SYMBOL,    /* its symbol is not in the symbol table */
	BZB_RELA_UNDEFINED,    /* its symbol is not defined, and not weak */
	BZB_RELA_UNKNOWN_TYPE, /* none that kernels have */
	BZB_RELA_OUTSIDE,      /* the field lies outside every segment's file bytes */
	BZB_RELA_FIXED_TARGET, /* a 64-bit distance to a symbol that does not move */
	BZB_RELA_NOT_RELAXED,  /* through the GOT, whose slots have no relocations */
	BZB_RELA_SLOT,	       /* a slot of the GOT that would have to move */
	BZB_RELA_NO_TABLE,     /* the section's symbol table, or its names, do not exist */
	BZB_RELA_SHARED,       /* sections share bytes of the file: with this one they are
				   larger than it */
	BZB_RELA_FINDING_COUNT
};

/* A section of relocations. */
struct bzb_rela_section {
	struct bzb_elf_section target; /* what they apply to */
	struct bzb_span entries;       /* bzb_elf_rela at any alignment */
	struct bzb_span symbols;       /* that they refer to */
	struct bzb_span names;	       /* of the symbols */
};

/* The effect of a relocation on its field. */
struct bzb_rela_verdict {
	enum bzb_rela_finding finding;
	enum bzb_reloc_kind kind; /* of the field; without a finding not BZB_RELOC_NONE */
	uint64_t offset;	  /* of the field, or slot, from the load address */
	uint64_t value;		  /* of BZB_RELA_SLOT: what the slot holds */
	uint32_t type, symbol;	  /* of the relocation: R_X86_64_*, number */
	const struct bzb_rela_section *section; /* during the visit. Only the target, if it is
						   not a relocation: the GOT, or as of
						   BZB_RELA_NO_TABLE, BZB_RELA_SHARED */
};

/* Called for each field that moves, and for each finding. Returns 0 to continue. */
typedef int bzb_rela_visit(void *context, const struct bzb_rela_verdict *verdict);

/**
 * bzb_rela_judge() - judge every relocation
 * @elf: as parsed
 * @visit: called for each field that moves, and each finding; a field lies in the file
 *	bytes of a PT_LOAD, unless the finding says otherwise
 * @context: for @visit
 *
 * Notes are left out: the kernel's loader reads them before the kernel moves.
 *
 * returns:
 *	0, on success, also if there are findings
 *	-BZB_ERR_NOTFOUND, no section is such a one; @visit was not called
 *	the return value of @visit, if it was not 0
 */
int bzb_rela_judge(const struct bzb_elf *elf, bzb_rela_visit *visit, void *context);

/**
 * bzb_rela_walk() - visit every field that moves
 * @elf: as parsed
 * @visit: called for each; it lies in the file bytes of a PT_LOAD
 * @context: for @visit
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOTFOUND, as bzb_rela_judge()
 *	-BZB_ERR_BADRELOC, it has a finding; fields before it were visited
 *	the return value of @visit, if it was not 0
 */
int bzb_rela_walk(const struct bzb_elf *elf, bzb_reloc_visit *visit, void *context);

#endif
