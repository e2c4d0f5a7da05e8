/* SPDX-License-Identifier: BSD-2-Clause */
#include "kept.h"

#include <string.h>

#include <bzboot/notes.h>
#include <bzboot/relocs.h>
#include <bzboot/shuffle.h>

#include "debug_section.h"
#include "elf_symbols.h"

/* gABI, "Section Types"; the last two limit those of arrays of functions */
#define SHT_DYNAMIC 6
#define SHT_INIT_ARRAY 14
#define SHT_PREINIT_ARRAY 16

/* gABI, "Section Attribute Flags" */
#define SHF_INFO_LINK 0x40
#define SHF_LINK_ORDER 0x80
#define SHF_GROUP 0x200

/* binutils, include/elf/common.h */
#define NT_GNU_BUILD_ID 3

/* --- sections --------------------------------------------------------------------- */

static bool has_bytes(const struct bzb_elf_section *section)
{
	return section->type != BZB_SHT_NOBITS && section->size;
}

/* A section without bytes has a file offset that means nothing. */
static bool find_place(const struct bzb_elf *elf, const struct bzb_elf_section *section,
		       struct bzb_elf_place *ret)
{
	struct bzb_elf_place place;

	if (!(section->flags & BZB_SHF_ALLOC))
		return false;
	if (!has_bytes(section)) {
		if (bzb_elf_find_load(elf, BZB_ELF_VIRTUAL, section->addr, &place) ||
		    section->size > place.segment.memsz - place.distance)
			return false;
	} else if (bzb_elf_find_load(elf, BZB_ELF_FILE, section->offset, &place) ||
		   section->size > place.segment.filesz - place.distance) {
		return false;
	}
	*ret = place;
	return true;
}

/* Without relations to other sections, and without some flags. */
static struct bzb_elf_section plain(struct bzb_elf_section section, uint64_t without)
{
	section.flags &= ~(without | SHF_INFO_LINK | SHF_LINK_ORDER | SHF_GROUP);
	section.link = section.info = 0;
	return section;
}

static bool has_build_id(const struct bzb_elf *elf, const struct bzb_elf_section *section)
{
	struct bzb_span bytes, id;

	return section->type == BZB_SHT_NOTE &&
	       !bzb_slice(elf->file, section->offset, section->size, &bytes) &&
	       !bzb_note_find_in(bytes, "GNU", NT_GNU_BUILD_ID, &id);
}

/* For a boot loader that shuffles. */
static bool is_unit_table(const struct bzb_elf *elf, const struct bzb_elf_section *section)
{
	struct bzb_span name;

	return section->type == BZB_SHT_PROGBITS && section->size &&
	       !(section->flags & BZB_SHF_ALLOC) && !bzb_elf_section_name(elf, section, &name) &&
	       bzb_span_is(name, BZB_UNITS_SECTION);
}

static bool is_data(const struct bzb_elf_section *section)
{
	return section->type == BZB_SHT_PROGBITS || section->type == BZB_SHT_NOBITS ||
	       section->type == BZB_SHT_NOTE || section->type == SHT_DYNAMIC ||
	       (section->type >= SHT_INIT_ARRAY && section->type <= SHT_PREINIT_ARRAY);
}

static bool is_in_code(const struct code *code, const struct bzb_elf_section *section)
{
	for (unsigned int i = 0; i < code->count; i++)
		if (section->addr >= code->ranges[i].addr &&
		    section->addr - code->ranges[i].addr < code->ranges[i].size)
			return true;
	return false;
}

/* gABI, sh_addralign: 0 means 1, and all others are powers of two. More than a page would only move
 * the bytes after it. */
static uint64_t alignment_of(const struct bzb_elf_section *section)
{
	uint64_t align = section->addralign;

	return bzb_is_power_of_two(align) && align <= BZB_PAGE_SIZE ? align : 1;
}

static uint64_t flags_to_drop(const struct code *code, const struct kept_section *kept,
			      const struct bzb_elf_section *section)
{
	if (kept->where != KEPT_IN_SEGMENT)
		return BZB_SHF_ALLOC | SHF_WRITE;
	return is_in_code(code, section) ? 0 : BZB_SHF_EXECINSTR;
}

/* The option of pack. */
static const char *option_of(enum keep keep)
{
	return keep == KEEP_DEBUG_DATA ? "--debug-data" : "--symbols";
}

static bool is_debug_data(const struct bzb_elf *elf, const struct bzb_elf_section *section)
{
	return section->type == BZB_SHT_PROGBITS && !(section->flags & BZB_SHF_ALLOC) &&
	       debug_section_is(elf, section);
}

/* Where the section goes; false if it is not kept. */
static bool find_where(const struct bzb_elf *elf, const struct bzb_elf_section *section,
		       enum keep keep, struct kept_section *ret)
{
	bool is_needed = has_build_id(elf, section) || is_unit_table(elf, section);

	if (keep == KEEP_BUILD_ID && !is_needed)
		return false;
	if (is_data(section) && find_place(elf, section, &ret->place))
		ret->where = KEPT_IN_SEGMENT;
	else if (is_needed)
		ret->where = KEPT_IN_GAP;
	else if (keep == KEEP_DEBUG_DATA && is_debug_data(elf, section))
		ret->where = KEPT_AFTER;
	else
		return false;
	return true;
}

static unsigned int count_after(const struct kept *kept)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < kept->count; i++)
		count += kept->sections[i].where == KEPT_AFTER;
	return count;
}

int kept_sections(const struct bzb_elf *elf, const struct code *code, enum keep keep,
		  struct kept *ret, struct why *why)
{
	struct kept kept = { .keep = keep };

	for (unsigned int i = 0; i < elf->shnum; i++) {
		struct bzb_elf_section section = bzb_elf_section(elf, i);
		struct kept_section *next = &kept.sections[kept.count];

		if (!find_where(elf, &section, keep, next))
			continue;
		next->number = i;
		next->section = plain(section, flags_to_drop(code, next, &section));
		if (next->where != KEPT_IN_SEGMENT)
			next->section.addralign = alignment_of(&section);
		if (++kept.count == KEPT_SECTIONS_MAX)
			return explain(why, "ELF: %d sections or more: leave out %s",
				       KEPT_SECTIONS_MAX, option_of(keep));
	}
	if (keep == KEEP_DEBUG_DATA && !count_after(&kept))
		return explain(why, "ELF: it has no debug data (.debug_info): pack the vmlinux "
				    "that has it, or leave out --debug-data");
	*ret = kept;
	return 0;
}

/* --- symbols ---------------------------------------------------------------------- */

/* In a payload, .crel may refer to a symbol table of its own. */
static bool is_of_relocs(const struct bzb_elf *elf, unsigned int number)
{
	struct bzb_elf_section crel;

	return !bzb_elf_find_section(elf, BZB_CREL_SECTION, &crel) && crel.link == number;
}

static bool find_symbols(const struct bzb_elf *elf, struct symbols *ret, uint32_t *ret_locals)
{
	for (unsigned int i = 0; i < elf->shnum; i++) {
		struct bzb_elf_section table = bzb_elf_section(elf, i), names;

		if (table.type != BZB_SHT_SYMTAB || table.link >= elf->shnum ||
		    is_of_relocs(elf, i))
			continue;
		names = bzb_elf_section(elf, table.link);
		if (names.type != BZB_SHT_STRTAB ||
		    bzb_slice(elf->file, table.offset, table.size, &ret->table) ||
		    bzb_slice(elf->file, names.offset, names.size, &ret->names))
			return false;
		*ret_locals = table.info;
		return ret->table.size >= 2 * sizeof(struct bzb_elf_sym);
	}
	return false;
}

/* The number of a section in the payload; BZB_SHN_UNDEF if it is not kept. */
static unsigned int translate(const struct kept *kept, unsigned int number, unsigned int first)
{
	unsigned int low = 0, high = kept->count;

	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (kept->sections[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low < kept->count && kept->sections[low].number == number ? first + low :
									   BZB_SHN_UNDEF;
}

/* False if its section is not kept. Absolute and undefined symbols have none. */
static bool move_symbol(struct bzb_elf_sym *symbol, const struct kept *kept, unsigned int first)
{
	const unsigned int section = bzb_ld16(symbol->st_shndx);
	unsigned int moved;

	if (section == BZB_SHN_UNDEF || section == BZB_SHN_ABS)
		return true;
	moved = translate(kept, section, first);
	symbol->st_shndx = bzb_st16((uint16_t)moved);
	return moved != BZB_SHN_UNDEF;
}

/* After symbol 0, which is none. */
static struct kept_symbols copy_symbols(const struct symbols *symbols, uint32_t locals,
					const struct kept *kept, unsigned int first)
{
	const size_t count = symbols->table.size / sizeof(struct bzb_elf_sym);
	struct kept_symbols made = { blob_alloc(symbols->table.size), symbols->names, 1 };
	size_t end = sizeof(struct bzb_elf_sym);

	for (size_t i = 1; i < count; i++) {
		struct bzb_elf_sym symbol;

		memcpy(&symbol, symbols->table.data + i * sizeof(symbol), sizeof(symbol));
		if (!move_symbol(&symbol, kept, first))
			continue;
		memcpy(made.table.data + end, &symbol, sizeof(symbol));
		end += sizeof(symbol);
		made.locals += i < locals;
	}
	blob_resize(&made.table, end);
	return made;
}

int kept_symbols_make(const struct bzb_elf *elf, const struct kept *kept, unsigned int first,
		      struct kept_symbols *ret, struct why *why)
{
	struct kept_symbols made = { 0 };
	struct symbols symbols;
	uint32_t locals;

	if (find_symbols(elf, &symbols, &locals))
		made = copy_symbols(&symbols, locals, kept, first);
	if (made.table.size < 2 * sizeof(struct bzb_elf_sym)) {
		blob_free(&made.table);
		return explain(why,
			       "ELF: it has no symbols (.symtab): pack the vmlinux that has them, "
			       "or leave out %s",
			       option_of(kept->keep));
	}
	*ret = made;
	return 0;
}

struct kept_sizes kept_sizes(const struct bzb_elf *elf)
{
	struct kept_sizes sizes = { 0 };
	struct symbols symbols;
	uint32_t locals;

	if (find_symbols(elf, &symbols, &locals))
		sizes.symbols = symbols.table.size + symbols.names.size;
	for (unsigned int i = 0; i < elf->shnum; i++) {
		struct bzb_elf_section section = bzb_elf_section(elf, i);

		if (is_debug_data(elf, &section))
			sizes.debug_data += section.size;
	}
	return sizes;
}
