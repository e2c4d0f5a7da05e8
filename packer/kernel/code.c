/* SPDX-License-Identifier: BSD-2-Clause */
#include "code.h"

#include "elf_symbols.h"

static uint64_t end_of(const struct bzb_elf_section *section)
{
	return section->addr + section->size;
}

static bool is_code(const struct bzb_elf_section *section)
{
	return section->type == BZB_SHT_PROGBITS && section->size &&
	       (section->flags & (BZB_SHF_ALLOC | SHF_WRITE | BZB_SHF_EXECINSTR)) ==
		       (BZB_SHF_ALLOC | BZB_SHF_EXECINSTR);
}

bool code_segment(const struct bzb_elf *elf, const struct bzb_elf_section *section,
		  struct bzb_elf_segment *ret)
{
	struct bzb_elf_place place;

	if (bzb_elf_find_load(elf, BZB_ELF_FILE, section->offset, &place) ||
	    section->size > place.segment.filesz - place.distance)
		return false;
	*ret = place.segment;
	return true;
}

/* Whether the kernel is entered in a range. */
static bool has_entry(const struct bzb_elf *elf, const struct bzb_elf_section *range)
{
	uint64_t entry = elf->load_address + elf->entry_offset;
	struct bzb_elf_segment s;

	return code_segment(elf, range, &s) &&
	       entry - (s.paddr + (range->offset - s.offset)) < range->size;
}

/* Whether a section of code, the next in the table, follows a range in memory and in the file. */
static bool continues(const struct bzb_elf_section *range, const struct bzb_elf_section *section)
{
	return range->size && section->addr >= end_of(range) &&
	       section->addr - end_of(range) < BZB_PAGE_SIZE &&
	       section->offset - range->offset == section->addr - range->addr;
}

/* Whether the pages of a range hold data that the kernel writes to. */
static bool shares_pages(const struct bzb_elf *elf, const struct bzb_elf_section *range)
{
	uint64_t start = range->addr & ~(uint64_t)(BZB_PAGE_SIZE - 1);
	uint64_t end = bzb_align_up(end_of(range), BZB_PAGE_SIZE);

	for (unsigned int i = 0; i < elf->shnum; i++) {
		struct bzb_elf_section s = bzb_elf_section(elf, i);

		if ((s.flags & (BZB_SHF_ALLOC | SHF_WRITE)) == (BZB_SHF_ALLOC | SHF_WRITE) &&
		    s.size && s.addr < end && end_of(&s) > start)
			return true;
	}
	return false;
}

static int too_many(unsigned int most, struct why *why)
{
	return explain(why, "ELF: more than %u separate ranges of code (sections)", most);
}

/* Adds the range so far to the result, and begins a new one. */
static int end_range(const struct bzb_elf *elf, struct bzb_elf_section *current, struct code *code,
		     struct why *why)
{
	const struct bzb_elf_section ended = *current, *range = &ended;
	struct bzb_elf_segment s;

	current->size = 0;
	if (!range->size || !code_segment(elf, range, &s))
		return 0;
	if (s.flags & BZB_PF_W && !has_entry(elf, range) && range->addr % BZB_PAGE_SIZE)
		return 0;
	if (code->seen++ == CODE_RANGES_SEEN_MAX)
		return too_many(CODE_RANGES_SEEN_MAX, why);
	if (s.flags & BZB_PF_W && !has_entry(elf, range) && shares_pages(elf, range))
		return 0;
	if (code->count == CODE_RANGES_MAX)
		return too_many(CODE_RANGES_MAX, why);
	code->ranges[code->count++] = *range;
	return 0;
}

static int find_ranges(const struct bzb_elf *elf, struct code *code, struct why *why)
{
	struct bzb_elf_section range = { 0 };

	for (unsigned int i = 0; i < elf->shnum; i++) {
		struct bzb_elf_section section = bzb_elf_section(elf, i);

		if (!(section.flags & BZB_SHF_ALLOC) || !section.size)
			continue;
		if (is_code(&section) && continues(&range, &section)) {
			range.size = end_of(&section) - range.addr;
			continue;
		}
		if (end_range(elf, &range, code, why))
			return -1;
		if (is_code(&section))
			range = section;
	}
	return end_range(elf, &range, code, why);
}

static bool entry_is_in_ranges(const struct bzb_elf *elf, const struct code *code)
{
	for (unsigned int i = 0; i < code->count; i++)
		if (has_entry(elf, &code->ranges[i]))
			return true;
	return false;
}

static bool entry_is_in_executable_segment(const struct bzb_elf *elf)
{
	struct bzb_elf_place place;

	return !bzb_elf_find_load(elf, BZB_ELF_PHYSICAL, elf->load_address + elf->entry_offset,
				  &place) &&
	       place.segment.flags & BZB_PF_X;
}

int code_find(const struct bzb_elf *elf, struct code *ret, struct why *why)
{
	struct code code = { .count = 0 };

	if (find_ranges(elf, &code, why))
		return -1;
	if (!entry_is_in_ranges(elf, &code)) {
		if (!entry_is_in_executable_segment(elf))
			return explain(why,
				       "ELF: the entry point 0x%llx is in no executable "
				       "section or segment: firmware would not run it",
				       (unsigned long long)elf->entry);
		code.count = 0;
	}
	*ret = code;
	return 0;
}
