/* SPDX-License-Identifier: BSD-2-Clause */
#include "elf_symbols.h"

#include <string.h>

/* The text at an offset, cut to what fits; empty if there is none. */
static void copy_name(struct bzb_span names, uint32_t offset, char *to, size_t room)
{
	size_t n = 0;

	while (offset + n < names.size && n < room - 1 && names.data[offset + n]) {
		to[n] = (char)names.data[offset + n];
		n++;
	}
	to[n] = '\0';
}

int symbols_read(const struct symbols *symbols, uint32_t index, struct symbol *ret)
{
	struct bzb_span bytes;
	struct symbol symbol = { 0 };
	struct bzb_elf_sym sym;
	unsigned int section;
	int err = bzb_slice(symbols->table, (uint64_t)index * sizeof(sym), sizeof(sym), &bytes);

	if (err)
		return err;
	memcpy(&sym, bytes.data, sizeof(sym));
	copy_name(symbols->names, bzb_ld32(sym.st_name), symbol.name, sizeof(symbol.name));
	symbol.value = bzb_ld64(sym.st_value);
	section = bzb_ld16(sym.st_shndx);
	symbol.defined = section != BZB_SHN_UNDEF;
	symbol.absolute = section == BZB_SHN_ABS;
	symbol.weak = sym.st_info >> 4 == BZB_STB_WEAK;
	if ((sym.st_info & 15) == STT_SECTION && section < BZB_SHN_LORESERVE)
		symbol.section = section;
	*ret = symbol;
	return 0;
}
