/* SPDX-License-Identifier: BSD-2-Clause */
#include "elf_symbols.h"

void symbol_name(struct bzb_span names, const struct bzb_symbol *symbol, char *to, size_t room)
{
	const size_t offset = symbol->name;
	size_t n = 0;

	while (offset + n < names.size && n < room - 1 && names.data[offset + n]) {
		to[n] = (char)names.data[offset + n];
		n++;
	}
	to[n] = '\0';
}
