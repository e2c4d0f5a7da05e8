/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmlinux_dynamic.h"

#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <bzboot/dynamic.h>
#include <bzboot/reloc_types.h>

#include "io/array.h"

struct found {
	struct bzb_elf_rela *entries;
	size_t count, room;
};

struct reader {
	struct vmlinux *v;
	struct bzb_dynamic dynamic;
	const struct bzb_elf_rela **known; /* the linker's relocations of 8 bytes, by address */
	size_t known_count;
	struct found fields; /* that loaders relocate */
	struct found linked; /* addresses in what they read */
	struct why *why;
};

static int compare_addresses(const void *a, const void *b)
{
	const uint64_t x = bzb_ld64(((const struct bzb_elf_rela *)a)->r_offset);
	const uint64_t y = bzb_ld64(((const struct bzb_elf_rela *)b)->r_offset);

	return (x > y) - (x < y);
}

/* --- the linker's relocations --------------------------------------------------------- */

static int compare_known(const void *a, const void *b)
{
	return compare_addresses(*(const struct bzb_elf_rela *const *)a,
				 *(const struct bzb_elf_rela *const *)b);
}

static void read_known(struct reader *r)
{
	size_t count = 0;

	for (size_t i = 0; i < r->v->reloc_section_count; i++)
		count += r->v->relocs[i].count;
	r->known = array_new(count, sizeof(r->known[0]));
	for (size_t i = 0; i < r->v->reloc_section_count; i++)
		for (size_t k = 0; k < r->v->relocs[i].count; k++)
			if (bzb_ld32(r->v->relocs[i].entries[k].r_type) == BZB_R_X86_64_64)
				r->known[r->known_count++] = &r->v->relocs[i].entries[k];
	if (r->known_count)
		qsort(r->known, r->known_count, sizeof(r->known[0]), compare_known);
}

/* The symbol of the field at an address; -1 if the linker has no relocation for it */
static long symbol_of(const struct reader *r, uint64_t address)
{
	const struct bzb_elf_rela wanted = { .r_offset = bzb_st64(address) };
	const struct bzb_elf_rela *key = &wanted, **known = NULL;

	if (r->known_count)
		known = bsearch(&key, r->known, r->known_count, sizeof(r->known[0]), compare_known);
	return known ? (long)bzb_ld32((*known)->r_sym) : -1;
}

/* --- what is found -------------------------------------------------------------------- */

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
	const struct bzb_elf *elf = &r->dynamic.elf;
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

/* --- dynamic symbols ------------------------------------------------------------------ */

/* The symbol of .symtab that has a name and an address; 0 if there is none */
static uint32_t find_symbol(const struct vmlinux *v, const char *name, uint64_t address)
{
	for (size_t i = vmlinux_first(v, name); vmlinux_is_named(v, i, name); i++)
		if (v->by_name[i]->address == address)
			return v->by_name[i]->number;
	return 0;
}

/* No loader of bzboot uses the table's other symbols than DT_RELA's; debuggers may. */
static int take_symbols(struct reader *r, const struct bzb_elf_section *section)
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

static int take_all_symbols(struct reader *r)
{
	for (unsigned int i = 0; i < r->v->elf.shnum; i++) {
		const struct bzb_elf_section section = bzb_elf_section(&r->v->elf, i);

		if (section.type == BZB_SHT_DYNSYM && section.flags & BZB_SHF_ALLOC &&
		    take_symbols(r, &section))
			return -1;
	}
	return 0;
}

/* --- the result ----------------------------------------------------------------------- */

/* A section of relocations for each section that has some of these. */
static int add_sections(struct reader *r, struct found *found, bool is_linked)
{
	struct vmlinux *v = r->v;
	size_t room = v->reloc_section_count;
	struct vmlinux_relocs *relocs = NULL;

	if (found->count)
		qsort(found->entries, found->count, sizeof(found->entries[0]), compare_addresses);
	for (size_t i = 0; i < found->count; i++) {
		const uint64_t address = bzb_ld64(found->entries[i].r_offset);
		const struct vmlinux_section *target = section_of(v, address);

		if (!target || address - target->address + target->offset + 8 > v->memory.size)
			return explain(r->why, "0x%llx is relocated, but in no section",
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

static int check_tags(struct reader *r)
{
	enum { DT_INIT = 12, DT_FINI = 13 }; /* gABI, "Dynamic Section" */
	struct bzb_dynamic_tags tags;

	if (bzb_dynamic_read(&r->v->elf, &tags) || (!tags.has[DT_INIT] && !tags.has[DT_FINI]))
		return 0;
	return explain(r->why,
		       "its dynamic section has DT_INIT or DT_FINI, which kernels have not: "
		       "link it with -nostartfiles");
}

static int read_all(struct reader *r)
{
	if (check_tags(r))
		return -1;
	*r->why = (struct why){ .text = "" };
	if (bzb_dynamic_write(&r->dynamic, r->v->memory.data) ||
	    bzb_dynamic_walk(&r->dynamic, take_field, r))
		return *r->why->text ? -1 :
				       explain(r->why, "its dynamic relocations: %s",
					       bzb_strerror(-BZB_ERR_BADRELOC));
	take_addends(r, r->dynamic.rela);
	take_addends(r, r->dynamic.jmprel);
	return take_all_symbols(r) || add_sections(r, &r->fields, false) ||
			       add_sections(r, &r->linked, true) ?
		       -1 :
		       0;
}

int vmlinux_dynamic_read(struct vmlinux *vmlinux, struct why *why)
{
	struct reader r = { .v = vmlinux, .why = why };
	int error = bzb_dynamic_find(&vmlinux->elf, &r.dynamic);

	if (error == -BZB_ERR_NOTFOUND)
		return 0;
	if (error)
		return explain(why, "its dynamic section: %s", bzb_strerror(error));
	read_known(&r);
	error = read_all(&r);
	free(r.known);
	vmlinux->dynamic_fields = r.fields.entries;
	vmlinux->dynamic_linked = r.linked.entries;
	return error;
}
