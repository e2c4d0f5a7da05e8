/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmlinux_elf.h"

#include <stdlib.h>
#include <string.h>

#include <bzboot/reloc_types.h>
#include <bzboot/shuffle.h>

#include "io/array.h"
#include "kernel/elf_symbols.h"

/* --- memory and sections -------------------------------------------------------------- */

static int load_memory(struct vmlinux *v, struct why *why)
{
	const struct bzb_elf *elf = &v->elf;

	if (elf->memory_size > BZB_SHUFFLE_MEMORY_MAX)
		return explain(why, "it takes %llu bytes of memory; at most %u can be shuffled",
			       (unsigned long long)elf->memory_size, BZB_SHUFFLE_MEMORY_MAX);
	v->memory = blob_alloc((size_t)elf->memory_size);
	for (unsigned int i = 0; i < elf->phnum; i++) {
		const struct bzb_elf_segment s = bzb_elf_segment(elf, i);

		if (s.type == BZB_PT_LOAD && s.filesz)
			memcpy(v->memory.data + (s.paddr - elf->load_address),
			       elf->file.data + s.offset, s.filesz);
	}
	return 0;
}

/* Where a section is in memory; false if no segment has all of it. */
static bool find_offset(const struct bzb_elf *elf, const struct bzb_elf_section *section,
			uint32_t *ret)
{
	const bool in_file = section->type != BZB_SHT_NOBITS;
	struct bzb_elf_place place;

	if (bzb_elf_find_load(elf, in_file ? BZB_ELF_FILE : BZB_ELF_VIRTUAL,
			      in_file ? section->offset : section->addr, &place) ||
	    section->size > (in_file ? place.segment.filesz : place.segment.memsz) - place.distance)
		return false;
	*ret = (uint32_t)(place.segment.paddr + place.distance - elf->load_address);
	return true;
}

static const char *name_of_section(const struct bzb_elf *elf, const struct bzb_elf_section *section)
{
	struct bzb_span name;

	/* bzb_elf_section_name() has found the NUL behind it. */
	return bzb_elf_section_name(elf, section, &name) ? "" : (const char *)name.data;
}

/* Offsets of code count from the load address, as its addresses do. */
static bool is_in_place(const struct vmlinux *v, const struct bzb_elf_section *section,
			uint32_t offset)
{
	return section->addr - v->elf.virtual_address == offset;
}

static void read_sections(struct vmlinux *v)
{
	for (unsigned int i = 0; i < v->elf.shnum; i++) {
		const struct bzb_elf_section s = bzb_elf_section(&v->elf, i);
		const bool writable = s.flags & SHF_WRITE;
		uint32_t offset;

		if (!(s.flags & BZB_SHF_ALLOC) || !s.size || !find_offset(&v->elf, &s, &offset))
			continue;
		v->sections[v->section_count++] = (struct vmlinux_section){
			.name = name_of_section(&v->elf, &s),
			.address = s.addr,
			.offset = offset,
			.size = (uint32_t)s.size,
			.index = i,
			.is_code = s.flags & BZB_SHF_EXECINSTR && !writable &&
				   s.type == BZB_SHT_PROGBITS && is_in_place(v, &s, offset),
			.is_writable = writable,
			.in_file = s.type != BZB_SHT_NOBITS,
		};
	}
}

/* --- symbols -------------------------------------------------------------------------- */

static int read_symbol(struct bzb_span names, const struct bzb_elf_sym *from,
		       struct vmlinux_symbol *to)
{
	const uint32_t name = bzb_ld32(from->st_name);

	if (name >= names.size)
		return -1;
	*to = (struct vmlinux_symbol){
		.name = (const char *)names.data + name,
		.address = bzb_ld64(from->st_value),
		.size = bzb_ld64(from->st_size),
		.section = bzb_ld16(from->st_shndx),
		.type = from->st_info & 15,
		.is_local = from->st_info >> 4 == BZB_STB_LOCAL,
	};
	return 0;
}

static bool is_address(const struct bzb_elf *elf, const struct vmlinux_symbol *symbol)
{
	if (symbol->section == BZB_SHN_UNDEF || symbol->section >= elf->shnum ||
	    symbol->type == BZB_STT_TLS)
		return false;
	return bzb_elf_section(elf, symbol->section).flags & BZB_SHF_ALLOC;
}

static int compare_names(const void *a, const void *b)
{
	const struct vmlinux_symbol *x = *(const struct vmlinux_symbol *const *)a;
	const struct vmlinux_symbol *y = *(const struct vmlinux_symbol *const *)b;
	const int order = strcmp(x->name, y->name);

	if (order)
		return order;
	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static void sort_names(struct vmlinux *v)
{
	v->by_name = array_new(v->symbol_count, sizeof(v->by_name[0]));
	for (size_t i = 0; i < v->symbol_count; i++) {
		const struct vmlinux_symbol *symbol = &v->symbols[i];

		if (symbol->name[0] && symbol->type != BZB_STT_FILE &&
		    symbol->type != BZB_STT_SECTION && symbol->section != BZB_SHN_UNDEF)
			v->by_name[v->name_count++] = symbol;
	}
	qsort(v->by_name, v->name_count, sizeof(v->by_name[0]), compare_names);
}

static int read_symbols(struct vmlinux *v, const struct bzb_elf_section *section, struct why *why)
{
	struct bzb_elf_section strings;
	struct bzb_span table, names;
	const struct vmlinux_symbol *file = NULL;

	if (section->link >= v->elf.shnum)
		return explain(why, ".symtab has no table of names");
	strings = bzb_elf_section(&v->elf, section->link);
	if (bzb_slice(v->elf.file, section->offset, section->size, &table) ||
	    bzb_slice(v->elf.file, strings.offset, strings.size, &names) || !names.size ||
	    names.data[names.size - 1])
		return explain(why, "the names of .symtab do not end, or are not in the file");
	v->symbol_count = table.size / sizeof(struct bzb_elf_sym);
	if (!v->symbol_count)
		return explain(why, ".symtab is empty");
	v->symbols = array_new(v->symbol_count, sizeof(v->symbols[0]));
	for (size_t i = 0; i < v->symbol_count; i++) {
		struct vmlinux_symbol *symbol = &v->symbols[i];

		if (read_symbol(names, (const struct bzb_elf_sym *)table.data + i, symbol))
			return explain(why, "symbol %zu of .symtab: its name is outside the table",
				       i);
		symbol->number = (uint32_t)i;
		symbol->is_address = is_address(&v->elf, symbol);
		if (symbol->type ==
		    BZB_STT_FILE) /* the linker's own symbols follow one without name */
			file = symbol->name[0] ? symbol : NULL;
		if (!symbol->is_local || !file)
			continue;
		symbol->file = file->name;
		symbol->file_number = file->number;
	}
	sort_names(v);
	return 0;
}

static int find_symbols(struct vmlinux *v, struct why *why)
{
	for (unsigned int i = 0; i < v->elf.shnum; i++) {
		const struct bzb_elf_section section = bzb_elf_section(&v->elf, i);

		if (section.type != BZB_SHT_SYMTAB)
			continue;
		v->symtab = i;
		return read_symbols(v, &section, why);
	}
	return explain(why, "it has no .symtab: take the vmlinux that is not stripped");
}

/* --- relocations ---------------------------------------------------------------------- */

static const struct vmlinux_section *section_at(const struct vmlinux *v, unsigned int index)
{
	for (size_t i = 0; i < v->section_count; i++)
		if (v->sections[i].index == index)
			return &v->sections[i];
	return NULL;
}

static int check_relocs(const struct vmlinux *v, const struct vmlinux_relocs *relocs,
			struct why *why)
{
	const struct vmlinux_section *target = relocs->target;

	for (size_t i = 0; i < relocs->count; i++) {
		const uint64_t at = bzb_ld64(relocs->entries[i].r_offset);
		const uint32_t type = bzb_ld32(relocs->entries[i].r_type);
		const uint64_t width = type == BZB_R_X86_64_64 || type == BZB_R_X86_64_PC64 ? 8 : 4;

		/* The kernel's build turns those that it does not want into R_X86_64_NONE. */
		if (!type)
			continue;
		if (bzb_ld32(relocs->entries[i].r_sym) >= v->symbol_count)
			return explain(why, "relocation %zu for %s: its symbol is not in .symtab",
				       i, target->name);
		if (at - target->address >= target->size ||
		    at - target->address + target->offset + width > v->elf.memory_size)
			return explain(why, "relocation %zu for %s: 0x%llx is not in the section",
				       i, target->name, (unsigned long long)at);
	}
	return 0;
}

/* Linux's build strips most sections of relocations, and not those with unusual names. */
static int check_completeness(const struct vmlinux *v, struct why *why)
{
	for (size_t i = 0; i < v->reloc_section_count; i++)
		if (!strcmp(v->relocs[i].target->name, ".text"))
			return 0;
	return explain(why, "it has no relocations for .text: link it with --emit-relocs, and take "
			    "it before they are stripped (vmlinux.unstripped)");
}

static int find_relocs(struct vmlinux *v, struct why *why)
{
	for (unsigned int i = 0; i < v->elf.shnum; i++) {
		const struct bzb_elf_section s = bzb_elf_section(&v->elf, i);
		struct vmlinux_relocs *relocs = &v->relocs[v->reloc_section_count];
		struct bzb_span bytes;

		if (s.type != BZB_SHT_RELA || s.flags & BZB_SHF_ALLOC || s.link != v->symtab ||
		    bzb_slice(v->elf.file, s.offset, s.size, &bytes))
			continue;
		*relocs = (struct vmlinux_relocs){
			.target = section_at(v, s.info),
			.entries = (const struct bzb_elf_rela *)bytes.data,
			.count = bytes.size / sizeof(struct bzb_elf_rela),
			.index = i,
		};
		if (!relocs->target)
			continue;
		if (check_relocs(v, relocs, why))
			return -1;
		v->reloc_section_count++;
	}
	return check_completeness(v, why);
}

/* -------------------------------------------------------------------------------------- */

int vmlinux_open(struct bzb_span file, struct vmlinux *ret, struct why *why)
{
	struct vmlinux v = { .symtab = 0 };
	const int error = bzb_elf_parse(file, &v.elf);

	if (error == -BZB_ERR_BADMAGIC)
		return explain(why, "it is no ELF: take the vmlinux, which has its symbols and "
				    "relocations");
	if (error)
		return explain(why, "%s", bzb_strerror(error));
	if (!bzb_elf_is_x86_64(&v.elf))
		return explain(why, "only kernels for x86-64 can be shuffled");
	v.address = v.elf.virtual_address;
	v.sections = array_new(v.elf.shnum, sizeof(v.sections[0]));
	v.relocs = array_new(v.elf.shnum, sizeof(v.relocs[0]));
	read_sections(&v);
	if (find_symbols(&v, why) || find_relocs(&v, why) || load_memory(&v, why)) {
		vmlinux_close(&v);
		return -1;
	}
	*ret = v;
	return 0;
}

void vmlinux_close(struct vmlinux *vmlinux)
{
	blob_free(&vmlinux->memory);
	free(vmlinux->sections);
	free(vmlinux->symbols);
	free(vmlinux->relocs);
	for (size_t i = 0; i < BZB_ARRAY_SIZE(vmlinux->implied); i++)
		free(vmlinux->implied[i]);
	free(vmlinux->by_name);
	*vmlinux = (struct vmlinux){ .symtab = 0 };
}

/* The first symbol that is not before this one. */
static size_t first_from(const struct vmlinux *v, const struct vmlinux_symbol *wanted)
{
	size_t low = 0, high = v->name_count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (compare_names(&v->by_name[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t vmlinux_first(const struct vmlinux *vmlinux, const char *name)
{
	const struct vmlinux_symbol wanted = { .name = name };

	return first_from(vmlinux, &wanted);
}

bool vmlinux_is_named(const struct vmlinux *vmlinux, size_t number, const char *name)
{
	return number < vmlinux->name_count && !strcmp(vmlinux->by_name[number]->name, name);
}

const struct vmlinux_symbol *vmlinux_find(const struct vmlinux *vmlinux, const char *name)
{
	const size_t first = vmlinux_first(vmlinux, name);

	return vmlinux_is_named(vmlinux, first, name) ? vmlinux->by_name[first] : NULL;
}

const struct vmlinux_symbol *vmlinux_find_at(const struct vmlinux *vmlinux, const char *name,
					     uint64_t address)
{
	const struct vmlinux_symbol wanted = { .name = name, .address = address };
	const size_t first = first_from(vmlinux, &wanted);

	return vmlinux_is_named(vmlinux, first, name) &&
			       vmlinux->by_name[first]->address == address ?
		       vmlinux->by_name[first] :
		       NULL;
}

const struct vmlinux_section *vmlinux_section(const struct vmlinux *vmlinux, const char *name)
{
	for (size_t i = 0; i < vmlinux->section_count; i++)
		if (!strcmp(vmlinux->sections[i].name, name))
			return &vmlinux->sections[i];
	return NULL;
}

unsigned char *vmlinux_at(const struct vmlinux *vmlinux, uint64_t address, uint64_t size)
{
	const uint64_t offset = address - vmlinux->address;

	if (offset > vmlinux->memory.size || size > vmlinux->memory.size - offset)
		return NULL;
	return vmlinux->memory.data + offset;
}
