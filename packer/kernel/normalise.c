/* SPDX-License-Identifier: BSD-2-Clause */
#include "normalise.h"

#include <string.h>

#include <bzboot/kernel_elf.h>

#include "alignment.h"
#include "code.h"

/* Where the relocation tables go: after all program headers that there may be. */
#define TABLES_OFFSET 0x1000u
_Static_assert(sizeof(struct bzb_elf_ehdr) + BZB_ELF_PHDRS_MAX * sizeof(struct bzb_elf_phdr) <=
		       TABLES_OFFSET,
	       "the program headers would run into the tables");

/* gABI, "p_type"; they describe a file that bzboot takes apart */
#define PT_INTERP 3
#define PT_PHDR 6

/* Twice the size of an ELF must fit in 32 bits. */
#define KERNEL_MEMORY_MAX ((uint64_t)1 << 30)

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

/* With the null section, symbols that are kept, and their names. */
#define SECTIONS_MAX (1 + HEADS + CODE_RANGES_MAX + KEPT_SECTIONS_MAX + 2)

/* Where everything goes. Offsets and sizes in bytes. */
struct plan {
	struct bzb_elf elf; /* the input */
	struct relocs relocs;
	/* of the last segment, without what is not the kernel's, and without zeros at the end */
	uint64_t last_paddr, last_filesz, last_memsz;
	struct blob relr, crel;			      /* the tables; both empty if nothing moves */
	struct bzb_elf_sym symbols[BZB_SYMBOL_COUNT]; /* of .crel */
	struct code code;
	struct kept kept; /* with symbols, its sections are the code, too */
	struct kept_symbols kept_symbols;
	struct blob names; /* of all sections */
	unsigned int phnum, shnum;
	struct bzb_elf_section sections[SECTIONS_MAX];
	struct bzb_span contents[SECTIONS_MAX];
	unsigned int first_code; /* of the sections that are code, which stays in its segments */
	unsigned int first_kept;
	bool after[SECTIONS_MAX]; /* the sections after the segments; debug data and symbols */
	uint64_t shdrs;		  /* after the contents */
	uint32_t alignment;	  /* of the segments */
	uint64_t gap, loaded_size, size;
};

/* Where a segment goes; only for PT_LOAD. */
static uint64_t place(const struct plan *plan, const struct bzb_elf_segment *load)
{
	return plan->gap + (load->paddr - plan->elf.load_address);
}

static bool occupies_memory(const struct bzb_elf_segment *segment)
{
	return segment->type == BZB_PT_LOAD && segment->memsz;
}

static uint64_t max64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Whether the bytes of @part are bytes of the segment @load. */
static bool contains(const struct bzb_elf_segment *load, const struct bzb_elf_segment *part)
{
	return occupies_memory(load) && part->filesz && part->offset >= load->offset &&
	       part->filesz <= load->filesz &&
	       part->offset - load->offset <= load->filesz - part->filesz;
}

/* The last segment, which has the highest addresses. */
static bool is_last(const struct plan *plan, unsigned int index)
{
	for (unsigned int i = index + 1; i < plan->elf.phnum; i++) {
		struct bzb_elf_segment segment = bzb_elf_segment(&plan->elf, i);

		if (occupies_memory(&segment))
			return false;
	}
	return true;
}

/* From the load address to the end of the last field that moves, or is written. */
static uint64_t fields_end(const struct relocs *relocs)
{
	uint64_t end = 0;

	for (int kind = 0; kind < BZB_RELOC_KIND_COUNT; kind++) {
		const struct reloc_list *list = &relocs->lists[kind];

		if (list->count && list->offsets[list->count - 1] + 8 > end)
			end = list->offsets[list->count - 1] + 8;
	}
	for (size_t i = 0; i < relocs->patch_count; i++)
		if (relocs->patches[i].offset + 8 > end)
			end = relocs->patches[i].offset + 8;
	return end;
}

/* From the start of a segment to the end of the last field that moves. */
static uint64_t fields_size(const struct plan *plan, const struct bzb_elf_segment *load)
{
	uint64_t start = load->paddr - plan->elf.load_address, end = fields_end(&plan->relocs);

	return end > start ? end - start : 0;
}

/* From the start of a segment to the end of its last code, which a section of the payload names. */
static uint64_t code_size(const struct plan *plan, const struct bzb_elf_segment *load)
{
	uint64_t size = 0;

	for (unsigned int i = 0; i < plan->code.count; i++) {
		const struct bzb_elf_section *code = &plan->code.ranges[i];

		if (code->offset >= load->offset && code->offset - load->offset < load->filesz &&
		    code->offset - load->offset + code->size > size)
			size = code->offset - load->offset + code->size;
	}
	return size;
}

/*
 * The memory of a segment that is the kernel's: vmlinux.unstripped of Linux 6.18 and later has
 * .modinfo after that, for programs of the tree; the vmlinux in bzImage has not.
 */
static uint64_t used_memory(const struct plan *plan, const struct bzb_elf_segment *load)
{
	struct bzb_elf_section modinfo;
	uint64_t size;

	if (load->filesz != load->memsz || bzb_elf_find_section(&plan->elf, ".modinfo", &modinfo) ||
	    !(modinfo.flags & BZB_SHF_ALLOC) || modinfo.offset <= load->offset)
		return load->memsz;
	size = modinfo.offset - load->offset;
	if (size >= load->filesz || load->filesz - size != modinfo.size ||
	    size < fields_size(plan, load))
		return load->memsz;
	return size;
}

/* The file bytes of a segment without zeros at their end; a field that moves stays, and code. */
static uint64_t used_bytes(const struct plan *plan, const struct bzb_elf_segment *load,
			   uint64_t memory)
{
	const unsigned char *bytes = plan->elf.file.data + load->offset;
	uint64_t least = fields_size(plan, load);
	uint64_t size = memory < load->filesz ? memory : load->filesz;

	if (least < code_size(plan, load))
		least = code_size(plan, load);
	while (size > least && !bytes[size - 1])
		size--;
	return size;
}

/* From the start of a segment to the end of what other program headers say is in it. */
static uint64_t parts_size(const struct plan *plan, const struct bzb_elf_segment *load)
{
	uint64_t size = 0;

	for (unsigned int i = 0; i < plan->elf.phnum; i++) {
		struct bzb_elf_segment part = bzb_elf_segment(&plan->elf, i);

		if (part.type != BZB_PT_LOAD && part.type != PT_PHDR && contains(load, &part))
			size = max64(size, part.offset - load->offset + part.filesz);
	}
	return size;
}

static bool is_in(const struct kept_section *kept, const struct bzb_elf_segment *load)
{
	return kept->where == KEPT_IN_SEGMENT && kept->place.segment.paddr == load->paddr;
}

/* The bytes of a segment with the rest of the kept section that they end in. */
static uint64_t end_section(const struct plan *plan, const struct bzb_elf_segment *load,
			    uint64_t bytes, uint64_t memory)
{
	for (unsigned int i = 0; i < plan->kept.count; i++) {
		const struct kept_section *kept = &plan->kept.sections[i];
		uint64_t end = kept->place.distance + kept->section.size;

		if (is_in(kept, load) && kept->section.type != BZB_SHT_NOBITS &&
		    kept->place.distance < bytes && end > bytes && end <= memory)
			bytes = end;
	}
	return bytes;
}

static bool has_its_address(const struct kept_section *kept)
{
	return kept->section.addr == kept->place.segment.vaddr + kept->place.distance;
}

/*
 * A section after the bytes of the last segment is bss now, which is found by its address. False if
 * it is not kept: after the memory of the segment there is none.
 */
static bool trim_section(const struct plan *plan, struct kept_section *kept)
{
	if (kept->where != KEPT_IN_SEGMENT || kept->place.segment.paddr != plan->last_paddr)
		return true;
	if (kept->place.distance + kept->section.size > plan->last_memsz)
		return false;
	if (kept->place.distance < plan->last_filesz)
		return true;
	kept->section.type = BZB_SHT_NOBITS;
	return has_its_address(kept);
}

static void trim_kept(struct plan *plan)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < plan->kept.count; i++) {
		struct kept_section kept = plan->kept.sections[i];

		if (trim_section(plan, &kept))
			plan->kept.sections[count++] = kept;
	}
	plan->kept.count = count;
}

static void trim_last(struct plan *plan)
{
	for (unsigned int i = 0; i < plan->elf.phnum; i++) {
		struct bzb_elf_segment segment = bzb_elf_segment(&plan->elf, i);

		if (occupies_memory(&segment) && is_last(plan, i)) {
			uint64_t least = parts_size(plan, &segment);

			plan->last_paddr = segment.paddr;
			plan->last_memsz = max64(used_memory(plan, &segment), least);
			plan->elf.memory_size -= segment.memsz - plan->last_memsz;
			plan->last_filesz =
				max64(used_bytes(plan, &segment, plan->last_memsz), least);
			plan->last_filesz =
				end_section(plan, &segment, plan->last_filesz, plan->last_memsz);
		}
	}
	trim_kept(plan);
}

/*
 * The program header that stands for one of the input's, or false if none does. A header of another
 * type must lie in a PT_LOAD; otherwise the bytes that it describes are dropped.
 */
static bool translate(const struct plan *plan, unsigned int index, struct bzb_elf_segment *ret)
{
	struct bzb_elf_segment segment = bzb_elf_segment(&plan->elf, index);

	if (segment.type == PT_PHDR)
		return false;
	for (unsigned int i = 0; i < plan->elf.phnum; i++) {
		struct bzb_elf_segment load = bzb_elf_segment(&plan->elf, i);

		if (segment.type == BZB_PT_LOAD ? i == index && occupies_memory(&load) :
						  contains(&load, &segment)) {
			segment.offset = place(plan, &load) + (segment.offset - load.offset);
			if (segment.type == BZB_PT_LOAD)
				segment.align = alignment_of_segment(&segment);
			if (segment.type == BZB_PT_LOAD && is_last(plan, i)) {
				segment.filesz = plan->last_filesz;
				segment.memsz = plan->last_memsz;
			}
			*ret = segment;
			return true;
		}
	}
	return false;
}

static int plan_segments(struct plan *plan, struct why *why)
{
	struct bzb_elf_segment segment;

	for (unsigned int i = 0; i < plan->elf.phnum; i++) {
		if (bzb_elf_segment(&plan->elf, i).type == PT_INTERP)
			return explain(why,
				       "a program for an operating system, not a kernel "
				       "(PT_INTERP, program header %u)",
				       i);
		plan->phnum += translate(plan, i, &segment);
	}
	return 0;
}

static void add_section(struct plan *plan, struct bzb_elf_section section, struct bzb_span contents)
{
	plan->shdrs = bzb_align_up(plan->shdrs, section.addralign);
	section.offset = plan->shdrs;
	section.size = contents.size;
	plan->sections[plan->shnum] = section;
	plan->contents[plan->shnum++] = contents;
	plan->shdrs += contents.size;
}

/* The name and its NUL, and where they are in the names. */
static uint32_t add_name(struct plan *plan, struct bzb_span name)
{
	size_t at = plan->names.size;

	blob_resize(&plan->names, at + name.size + 1);
	if (name.size)
		memcpy(plan->names.data + at, name.data, name.size);
	plan->names.data[at + name.size] = '\0';
	return (uint32_t)at;
}

static uint32_t add_text(struct plan *plan, const char *text)
{
	return add_name(plan, (struct bzb_span){ (const unsigned char *)text, strlen(text) });
}

static uint32_t add_name_of(struct plan *plan, const struct bzb_elf_section *section)
{
	struct bzb_span name = { (const unsigned char *)"", 0 };

	bzb_elf_section_name(&plan->elf, section, &name);
	return add_name(plan, name);
}

static bool has_symbols(const struct plan *plan)
{
	return plan->kept.keep >= KEEP_SYMBOLS;
}

/* plan_after() places it. */
static void add_after(struct plan *plan, struct bzb_elf_section section, struct bzb_span contents)
{
	section.size = contents.size;
	plan->sections[plan->shnum] = section;
	plan->after[plan->shnum] = true;
	plan->contents[plan->shnum++] = contents;
}

/* Code stays in its segments: where those go is not known before the sections have been placed. */
static void add_code(struct plan *plan)
{
	plan->first_code = plan->shnum;
	for (unsigned int i = 0; i < plan->code.count && !has_symbols(plan); i++) {
		struct bzb_elf_section section = plan->code.ranges[i];

		section.name = add_name_of(plan, &section);
		plan->sections[plan->shnum++] = section;
	}
}

/* So do the sections that are kept, if they are in one. */
static void add_kept(struct plan *plan)
{
	plan->first_kept = plan->shnum;
	for (unsigned int i = 0; i < plan->kept.count; i++) {
		enum kept_where where = plan->kept.sections[i].where;
		struct bzb_elf_section section = plan->kept.sections[i].section;
		struct bzb_span bytes;

		section.name = add_name_of(plan, &section);
		if (where == KEPT_IN_SEGMENT)
			plan->sections[plan->shnum++] = section;
		else if (bzb_slice(plan->elf.file, section.offset, section.size, &bytes))
			continue;
		else if (where == KEPT_IN_GAP)
			add_section(plan, section, bytes);
		else
			add_after(plan, section, bytes);
	}
}

static void link_to_next(struct plan *plan)
{
	plan->sections[plan->shnum - 1].link = plan->shnum;
}

static int add_symbols(struct plan *plan, struct why *why)
{
	struct kept_symbols *symbols = &plan->kept_symbols;

	if (kept_symbols_make(&plan->elf, &plan->kept, plan->first_kept, symbols, why))
		return -1;
	add_after(plan, heads[SYMTAB], blob_span(&symbols->table));
	plan->sections[plan->shnum - 1].info = symbols->locals;
	link_to_next(plan);
	add_after(plan, heads[STRTAB], symbols->names);
	return 0;
}

/* An ELF has one section of type SHT_SYMTAB (gABI, "Section Types"): if it is the kernel's, the
 * symbols of .crel are in the other table that an ELF may have. */
static void rename_crel_symbols(struct plan *plan)
{
	struct bzb_elf_section *symbols = &plan->sections[plan->shnum - 2], *names = symbols + 1;

	symbols->type = BZB_SHT_DYNSYM;
	symbols->name = add_text(plan, ".dynsym");
	names->name = add_text(plan, ".dynstr");
}

/* .crel, and the symbols that it refers to: see write_symbols(). */
static void add_crel(struct plan *plan)
{
	const struct bzb_span symbols = { (const unsigned char *)plan->symbols,
					  sizeof(plan->symbols) };
	const struct bzb_span names = { (const unsigned char *)BZB_SYMBOL_NAMES,
					sizeof(BZB_SYMBOL_NAMES) };

	if (!plan->crel.size)
		return;
	add_section(plan, heads[CREL], blob_span(&plan->crel));
	link_to_next(plan);
	add_section(plan, heads[SYMTAB], symbols);
	link_to_next(plan);
	add_section(plan, heads[STRTAB], names);
	if (has_symbols(plan))
		rename_crel_symbols(plan);
}

/*
 * The symbol of the kernel is in its first section of code. A kernel without any has it in some
 * other section, which says that it is not absolute.
 */
static void write_symbols(struct plan *plan)
{
	bzb_symbols_write(plan->elf.virtual_address,
			  (uint16_t)(plan->code.count ? plan->first_code : 1), plan->symbols);
}

/* Without tables and note there are no sections at all. */
static int plan_sections(struct plan *plan, struct bzb_span note, struct why *why)
{
	add_name(plan, (struct bzb_span){
			       (const unsigned char *)section_names,
			       sizeof(section_names) - 1,
		       });
	plan->shdrs = TABLES_OFFSET;
	plan->shnum = 1;
	if (plan->relr.size)
		add_section(plan, heads[RELR], blob_span(&plan->relr));
	add_crel(plan);
	if (note.size)
		add_section(plan, heads[NOTE], note);
	if (plan->shnum > 1) {
		add_code(plan);
		add_kept(plan);
		write_symbols(plan);
		if (has_symbols(plan) && add_symbols(plan, why))
			return -1;
		add_section(plan, heads[SHSTRTAB], blob_span(&plan->names));
	} else {
		plan->shnum = 0;
	}
	plan->shdrs = bzb_align_up(plan->shdrs, 8);
	return 0;
}

/* The least gap of @size bytes, or more, that is @rest beyond a multiple of @unit. */
static uint64_t find_gap(uint64_t size, uint64_t rest, uint32_t unit)
{
	return size <= rest ? rest : bzb_align_up(size - rest, unit) + rest;
}

static void plan_after(struct plan *plan)
{
	plan->loaded_size = plan->size;
	for (unsigned int i = 0; i < plan->shnum; i++) {
		struct bzb_elf_section *section = &plan->sections[i];

		if (!plan->after[i])
			continue;
		section->offset = bzb_align_up(plan->size, section->addralign);
		plan->size = section->offset + section->size;
	}
}

/*
 * The file ends with the bytes of the last segment, or with sections after it; of one without
 * bytes, where it begins. File offsets are aligned as addresses are.
 */
static void plan_offsets(struct plan *plan)
{
	uint32_t unit = plan->alignment > BZB_KERNEL_GAP_UNIT ? plan->alignment :
								BZB_KERNEL_GAP_UNIT;
	struct bzb_elf_segment segment;

	plan->gap = find_gap(plan->shdrs + plan->shnum * sizeof(struct bzb_elf_shdr),
			     plan->elf.load_address & (unit - 1), unit);
	plan->size = plan->gap;
	for (unsigned int i = 0; i < plan->elf.phnum; i++)
		if (translate(plan, i, &segment) && segment.offset + segment.filesz > plan->size)
			plan->size = segment.offset + segment.filesz;
	plan_after(plan);
}

static void place_code(struct plan *plan)
{
	for (unsigned int i = plan->first_code; i < plan->first_kept; i++) {
		struct bzb_elf_section *code = &plan->sections[i];
		struct bzb_elf_segment load;

		if (code_segment(&plan->elf, code, &load))
			code->offset = place(plan, &load) + (code->offset - load.offset);
	}
}

static void place_kept(struct plan *plan)
{
	for (unsigned int i = 0; i < plan->kept.count && plan->shnum; i++) {
		const struct kept_section *kept = &plan->kept.sections[i];

		if (kept->where == KEPT_IN_SEGMENT)
			plan->sections[plan->first_kept + i].offset =
				place(plan, &kept->place.segment) + kept->place.distance;
	}
}

static void write_segments(const struct plan *plan, unsigned char *to)
{
	struct bzb_elf_segment segment;

	for (unsigned int i = 0; i < plan->elf.phnum; i++)
		if (translate(plan, i, &segment) && segment.type == BZB_PT_LOAD)
			memcpy(to + segment.offset,
			       plan->elf.file.data + bzb_elf_segment(&plan->elf, i).offset,
			       segment.filesz);
}

static void write_patches(const struct plan *plan, unsigned char *to)
{
	for (size_t i = 0; i < plan->relocs.patch_count; i++) {
		const struct reloc_patch *patch = &plan->relocs.patches[i];
		bzb_le64 value = bzb_st64(patch->value);

		memcpy(to + plan->gap + patch->offset, &value, sizeof(value));
	}
}

/* Finds relocations and code, with all findings about both. */
static int find_relocs_and_code(struct plan *plan, struct findings *findings, struct why *why)
{
	relocs_find(&plan->elf, findings, &plan->relocs);
	if (code_find(&plan->elf, &plan->code, why))
		findings_add(findings, "%s", why->text);
	if (findings->count > 1)
		return explain(why, "%s, and %zu more (see 'bzboot check')", findings->first.text,
			       findings->count - 1);
	if (findings->count)
		return explain(why, "%s", findings->first.text);
	return 0;
}

static int check_size(const struct plan *plan, struct why *why)
{
	if (plan->size <= KERNEL_MEMORY_MAX)
		return 0;
	if (plan->loaded_size <= KERNEL_MEMORY_MAX)
		return explain(why,
			       "ELF: with its symbols and debug data it has %llu bytes, more than "
			       "1 GiB: leave out --debug-data",
			       (unsigned long long)plan->size);
	return explain(why,
		       "ELF: with segments aligned to 0x%x (p_align) it has %llu bytes, more than "
		       "1 GiB",
		       plan->alignment, (unsigned long long)plan->loaded_size);
}

static int make_plan(struct bzb_span note, enum keep keep, struct findings *findings,
		     struct plan *plan, struct why *why)
{
	if (plan->elf.memory_size > KERNEL_MEMORY_MAX)
		return explain(why, "ELF: %llu bytes of memory, more than 1 GiB",
			       (unsigned long long)plan->elf.memory_size);
	if (alignment_of_kernel(&plan->elf, &plan->alignment, why) || plan_segments(plan, why) ||
	    find_relocs_and_code(plan, findings, why) ||
	    kept_sections(&plan->elf, &plan->code, keep, &plan->kept, why))
		return -1;
	trim_last(plan);
	relocs_encode(&plan->relocs, &plan->relr, &plan->crel);
	if (plan_sections(plan, note, why))
		return -1;
	plan_offsets(plan);
	place_code(plan);
	place_kept(plan);
	return check_size(plan, why);
}

static void free_plan(struct plan *plan)
{
	relocs_free(&plan->relocs);
	blob_free(&plan->relr);
	blob_free(&plan->crel);
	blob_free(&plan->kept_symbols.table);
	blob_free(&plan->names);
}

static void write_phdrs(const struct plan *plan, unsigned char *to)
{
	struct bzb_elf_phdr *phdr = (void *)(to + sizeof(struct bzb_elf_ehdr));
	struct bzb_elf_segment segment;

	for (unsigned int i = 0; i < plan->elf.phnum; i++)
		if (translate(plan, i, &segment))
			bzb_elf_write_phdr(phdr++, &segment);
}

static void write_sections(const struct plan *plan, unsigned char *to)
{
	struct bzb_elf_shdr *shdr = (void *)(to + plan->shdrs);

	for (unsigned int i = 0; i < plan->shnum; i++) {
		if (plan->contents[i].size)
			memcpy(to + plan->sections[i].offset, plan->contents[i].data,
			       plan->contents[i].size);
		bzb_elf_write_shdr(&shdr[i], &plan->sections[i]);
	}
}

static void write_header(const struct plan *plan, unsigned char *to)
{
	struct bzb_elf header = {
		.type = plan->elf.type,
		.entry = plan->elf.entry,
		.phoff = sizeof(struct bzb_elf_ehdr),
		.phnum = plan->phnum,
	};

	if (plan->shnum) {
		header.shoff = plan->shdrs;
		header.shnum = plan->shnum;
		header.shstrndx = plan->shnum - 1;
	}
	bzb_elf_write_ehdr((void *)to, &header);
}

int normalise(const struct bzb_elf *kernel, struct bzb_span note, enum keep keep,
	      struct findings *findings, struct blob *ret, struct why *why)
{
	struct plan plan = { .elf = *kernel };
	int err = make_plan(note, keep, findings, &plan, why);

	if (!err) {
		struct blob elf = blob_alloc(plan.size);

		write_header(&plan, elf.data);
		write_phdrs(&plan, elf.data);
		write_segments(&plan, elf.data);
		write_patches(&plan, elf.data);
		write_sections(&plan, elf.data);
		*ret = elf;
	}
	free_plan(&plan);
	return err;
}
