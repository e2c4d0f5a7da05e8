/* SPDX-License-Identifier: BSD-2-Clause */
/* The sections of a linker's --emit-relocs: <bzboot/rela.h>. */
#include <stdio.h>
#include <string.h>

#include <bzboot/rela.h>

#include "relocs_find.h"

/* Of a relocation; see relocs_refuse(). */
static const char *const texts[BZB_RELA_FINDING_COUNT] = {
	[BZB_RELA_NO_SYMBOL] = "its symbol is not in the symbol table",
	[BZB_RELA_UNKNOWN_TYPE] = "unknown relocation type",
	[BZB_RELA_OUTSIDE] = "the field lies outside every segment",
	[BZB_RELA_FIXED_TARGET] = "the target of the distance does not move",
	[BZB_RELA_NOT_RELAXED] = "not relaxed by the linker: its slot in the GOT has no relocation",
};

/* Of a section, with the name of its target. */
static const char *const section_texts[BZB_RELA_FINDING_COUNT] = {
	[BZB_RELA_NO_TABLE] = "the relocation section for %s has no symbol table",
	[BZB_RELA_SHARED] = "relocation sections overlap in the file: with the one for %s they are "
			    "larger than the file",
};

static void name_section(const struct bzb_elf *elf, const struct bzb_elf_section *section, char *to,
			 size_t room)
{
	struct bzb_span name;
	size_t n;

	if (bzb_elf_section_name(elf, section, &name))
		return;
	n = name.size < room ? name.size : room - 1;
	memcpy(to, name.data, n);
	to[n] = '\0';
}

/* A section symbol has no name of its own. */
static void name_symbol(const struct bzb_elf *elf, const struct bzb_rela_verdict *verdict, char *to,
			size_t room)
{
	const struct symbols symbols = { verdict->section->symbols, verdict->section->names };
	struct bzb_elf_section section;
	struct symbol symbol;

	if (symbols_read(&symbols, verdict->symbol, &symbol))
		return;
	memcpy(to, symbol.name, room);
	if (*to || !symbol.section || symbol.section >= elf->shnum)
		return;
	section = bzb_elf_section(elf, symbol.section);
	name_section(elf, &section, to, room);
}

static void take_relocation(const struct reloc_input *input, const struct bzb_rela_verdict *verdict,
			    struct reloc_site *site)
{
	char number[24];

	snprintf(number, sizeof(number), "type %u", verdict->type);
	site->type = relocs_type_name(verdict->type);
	if (!site->type)
		site->type = number;
	name_symbol(input->elf, verdict, site->symbol, sizeof(site->symbol));
	if (verdict->finding)
		relocs_refuse(input, site, texts[verdict->finding]);
	else
		relocs_add(input, verdict->kind, verdict->offset, site);
}

static int take_verdict(void *context, const struct bzb_rela_verdict *verdict)
{
	const struct reloc_input *input = context;
	struct reloc_site site = { .address = input->relocs->base + verdict->offset };

	name_section(input->elf, &verdict->section->target, site.section, sizeof(site.section));
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
