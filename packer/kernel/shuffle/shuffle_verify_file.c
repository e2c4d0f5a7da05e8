/* SPDX-License-Identifier: BSD-2-Clause */
/* A file as the verifier sees it. */
#include <stdlib.h>

#include <bzboot/reloc_types.h>

#include "shuffle_verify_parts.h"

void *verify_room(size_t count, size_t size)
{
	return blob_alloc((count ? count : 1) * size).data;
}

bool verify_is_code(const struct verify_section *section)
{
	return section->bytes.size && (section->header.flags & BZB_SHF_EXECINSTR) &&
	       !(section->header.flags & SHF_WRITE);
}

static int read_sections(struct verify_file *file, struct why *why)
{
	const struct bzb_elf *elf = &file->elf;
	struct bzb_span name;

	file->sections = verify_room(elf->shnum, sizeof(*file->sections));
	for (unsigned int i = 0; i < elf->shnum; i++) {
		struct verify_section *section = &file->sections[i];
		struct bzb_elf_section header = bzb_elf_section(elf, i);

		section->header = header;
		if (bzb_elf_section_name(elf, &header, &name))
			return explain(why, "section %u has no name", i);
		section->name = (const char *)name.data;
		if ((header.flags & BZB_SHF_ALLOC) && header.type != BZB_SHT_NOBITS &&
		    bzb_slice(elf->file, header.offset, header.size, &section->bytes))
			return explain(why, "section %s is not in the file", section->name);
		if (header.size > UINT64_MAX - header.addr)
			return explain(why, "the addresses of section %s wrap", section->name);
	}
	return 0;
}

static const struct verify_section *find_symtab(const struct verify_file *file)
{
	for (unsigned int i = 0; i < file->elf.shnum; i++)
		if (file->sections[i].header.type == BZB_SHT_SYMTAB)
			return &file->sections[i];
	return NULL;
}

static int read_names(const struct verify_file *file, const struct verify_section *symtab,
		      struct bzb_span *ret)
{
	const struct bzb_elf_section *strings;

	if (symtab->header.link >= file->elf.shnum)
		return -1;
	strings = &file->sections[symtab->header.link].header;
	if (strings->type != BZB_SHT_STRTAB ||
	    bzb_slice(file->elf.file, strings->offset, strings->size, ret))
		return -1;
	return ret->size && !ret->data[ret->size - 1] ? 0 : -1;
}

static int read_symbol(struct bzb_span names, const unsigned char *bytes, struct verify_symbol *ret)
{
	struct bzb_elf_sym symbol;
	uint32_t name;

	memcpy(&symbol, bytes, sizeof(symbol));
	name = bzb_ld32(symbol.st_name);
	if (name >= names.size)
		return -1;
	*ret = (struct verify_symbol){
		.name = (const char *)names.data + name,
		.value = bzb_ld64(symbol.st_value),
		.size = bzb_ld64(symbol.st_size),
		.type = symbol.st_info & 15,
		.binding = symbol.st_info >> 4,
		.other = symbol.st_other,
		.section = bzb_ld16(symbol.st_shndx),
	};
	return 0;
}

static int read_symbols(struct verify_file *file, struct why *why)
{
	const struct verify_section *symtab = find_symtab(file);
	struct bzb_span names, table;

	if (!symtab)
		return explain(why, "has no symbols (.symtab)");
	if (read_names(file, symtab, &names))
		return explain(why, "its symbols have no names");
	if (bzb_slice(file->elf.file, symtab->header.offset, symtab->header.size, &table))
		return explain(why, "its symbols are not in the file");
	file->symbol_count = table.size / sizeof(struct bzb_elf_sym);
	if (!file->symbol_count)
		return explain(why, "has no symbols (.symtab)");
	file->symbols = verify_room(file->symbol_count, sizeof(*file->symbols));
	for (size_t i = 0; i < file->symbol_count; i++)
		if (read_symbol(names, table.data + i * sizeof(struct bzb_elf_sym),
				&file->symbols[i]))
			return explain(why, "symbol %zu has no name", i);
	return 0;
}

/* Whether a section has relocations of what is loaded. */
static bool is_for_loaded(const struct bzb_elf *elf, const struct bzb_elf_section *section)
{
	struct bzb_elf_section target;

	if (section->type != BZB_SHT_RELA || (section->flags & BZB_SHF_ALLOC) || !section->info ||
	    section->info >= elf->shnum)
		return false;
	target = bzb_elf_section(elf, section->info);
	return (target.flags & BZB_SHF_ALLOC) && target.type != BZB_SHT_NOBITS;
}

bool shuffle_verify_reads(const struct bzb_elf *elf, const struct bzb_elf_section *section)
{
	if (section->type == BZB_SHT_NOBITS)
		return false;
	return (section->flags & BZB_SHF_ALLOC) || section->type == BZB_SHT_SYMTAB ||
	       section->type == BZB_SHT_STRTAB || is_for_loaded(elf, section);
}

/* Sections that share their bytes could have more relocations than the file has room for. */
static int count_relocs(const struct verify_file *file, size_t *ret, struct why *why)
{
	size_t most = file->elf.file.size / sizeof(struct bzb_elf_rela);

	*ret = 0;
	for (unsigned int i = 0; i < file->elf.shnum; i++) {
		const struct bzb_elf_section *section = &file->sections[i].header;

		if (!is_for_loaded(&file->elf, section))
			continue;
		if (section->size / sizeof(struct bzb_elf_rela) > most - *ret)
			return explain(why, "relocation sections overlap in the file");
		*ret += (size_t)(section->size / sizeof(struct bzb_elf_rela));
	}
	return 0;
}

static struct verify_reloc read_reloc(const unsigned char *bytes)
{
	struct bzb_elf_rela rela;

	memcpy(&rela, bytes, sizeof(rela));
	return (struct verify_reloc){
		.at = bzb_ld64(rela.r_offset),
		.type = bzb_ld32(rela.r_type),
		.symbol = bzb_ld32(rela.r_sym),
		.addend = bzb_ld64(rela.r_addend),
	};
}

/* Relocations that were erased are left out: Linux sorts __ex_table after linking. */
static int read_relocs_of(struct verify_file *file, const struct verify_section *section,
			  struct why *why)
{
	const struct bzb_elf_section *target = &file->sections[section->header.info].header;
	size_t count = section->header.size / sizeof(struct bzb_elf_rela);
	struct bzb_span bytes;

	if (bzb_slice(file->elf.file, section->header.offset, section->header.size, &bytes))
		return explain(why, "section %s is not in the file", section->name);
	for (size_t i = 0; i < count; i++) {
		struct verify_reloc reloc =
			read_reloc(bytes.data + i * sizeof(struct bzb_elf_rela));

		if (reloc.type == BZB_R_X86_64_NONE)
			continue;
		if (reloc.symbol >= file->symbol_count)
			return explain(why, "a relocation in %s has no symbol", section->name);
		if (reloc.at < target->addr || reloc.at - target->addr >= target->size)
			return explain(why, "a relocation in %s is outside its section",
				       section->name);
		file->relocs[file->reloc_count++] = reloc;
	}
	return 0;
}

static int by_address(const void *a, const void *b)
{
	const struct verify_reloc *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->type > y->type) - (x->type < y->type);
}

static void sort_relocs(struct verify_file *file)
{
	for (size_t i = 1; i < file->reloc_count; i++)
		if (by_address(&file->relocs[i], &file->relocs[i - 1]) < 0) {
			qsort(file->relocs, file->reloc_count, sizeof(*file->relocs), by_address);
			return;
		}
}

static int read_relocs(struct verify_file *file, struct why *why)
{
	size_t room;

	if (count_relocs(file, &room, why))
		return -1;
	file->relocs = verify_room(room, sizeof(*file->relocs));
	for (unsigned int i = 0; i < file->elf.shnum; i++)
		if (is_for_loaded(&file->elf, &file->sections[i].header) &&
		    read_relocs_of(file, &file->sections[i], why))
			return -1;
	sort_relocs(file);
	return 0;
}

void verify_add_relocs(struct verify_file *file, const struct verify_reloc *relocs, size_t count)
{
	struct verify_reloc *all = verify_room(file->reloc_count + count, sizeof(*all));

	if (file->reloc_count)
		memcpy(all, file->relocs, file->reloc_count * sizeof(*all));
	if (count)
		memcpy(all + file->reloc_count, relocs, count * sizeof(*all));
	free(file->relocs);
	file->relocs = all;
	file->reloc_count += count;
	sort_relocs(file);
}

int verify_read(struct bzb_span bytes, struct verify_file *ret, struct why *why)
{
	int err = bzb_elf_parse(bytes, &ret->elf);

	if (err)
		return explain(why, "%s", bzb_strerror(err));
	if (!bzb_elf_is_x86_64(&ret->elf))
		return explain(why, "is not an executable for x86-64");
	return verify_apply_dynamic(ret, why) || read_sections(ret, why) ||
			       read_symbols(ret, why) || read_relocs(ret, why) ||
			       verify_read_implied(ret, why) ?
		       -1 :
		       0;
}

void verify_free(struct verify_file *file)
{
	free(file->sections);
	free(file->symbols);
	free(file->relocs);
	blob_free(&file->applied);
}

int verify_at(const struct verify_file *file, uint64_t address, uint64_t size, struct bzb_span *ret)
{
	for (unsigned int i = 0; i < file->elf.shnum; i++) {
		const struct verify_section *section = &file->sections[i];

		if (section->bytes.size && address >= section->header.addr &&
		    !bzb_slice(section->bytes, address - section->header.addr, size, ret))
			return (int)i;
	}
	return -1;
}

const struct verify_symbol *verify_find(const struct verify_file *file, const char *name)
{
	for (size_t i = 0; i < file->symbol_count; i++)
		if (!strcmp(file->symbols[i].name, name))
			return &file->symbols[i];
	return NULL;
}
