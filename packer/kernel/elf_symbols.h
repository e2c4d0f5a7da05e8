/* SPDX-License-Identifier: BSD-2-Clause */
/* Symbols and RELA entries of an ELF: what relocations refer to (gABI, chapter 4). */
#ifndef PACKER_ELF_SYMBOLS_H
#define PACKER_ELF_SYMBOLS_H

#include <bzboot/elf.h>

enum {
	SHF_WRITE = 1,
	STT_SECTION = 3,
};

/* A parsed symbol. */
struct symbol {
	char name[64]; /* cut if longer */
	uint64_t value;
	bool defined, weak;
	bool absolute;	      /* BZB_SHN_ABS */
	unsigned int section; /* of a section symbol; else 0 */
};

/* A symbol table and its names. */
struct symbols {
	struct bzb_span table, names;
};

/**
 * symbols_read() - the symbol with a number
 * @symbols: the table
 * @index: of the symbol
 * @ret: the symbol; untouched on error
 *
 * returns: 0, or -BZB_ERR_TRUNCATED if there is no such symbol
 */
int symbols_read(const struct symbols *symbols, uint32_t index, struct symbol *ret);

#endif
