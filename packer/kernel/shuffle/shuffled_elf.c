/* SPDX-License-Identifier: BSD-2-Clause */
#include "shuffled_elf.h"

#include <stdlib.h>
#include <string.h>

#include "io/array.h"
#include "kernel/debug_section.h"
#include "linux_edges.h"
#include "shuffle_references.h"
#include "shuffle_units.h"

struct writer {
	const struct vmlinux *v;
	const struct shuffle_plan *plan;
	const uint32_t *places;
	const struct shuffle_debug *debug;
	struct bzb_span units; /* the unit table */
	uint32_t units_name;   /* of its section, in the names of sections */
	struct blob file;      /* what is not written is zeros */
	uint64_t end;	       /* of what is written */
};

/* --- what moved ----------------------------------------------------------------------- */

/* The address of a byte after the shuffle. */
static uint64_t moved(const struct writer *w, uint64_t address)
{
	const long unit = shuffle_units_find(w->plan, address - w->v->address);

	if (unit < 0)
		return address;
	return address + w->places[unit] - w->plan->units[unit].offset;
}

static uint64_t moved_symbol(const struct writer *w, const struct vmlinux_symbol *symbol)
{
	if (symbol->type == BZB_STT_SECTION || !symbol->is_address || linux_is_edge(symbol->name))
		return symbol->address;
	return moved(w, symbol->address);
}

/* --- sections ------------------------------------------------------------------------- */

static bool is_loaded(const struct bzb_elf_section *section)
{
	return section->flags & BZB_SHF_ALLOC || section->type == BZB_SHT_NULL;
}

static bool is_relocations(const struct vmlinux *v, unsigned int index)
{
	for (size_t i = 0; i < v->reloc_section_count; i++)
		if (v->relocs[i].index == index)
			return true;
	return false;
}

/* It describes another order. */
static bool is_unit_table(const struct bzb_elf *elf, const struct bzb_elf_section *section)
{
	struct bzb_span name;

	return !bzb_elf_section_name(elf, section, &name) && bzb_span_is(name, BZB_UNITS_SECTION);
}

/*
 * The bytes of a section that is not loaded; none if it is left out. What is written again is that
 * whatever its name is.
 */
static struct bzb_span bytes_of(const struct writer *w, unsigned int index,
				const struct bzb_elf_section *section)
{
	const struct vmlinux *v = w->v;
	const bool is_written = index == v->symtab || is_relocations(v, index);

	if (!is_written && debug_section_is(&v->elf, section))
		return shuffle_debug_section(w->debug, &v->elf, section);
	if (!is_written && (section->type == BZB_SHT_NOBITS || section->type == BZB_SHT_SYMTAB ||
			    section->type == BZB_SHT_RELA || is_unit_table(&v->elf, section)))
		return (struct bzb_span){ NULL, 0 };
	return (struct bzb_span){ v->elf.file.data + section->offset, (size_t)section->size };
}

static void write_symbols(const struct writer *w, unsigned char *table)
{
	for (size_t i = 0; i < w->v->symbol_count; i++) {
		struct bzb_elf_sym *symbol = (struct bzb_elf_sym *)table + i;

		symbol->st_value = bzb_st64(moved_symbol(w, &w->v->symbols[i]));
	}
}

/* A call by .plt names the function, not the code that it leads to. */
static bool is_by_plt(const struct writer *w, const struct vmlinux_relocs *relocs,
		      const struct bzb_elf_rela *entry)
{
	const struct bzb_elf_section section = bzb_elf_section(&w->v->elf, relocs->target->index);
	const uint64_t offset = section.offset + (bzb_ld64(entry->r_offset) - section.addr);
	struct bzb_span field;

	return !bzb_slice(w->v->elf.file, offset, 4, &field) &&
	       shuffle_reference_by_plt(w->v, entry, field.data);
}

/* The addend follows from what the field says now (AMD64 psABI, table 4.9). */
static void write_relocation(const struct writer *w, const struct vmlinux_relocs *relocs,
			     struct bzb_elf_rela *entry)
{
	const struct vmlinux_section *target = relocs->target;
	const uint32_t type = bzb_ld32(entry->r_type);
	const uint64_t old = bzb_ld64(entry->r_offset);
	const uint64_t address = target->is_code ? moved(w, old) : old;
	const unsigned char *field;
	bool keeps;
	uint64_t value;

	if (!type)
		return;
	keeps = !target->in_file || (target->is_code && is_by_plt(w, relocs, entry));
	entry->r_offset = bzb_st64(address);
	field = w->v->memory.data + target->offset + (address - target->address);
	if (!keeps && shuffle_relocation_value(type, address, field, &value))
		entry->r_addend =
			bzb_st64(value - moved_symbol(w, &w->v->symbols[bzb_ld32(entry->r_sym)]));
}

static void write_relocations(const struct writer *w, unsigned int index, unsigned char *table)
{
	for (size_t i = 0; i < w->v->reloc_section_count; i++) {
		const struct vmlinux_relocs *relocs = &w->v->relocs[i];

		if (relocs->index != index)
			continue;
		for (size_t k = 0; k < relocs->count; k++)
			write_relocation(w, relocs, (struct bzb_elf_rela *)table + k);
	}
}

enum { SECTION_ALIGNMENT = 8 }; /* of symbols, relocations and section headers */

/* Names a new section, which is for boot loaders. */
static void add_units_name(struct writer *w, struct bzb_elf_section *names)
{
	w->units_name = (uint32_t)names->size;
	memcpy(w->file.data + w->end, BZB_UNITS_SECTION, sizeof(BZB_UNITS_SECTION));
	names->size += sizeof(BZB_UNITS_SECTION);
	w->end += sizeof(BZB_UNITS_SECTION);
}

static struct bzb_elf_section add_units(struct writer *w)
{
	const struct bzb_elf_section section = {
		.name = w->units_name,
		.type = BZB_SHT_PROGBITS,
		.offset = w->end,
		.size = w->units.size,
		.addralign = 1,
	};

	memcpy(w->file.data + w->end, w->units.data, w->units.size);
	w->end += w->units.size;
	return section;
}

/* Writes the bytes of a section that is not loaded behind the others. */
static struct bzb_elf_section write_section(struct writer *w, unsigned int index,
					    struct bzb_elf_section section)
{
	struct bzb_span bytes;
	unsigned char *to;

	if (is_loaded(&section))
		return section;
	bytes = bytes_of(w, index, &section);
	w->end = bzb_align_up(w->end, SECTION_ALIGNMENT);
	to = w->file.data + w->end;
	if (bytes.size)
		memcpy(to, bytes.data, bytes.size);
	else
		section.flags &= ~(uint64_t)SHF_COMPRESSED;
	section.size = bytes.size;
	section.offset = w->end;
	w->end += section.size;
	if (index == w->v->elf.shstrndx && w->units.size)
		add_units_name(w, &section);
	if (index == w->v->symtab)
		write_symbols(w, to);
	write_relocations(w, index, to);
	return section;
}

/* --- the file ------------------------------------------------------------------------- */

/* The headers, and all segments, stay where they are in the file. */
static uint64_t end_of_loaded(const struct bzb_elf *elf)
{
	uint64_t end = elf->phoff + bzb_elf_phdrs_size(elf);

	for (unsigned int i = 0; i < elf->phnum; i++) {
		const struct bzb_elf_segment s = bzb_elf_segment(elf, i);

		if (s.type == BZB_PT_LOAD && s.offset + s.filesz > end)
			end = s.offset + s.filesz;
	}
	return end;
}

static void write_loaded(struct writer *w)
{
	const struct bzb_elf *elf = &w->v->elf;

	w->end = end_of_loaded(elf);
	memcpy(w->file.data, elf->file.data, w->end);
	for (unsigned int i = 0; i < elf->phnum; i++) {
		const struct bzb_elf_segment s = bzb_elf_segment(elf, i);

		if (s.type == BZB_PT_LOAD)
			memcpy(w->file.data + s.offset,
			       w->v->memory.data + (s.paddr - elf->load_address), s.filesz);
	}
}

static void write_sections(struct writer *w)
{
	const unsigned int old_count = w->v->elf.shnum, count = old_count + !!w->units.size;
	struct bzb_elf_shdr *headers = array_new(count, sizeof(headers[0]));
	struct bzb_elf_ehdr *ehdr = (struct bzb_elf_ehdr *)w->file.data;

	for (unsigned int i = 0; i < count; i++) {
		const struct bzb_elf_section section =
			i < old_count ? write_section(w, i, bzb_elf_section(&w->v->elf, i)) :
					add_units(w);

		bzb_elf_write_shdr(&headers[i], &section);
	}
	w->end = bzb_align_up(w->end, SECTION_ALIGNMENT);
	ehdr->e_shoff = bzb_st64(w->end);
	if (w->units.size)
		ehdr->e_shnum = bzb_st16((uint16_t)count);
	memcpy(w->file.data + w->end, headers, count * sizeof(headers[0]));
	w->end += count * sizeof(headers[0]);
	free(headers);
}

/* The largest size that the file may have. */
static size_t room_for(const struct writer *w)
{
	const struct vmlinux *v = w->v;
	uint64_t room = end_of_loaded(&v->elf) + bzb_elf_shdrs_size(&v->elf) + SECTION_ALIGNMENT;

	room += w->units.size + sizeof(BZB_UNITS_SECTION) + sizeof(struct bzb_elf_shdr);

	for (unsigned int i = 0; i < v->elf.shnum; i++) {
		const struct bzb_elf_section section = bzb_elf_section(&v->elf, i);

		if (!is_loaded(&section))
			room += bytes_of(w, i, &section).size + SECTION_ALIGNMENT;
	}
	return (size_t)room;
}

struct blob shuffled_elf_make(const struct vmlinux *vmlinux, const struct shuffle_plan *plan,
			      const uint32_t *places, struct bzb_span units,
			      const struct shuffle_debug *debug)
{
	struct writer w = {
		.v = vmlinux,
		.plan = plan,
		.places = places,
		.debug = debug,
		.units = units,
	};

	w.file = blob_alloc(room_for(&w));
	write_loaded(&w);
	write_sections(&w);
	blob_resize(&w.file, w.end);
	return w.file;
}
