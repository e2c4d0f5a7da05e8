/* SPDX-License-Identifier: BSD-2-Clause */
/* The table behind an ELF: <bzboot/kernel_relocs.h>. */
#include <bzboot/kernel_relocs.h>

#include "relocs.h"

/* Adds a list; its entries are sign-extended virtual addresses. */
static void add_list(const struct reloc_input *input, enum bzb_reloc_kind kind,
		     const unsigned char *entries, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		bzb_le32 entry = ((const bzb_le32 *)entries)[i];
		struct reloc_site site = {
			.type = "kernel relocation",
			.address = (uint64_t)(int64_t)(int32_t)bzb_ld32(entry),
		};

		relocs_add(input, kind, site.address - input->relocs->base, &site);
	}
}

bool relocs_of_kernel_table(const struct reloc_input *input)
{
	const struct bzb_elf *elf = input->elf;
	struct bzb_span behind = { elf->file.data + elf->end, elf->file.size - (size_t)elf->end };
	struct bzb_kernel_relocs table;
	const unsigned char *at = behind.data;
	int err;

	if (!behind.size)
		return false;
	err = bzb_kernel_relocs_parse(elf, behind, &table);
	if (err) {
		findings_add(input->findings, "behind the ELF: %s (%zu bytes at offset 0x%zx)",
			     bzb_strerror(err), behind.size, (size_t)elf->end);
		return true;
	}
	/* | 0 | 64-bit | 0 | inverse 32-bit | 0 | 32-bit | */
	at += sizeof(bzb_le32);
	add_list(input, BZB_RELOC_64, at, table.count64);
	at += (table.count64 + 1) * sizeof(bzb_le32);
	add_list(input, BZB_RELOC_32_INVERSE, at, table.count32_inverse);
	at += (table.count32_inverse + 1) * sizeof(bzb_le32);
	add_list(input, BZB_RELOC_32, at, table.count32);
	return true;
}
