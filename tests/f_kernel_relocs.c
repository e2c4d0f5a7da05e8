/* SPDX-License-Identifier: BSD-2-Clause */
/* The table behind an ELF: the ELF is a part of the input, so that both are fuzzed. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bzb_kernel_relocs relocs;
	struct bzb_span behind;
	struct bzb_elf elf;

	if (bzb_elf_parse((struct bzb_span){ data, size }, &elf))
		return 0;
	PROMISE(!bzb_slice(elf.file, elf.end, size - elf.end, &behind));
	if (bzb_kernel_relocs_parse(&elf, behind, &relocs))
		return 0;
	PROMISE(relocs.table.data == behind.data && relocs.table.size == behind.size);
	/* a zero in front of each of the three lists */
	PROMISE((relocs.count64 + relocs.count32_inverse + relocs.count32 + 3) * 4 ==
		behind.size);
	return 0;
}
