/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of a payload ELF that bzboot made. */
#include "relocs_find.h"

/* Images with a manifest of version 2 had this section instead of .crel. */
#define OLD_SECTION ".reld"

static int add_field(void *context, enum bzb_reloc_kind kind, uint64_t offset)
{
	const struct reloc_input *input = context;
	struct reloc_site site = {
		.type = "relocation",
		.address = input->relocs->base + offset,
	};

	relocs_add(input, kind, offset, &site);
	return 0;
}

void relocs_hide(struct blob *payload)
{
	const struct bzb_elf_section inactive = { .type = BZB_SHT_NULL };
	struct bzb_elf elf;

	if (bzb_elf_parse(blob_span(payload), &elf))
		return;
	for (unsigned int i = 0; i < elf.shnum; i++) {
		struct bzb_elf_section section = bzb_elf_section(&elf, i);
		unsigned char *to = payload->data + elf.shoff + i * sizeof(struct bzb_elf_shdr);

		if ((section.type == BZB_SHT_RELR || section.type == BZB_SHT_CREL) &&
		    !(section.flags & BZB_SHF_ALLOC))
			bzb_elf_write_shdr((void *)to, &inactive);
	}
}

bool relocs_of_payload(const struct reloc_input *input)
{
	struct bzb_elf_section section;
	struct bzb_kernel_elf kernel;
	struct bzb_relocs relocs;
	int err;

	if (bzb_kernel_elf_parse(input->elf->file, &kernel))
		return false;
	if (!bzb_elf_find_section(&kernel.elf, OLD_SECTION, &section)) {
		findings_add(input->findings,
			     "%s: relocations as an older bzboot made them: pack the "
			     "original kernel",
			     OLD_SECTION);
		return true;
	}
	err = bzb_relocs_find(&kernel, &relocs);
	if (err == -BZB_ERR_NOTFOUND)
		return false;
	if (!err)
		err = bzb_relocs_walk(&relocs, add_field, (void *)(uintptr_t)input);
	if (err)
		findings_add(input->findings, "%s, %s: %s", BZB_RELR_SECTION, BZB_CREL_SECTION,
			     bzb_strerror(err));
	return true;
}
