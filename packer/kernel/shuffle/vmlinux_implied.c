/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmlinux_implied.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <bzboot/dynamic.h>
#include <bzboot/reloc_types.h>

#include "io/array.h"
#include "shuffle_references.h"

/* Relocations that are found */
struct found {
	struct bzb_elf_rela *entries;
	size_t count, room;
};

struct reader {
	struct vmlinux *v;
	struct bzb_dynamic dynamic;
	const struct bzb_elf_rela **known; /* of fields of 8 bytes, by address */
	size_t known_count;
	struct found slots;  /* in .got */
	struct found fields; /* other ones that loaders relocate */
	struct found linked; /* in what loaders read */
	struct why *why;
};

static int compare_addresses(const void *a, const void *b)
{
	const uint64_t x = bzb_ld64(((const struct bzb_elf_rela *)a)->r_offset);
	const uint64_t y = bzb_ld64(((const struct bzb_elf_rela *)b)->r_offset);

	return (x > y) - (x < y);
}

static void add(struct found *found, uint64_t address, uint32_t symbol)
{
	found->entries =
		array_grow(found->entries, found->count, &found->room, sizeof(found->entries[0]));
	found->entries[found->count++] = (struct bzb_elf_rela){
		.r_offset = bzb_st64(address),
		.r_type = bzb_st32(BZB_R_X86_64_64),
		.r_sym = bzb_st32(symbol),
	};
}

/* Sorts by address, and leaves one of those with the same. */
static void sort(struct found *found)
{
	size_t count = 0;

	if (found->count)
		qsort(found->entries, found->count, sizeof(found->entries[0]), compare_addresses);
	for (size_t i = 0; i < found->count; i++)
		if (!count || compare_addresses(&found->entries[count - 1], &found->entries[i]))
			found->entries[count++] = found->entries[i];
	found->count = count;
}

/* --- what is known -------------------------------------------------------------------- */

static int compare_known(const void *a, const void *b)
{
	return compare_addresses(*(const struct bzb_elf_rela *const *)a,
				 *(const struct bzb_elf_rela *const *)b);
}

static void take_known(struct reader *r, const struct bzb_elf_rela *entries, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (bzb_ld32(entries[i].r_type) == BZB_R_X86_64_64)
			r->known[r->known_count++] = &entries[i];
}

static void find_known(struct reader *r)
{
	size_t count = r->slots.count;

	for (size_t i = 0; i < r->v->reloc_section_count; i++)
		count += r->v->relocs[i].count;
	r->known = array_new(count, sizeof(r->known[0]));
	for (size_t i = 0; i < r->v->reloc_section_count; i++)
		take_known(r, r->v->relocs[i].entries, r->v->relocs[i].count);
	take_known(r, r->slots.entries, r->slots.count);
	if (r->known_count)
		qsort(r->known, r->known_count, sizeof(r->known[0]), compare_known);
}

/* The symbol of the field at an address; -1 if it has no relocation */
static long symbol_of(const struct reader *r, uint64_t address)
{
	const struct bzb_elf_rela wanted = { .r_offset = bzb_st64(address) };
	const struct bzb_elf_rela *key = &wanted, **known = NULL;

	if (r->known_count)
		known = bsearch(&key, r->known, r->known_count, sizeof(r->known[0]), compare_known);
	return known ? (long)bzb_ld32((*known)->r_sym) : -1;
}

/* --- .got ----------------------------------------------------------------------------- */

static void take_slots(struct reader *r)
{
	uint64_t slot;

	for (size_t i = 0; i < r->v->reloc_section_count; i++) {
		const struct vmlinux_relocs *relocs = &r->v->relocs[i];

		for (size_t k = 0; relocs->target->is_code && k < relocs->count; k++)
			if (shuffle_reference_slot(r->v, relocs, k, &slot))
				add(&r->slots, slot, bzb_ld32(relocs->entries[k].r_sym));
	}
	sort(&r->slots);
}

/* --- fields, and addends -------------------------------------------------------------- */

static const struct vmlinux_section *section_of(const struct vmlinux *v, uint64_t address)
{
	for (size_t i = 0; i < v->section_count; i++)
		if (address - v->sections[i].address < v->sections[i].size)
			return &v->sections[i];
	return NULL;
}

/* A loader changes 8 bytes of the kernel. */
static int take_field(void *context, enum bzb_reloc_kind kind, uint64_t distance)
{
	struct reader *r = context;
	const uint64_t address = r->dynamic.elf.virtual_address + distance;
	const struct vmlinux_section *section = section_of(r->v, address);

	(void)kind;
	if (section && section->is_code)
		return explain(
			r->why,
			"0x%llx, in %s, has a dynamic relocation, and code must not: link it "
			"with -z text",
			(unsigned long long)address, section->name);
	if (symbol_of(r, address) < 0)
		add(&r->fields, address, 0);
	return 0;
}

/* The address of bytes in the file that are loaded. */
static uint64_t address_of(const struct reader *r, const unsigned char *bytes)
{
	const struct bzb_elf *elf = &r->v->elf;
	struct bzb_elf_place place;

	if (bzb_elf_find_load(elf, BZB_ELF_FILE, (uint64_t)(bytes - elf->file.data), &place))
		return UINT64_MAX; /* in no section: it is refused */
	return place.segment.vaddr + place.distance;
}

/* An addend alone is an address; together with a symbol it is a distance. */
static void take_addends(struct reader *r, struct bzb_span table)
{
	for (size_t at = 0; at < table.size; at += sizeof(struct bzb_elf_rela)) {
		const struct bzb_elf_rela *rela = (const struct bzb_elf_rela *)(table.data + at);
		const uint32_t type = bzb_ld32(rela->r_type);
		long symbol;

		if (bzb_formula_of(BZB_MACHINE_X86_64, type) != BZB_FORMULA_RELATIVE)
			continue;
		symbol = symbol_of(r, bzb_ld64(rela->r_offset));
		add(&r->linked, address_of(r, (const unsigned char *)&rela->r_addend),
		    symbol < 0 ? 0 : (uint32_t)symbol);
	}
}

static int check_table(const struct reader *r, struct bzb_span table)
{
	struct bzb_dynamic_field field;

	for (size_t at = 0; at < table.size; at += sizeof(struct bzb_elf_rela)) {
		const struct bzb_elf_rela *rela = (const struct bzb_elf_rela *)(table.data + at);

		if (bzb_dynamic_judge(&r->dynamic, rela, &field))
			return explain(
				r->why,
				"the dynamic relocation of 0x%llx is of an unknown type (%u), "
				"or its symbol is not defined",
				(unsigned long long)bzb_ld64(rela->r_offset),
				bzb_ld32(rela->r_type));
	}
	return 0;
}

static int take_dynamic(struct reader *r)
{
	if (check_table(r, r->dynamic.rela) || check_table(r, r->dynamic.jmprel))
		return -1;
	*r->why = (struct why){ .text = "" };
	if (bzb_dynamic_write(&r->dynamic, r->v->memory.data) ||
	    bzb_dynamic_walk(&r->dynamic, take_field, r))
		return *r->why->text ? -1 :
				       explain(r->why, "its dynamic relocations: %s",
					       bzb_strerror(-BZB_ERR_BADRELOC));
	take_addends(r, r->dynamic.rela);
	take_addends(r, r->dynamic.jmprel);
	return 0;
}

/* --- dynamic symbols ------------------------------------------------------------------ */

/* The number of the symbol of .symtab that has a name and an address; 0 if there is none */
static uint32_t find_symbol(const struct vmlinux *v, const char *name, uint64_t address)
{
	const struct vmlinux_symbol *symbol = vmlinux_find_at(v, name, address);

	return symbol ? symbol->number : 0;
}

static int take_symbols_of(struct reader *r, const struct bzb_elf_section *section)
{
	const struct bzb_elf *elf = &r->v->elf;
	const struct bzb_elf_section strings =
		bzb_elf_section(elf, section->link < elf->shnum ? section->link : 0);
	struct bzb_span table, names;

	if (bzb_slice(elf->file, section->offset, section->size, &table) ||
	    bzb_slice(elf->file, strings.offset, strings.size, &names) || !names.size ||
	    names.data[names.size - 1])
		return explain(r->why, "the names of .dynsym do not end, or are not in the file");
	for (size_t i = 0; i < table.size / sizeof(struct bzb_elf_sym); i++) {
		const struct bzb_elf_sym *symbol = (const struct bzb_elf_sym *)table.data + i;
		const uint16_t index = bzb_ld16(symbol->st_shndx);
		const uint32_t name = bzb_ld32(symbol->st_name);

		if (index == BZB_SHN_UNDEF || index >= BZB_SHN_LORESERVE)
			continue;
		if (name >= names.size)
			return explain(r->why,
				       "symbol %zu of .dynsym: its name is outside the table", i);
		add(&r->linked, address_of(r, (const unsigned char *)&symbol->st_value),
		    find_symbol(r->v, (const char *)names.data + name, bzb_ld64(symbol->st_value)));
	}
	return 0;
}

/* Of its symbols, loaders use those of relocations; debuggers may use others. */
static int take_symbols(struct reader *r)
{
	for (unsigned int i = 0; i < r->v->elf.shnum; i++) {
		const struct bzb_elf_section section = bzb_elf_section(&r->v->elf, i);

		if (section.type == BZB_SHT_DYNSYM && section.flags & BZB_SHF_ALLOC)
			return take_symbols_of(r, &section); /* gABI: there is one at most */
	}
	return 0;
}

/* --- the whole ------------------------------------------------------------------------ */

/* A section of relocations for each section that has some of these. */
static int add_sections(struct reader *r, struct found *found, bool is_linked)
{
	struct vmlinux *v = r->v;
	size_t room = v->reloc_section_count;
	struct vmlinux_relocs *relocs = NULL;

	sort(found);
	for (size_t i = 0; i < found->count; i++) {
		const uint64_t address = bzb_ld64(found->entries[i].r_offset);
		const struct vmlinux_section *target = section_of(v, address);

		if (!target || address - target->address + target->offset + 8 > v->memory.size)
			return explain(r->why,
				       "0x%llx should have an address, but is in no section",
				       (unsigned long long)address);
		if (!relocs || relocs->target != target) {
			v->relocs = array_grow(v->relocs, v->reloc_section_count, &room,
					       sizeof(v->relocs[0]));
			relocs = &v->relocs[v->reloc_section_count++];
			*relocs = (struct vmlinux_relocs){
				.target = target,
				.entries = &found->entries[i],
				.index = UINT_MAX,
				.is_linked = is_linked,
			};
		}
		relocs->count++;
	}
	return 0;
}

/* Without a dynamic section, nothing shows where its tables are: a linker script may have put them anywhere. */
static int check_static(const struct reader *r)
{
	static const uint32_t types[] = { BZB_SHT_RELA, BZB_SHT_RELR, BZB_SHT_DYNSYM,
					  BZB_SHT_DYNAMIC };

	if (r->v->elf.type == BZB_ET_DYN)
		return explain(r->why, "it is position-independent, but there is no PT_DYNAMIC");
	for (size_t i = 0; i < r->v->section_count; i++) {
		const struct vmlinux_section *section = &r->v->sections[i];
		const uint32_t type = bzb_elf_section(&r->v->elf, section->index).type;

		for (size_t k = 0; k < BZB_ARRAY_SIZE(types); k++)
			if (type == types[k])
				return explain(r->why,
					       "%s is for dynamic relocations, but there is no "
					       "PT_DYNAMIC",
					       section->name);
	}
	return 0;
}

static int check_tags(const struct reader *r)
{
	struct bzb_dynamic_tags tags;

	if (bzb_dynamic_read(&r->v->elf, &tags) ||
	    (!tags.has[BZB_DT_INIT] && !tags.has[BZB_DT_FINI]))
		return 0;
	return explain(r->why,
		       "it has functions for a dynamic linker (DT_INIT, DT_FINI): link it with "
		       "-nostartfiles, and name no function _init or _fini");
}

static int read_all(struct reader *r)
{
	const int error = bzb_dynamic_find(&r->v->elf, &r->dynamic);

	r->v->is_dynamic = !error;
	if (error && error != -BZB_ERR_NOTFOUND)
		return explain(r->why, "its dynamic section: %s", bzb_strerror(error));
	take_slots(r);
	find_known(r);
	if (error ? check_static(r) : check_tags(r) || take_dynamic(r) || take_symbols(r))
		return -1;
	return add_sections(r, &r->slots, false) || add_sections(r, &r->fields, false) ||
			       add_sections(r, &r->linked, true) ?
		       -1 :
		       0;
}

int vmlinux_implied_read(struct vmlinux *vmlinux, struct why *why)
{
	struct reader r = { .v = vmlinux, .why = why };
	const int error = read_all(&r);

	free(r.known);
	vmlinux->implied[0] = r.slots.entries;
	vmlinux->implied[1] = r.fields.entries;
	vmlinux->implied[2] = r.linked.entries;
	return error;
}
