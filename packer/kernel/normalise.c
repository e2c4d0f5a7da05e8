/* SPDX-License-Identifier: BSD-2-Clause */
#include "normalise.h"

#include <string.h>

#include <bzboot/kernel_elf.h>

#include "alignment.h"
#include "code.h"
#include "payload_sections.h"

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

/* Where everything goes. Offsets and sizes in bytes. */
struct plan {
	struct bzb_elf elf; /* the input */
	enum bzb_machine machine;
	struct relocs relocs;
	/* of the last segment, without what is not the kernel's, and without zeros at the end */
	uint64_t last_paddr, last_filesz, last_memsz;
	struct blob relr, crel; /* the tables; both empty if nothing moves */
	struct code code;
	struct kept kept;
	struct payload_sections sections;
	unsigned int phnum;
	uint32_t alignment; /* of the segments */
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
	while (size >= least + 8 && !bzb_get64(bytes + size - 8))
		size -= 8;
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

/* The least gap of @size bytes, or more, that is @rest beyond a multiple of @unit. */
static uint64_t find_gap(uint64_t size, uint64_t rest, uint32_t unit)
{
	return size <= rest ? rest : bzb_align_up(size - rest, unit) + rest;
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

	plan->gap =
		find_gap(plan->sections.end + plan->sections.count * sizeof(struct bzb_elf_shdr),
			 plan->elf.load_address & (unit - 1), unit);
	plan->size = plan->gap;
	for (unsigned int i = 0; i < plan->elf.phnum; i++)
		if (translate(plan, i, &segment) && segment.offset + segment.filesz > plan->size)
			plan->size = segment.offset + segment.filesz;
	plan->loaded_size = plan->size;
	plan->size = payload_sections_place_after(&plan->sections, plan->size);
}

static void place_code(struct plan *plan)
{
	for (unsigned int i = plan->sections.first_code; i < plan->sections.first_kept; i++) {
		struct bzb_elf_section *code = &plan->sections.headers[i];
		struct bzb_elf_segment load;

		if (code_segment(&plan->elf, code, &load))
			code->offset = place(plan, &load) + (code->offset - load.offset);
	}
}

static void place_kept(struct plan *plan)
{
	for (unsigned int i = 0; i < plan->kept.count && plan->sections.count; i++) {
		const struct kept_section *kept = &plan->kept.sections[i];

		if (kept->where == KEPT_IN_SEGMENT)
			plan->sections.headers[plan->sections.first_kept + i].offset =
				place(plan, &kept->place.segment) + kept->place.distance;
	}
}

/* The bytes of segments, in both files. */
struct copies {
	unsigned int count;
	struct copy {
		uint64_t to, from, size;
	} list[BZB_ELF_PHDRS_MAX];
};

static struct copies find_copies(const struct plan *plan)
{
	struct copies copies = { 0 };
	struct bzb_elf_segment segment;

	for (unsigned int i = 0; i < plan->elf.phnum; i++)
		if (translate(plan, i, &segment) && segment.type == BZB_PT_LOAD)
			copies.list[copies.count++] = (struct copy){
				segment.offset,
				bzb_elf_segment(&plan->elf, i).offset,
				segment.filesz,
			};
	return copies;
}

/* Whether a copy after that at @index has some of its bytes, too. */
static bool is_needed_again(const struct copies *copies, unsigned int index)
{
	const struct copy *copy = &copies->list[index];

	for (unsigned int i = index + 1; i < copies->count; i++) {
		const struct copy *other = &copies->list[i];

		if (other->from < copy->from + copy->size && copy->from < other->from + other->size)
			return true;
	}
	return false;
}

/* The last that is read of @file: program headers, too, may be in a segment. */
static void write_segments(const struct plan *plan, const struct blob *file, unsigned char *to)
{
	const struct copies copies = find_copies(plan);

	for (unsigned int i = 0; i < copies.count; i++) {
		const struct copy *copy = &copies.list[i];

		if (is_needed_again(&copies, i))
			memcpy(to + copy->to, file->data + copy->from, copy->size);
		else
			blob_move(to + copy->to, file, copy->from, copy->size);
	}
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
	/* Kernels for other machines move by themselves (application.h). */
	if (plan->machine != BZB_MACHINE_X86_64)
		return 0;
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

static int make_sections(struct plan *plan, struct bzb_span note, struct why *why)
{
	const struct section_sources sources = {
		.kernel = &plan->elf,
		.relr = blob_span(&plan->relr),
		.crel = blob_span(&plan->crel),
		.note = note,
		.code = &plan->code,
		.kept = &plan->kept,
	};

	return payload_sections_make(&sources, TABLES_OFFSET, &plan->sections, why);
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
	if (make_sections(plan, note, why))
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
	payload_sections_free(&plan->sections);
}

static void write_phdrs(const struct plan *plan, unsigned char *to)
{
	struct bzb_elf_phdr *phdr = (void *)(to + sizeof(struct bzb_elf_ehdr));
	struct bzb_elf_segment segment;

	for (unsigned int i = 0; i < plan->elf.phnum; i++)
		if (translate(plan, i, &segment))
			bzb_elf_write_phdr(phdr++, &segment);
}

static void write_header(const struct plan *plan, unsigned char *to)
{
	struct bzb_elf header = {
		.type = plan->elf.type,
		.entry = plan->elf.entry,
		.phoff = sizeof(struct bzb_elf_ehdr),
		.phnum = plan->phnum,
	};

	if (plan->sections.count) {
		header.shoff = plan->sections.end;
		header.shnum = plan->sections.count;
		header.shstrndx = plan->sections.count - 1;
	}
	bzb_elf_write_ehdr((void *)to, &header, plan->machine);
}

int normalise(const struct bzb_elf *kernel, const struct blob *file, struct bzb_span note,
	      enum keep keep, struct findings *findings, struct blob *ret, struct why *why)
{
	struct plan plan = { .elf = *kernel };
	int err = bzb_elf_machine(kernel, &plan.machine);

	if (err)
		return explain(why, "ELF: %s", bzb_strerror(err));
	err = make_plan(note, keep, findings, &plan, why);

	if (!err) {
		struct blob elf = blob_alloc(plan.size);

		write_header(&plan, elf.data);
		write_phdrs(&plan, elf.data);
		payload_sections_write(&plan.sections, elf.data);
		write_segments(&plan, file, elf.data);
		write_patches(&plan, elf.data);
		*ret = elf;
	}
	free_plan(&plan);
	return err;
}
