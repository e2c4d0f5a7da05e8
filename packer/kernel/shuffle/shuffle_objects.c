/* SPDX-License-Identifier: BSD-2-Clause */
#include "shuffle_objects.h"

#include <inttypes.h>
#include <stdlib.h>

#include "io/array.h"
#include "kernel/dwarf/dwarf_aranges.h"
#include "shuffle_debug.h"

#define ARANGES ".debug_aranges"

/* --- .debug_aranges ------------------------------------------------------------------- */

static bool is_outside(const struct dwarf_arange *row, const struct vmlinux_section *text)
{
	return row->end <= text->address ||
	       (row->start >= text->address && row->start - text->address >= text->size);
}

static bool is_inside(const struct dwarf_arange *row, const struct vmlinux_section *text)
{
	return row->start >= text->address && row->end - text->address <= text->size;
}

/* Leaves out what is in other sections, and in those that the linker has discarded. */
static int keep_text(struct dwarf_aranges *aranges, const struct vmlinux_section *text,
		     struct why *why)
{
	size_t count = 0;

	for (size_t i = 0; i < aranges->count; i++) {
		const struct dwarf_arange *row = &aranges->rows[i];

		if (is_outside(row, text))
			continue;
		if (!is_inside(row, text))
			return explain(why,
				       ARANGES ": the code at 0x%" PRIx64 ", of 0x%" PRIx64
					       " bytes, is only in part in .text",
				       row->start, row->end - row->start);
		aranges->rows[count++] = *row;
	}
	aranges->count = count;
	return 0;
}

/* Code of several units is that of one object: it stays together. */
static void unite_overlapping(struct dwarf_aranges *aranges)
{
	uint64_t end = 0;

	for (size_t i = 0; i < aranges->count; i++) {
		struct dwarf_arange *row = &aranges->rows[i];

		if (i && row->start < end)
			row->unit = row[-1].unit;
		if (row->end > end)
			end = row->end;
	}
}

static int read_aranges(const struct vmlinux *v, struct dwarf_aranges *ret, struct why *why)
{
	struct bzb_elf_section section;
	struct bzb_span bytes;

	if (bzb_elf_find_section(&v->elf, ARANGES, &section) || !section.size)
		return 0;
	if (shuffle_debug_bytes(&v->elf, &section, &bytes, why) ||
	    dwarf_aranges_read(bytes, ret, why))
		return -1;
	if (keep_text(ret, vmlinux_section(v, ".text"), why)) {
		dwarf_aranges_free(ret);
		return -1;
	}
	unite_overlapping(ret);
	return 0;
}

/* Numbers from 1 on; 0 is not known. Those of files follow those of units, which are 32 bits. */
static uint64_t object_of_unit(uint32_t unit)
{
	return 1 + (uint64_t)unit;
}

static uint32_t unit_of_object(uint64_t object)
{
	return (uint32_t)(object - 1);
}

static uint64_t object_of_file(uint32_t file)
{
	return 1 + (uint64_t)UINT32_MAX + 1 + file;
}

/* A prefix may be outside the range of its function. */
static uint64_t where(const struct vmlinux *v, const struct shuffle_piece *piece)
{
	return v->address + (piece->function == UINT32_MAX ? piece->start : piece->function);
}

/* Both ascend. Where ranges overlap, all have the same unit, and the last one may end first. */
static void take_units(const struct vmlinux *v, const struct dwarf_aranges *aranges,
		       struct shuffle_pieces *pieces)
{
	uint64_t end = 0;
	size_t next = 0;

	for (size_t i = 0; i < pieces->count; i++) {
		const uint64_t at = where(v, &pieces->pieces[i]);

		for (; next < aranges->count && aranges->rows[next].start <= at; next++)
			if (aranges->rows[next].end > end)
				end = aranges->rows[next].end;
		if (at < end)
			pieces->pieces[i].object = object_of_unit(aranges->rows[next - 1].unit);
	}
}

static int compare_numbers(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* A unit has one language. Of those pieces that have an object, which is a unit here. */
static void mark_c(struct shuffle_pieces *pieces)
{
	uint32_t *units = array_new(pieces->count, sizeof(units[0]));
	size_t count = 0;

	for (size_t i = 0; i < pieces->count; i++)
		if (pieces->pieces[i].object && pieces->pieces[i].is_c)
			units[count++] = unit_of_object(pieces->pieces[i].object);
	qsort(units, count, sizeof(units[0]), compare_numbers);
	for (size_t i = 0; i < pieces->count; i++) {
		struct shuffle_piece *piece = &pieces->pieces[i];
		const uint32_t unit = unit_of_object(piece->object);

		piece->is_c = piece->is_c ||
			      (piece->object &&
			       bsearch(&unit, units, count, sizeof(unit), compare_numbers));
	}
	free(units);
}

/* --- .symtab -------------------------------------------------------------------------- */

/* Returns whether there is any. */
static bool take_files(const struct vmlinux *v, struct shuffle_pieces *pieces)
{
	const struct vmlinux_section *text = vmlinux_section(v, ".text");
	bool found = false;

	for (size_t i = 0; i < v->symbol_count; i++) {
		const struct vmlinux_symbol *symbol = &v->symbols[i];
		long piece;

		if (!symbol->file || symbol->section != text->index || symbol->type != BZB_STT_FUNC)
			continue;
		found = true;
		piece = shuffle_pieces_find(pieces, symbol->address - v->address);
		if (piece >= 0 && !pieces->pieces[piece].object)
			pieces->pieces[piece].object = object_of_file(symbol->file_number);
	}
	return found;
}

/* The code of an object is contiguous: what lies between two of its pieces is of it, too. */
static void fill_between(struct shuffle_pieces *pieces)
{
	size_t known = 0;

	for (size_t i = 0; i < pieces->count; i++) {
		const uint64_t object = pieces->pieces[i].object;

		if (!object)
			continue;
		if (object == pieces->pieces[known].object)
			for (size_t k = known + 1; k < i; k++)
				pieces->pieces[k].object = object;
		known = i;
	}
}

/* -------------------------------------------------------------------------------------- */

int shuffle_objects_find(const struct vmlinux *vmlinux, struct shuffle_pieces *pieces,
			 struct why *why)
{
	struct dwarf_aranges aranges = { .rows = NULL };
	bool is_known;

	if (read_aranges(vmlinux, &aranges, why))
		return -1;
	take_units(vmlinux, &aranges, pieces);
	mark_c(pieces);
	is_known = aranges.count;
	dwarf_aranges_free(&aranges);
	is_known |= take_files(vmlinux, pieces);
	if (!is_known)
		return explain(why, "nothing tells which object its functions are from: it has "
				    "neither " ARANGES
				    " nor the files of local functions in .symtab (STT_FILE)");
	fill_between(pieces);
	return 0;
}
