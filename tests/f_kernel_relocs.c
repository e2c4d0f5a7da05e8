/* SPDX-License-Identifier: BSD-2-Clause */
/* The table after an ELF. The ELF is part of the input, so both are fuzzed. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bzb_kernel_relocs relocs;
	struct bzb_span table;
	struct bzb_elf elf;

	if (bzb_elf_parse((struct bzb_span){ data, size }, &elf))
		return 0;
	PROMISE(!bzb_slice(elf.file, elf.end, size - elf.end, &table));
	if (bzb_kernel_relocs_parse(&elf, table, &relocs))
		return 0;
	PROMISE(relocs.lists == 2 || relocs.lists == 3);
	PROMISE(relocs.lists == 3 || !relocs.fields32_inverse.size);
	PROMISE(relocs.fields64.size + relocs.fields32_inverse.size + relocs.fields32.size +
			4 * relocs.lists ==
		table.size);
	return 0;
}
