/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of a finding about a relocation. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "relocs_find.h"

static const char *const texts[BZB_RELA_FINDING_COUNT] = {
	[BZB_RELA_NO_SYMBOL] = "its symbol is not in the symbol table",
	[BZB_RELA_UNDEFINED] = "its symbol is not defined",
	[BZB_RELA_UNKNOWN_TYPE] = "unknown relocation type",
	[BZB_RELA_OUTSIDE] = "the field lies outside every segment",
	[BZB_RELA_FIXED_TARGET] = "the target of the distance does not move",
	[BZB_RELA_NOT_RELAXED] = "not relaxed by the linker: its slot in the GOT has no relocation",
};

const char *relocs_text(enum bzb_rela_finding finding)
{
	return texts[finding];
}

/* psABI, "Relocation Types" */
static const char *const type_names[] = {
	/* clang-format off */
	"R_X86_64_NONE", "R_X86_64_64", "R_X86_64_PC32", "R_X86_64_GOT32", "R_X86_64_PLT32",
	"R_X86_64_COPY", "R_X86_64_GLOB_DAT", "R_X86_64_JUMP_SLOT", "R_X86_64_RELATIVE",
	"R_X86_64_GOTPCREL", "R_X86_64_32", "R_X86_64_32S", "R_X86_64_16", "R_X86_64_PC16",
	"R_X86_64_8", "R_X86_64_PC8", "R_X86_64_DTPMOD64", "R_X86_64_DTPOFF64", "R_X86_64_TPOFF64",
	"R_X86_64_TLSGD", "R_X86_64_TLSLD", "R_X86_64_DTPOFF32", "R_X86_64_GOTTPOFF",
	"R_X86_64_TPOFF32", "R_X86_64_PC64", "R_X86_64_GOTOFF64", "R_X86_64_GOTPC32",
	"R_X86_64_GOT64", "R_X86_64_GOTPCREL64", "R_X86_64_GOTPC64", "R_X86_64_GOTPLT64",
	"R_X86_64_PLTOFF64", "R_X86_64_SIZE32", "R_X86_64_SIZE64", "R_X86_64_GOTPC32_TLSDESC",
	"R_X86_64_TLSDESC_CALL", "R_X86_64_TLSDESC", "R_X86_64_IRELATIVE", "R_X86_64_RELATIVE64",
	NULL, NULL, "R_X86_64_GOTPCRELX", "R_X86_64_REX_GOTPCRELX",
	/* clang-format on */
};

static void name_type(uint32_t type, char *to, size_t room)
{
	const char *name = type < BZB_ARRAY_SIZE(type_names) ? type_names[type] : NULL;

	if (name)
		snprintf(to, room, "%s", name);
	else
		snprintf(to, room, "type %" PRIu32, type);
}

void relocs_name_section(const struct bzb_elf *elf, const struct bzb_elf_section *section, char *to,
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
void relocs_name(const struct bzb_elf *elf, const struct symbols *symbols, uint32_t type,
		 uint32_t number, struct reloc_site *site)
{
	struct bzb_elf_section section;
	struct bzb_symbol symbol;

	name_type(type, site->type, sizeof(site->type));
	if (bzb_symbol_read(symbols->table, number, &symbol))
		return;
	symbol_name(symbols->names, &symbol, site->symbol, sizeof(site->symbol));
	if (*site->symbol || !symbol.section || symbol.section >= elf->shnum)
		return;
	section = bzb_elf_section(elf, symbol.section);
	relocs_name_section(elf, &section, site->symbol, sizeof(site->symbol));
}

void relocs_refuse(const struct reloc_input *input, const struct reloc_site *site, const char *what)
{
	findings_add(input->findings, "%s: %s (%s%s%s%s%saddress 0x%" PRIx64 ")", site->type, what,
		     *site->symbol ? "symbol " : "", site->symbol, *site->symbol ? ", " : "",
		     *site->section ? site->section : "", *site->section ? ", " : "",
		     site->address);
}
