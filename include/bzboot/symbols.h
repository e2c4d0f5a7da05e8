/* SPDX-License-Identifier: BSD-2-Clause */
/* Symbols of a kernel, to which relocations refer (gABI, "Symbol Table"). */
#ifndef BZBOOT_SYMBOLS_H
#define BZBOOT_SYMBOLS_H

#include <bzboot/elf.h>

struct bzb_symbol {
	uint32_t name; /* offset in the string table of the symbols */
	uint64_t value;
	bool defined, weak, absolute;
	unsigned int section; /* of a section symbol; else 0 */
};

/**
 * bzb_symbol_read() - read a symbol
 * @table: the symbol table
 * @number: of the symbol
 * @ret: the symbol; untouched on error
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_TRUNCATED, @table has no such symbol
 */
int bzb_symbol_read(struct bzb_span table, uint32_t number, struct bzb_symbol *ret);

/**
 * bzb_symbol_moves() - find out whether a symbol moves with the kernel
 * @elf: the kernel
 * @symbol: of it
 * @names: the string table of the symbols
 *
 * A symbol moves if its value is an address of the kernel. One that is not defined is 0
 * in a linked file, and stays so. An absolute symbol does not move (gABI, "Special
 * Section Indexes", SHN_ABS), with one exception: linkers make the symbols absolute with
 * which Linux's linker script names the edges of its sections (__init_end), and those
 * move.
 *
 * returns: true if it moves
 */
bool bzb_symbol_moves(const struct bzb_elf *elf, const struct bzb_symbol *symbol,
		      struct bzb_span names);

#endif
