/* SPDX-License-Identifier: BSD-2-Clause */
#include "info_chapters.h"

#include <bzboot/kernel_elf.h>
#include <bzboot/load.h>

#include "io/json.h"
#include "kernel/kept.h"
#include "kernel/relocs_find.h"
#include "kernel/shuffle/unit_facts.h"

static const struct {
	uint32_t type;
	const char *name;
} segment_names[] = {
	{ BZB_PT_LOAD, "LOAD" },
	{ BZB_PT_DYNAMIC, "DYNAMIC" },
	{ BZB_PT_NOTE, "NOTE" },
};

static json_t *segment_type(uint32_t type)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(segment_names); i++)
		if (segment_names[i].type == type)
			return json_string(segment_names[i].name);
	return json_sprintf("0x%x", type);
}

static json_t *elf_segments(const struct bzb_elf *elf)
{
	json_t *array = json_array();

	for (unsigned int i = 0; i < elf->phnum; i++) {
		struct bzb_elf_segment s = bzb_elf_segment(elf, i);
		json_t *segment = json_object();

		json_put(segment, "type", segment_type(s.type));
		json_put(segment, "flags",
			 json_sprintf("%s%s%s", s.flags & BZB_PF_R ? "R" : "",
				      s.flags & BZB_PF_W ? "W" : "",
				      s.flags & BZB_PF_X ? "X" : ""));
		json_put(segment, "offset", json_number(s.offset));
		json_put(segment, "vaddr", json_address(s.vaddr));
		json_put(segment, "paddr", json_address(s.paddr));
		json_put(segment, "filesz", json_number(s.filesz));
		json_put(segment, "memsz", json_number(s.memsz));
		json_put(segment, "align", json_number(s.align));
		json_add(array, segment);
	}
	return array;
}

/* The fields that move, and the reasons for which the packer would refuse the kernel. */
static void add_relocs(const struct bzb_elf *elf, json_t *object)
{
	struct findings findings = { 0 };
	struct relocs relocs;
	json_t *counts = json_object();

	relocs_find(elf, &findings, &relocs);
	json_put(counts, "count64", json_number(relocs.lists[BZB_RELOC_64].count));
	json_put(counts, "count32", json_number(relocs.lists[BZB_RELOC_32].count));
	json_put(counts, "count32_inverse", json_number(relocs.lists[BZB_RELOC_32_INVERSE].count));
	json_put(counts, "findings", json_number(findings.count));
	json_put(object, "relocs", counts);
	relocs_free(&relocs);
}

/* The tables of a payload ELF. */
static void add_tables(const struct bzb_elf *elf, json_t *object)
{
	static const char *const names[] = { BZB_RELR_SECTION, BZB_CREL_SECTION };
	json_t *sizes = json_object();

	for (size_t i = 0; i < BZB_ARRAY_SIZE(names); i++) {
		struct bzb_elf_section section;

		if (!bzb_elf_find_section(elf, names[i], &section))
			json_put(sizes, names[i] + 1, json_number(section.size));
	}
	json_put(object, "tables", sizes);
}

/* For a boot loader that shuffles. */
static void add_units(const struct bzb_elf *elf, json_t *object)
{
	struct bzb_elf_section section;
	struct bzb_shuffle shuffle;
	struct unit_facts facts;
	json_t *units;

	if (bzb_elf_find_section(elf, BZB_UNITS_SECTION, &section) ||
	    bzb_load_find_units(elf, elf->file, elf->memory_size, &shuffle))
		return;
	facts = unit_facts(&shuffle);
	units = json_object();
	json_put(units, "table_size", json_number(section.size));
	json_put(units, "count", json_number(facts.units));
	json_put(units, "groups", json_number(facts.groups));
	json_put(units, "chains", json_number(facts.chains));
	json_put(units, "size", json_number(facts.size));
	json_put(units, "entropy", json_number(facts.entropy));
	json_put(object, "units", units);
}

/* Bytes for debuggers. */
static void add_debugging(const struct bzb_elf *elf, json_t *object)
{
	struct kept_sizes sizes = kept_sizes(elf);

	json_put(object, "symbols_size", json_number(sizes.symbols));
	json_put(object, "debug_data_size", json_number(sizes.debug_data));
}

void info_add_elf(struct info *info, const struct bzb_elf *elf)
{
	struct bzb_kernel_elf kernel;
	json_t *object = json_object();

	json_put(object, "type", json_string(elf->type == BZB_ET_EXEC ? "EXEC" : "DYN"));
	json_put(object, "entry", json_address(elf->entry));
	json_put(object, "load_address", json_address(elf->load_address));
	json_put(object, "memory_size", json_number(elf->memory_size));
	if (!bzb_kernel_elf_parse(elf->file, &kernel)) {
		json_put(object, "gap", json_number(kernel.gap));
		add_tables(elf, object);
	}
	add_units(elf, object);
	add_debugging(elf, object);
	if (info->headers)
		info_skip(info, "elf.relocs");
	else
		add_relocs(elf, object);
	json_put(object, "segments", elf_segments(elf));
	json_put(info->tree, "elf", object);
}

void info_add_file_elf(struct info *info)
{
	struct bzb_elf elf;

	if (bzb_elf_parse(info->file, &elf))
		info_fault(info);
	else
		info_add_elf(info, &elf);
}
