/* SPDX-License-Identifier: BSD-2-Clause */
#include "shuffle_debug.h"

#include <stdlib.h>
#include <string.h>

#include "io/array.h"
#include "kernel/debug_section.h"

static const char *name_of(const struct bzb_elf *elf, const struct bzb_elf_section *section)
{
	struct bzb_span name;

	/* bzb_elf_section_name() has found the NUL behind it. */
	return bzb_elf_section_name(elf, section, &name) ? "" : (const char *)name.data;
}

/* The number of a section that changes; DWARF_SECTION_COUNT: it does not. */
static unsigned int number_of(const char *name)
{
	unsigned int i = 0;

	while (i < DWARF_SECTION_COUNT && strcmp(name, dwarf_section_names[i]) != 0)
		i++;
	return i;
}

/* Sections that say nothing of where code is, or only by offsets in .debug_info. */
static bool stays(const char *name)
{
	static const char *const names[] = {
		".debug_str",	   ".debug_line_str",	  ".debug_str_offsets",	 ".debug_pubnames",
		".debug_pubtypes", ".debug_gnu_pubnames", ".debug_gnu_pubtypes",
	};

	for (size_t i = 0; i < BZB_ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

/* --- where code goes ---------------------------------------------------------------------- */

/* A unit, and the padding behind it, or behind all units of a group. */
static void add_runs(struct shuffle_debug *d, uint64_t address, const struct shuffle_unit *unit,
		     uint32_t place, uint32_t end)
{
	d->runs[d->move.run_count++] = (struct dwarf_run){
		.start = address + unit->offset,
		.end = address + unit->offset + unit->size,
		.to = address + place,
	};
	if (unit->offset + unit->size < end)
		d->runs[d->move.run_count++] = (struct dwarf_run){
			.start = address + unit->offset + unit->size,
			.end = address + end,
			.is_gone = true,
		};
}

static void find_runs(struct shuffle_debug *d, uint64_t address, const struct shuffle_plan *plan,
		      const uint32_t *places)
{
	d->runs = array_new(2 * plan->unit_count, sizeof(d->runs[0]));
	for (size_t i = 0; i < plan->group_count; i++) {
		const struct shuffle_group *group = &plan->groups[i];
		const uint32_t end = group->first_unit + group->unit_count;

		for (uint32_t k = group->first_unit; k < end; k++)
			add_runs(d, address, &plan->units[k], places[k],
				 k + 1 < end ? plan->units[k + 1].offset :
					       group->offset + group->size);
	}
	d->move.runs = d->runs;
}

/* --- sections ----------------------------------------------------------------------------- */

int shuffle_debug_bytes(const struct bzb_elf *elf, const struct bzb_elf_section *section,
			struct bzb_span *ret, struct why *why)
{
	const char *name = name_of(elf, section);

	if (section->flags & SHF_COMPRESSED)
		return explain(why, "%s is compressed: see objcopy --decompress-debug-sections",
			       name);
	if (section->type == BZB_SHT_NOBITS ||
	    bzb_slice(elf->file, section->offset, section->size, ret))
		return explain(why, "%s is not in the file", name);
	return 0;
}

static int find_sections(const struct bzb_elf *elf, struct shuffle_debug *d, struct why *why)
{
	for (unsigned int i = 0; i < elf->shnum; i++) {
		const struct bzb_elf_section section = bzb_elf_section(elf, i);
		const char *name = name_of(elf, &section);
		const unsigned int number = number_of(name);
		struct bzb_span bytes;

		/* gdb makes an index of its own. */
		if (!debug_section_is(elf, &section) || section.flags & BZB_SHF_ALLOC ||
		    !section.size || stays(name) || !strcmp(name, ".gdb_index"))
			continue;
		if (shuffle_debug_bytes(elf, &section, &bytes, why))
			return -1;
		if (number == DWARF_SECTION_COUNT || d->move.in[number].size)
			return explain(why, "%s is not understood", name);
		d->move.in[number] = bytes;
	}
	d->abbrev = blob_copy(d->move.in[DWARF_ABBREV]);
	d->move.in[DWARF_ABBREV] = blob_span(&d->abbrev);
	return 0;
}

int shuffle_debug_make(const struct vmlinux *vmlinux, const struct shuffle_plan *plan,
		       const uint32_t *places, struct shuffle_debug *ret, struct why *why)
{
	*ret = (struct shuffle_debug){ .runs = NULL };
	if (find_sections(&vmlinux->elf, ret, why))
		return -1;
	if (!ret->move.in[DWARF_INFO].size)
		return 0;
	find_runs(ret, vmlinux->address, plan, places);
	if (dwarf_move(&ret->move, why))
		return -1;
	ret->is_there = true;
	for (unsigned int i = 0; i < DWARF_SECTION_COUNT; i++) {
		if (!ret->move.out[i].size || ret->move.in[i].size)
			continue;
		ret->is_there = false;
		return explain(why, "there is no section %s, which it needs now",
			       dwarf_section_names[i]);
	}
	return 0;
}

void shuffle_debug_free(struct shuffle_debug *debug)
{
	for (unsigned int i = 0; i < DWARF_SECTION_COUNT; i++)
		blob_free(&debug->move.out[i]);
	blob_free(&debug->abbrev);
	free(debug->runs);
	*debug = (struct shuffle_debug){ .runs = NULL };
}

struct bzb_span shuffle_debug_section(const struct shuffle_debug *debug, const struct bzb_elf *elf,
				      const struct bzb_elf_section *section)
{
	const char *name = name_of(elf, section);
	const unsigned int number = number_of(name);

	if (!debug || !debug->is_there)
		return (struct bzb_span){ NULL, 0 };
	if (number < DWARF_SECTION_COUNT)
		return blob_span(&debug->move.out[number]);
	return stays(name) && section->type != BZB_SHT_NOBITS ?
		       (struct bzb_span){ elf->file.data + section->offset,
					  (size_t)section->size } :
		       (struct bzb_span){ NULL, 0 };
}
