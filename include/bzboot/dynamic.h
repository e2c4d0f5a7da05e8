/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The relocations of a position-independent kernel (gABI, "Dynamic Section"): DT_RELA and
 * DT_JMPREL, with the values of their fields, and DT_RELR. The types are those of the
 * kernel's machine: <bzboot/reloc_types.h>
 */
#ifndef BZBOOT_DYNAMIC_H
#define BZBOOT_DYNAMIC_H

#include <bzboot/rela.h>

enum { BZB_SHT_DYNAMIC = 6 }; /* gABI, "Section Header" */

enum {
	BZB_DT_NULL = 0,
	BZB_DT_PLTRELSZ = 2,
	BZB_DT_STRTAB = 5,
	BZB_DT_SYMTAB = 6,
	BZB_DT_RELA = 7,
	BZB_DT_RELASZ = 8,
	BZB_DT_STRSZ = 10,
	BZB_DT_INIT = 12,
	BZB_DT_FINI = 13,
	BZB_DT_RELSZ = 18, /* of relocations without addends: no machine's linker makes them */
	BZB_DT_JMPREL = 23,
	BZB_DT_RELRSZ = 35,
	BZB_DT_RELR = 36,
	BZB_DT_COUNT
};

/* gABI, "Dynamic Structure" */
struct bzb_elf_dyn {
	bzb_le64 d_tag, d_val;
};
_Static_assert(sizeof(struct bzb_elf_dyn) == 16, "Elf64_Dyn");

/* The entries of a dynamic section that are named above; of several with one tag, the last. */
struct bzb_dynamic_tags {
	uint64_t values[BZB_DT_COUNT]; /* 0 if there is none */
	bool has[BZB_DT_COUNT];
};

/**
 * bzb_dynamic_read() - read the entries of PT_DYNAMIC
 * @elf: as parsed
 * @ret: the result; untouched on error
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOTFOUND, there is no PT_DYNAMIC
 */
int bzb_dynamic_read(const struct bzb_elf *elf, struct bzb_dynamic_tags *ret);

struct bzb_dynamic {
	struct bzb_elf elf;
	struct bzb_span rela, jmprel; /* bzb_elf_rela at any alignment; each may be empty */
	struct bzb_span symbols;      /* that they refer to; longer than the table */
	struct bzb_span names;	      /* of the symbols */
	struct bzb_relocs relr;	      /* has no .crel */
};

/**
 * bzb_dynamic_find() - find the relocations of a position-independent kernel
 * @elf: as parsed; its file is not the memory that the kernel is moved in
 * @ret: the result; untouched on error; refers to the file
 *
 * Fields are not checked yet. All segments have the same distance between p_vaddr and
 * p_paddr.
 *
 * returns:
 *	0, on success; the tables may be empty
 *	-BZB_ERR_NOTFOUND, there is no PT_DYNAMIC
 *	-BZB_ERR_BADLAYOUT, segments with different distances
 *	-BZB_ERR_BADRELOC, a table is not in the file bytes of a segment, or is invalid; or
 *	there are relocations without addends (DT_REL)
 */
int bzb_dynamic_find(const struct bzb_elf *elf, struct bzb_dynamic *ret);

/* The effect of a relocation with an addend on its 64-bit field. */
struct bzb_dynamic_field {
	uint64_t offset; /* from the link address */
	uint64_t value;	 /* at the link address */
	bool moves;	 /* with the kernel */
	bool written;	 /* false: there is no field (R_*_NONE) */
};

/**
 * bzb_dynamic_judge() - judge a relocation with an addend
 * @dynamic: elf, symbols and names are used
 * @rela: of it
 * @ret: its field, which may lie outside the kernel; untouched if there is a finding
 *
 * returns: BZB_RELA_FINE, or BZB_RELA_NO_SYMBOL, BZB_RELA_UNDEFINED, BZB_RELA_UNKNOWN_TYPE
 */
enum bzb_rela_finding bzb_dynamic_judge(const struct bzb_dynamic *dynamic,
					const struct bzb_elf_rela *rela,
					struct bzb_dynamic_field *ret);

/**
 * bzb_dynamic_write() - write the values of all fields at the link address
 * @dynamic: as found
 * @memory: of the kernel, from the load address on; written to
 *
 * Relocations with addends have the values of their fields in the table. Linkers may
 * leave zeros in the fields, so this is necessary for a kernel that does not move, too.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADRELOC, an unknown type of relocation, a symbol that is not defined,
 *	or a field outside the kernel
 */
int bzb_dynamic_write(const struct bzb_dynamic *dynamic, void *memory);

/**
 * bzb_dynamic_walk() - visit every field that moves
 * @dynamic: as found
 * @visit: called for each; all lie in the kernel
 * @context: for @visit
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADRELOC, as bzb_dynamic_write() and bzb_relocs_walk()
 *	the return value of @visit, if it was not 0
 */
int bzb_dynamic_walk(const struct bzb_dynamic *dynamic, bzb_reloc_visit *visit, void *context);

#endif
