/* SPDX-License-Identifier: BSD-2-Clause */
/* Which symbols move with a kernel. */
#include <string.h>

#include <bzboot/symbols.h>

#include "relocs_find.h"

bool relocs_symbol_moves(const struct reloc_input *input, const struct symbol *symbol)
{
	const struct bzb_span name = {
		(const unsigned char *)symbol->name,
		strlen(symbol->name) + 1,
	};
	const struct bzb_symbol same = {
		.value = symbol->value,
		.defined = symbol->defined,
		.absolute = symbol->absolute,
	};

	return bzb_symbol_moves(input->elf, &same, name);
}
