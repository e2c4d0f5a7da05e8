/* SPDX-License-Identifier: BSD-2-Clause */
/* The table after an ELF: <bzboot/kernel_relocs.h>. */
#include <string.h>

#include <bzboot/kernel_relocs.h>

#include "input/module_signature.h"
#include "relocs_find.h"

/* Adds a list; its entries are sign-extended virtual addresses. */
static void add_list(const struct reloc_input *input, enum bzb_reloc_kind kind,
		     struct bzb_span list)
{
	for (size_t at = 0; at < list.size; at += sizeof(bzb_le32)) {
		const struct reloc_site site = {
			.type = "kernel relocation",
			.address = (uint64_t)(int64_t)(int32_t)bzb_get32(list.data + at),
		};

		relocs_add(input, kind, site.address - input->relocs->base, &site);
	}
}

/* Files are padded with zeros. A table of nothing but zeros says that nothing moves. */
static bool is_padding(struct bzb_span bytes)
{
	for (size_t i = 0; i < bytes.size; i++)
		if (bytes.data[i])
			return false;
	return true;
}

bool relocs_of_kernel_table(const struct reloc_input *input)
{
	const struct bzb_elf *elf = input->elf;
	struct bzb_span rest = { elf->file.data + elf->end, elf->file.size - (size_t)elf->end };
	struct bzb_kernel_relocs table;
	struct bzb_span appended;
	int err;

	if (is_padding(rest))
		return false;
	if (!module_signature_find(rest, &appended)) {
		findings_add(input->findings,
			     "after the ELF: an appended module signature (%zu "
			     "bytes at offset 0x%zx): cut it off",
			     appended.size, (size_t)(appended.data - elf->file.data));
		return true;
	}
	err = bzb_kernel_relocs_parse(elf, rest, &table);
	if (err) {
		findings_add(input->findings,
			     "after the ELF: not a relocation table of a kernel: %s "
			     "(%zu bytes at offset 0x%zx)",
			     bzb_strerror(err), rest.size, (size_t)elf->end);
		return true;
	}
	add_list(input, BZB_RELOC_64, table.fields64);
	add_list(input, BZB_RELOC_32_INVERSE, table.fields32_inverse);
	add_list(input, BZB_RELOC_32, table.fields32);
	return true;
}
