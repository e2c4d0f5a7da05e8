/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "kernel/elf_symbols.h"
#include "file_pieces.h"

/* Linux has 60, with debug data 73; a file with more is divided by its segments. */
#define SECTIONS_DIVIDED 4096u

/* Of Linux (include/asm-generic/vmlinux.lds.h, arch/x86/kernel/vmlinux.lds.S); a name stands for
 * all that begin with it. The flags of .rodata say that it is writable: Linux protects it when it
 * runs. */
static const struct {
	const char *prefix;
	enum piece_kind kind;
} section_kinds[] = {
	{ ".debug_", PIECE_DEBUG },
	{ ".gdb_index", PIECE_DEBUG },
	{ ".rodata", PIECE_RODATA },
	{ ".data", PIECE_DATA },
	{ ".symtab", PIECE_SYMBOLS },
	{ ".strtab", PIECE_SYMBOLS },
	{ ".dynsym", PIECE_SYMBOLS },
	{ ".dynstr", PIECE_SYMBOLS },
	{ ".shstrtab", PIECE_HEADERS },
	{ "__ksymtab", PIECE_TABLES },
	{ "__kcrctab", PIECE_TABLES },
	{ "__ex_table", PIECE_TABLES },
	{ "__bug_table", PIECE_TABLES },
	{ ".orc_", PIECE_TABLES },
	{ ".BTF", PIECE_TABLES },
	{ "__param", PIECE_TABLES },
	{ ".pci_fixup", PIECE_TABLES },
	{ ".altinstr", PIECE_TABLES },
	{ ".parainstr", PIECE_TABLES },
	{ ".retpoline_sites", PIECE_TABLES },
	{ ".return_sites", PIECE_TABLES },
	{ ".call_sites", PIECE_TABLES },
	{ ".ibt_endbr_seal", PIECE_TABLES },
	{ ".smp_locks", PIECE_TABLES },
	{ ".static_call", PIECE_TABLES },
	{ "__tracepoint", PIECE_TABLES },
	{ "__mcount_loc", PIECE_TABLES },
	{ "__jump_table", PIECE_TABLES },
};

static const struct {
	uint32_t type;
	enum piece_kind kind;
} type_kinds[] = {
	{ BZB_SHT_RELA, PIECE_RELOCS }, { BZB_SHT_RELR, PIECE_RELOCS },
	{ BZB_SHT_CREL, PIECE_RELOCS }, { BZB_SHT_SYMTAB, PIECE_SYMBOLS },
	{ BZB_SHT_NOTE, PIECE_TABLES },
};

static bool begins_with(struct bzb_span name, const char *prefix)
{
	const size_t size = strlen(prefix);

	return name.size >= size && !memcmp(name.data, prefix, size);
}

static enum piece_kind kind_of(const struct bzb_elf_section *section, struct bzb_span name)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(type_kinds); i++)
		if (section->type == type_kinds[i].type)
			return type_kinds[i].kind;
	for (size_t i = 0; i < BZB_ARRAY_SIZE(section_kinds); i++)
		if (begins_with(name, section_kinds[i].prefix))
			return section_kinds[i].kind;
	if (!(section->flags & BZB_SHF_ALLOC))
		return PIECE_UNKNOWN;
	if (section->flags & BZB_SHF_EXECINSTR)
		return PIECE_CODE;
	return section->flags & SHF_WRITE ? PIECE_DATA : PIECE_RODATA;
}

static bool has_code_sections(const struct bzb_elf *elf)
{
	for (unsigned int i = 0; i < elf->shnum; i++)
		if (bzb_elf_section(elf, i).flags & BZB_SHF_EXECINSTR)
			return true;
	return false;
}

/* Linux's first segment is executable, with the constants. If sections tell the code, all else is
 * not. */
static enum piece_kind kind_of_segment(uint32_t flags, bool knows_code)
{
	if (flags & BZB_PF_W)
		return PIECE_DATA;
	return flags & BZB_PF_X && !knows_code ? PIECE_CODE : PIECE_RODATA;
}

static void paint_segments(struct pieces *pieces, const struct bzb_elf *elf)
{
	const bool knows_code = elf->shnum <= SECTIONS_DIVIDED && has_code_sections(elf);

	for (unsigned int i = 0; i < elf->phnum; i++) {
		const struct bzb_elf_segment s = bzb_elf_segment(elf, i);
		const enum piece_kind kind = kind_of_segment(s.flags, knows_code);

		if (s.type == BZB_PT_LOAD)
			pieces_paint(pieces, s.offset, s.filesz, kind, piece_kind_name(kind));
	}
}

static void paint_sections(struct pieces *pieces, const struct bzb_elf *elf)
{
	for (unsigned int i = 0; i < elf->shnum && elf->shnum <= SECTIONS_DIVIDED; i++) {
		const struct bzb_elf_section section = bzb_elf_section(elf, i);
		struct bzb_span name = { 0 };
		enum piece_kind kind;

		if (section.type == BZB_SHT_NOBITS || section.type == BZB_SHT_NULL)
			continue;
		(void)bzb_elf_section_name(elf, &section, &name);
		kind = kind_of(&section, name);
		pieces_paint(pieces, section.offset, section.size, kind, piece_kind_name(kind));
	}
}

/* Linux's builds append a table to the ELF. */
static void paint_appended(struct pieces *pieces, const struct bzb_elf *elf, struct bzb_span file)
{
	struct bzb_kernel_relocs relocs;
	struct bzb_span table;

	if (!bzb_slice(file, elf->end, file.size - elf->end, &table) &&
	    !bzb_kernel_relocs_parse(elf, table, &relocs))
		pieces_paint(pieces, elf->end, table.size, PIECE_RELOCS,
			     piece_kind_name(PIECE_RELOCS));
}

static void paint_headers(struct pieces *pieces, const struct bzb_elf *elf)
{
	const char *name = piece_kind_name(PIECE_HEADERS);

	pieces_paint(pieces, 0, sizeof(struct bzb_elf_ehdr), PIECE_HEADERS, name);
	pieces_paint(pieces, elf->phoff, bzb_elf_phdrs_size(elf), PIECE_HEADERS, name);
	pieces_paint(pieces, elf->shoff, bzb_elf_shdrs_size(elf), PIECE_HEADERS, name);
}

static bool is_zero(const unsigned char *data, uint64_t size)
{
	while (size && !data[size - 1])
		size--;
	return !size;
}

/* Between segments and sections */
static void name_zeros(struct pieces *pieces, struct bzb_span file)
{
	for (size_t i = 0; i < pieces->count; i++) {
		struct piece *piece = &pieces->list[i];

		if (piece->kind == PIECE_UNKNOWN && is_zero(file.data + piece->offset, piece->size))
			pieces_paint(pieces, piece->offset, piece->size, PIECE_PADDING,
				     piece_kind_name(PIECE_PADDING));
	}
}

struct pieces elf_pieces_make(const struct bzb_elf *elf, struct bzb_span file)
{
	struct pieces pieces =
		pieces_start(file.size, PIECE_UNKNOWN, piece_kind_name(PIECE_UNKNOWN));

	paint_segments(&pieces, elf);
	paint_sections(&pieces, elf);
	paint_headers(&pieces, elf);
	paint_appended(&pieces, elf, file);
	name_zeros(&pieces, file);
	return pieces;
}
