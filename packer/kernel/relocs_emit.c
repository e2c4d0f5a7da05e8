/* SPDX-License-Identifier: BSD-2-Clause */
/* The sections of a linker's --emit-relocs: <bzboot/rela.h>. */
#include "relocs_find.h"

/* Of a section, with the name of its target. */
static const char *const section_texts[BZB_RELA_FINDING_COUNT] = {
	[BZB_RELA_NO_TABLE] = "the relocation section for %s has no symbol table",
	[BZB_RELA_SHARED] = "relocation sections overlap in the file: with the one for %s they are "
			    "larger than the file",
};

static void take_relocation(const struct reloc_input *input, const struct bzb_rela_verdict *verdict,
			    struct reloc_site *site)
{
	const struct symbols symbols = { verdict->section->symbols, verdict->section->names };

	relocs_name(input->elf, &symbols, verdict->type, verdict->symbol, site);
	if (verdict->finding)
		relocs_refuse(input, site, relocs_text(verdict->finding));
	else
		relocs_add(input, verdict->kind, verdict->offset, site);
}

static int take_verdict(void *context, const struct bzb_rela_verdict *verdict)
{
	const struct reloc_input *input = context;
	struct reloc_site site = { .address = input->relocs->base + verdict->offset };

	relocs_name_section(input->elf, &verdict->section->target, site.section,
			    sizeof(site.section));
	if (verdict->finding == BZB_RELA_SLOT)
		findings_add(input->findings,
			     "%s: a slot without a relocation (address 0x%llx, value 0x%llx)",
			     site.section, (unsigned long long)site.address,
			     (unsigned long long)verdict->value);
	else if (section_texts[verdict->finding])
		findings_add(input->findings, section_texts[verdict->finding], site.section);
	else
		take_relocation(input, verdict, &site);
	return 0;
}

bool relocs_of_emit(const struct reloc_input *input)
{
	return !bzb_rela_judge(input->elf, take_verdict, (void *)(uintptr_t)input);
}
