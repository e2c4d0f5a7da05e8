/* SPDX-License-Identifier: BSD-2-Clause */
/* A kernel as its build has finished it: its memory, sections, symbols and relocations. */
#ifndef PACKER_VMLINUX_ELF_H
#define PACKER_VMLINUX_ELF_H

#include <bzboot/elf.h>

#include "io/blob.h"
#include "io/diag.h"

/* A section that occupies memory. */
struct vmlinux_section {
	const char *name;
	uint64_t address; /* virtual */
	uint32_t offset;  /* from the load address */
	uint32_t size;
	unsigned int index; /* in the section table */
	bool is_code;	    /* executable, not written to, and where its address says */
	bool is_writable;
	bool in_file;
};

/* A symbol that has a name. */
struct vmlinux_symbol {
	const char *name;
	const char *file; /* that a local symbol is from (STT_FILE); NULL: not known */
	uint64_t address, size;
	uint32_t number;      /* in .symtab */
	uint32_t file_number; /* of the symbol that names the file; two files may have one name */
	uint16_t section;     /* st_shndx */
	uint8_t type;	      /* STT_* */
	bool is_local;
	bool is_address; /* not a number, nor of something that is not loaded */
};

/* A section of relocations, for a section that occupies memory. */
struct vmlinux_relocs {
	const struct vmlinux_section *target;
	const struct bzb_elf_rela *entries; /* of any alignment */
	size_t count;
	unsigned int index; /* in the section table; UINT_MAX: of vmlinux_implied_read() */
	bool is_linked;	    /* the fields are of what loaders read, not of what they relocate */
};

struct vmlinux {
	struct bzb_elf elf;
	struct blob memory; /* from the load address on; zeros where the file has no bytes */
	uint64_t address;   /* virtual, of the load address */
	struct vmlinux_section *sections; /* in the order of the section table */
	size_t section_count;
	struct vmlinux_symbol *symbols; /* in the order of .symtab, and as many */
	size_t symbol_count;
	struct vmlinux_relocs *relocs;
	size_t reloc_section_count;
	struct bzb_elf_rela *implied[3];       /* entries of some of them; NULL: none */
	bool is_dynamic;		       /* has a dynamic section */
	const struct vmlinux_symbol **by_name; /* those with a name: by name, then by address */
	size_t name_count;
	unsigned int symtab; /* the index of the section */
};

/**
 * vmlinux_open() - read a kernel
 * @file: an ELF for x86-64, with .symtab and the sections of a linker's --emit-relocs; outlives
 *	@ret
 * @ret: for vmlinux_close(); untouched on error
 * @why: what is missing, or wrong
 *
 * Every relocation's symbol is in .symtab, and its field in the memory. vmlinux_implied_read()
 * adds more relocations.
 *
 * returns: 0, or -1 on error
 */
int vmlinux_open(struct bzb_span file, struct vmlinux *ret, struct why *why);

/**
 * vmlinux_close() - free all of it
 * @vmlinux: may be all zero
 */
void vmlinux_close(struct vmlinux *vmlinux);

/**
 * vmlinux_first() - find the first symbol of a name
 * @vmlinux: of it
 * @name: of the symbol
 *
 * returns: its number in by_name; if there is none, where it would be
 */
size_t vmlinux_first(const struct vmlinux *vmlinux, const char *name);

/**
 * vmlinux_is_named() - check whether a symbol has a name
 * @vmlinux: of it
 * @number: in by_name; may be behind the last one
 * @name: of the symbol
 *
 * returns: false also behind the last one
 */
bool vmlinux_is_named(const struct vmlinux *vmlinux, size_t number, const char *name);

/**
 * vmlinux_find() - find a symbol by its name
 * @vmlinux: of it
 * @name: of the symbol
 *
 * returns: the one with the lowest address; NULL if there is none
 */
const struct vmlinux_symbol *vmlinux_find(const struct vmlinux *vmlinux, const char *name);

/**
 * vmlinux_find_at() - find a symbol by its name and address
 * @vmlinux: of it
 * @name: of the symbol
 * @address: of the symbol
 *
 * returns: the first one; NULL if there is none
 */
const struct vmlinux_symbol *vmlinux_find_at(const struct vmlinux *vmlinux, const char *name,
					     uint64_t address);

/**
 * vmlinux_section() - find a section by its name
 * @vmlinux: of it
 * @name: of the section
 *
 * returns: the first one that occupies memory; NULL if there is none
 */
const struct vmlinux_section *vmlinux_section(const struct vmlinux *vmlinux, const char *name);

/**
 * vmlinux_at() - the memory at an address
 * @vmlinux: of it
 * @address: virtual, as linked; not one of Linux's per-CPU section that is linked to 0
 * @size: bytes
 *
 * returns: a part of the memory; NULL if it is not all inside
 */
unsigned char *vmlinux_at(const struct vmlinux *vmlinux, uint64_t address, uint64_t size);

#endif
