/* SPDX-License-Identifier: BSD-2-Clause */
#include "normalise.h"

#include <string.h>

#include <bzboot/image.h>

/* Where the relocation table goes, and so how many program headers there is room for. */
#define RELOCS_OFFSET 0x1000u
#define PHDRS_MAX                                                                                 \
	((RELOCS_OFFSET - sizeof(struct bzb_elf_ehdr)) / sizeof(struct bzb_elf_phdr))

/* gABI, "p_type"; they describe a file that bzboot takes apart */
#define PT_INTERP 3
#define PT_PHDR 6

/* What bzboot can make an image of must fit in 32 bits, twice. */
#define KERNEL_MEMORY_MAX ((uint64_t)1 << 30)

/* The section names, and where each is in them. */
static const char section_names[] = "\0" KERNEL_RELOCS_SECTION "\0.shstrtab";
enum {
	NAME_RELOCS = 1,
	NAME_SHSTRTAB = NAME_RELOCS + sizeof(KERNEL_RELOCS_SECTION),
	SECTIONS = 3,		/* the null section, the table, the names */
};

/* Where everything goes. Offsets and sizes in bytes. */
struct plan {
	struct bzb_elf elf;	/* the input */
	struct bzb_kernel_relocs relocs;
	unsigned int phnum;
	uint64_t shdrs, names;	/* behind the table */
	uint64_t gap, size;
};

int kernel_relocs_find(const struct bzb_elf *elf, struct bzb_kernel_relocs *ret, struct why *why)
{
	struct bzb_span table = { elf->file.data + elf->end, elf->file.size - (size_t)elf->end };
	struct bzb_elf_section section;
	const char *where = "behind the ELF";
	int err;

	if (!bzb_elf_find_section(elf, KERNEL_RELOCS_SECTION, &section)) {
		if (table.size)
			return explain(why, "%zu bytes behind the ELF (file offset 0x%zx)",
				       table.size, (size_t)elf->end);
		where = KERNEL_RELOCS_SECTION;
		if (section.type != BZB_SHT_PROGBITS ||
		    bzb_slice(elf->file, section.offset, section.size, &table))
			return explain(why, "%s: not a section with bytes", where);
	}
	err = bzb_kernel_relocs_parse(elf, table, ret);
	if (err == -BZB_ERR_NOTFOUND)
		*ret = (struct bzb_kernel_relocs){ 0 };
	else if (err)
		return explain(why, "%s: %s (%zu bytes at offset 0x%zx)", where, bzb_strerror(err),
			       table.size, (size_t)(table.data - elf->file.data));
	return 0;
}

/* Where a segment goes; only for PT_LOAD. */
static uint64_t place(const struct plan *plan, const struct bzb_elf_segment *load)
{
	return plan->gap + (load->paddr - plan->elf.load_address);
}

static bool occupies_memory(const struct bzb_elf_segment *segment)
{
	return segment->type == BZB_PT_LOAD && segment->memsz;
}

/* Whether the bytes of @part are bytes of the segment @load. */
static bool contains(const struct bzb_elf_segment *load, const struct bzb_elf_segment *part)
{
	return occupies_memory(load) && part->filesz && part->offset >= load->offset &&
	       part->filesz <= load->filesz &&
	       part->offset - load->offset <= load->filesz - part->filesz;
}

/*
 * The program header that stands for one of the input's, or false if none does. What is not loaded
 * itself must lie in something that is: else there is nothing left for it to describe.
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
			return explain(why, "a program for an operating system, not a kernel "
					    "(PT_INTERP, program header %u)", i);
		plan->phnum += translate(plan, i, &segment);
	}
	if (plan->phnum > PHDRS_MAX)
		return explain(why, "%u program headers, more than %zu", plan->phnum, PHDRS_MAX);
	return 0;
}

/* The file ends with the bytes of the last segment; of one without bytes, where it begins. */
static void plan_offsets(struct plan *plan)
{
	uint64_t end = RELOCS_OFFSET;
	struct bzb_elf_segment segment;

	if (plan->relocs.table.size) {
		plan->shdrs = bzb_align_up(RELOCS_OFFSET + plan->relocs.table.size, 8);
		plan->names = plan->shdrs + SECTIONS * sizeof(struct bzb_elf_shdr);
		end = plan->names + sizeof(section_names);
	}
	plan->gap = bzb_align_up(end, BZB_IMAGE_GAP_UNIT);
	plan->size = plan->gap;
	for (unsigned int i = 0; i < plan->elf.phnum; i++)
		if (translate(plan, i, &segment) && segment.offset + segment.filesz > plan->size)
			plan->size = segment.offset + segment.filesz;
}

static int make_plan(struct bzb_span file, struct plan *plan, struct why *why)
{
	int err = bzb_elf_parse(file, &plan->elf);

	if (err)
		return explain(why, "ELF: %s", bzb_strerror(err));
	if (plan->elf.memory_size > KERNEL_MEMORY_MAX)
		return explain(why, "ELF: %llu bytes of memory, more than 1 GiB",
			       (unsigned long long)plan->elf.memory_size);
	if (plan_segments(plan, why) || kernel_relocs_find(&plan->elf, &plan->relocs, why))
		return -1;
	plan_offsets(plan);
	return 0;
}

static void write_segments(const struct plan *plan, unsigned char *to)
{
	struct bzb_elf_phdr *phdr = (void *)(to + sizeof(struct bzb_elf_ehdr));
	struct bzb_elf_segment segment;

	for (unsigned int i = 0; i < plan->elf.phnum; i++) {
		if (!translate(plan, i, &segment))
			continue;
		bzb_elf_write_phdr(phdr++, &segment);
		if (segment.type == BZB_PT_LOAD)
			memcpy(to + segment.offset,
			       plan->elf.file.data + bzb_elf_segment(&plan->elf, i).offset,
			       segment.filesz);
	}
}

static void write_relocs(const struct plan *plan, unsigned char *to)
{
	struct bzb_elf_shdr *shdr = (void *)(to + plan->shdrs);
	const struct bzb_elf_section sections[SECTIONS] = {
		[1] = { .name = NAME_RELOCS, .type = BZB_SHT_PROGBITS, .offset = RELOCS_OFFSET,
			.size = plan->relocs.table.size, .addralign = 8 },
		[2] = { .name = NAME_SHSTRTAB, .type = BZB_SHT_STRTAB, .offset = plan->names,
			.size = sizeof(section_names), .addralign = 1 },
	};

	memcpy(to + RELOCS_OFFSET, plan->relocs.table.data, plan->relocs.table.size);
	memcpy(to + plan->names, section_names, sizeof(section_names));
	for (unsigned int i = 0; i < SECTIONS; i++)
		bzb_elf_write_shdr(&shdr[i], &sections[i]);
}

static void write_header(const struct plan *plan, unsigned char *to)
{
	struct bzb_elf header = {
		.type = plan->elf.type,
		.entry = plan->elf.entry,
		.phoff = sizeof(struct bzb_elf_ehdr),
		.phnum = plan->phnum,
	};

	if (plan->relocs.table.size) {
		header.shoff = plan->shdrs;
		header.shnum = SECTIONS;
		header.shstrndx = SECTIONS - 1;
	}
	bzb_elf_write_ehdr((void *)to, &header);
}

int normalise(struct bzb_span file, struct blob *ret, struct why *why)
{
	struct plan plan = { 0 };
	struct blob elf;

	if (make_plan(file, &plan, why))
		return -1;
	elf = blob_alloc(plan.size);
	write_header(&plan, elf.data);
	write_segments(&plan, elf.data);
	if (plan.relocs.table.size)
		write_relocs(&plan, elf.data);
	*ret = elf;
	return 0;
}
