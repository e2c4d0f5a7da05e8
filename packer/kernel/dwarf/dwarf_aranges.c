/* SPDX-License-Identifier: BSD-2-Clause */
/* DWARF 5, 6.1.2; older versions have the same form. */
#include "dwarf_aranges.h"

#include <stdlib.h>

#include "io/array.h"
#include "dwarf_parts.h"

enum { PAIR_SIZE = 16, HEADER_SIZE = 12, VERSION = 2 };

/* Pairs begin at a multiple of their size from the start of the unit. Returns NULL on error. */
static const unsigned char *read_header(struct dwarf_reader *unit)
{
	const unsigned char *header = dwarf_take(unit, HEADER_SIZE - DWARF_LENGTH_SIZE);

	dwarf_take(unit, PAIR_SIZE - HEADER_SIZE);
	return !unit->bad && bzb_get16(header) == VERSION && header[6] == DWARF_ADDRESS_SIZE &&
			       !header[7] ?
		       header :
		       NULL;
}

/*
 * The next range that is not empty. A pair of zeros ends the list, but one of an empty section that
 * the linker has discarded looks the same: only the end of the unit counts. Returns false there.
 */
static bool next_range(struct dwarf_reader *unit, uint64_t *start, uint64_t *end)
{
	while (!dwarf_at_end(unit)) {
		*start = dwarf_u64(unit);
		*end = *start + dwarf_u64(unit);
		unit->bad = unit->bad || *end < *start;
		if (!unit->bad && *start != *end)
			return true;
	}
	return false;
}

static int refuse(size_t at, struct why *why)
{
	return explain(why, ".debug_aranges: the unit at 0x%zx is not understood", at);
}

/* --- reading -------------------------------------------------------------------------- */

static bool read_unit(struct dwarf_reader *unit, struct dwarf_aranges *ret)
{
	const unsigned char *header = read_header(unit);
	uint64_t start, end;

	while (header && next_range(unit, &start, &end)) {
		ret->rows = array_grow(ret->rows, ret->count, &ret->room, sizeof(ret->rows[0]));
		ret->rows[ret->count++] = (struct dwarf_arange){
			.start = start,
			.end = end,
			.unit = bzb_get32(header + 2),
		};
	}
	return header && !unit->bad;
}

static int compare_starts(const void *a, const void *b)
{
	const struct dwarf_arange *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->end != y->end)
		return x->end > y->end ? -1 : 1;
	return x->unit < y->unit ? -1 : x->unit > y->unit;
}

int dwarf_aranges_read(struct bzb_span section, struct dwarf_aranges *ret, struct why *why)
{
	struct dwarf_reader r = { .bytes = section }, unit;
	struct dwarf_aranges aranges = { .rows = NULL };

	while (!dwarf_at_end(&r)) {
		const size_t at = r.at;

		if (dwarf_unit(&r, &unit) && read_unit(&unit, &aranges))
			continue;
		dwarf_aranges_free(&aranges);
		return refuse(at, why);
	}
	if (aranges.count)
		qsort(aranges.rows, aranges.count, sizeof(aranges.rows[0]), compare_starts);
	*ret = aranges;
	return 0;
}

void dwarf_aranges_free(struct dwarf_aranges *aranges)
{
	free(aranges->rows);
	*aranges = (struct dwarf_aranges){ .rows = NULL };
}

/* --- moving --------------------------------------------------------------------------- */

static bool move_ranges(const struct dwarf_move *move, struct dwarf_reader *unit,
			struct dwarf_writer *w)
{
	struct dwarf_part part;
	uint64_t start, end;

	while (next_range(unit, &start, &end)) {
		while (dwarf_next_part(move, &start, end, &part)) {
			if (dwarf_is_too_large(w, move->in[DWARF_ARANGES]))
				return false;
			dwarf_put_u64(w, part.start);
			dwarf_put_u64(w, part.size);
		}
	}
	dwarf_put_u64(w, 0);
	dwarf_put_u64(w, 0);
	return !unit->bad;
}

static bool move_unit(const struct dwarf_move *move, struct dwarf_reader *unit,
		      struct dwarf_writer *w)
{
	const unsigned char *header = read_header(unit);
	const size_t start = dwarf_begin_unit(w);

	if (!header)
		return false;
	dwarf_put(w, header, HEADER_SIZE - DWARF_LENGTH_SIZE);
	dwarf_put_u32(w, 0);
	if (!move_ranges(move, unit, w))
		return false;
	dwarf_end_unit(w, start);
	return true;
}

int dwarf_aranges_move(struct dwarf_move *move, struct why *why)
{
	struct dwarf_reader r = { .bytes = move->in[DWARF_ARANGES] }, unit;
	struct dwarf_writer w = { .size = 0 };

	while (!dwarf_at_end(&r)) {
		const size_t at = r.at;

		if (dwarf_unit(&r, &unit) && move_unit(move, &unit, &w))
			continue;
		blob_free(&w.blob);
		return refuse(at, why);
	}
	move->out[DWARF_ARANGES] = dwarf_finish(&w);
	return 0;
}
