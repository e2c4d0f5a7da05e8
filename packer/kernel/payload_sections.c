/* SPDX-License-Identifier: BSD-2-Clause */
#include "payload_sections.h"

#include <string.h>

/* The section names that are always there, and where each is in them. */
static const char section_names[] = "\0" BZB_RELR_SECTION "\0" BZB_CREL_SECTION
				    "\0.symtab\0.strtab\0" PAYLOAD_NOTE_SECTION "\0.shstrtab";
enum {
	NAME_RELR = 1,
	NAME_CREL = NAME_RELR + sizeof(BZB_RELR_SECTION),
	NAME_SYMTAB = NAME_CREL + sizeof(BZB_CREL_SECTION),
	NAME_STRTAB = NAME_SYMTAB + sizeof(".symtab"),
	NAME_NOTE = NAME_STRTAB + sizeof(".strtab"),
	NAME_SHSTRTAB = NAME_NOTE + sizeof(PAYLOAD_NOTE_SECTION),
};

/* The sections beside those of the kernel; add_section() completes their headers. */
enum { RELR, CREL, SYMTAB, STRTAB, NOTE, SHSTRTAB, HEADS };
static const struct bzb_elf_section heads[HEADS] = {
	/* clang-format off */
	[RELR] = { .name = NAME_RELR, .type = BZB_SHT_RELR, .addralign = 8, .entsize = 8 },
	[CREL] = { .name = NAME_CREL, .type = BZB_SHT_CREL, .addralign = 1, .entsize = 1 },
	[SYMTAB] = { .name = NAME_SYMTAB, .type = BZB_SHT_SYMTAB, .info = BZB_SYMBOL_COUNT,
		     .addralign = 8, .entsize = sizeof(struct bzb_elf_sym) },
	[STRTAB] = { .name = NAME_STRTAB, .type = BZB_SHT_STRTAB, .addralign = 1 },
	[NOTE] = { .name = NAME_NOTE, .type = BZB_SHT_NOTE, .addralign = 4 },
	[SHSTRTAB] = { .name = NAME_SHSTRTAB, .type = BZB_SHT_STRTAB, .addralign = 1 },
	/* clang-format on */
};
_Static_assert(HEADS == PAYLOAD_SECTIONS_OWN, "PAYLOAD_SECTIONS_MAX");

static void add_section(struct payload_sections *to, struct bzb_elf_section section,
			struct bzb_span contents)
{
	to->end = bzb_align_up(to->end, section.addralign);
	section.offset = to->end;
	section.size = contents.size;
	to->headers[to->count] = section;
	to->contents[to->count++] = contents;
	to->end += contents.size;
}

/* The name and its NUL, and where they are in the names. */
static uint32_t add_name(struct payload_sections *to, struct bzb_span name)
{
	size_t at = to->names.size;

	blob_resize(&to->names, at + name.size + 1);
	if (name.size)
		memcpy(to->names.data + at, name.data, name.size);
	to->names.data[at + name.size] = '\0';
	return (uint32_t)at;
}

static uint32_t add_text(struct payload_sections *to, const char *text)
{
	return add_name(to, (struct bzb_span){ (const unsigned char *)text, strlen(text) });
}

static uint32_t add_name_of(const struct section_sources *from, struct payload_sections *to,
			    const struct bzb_elf_section *section)
{
	struct bzb_span name = { (const unsigned char *)"", 0 };

	bzb_elf_section_name(from->kernel, section, &name);
	return add_name(to, name);
}

static bool has_symbols(const struct section_sources *from)
{
	return from->kept->keep >= KEEP_SYMBOLS;
}

/* payload_sections_place_after() places it. */
static void add_after(struct payload_sections *to, struct bzb_elf_section section,
		      struct bzb_span contents)
{
	section.size = contents.size;
	to->headers[to->count] = section;
	to->after[to->count] = true;
	to->contents[to->count++] = contents;
}

/* Code stays in its segments: where those go is not known before the sections have been placed. */
static void add_code(const struct section_sources *from, struct payload_sections *to)
{
	to->first_code = to->count;
	for (unsigned int i = 0; i < from->code->count && !has_symbols(from); i++) {
		struct bzb_elf_section section = from->code->ranges[i];

		section.name = add_name_of(from, to, &section);
		to->headers[to->count++] = section;
	}
}

/* So do the sections that are kept, if they are in one. */
static void add_kept(const struct section_sources *from, struct payload_sections *to)
{
	to->first_kept = to->count;
	for (unsigned int i = 0; i < from->kept->count; i++) {
		enum kept_where where = from->kept->sections[i].where;
		struct bzb_elf_section section = from->kept->sections[i].section;
		struct bzb_span bytes;

		section.name = add_name_of(from, to, &section);
		if (where == KEPT_IN_SEGMENT)
			to->headers[to->count++] = section;
		else if (bzb_slice(from->kernel->file, section.offset, section.size, &bytes))
			continue;
		else if (where == KEPT_IN_GAP)
			add_section(to, section, bytes);
		else
			add_after(to, section, bytes);
	}
}

static void link_to_next(struct payload_sections *to)
{
	to->headers[to->count - 1].link = to->count;
}

static int add_symbols(const struct section_sources *from, struct payload_sections *to,
		       struct why *why)
{
	struct kept_symbols *symbols = &to->kept_symbols;

	if (kept_symbols_make(from->kernel, from->kept, to->first_kept, symbols, why))
		return -1;
	add_after(to, heads[SYMTAB], blob_span(&symbols->table));
	to->headers[to->count - 1].info = symbols->locals;
	link_to_next(to);
	add_after(to, heads[STRTAB], symbols->names);
	return 0;
}

/* An ELF has one section of type SHT_SYMTAB (gABI, "Section Types"): if it is the kernel's, the
 * symbols of .crel are in the other table that an ELF may have. */
static void rename_crel_symbols(struct payload_sections *to)
{
	struct bzb_elf_section *symbols = &to->headers[to->count - 2], *names = symbols + 1;

	symbols->type = BZB_SHT_DYNSYM;
	symbols->name = add_text(to, ".dynsym");
	names->name = add_text(to, ".dynstr");
}

/* .crel, and the symbols that it refers to: see write_symbols(). */
static void add_crel(const struct section_sources *from, struct payload_sections *to)
{
	const struct bzb_span symbols = { (const unsigned char *)to->symbols, sizeof(to->symbols) };
	const struct bzb_span names = { (const unsigned char *)BZB_SYMBOL_NAMES,
					sizeof(BZB_SYMBOL_NAMES) };

	if (!from->crel.size)
		return;
	add_section(to, heads[CREL], from->crel);
	link_to_next(to);
	add_section(to, heads[SYMTAB], symbols);
	link_to_next(to);
	add_section(to, heads[STRTAB], names);
	if (has_symbols(from))
		rename_crel_symbols(to);
}

/*
 * The symbol of the kernel is in its first section of code. A kernel without any has it in some
 * other section, which says that it is not absolute.
 */
static void write_symbols(const struct section_sources *from, struct payload_sections *to)
{
	bzb_symbols_write(from->kernel->virtual_address,
			  (uint16_t)(from->code->count ? to->first_code : 1), to->symbols);
}

/* Without tables and note there are no sections at all. */
static int fill(const struct section_sources *from, struct payload_sections *to, struct why *why)
{
	add_name(to, (struct bzb_span){
			     (const unsigned char *)section_names,
			     sizeof(section_names) - 1,
		     });
	to->count = 1;
	if (from->relr.size)
		add_section(to, heads[RELR], from->relr);
	add_crel(from, to);
	if (from->note.size)
		add_section(to, heads[NOTE], from->note);
	if (to->count > 1) {
		add_code(from, to);
		add_kept(from, to);
		write_symbols(from, to);
		if (has_symbols(from) && add_symbols(from, to, why))
			return -1;
		add_section(to, heads[SHSTRTAB], blob_span(&to->names));
	} else {
		to->count = 0;
	}
	to->end = bzb_align_up(to->end, 8);
	return 0;
}

int payload_sections_make(const struct section_sources *from, uint64_t start,
			  struct payload_sections *ret, struct why *why)
{
	*ret = (struct payload_sections){ .end = start };
	return fill(from, ret, why);
}

uint64_t payload_sections_place_after(struct payload_sections *sections, uint64_t start)
{
	uint64_t end = start;

	for (unsigned int i = 0; i < sections->count; i++) {
		struct bzb_elf_section *header = &sections->headers[i];

		if (!sections->after[i])
			continue;
		header->offset = bzb_align_up(end, header->addralign);
		end = header->offset + header->size;
	}
	return end;
}

void payload_sections_write(const struct payload_sections *sections, unsigned char *to)
{
	struct bzb_elf_shdr *shdr = (void *)(to + sections->end);

	for (unsigned int i = 0; i < sections->count; i++) {
		if (sections->contents[i].size)
			memcpy(to + sections->headers[i].offset, sections->contents[i].data,
			       sections->contents[i].size);
		bzb_elf_write_shdr(&shdr[i], &sections->headers[i]);
	}
}

void payload_sections_free(struct payload_sections *sections)
{
	blob_free(&sections->kept_symbols.table);
	blob_free(&sections->names);
}
