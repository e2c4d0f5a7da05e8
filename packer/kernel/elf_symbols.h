/* SPDX-License-Identifier: BSD-2-Clause */
/* Symbols of an ELF: <bzboot/symbols.h>. */
#ifndef PACKER_ELF_SYMBOLS_H
#define PACKER_ELF_SYMBOLS_H

#include <bzboot/symbols.h>

enum { SHF_WRITE = 1 };

/* A symbol table and its names. */
struct symbols {
	struct bzb_span table, names;
};

/**
 * symbol_name() - the name of a symbol
 * @names: the string table of the symbols
 * @symbol: as read
 * @to: the name, cut to what fits; empty if there is none
 * @room: bytes at @to
 */
void symbol_name(struct bzb_span names, const struct bzb_symbol *symbol, char *to, size_t room);

#endif
