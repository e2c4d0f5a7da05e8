/* SPDX-License-Identifier: BSD-2-Clause */
/* Which functions something refers to. Others may be reached by their distance from another one. */
#include <fnmatch.h>
#include <stdlib.h>

#include "shuffle_verify_parts.h"

/* A section of Linux, by a pattern of its name; or a table, by the symbols at its ends */
struct known {
	const char *section, *start, *stop;
};

/* Those that only say where instructions are. */
static const struct known places[] = {
	{ .section = "__ex_table" },
	{ .section = ".orc_unwind_ip" },
	{ .section = "__bug_table" },
	{ .section = ".parainstructions" },
	{ .section = ".return_sites" },
	{ .section = ".retpoline_sites" },
	{ .section = ".call_sites" },
	{ .section = ".ibt_endbr_seal" },
	{ .section = ".cfi_sites" },
	{ .section = ".altinstructions" },
	{ .section = "__kcfi_traps" },
	{ .section = ".kcfi_traps" },
	{ .section = ".smp_locks" },
	{ .section = "runtime_shift_*" },
	{ .section = "runtime_ptr_*" },
	{ .start = "__start_mcount_loc", .stop = "__stop_mcount_loc" },
	{ .start = "__start___jump_table", .stop = "__stop___jump_table" },
	{ .start = "__start_static_call_sites", .stop = "__stop_static_call_sites" },
};

/* Those of distances to functions, each from its own field. */
static const struct known distances[] = {
	{ .section = ".pci_fixup" },
	{ .section = "__ksymtab" },
	{ .section = "__ksymtab_gpl" },
	{ .start = "__initcall_start", .stop = "__initcall_end" },
	{ .start = "__con_initcall_start", .stop = "__con_initcall_end" },
};

struct ranges {
	struct range {
		uint64_t start, end;
	} *all;
	size_t count;
};

static bool is_known(const struct verify_section *section, const struct known *known, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (known[i].section && !fnmatch(known[i].section, section->name, 0))
			return true;
	return false;
}

static void add_range(struct ranges *ranges, uint64_t start, uint64_t end)
{
	ranges->all[ranges->count++] = (struct range){ start, end };
}

/* At most one range for each section, and for each table; all is for free(). */
static struct ranges find_ranges(const struct verify_file *file, const struct known *known,
				 size_t count)
{
	struct ranges ranges = { verify_room(file->elf.shnum + count, sizeof(*ranges.all)), 0 };

	for (unsigned int i = 0; i < file->elf.shnum; i++) {
		const struct verify_section *section = &file->sections[i];

		if (section->bytes.size && is_known(section, known, count))
			add_range(&ranges, section->header.addr,
				  section->header.addr + section->header.size);
	}
	for (size_t i = 0; i < count; i++) {
		const struct verify_symbol *start, *stop;

		if (known[i].section)
			continue;
		start = verify_find(file, known[i].start);
		stop = verify_find(file, known[i].stop);
		if (start && stop)
			add_range(&ranges, start->value, stop->value);
	}
	return ranges;
}

static bool is_in(const struct ranges *ranges, uint64_t address)
{
	for (size_t i = 0; i < ranges->count; i++)
		if (address >= ranges->all[i].start && address < ranges->all[i].end)
			return true;
	return false;
}

void verify_reach(struct verify *verify, uint64_t from, uint64_t address)
{
	struct verify_piece *piece = verify_piece_at(verify, address);

	if (piece && piece->start == address && verify_piece_at(verify, from) != piece)
		piece->is_reached = true;
}

static bool is_function(const struct verify_file *file, uint64_t address)
{
	for (size_t i = 0; i < file->symbol_count; i++)
		if (file->symbols[i].type == BZB_STT_FUNC && file->symbols[i].value == address)
			return true;
	return false;
}

/* Whether a relocation is of a distance that names no function, but leads to code */
static bool is_bare_distance(const struct verify *verify, const struct verify_reloc *reloc,
			     uint64_t target)
{
	const struct verify_file *old = &verify->old;
	const struct verify_symbol *symbol = &old->symbols[reloc->symbol];

	return symbol->type == BZB_STT_SECTION && verify_is_distance(reloc) &&
	       !verify_piece_at(verify, reloc->at) &&
	       (verify_piece_at(verify, target) ||
		(symbol->section < old->elf.shnum &&
		 verify_is_code(&old->sections[symbol->section])));
}

/*
 * In data, a distance without a symbol of its own may be one from elsewhere, such as from the start
 * of a table, and so to another function than it seems.
 */
static void check_distance(struct verify *verify, const struct ranges *known,
			   const struct verify_reloc *reloc, uint64_t target)
{
	if (!verify->counts->moved || !is_bare_distance(verify, reloc, target) ||
	    (is_in(known, reloc->at) && is_function(&verify->old, target)))
		return;
	findings_add(verify->findings, "%s has a distance to %s, perhaps from elsewhere",
		     verify_old_place(verify, reloc->at).text,
		     verify_old_place(verify, target).text);
}

void verify_find_reached(struct verify *verify)
{
	const struct verify_file *old = &verify->old;
	const struct ranges ranges = find_ranges(old, places, BZB_ARRAY_SIZE(places));
	const struct ranges known = find_ranges(old, distances, BZB_ARRAY_SIZE(distances));

	for (size_t i = 0; i < old->reloc_count; i++) {
		const struct verify_reloc *reloc = &old->relocs[i];
		const struct verify_symbol *symbol = &old->symbols[reloc->symbol];
		struct bzb_span field;
		uint64_t target;

		if (is_in(&ranges, reloc->at) || verify_is_edge(symbol->name) ||
		    verify_at(old, reloc->at, verify_width(reloc), &field) < 0)
			continue;
		target = verify_target(verify, i, field.data);
		verify_reach(verify, reloc->at, target);
		check_distance(verify, &known, reloc, target);
		if (symbol->type != BZB_STT_SECTION)
			verify_reach(verify, reloc->at, symbol->value);
	}
	free(ranges.all);
	free(known.all);
}
