/* SPDX-License-Identifier: BSD-2-Clause */
/* DWARF 5, 2.17.3 and 2.6.2; DWARF 4, 2.17.3 and 2.6.2 */
#include <stdlib.h>

#include "io/array.h"
#include "dwarf_parts.h"

/* An entry of a list of DWARF 5. Those that refer to .debug_addr are not read. */
enum entry {
	END,
	OFFSET_PAIR = 4,
	/* of ranges */
	RANGE_BASE = 5,
	RANGE_START_END = 6,
	RANGE_START_LENGTH = 7,
	/* of locations */
	LOCATION_DEFAULT = 5,
	LOCATION_BASE = 6,
	LOCATION_START_END = 7,
	LOCATION_START_LENGTH = 8,
};

/* A list while it is read. */
struct reading {
	struct dwarf_reader r;
	unsigned int version;
	bool is_locations;
	uint64_t base;
};

/* Its next entry. */
struct range {
	bool is_default; /* of locations */
	uint64_t start, end;
	struct bzb_span expression;
};

enum result { RESULT_BAD = -1, RESULT_END, RESULT_ENTRY };

/* --- reading -------------------------------------------------------------------------- */

static void read_expression(struct reading *l, struct range *ret)
{
	uint64_t size;

	if (!l->is_locations)
		return;
	size = l->version < 5 ? dwarf_u16(&l->r) : dwarf_uleb(&l->r);
	ret->expression = (struct bzb_span){ dwarf_take(&l->r, size), (size_t)size };
}

static enum result finish_entry(struct reading *l, struct range *ret)
{
	read_expression(l, ret);
	return l->r.bad || ret->end < ret->start ? RESULT_BAD : RESULT_ENTRY;
}

/* DWARF 2 to 4: pairs of addresses */
static enum result next_pair(struct reading *l, struct range *ret)
{
	for (;;) {
		ret->start = dwarf_u64(&l->r);
		ret->end = dwarf_u64(&l->r);
		if (l->r.bad)
			return RESULT_BAD;
		if (!ret->start && !ret->end)
			return RESULT_END;
		if (ret->start != UINT64_MAX)
			break;
		l->base = ret->end;
	}
	ret->start += l->base;
	ret->end += l->base;
	return finish_entry(l, ret);
}

static enum result next_entry(struct reading *l, struct range *ret)
{
	*ret = (struct range){ .start = 0 };
	if (l->version < 5)
		return next_pair(l, ret);
	for (;;) {
		unsigned int kind = dwarf_u8(&l->r);

		if (l->r.bad)
			return RESULT_BAD;
		/* Numbers of locations are one more, behind the default location. */
		if (l->is_locations && kind == LOCATION_DEFAULT) {
			ret->is_default = true;
			return finish_entry(l, ret);
		}
		if (l->is_locations && kind > LOCATION_DEFAULT)
			kind--;
		switch (kind) {
		case END:
			return RESULT_END;
		case RANGE_BASE:
			l->base = dwarf_u64(&l->r);
			continue;
		case OFFSET_PAIR:
			ret->start = l->base + dwarf_uleb(&l->r);
			ret->end = l->base + dwarf_uleb(&l->r);
			return finish_entry(l, ret);
		case RANGE_START_END:
			ret->start = dwarf_u64(&l->r);
			ret->end = dwarf_u64(&l->r);
			return finish_entry(l, ret);
		case RANGE_START_LENGTH:
			ret->start = dwarf_u64(&l->r);
			ret->end = ret->start + dwarf_uleb(&l->r);
			return finish_entry(l, ret);
		default:
			return RESULT_BAD;
		}
	}
}

/* --- writing -------------------------------------------------------------------------- */

static enum dwarf_section section_of(unsigned int version, bool is_locations)
{
	if (version >= 5)
		return is_locations ? DWARF_LOCLISTS : DWARF_RNGLISTS;
	return is_locations ? DWARF_LOC : DWARF_RANGES;
}

/* A list while it is written. */
struct writing {
	const struct dwarf_move *move;
	struct dwarf_writer *w;
	unsigned int version;
	bool is_locations;
	bool has_base;
	uint64_t base, base_end; /* of the run of code that the base is in */
	size_t entries;
};

/* DWARF 5: entries of one run share a base. Before, all are from 0 on. */
static void put_base(struct writing *l, const struct dwarf_part *part)
{
	if (l->has_base &&
	    (l->version < 5 || (part->start >= l->base && part->start + part->size <= l->base_end)))
		return;
	l->has_base = true;
	if (l->version < 5) {
		dwarf_put_u64(l->w, UINT64_MAX);
	} else {
		dwarf_put_u8(l->w, l->is_locations ? LOCATION_BASE : RANGE_BASE);
		l->base = part->start;
		l->base_end = part->run_end;
	}
	dwarf_put_u64(l->w, l->base);
}

static int put_expression(struct writing *l, struct bzb_span expression)
{
	if (!l->is_locations)
		return 0;
	if (l->version < 5)
		dwarf_put_u16(l->w, (unsigned int)expression.size);
	else
		dwarf_put_uleb(l->w, expression.size);
	dwarf_put(l->w, expression.data, expression.size);
	return dwarf_expression_move(l->move, l->w->blob.data + l->w->size - expression.size,
				     expression.size);
}

static int put_part(struct writing *l, const struct range *range, const struct dwarf_part *part)
{
	const uint64_t start = part->start - l->base, end = start + part->size;

	if (l->version < 5) {
		if (!start && !end) /* that is the end */
			return -1;
		dwarf_put_u64(l->w, start);
		dwarf_put_u64(l->w, end);
	} else {
		dwarf_put_u8(l->w, OFFSET_PAIR);
		dwarf_put_uleb(l->w, start);
		dwarf_put_uleb(l->w, end);
	}
	l->entries++;
	return put_expression(l, range->expression);
}

static bool is_too_large(const struct writing *l)
{
	return dwarf_is_too_large(l->w, l->move->in[section_of(l->version, l->is_locations)]);
}

static int put_entry(struct writing *l, const struct range *range)
{
	uint64_t start = range->start;
	struct dwarf_part part;

	if (range->is_default) {
		dwarf_put_u8(l->w, LOCATION_DEFAULT);
		l->entries++;
		return put_expression(l, range->expression);
	}
	if (start == range->end) {
		part.start = part.run_end = dwarf_moved(l->move, start);
		part.size = 0;
		put_base(l, &part);
		return put_part(l, range, &part);
	}
	while (dwarf_next_part(l->move, &start, range->end, &part)) {
		put_base(l, &part);
		if (put_part(l, range, &part) || is_too_large(l))
			return -1;
	}
	return 0;
}

static void put_end(struct writing *l)
{
	if (l->version >= 5) {
		dwarf_put_u8(l->w, END);
		return;
	}
	dwarf_put_u64(l->w, 0);
	dwarf_put_u64(l->w, 0);
}

/* --- sections ------------------------------------------------------------------------- */

/* DWARF 5, 7.28: a unit has a header. */
static struct dwarf_writer *open_unit(struct dwarf_lists *lists, enum dwarf_section section)
{
	struct dwarf_writer *w = &lists->writers[section];

	if (lists->units[section] || section == DWARF_LOC || section == DWARF_RANGES)
		return w;
	lists->units[section] = dwarf_begin_unit(w) + 1;
	dwarf_put_u16(w, 5);
	dwarf_put_u8(w, DWARF_ADDRESS_SIZE);
	dwarf_put_u8(w, 0);  /* size of segments */
	dwarf_put_u32(w, 0); /* offsets */
	return w;
}

void dwarf_lists_end_unit(struct dwarf_lists *lists)
{
	for (unsigned int i = 0; i < DWARF_SECTION_COUNT; i++) {
		if (lists->units[i])
			dwarf_end_unit(&lists->writers[i], lists->units[i] - 1);
		lists->units[i] = 0;
	}
}

/* --- what was written already --------------------------------------------------------- */

static size_t place_of(const struct dwarf_memo *memo, uint32_t old)
{
	size_t i = (old * (size_t)0x9e3779b1) & (memo->size - 1);

	while (memo->rows[i].is_used && memo->rows[i].old != old)
		i = (i + 1) & (memo->size - 1);
	return i;
}

static void grow_memo(struct dwarf_memo *memo)
{
	const struct dwarf_memo old = *memo;

	memo->size = old.size ? 2 * old.size : 1024;
	memo->rows = array_new(memo->size, sizeof(memo->rows[0]));
	for (size_t i = 0; i < old.size; i++)
		if (old.rows[i].is_used)
			memo->rows[place_of(memo, old.rows[i].old)] = old.rows[i];
	free(old.rows);
}

/* The row of a list; a new one if it is not in use. */
static struct dwarf_memo_row *memo_row(struct dwarf_memo *memo, uint32_t old)
{
	if (2 * memo->count >= memo->size)
		grow_memo(memo);
	return &memo->rows[place_of(memo, old)];
}

/* -------------------------------------------------------------------------------------- */

/* Two numbers for each entry, in front of the list: how often its addresses were seen before. */
static int copy_views(struct dwarf_lists *lists, const struct dwarf_list *list,
		      struct dwarf_writer *w, size_t entries)
{
	const enum dwarf_section section = section_of(list->version, true);
	struct dwarf_reader r = { .bytes = lists->move->in[section] };
	const unsigned char *start;

	dwarf_take(&r, list->views);
	start = r.bad ? NULL : r.bytes.data + r.at;
	for (size_t i = 0; i < 2 * entries; i++)
		dwarf_uleb(&r);
	if (r.bad)
		return -1;
	dwarf_put(w, start, (size_t)(r.bytes.data + r.at - start));
	return 0;
}

static struct reading begin_reading(const struct dwarf_lists *lists, const struct dwarf_list *list)
{
	const enum dwarf_section section = section_of(list->version, list->is_locations);
	struct reading reading = {
		.r = { .bytes = lists->move->in[section] },
		.version = list->version,
		.is_locations = list->is_locations,
		.base = list->base,
	};

	dwarf_take(&reading.r, list->offset);
	return reading;
}

static int count_entries(const struct dwarf_lists *lists, const struct dwarf_list *list,
			 size_t *ret)
{
	struct reading reading = begin_reading(lists, list);
	struct range range;
	enum result result;

	for (*ret = 0; (result = next_entry(&reading, &range)) == RESULT_ENTRY;)
		++*ret;
	return result == RESULT_BAD ? -1 : 0;
}

static int write_list(struct dwarf_lists *lists, const struct dwarf_list *list,
		      struct dwarf_writer *w, size_t *entries)
{
	struct reading reading = begin_reading(lists, list);
	struct writing writing = {
		.move = lists->move,
		.w = w,
		.version = list->version,
		.is_locations = list->is_locations,
	};
	struct range range;
	enum result result;

	while ((result = next_entry(&reading, &range)) == RESULT_ENTRY)
		if (put_entry(&writing, &range))
			return -1;
	put_end(&writing);
	*entries = writing.entries;
	return result == RESULT_BAD ? -1 : 0;
}

static int say_bad(const struct dwarf_lists *lists, const struct dwarf_list *list)
{
	return explain(lists->why, "%s: the list at 0x%llx is not understood",
		       dwarf_section_names[section_of(list->version, list->is_locations)],
		       (unsigned long long)list->offset);
}

static int move_list(struct dwarf_lists *lists, const struct dwarf_list *list,
		     struct dwarf_writer *w, struct dwarf_memo_row *row)
{
	size_t before = 0, after;

	row->views = (uint32_t)w->size;
	row->has_views = list->has_views;
	if (dwarf_is_too_large(w, lists->move->in[section_of(list->version, list->is_locations)]))
		return -1;
	if (list->has_views &&
	    (count_entries(lists, list, &before) || copy_views(lists, list, w, before)))
		return -1;
	row->list = (uint32_t)w->size;
	if (write_list(lists, list, w, &after))
		return -1;
	return list->has_views && before != after ? -1 : 0;
}

int dwarf_lists_move(struct dwarf_lists *lists, const struct dwarf_list *list, uint32_t *ret,
		     uint32_t *ret_views)
{
	const enum dwarf_section section = section_of(list->version, list->is_locations);
	struct dwarf_memo_row *row;

	if (list->offset > UINT32_MAX)
		return say_bad(lists, list);
	row = memo_row(&lists->memos[section], (uint32_t)list->offset);
	if (!row->is_used) {
		*row = (struct dwarf_memo_row){ .base = list->base,
						.old = (uint32_t)list->offset,
						.is_used = true };
		lists->memos[section].count++;
		if (move_list(lists, list, open_unit(lists, section), row))
			return say_bad(lists, list);
	}
	/* It was written for another unit, or without its views. */
	if (row->base != list->base || (list->has_views && !row->has_views))
		return say_bad(lists, list);
	*ret = row->list;
	*ret_views = row->views;
	return 0;
}

int dwarf_lists_range(struct dwarf_lists *lists, unsigned int version, uint64_t start, uint64_t end,
		      uint32_t *ret)
{
	const enum dwarf_section section = section_of(version, false);
	struct dwarf_writer *w = open_unit(lists, section);
	struct writing writing = { .move = lists->move, .w = w, .version = version };
	const struct range range = { .start = start, .end = end };

	*ret = (uint32_t)w->size;
	if (put_entry(&writing, &range))
		return explain(lists->why, "%s becomes too large", dwarf_section_names[section]);
	put_end(&writing);
	return 0;
}

int dwarf_lists_finish(struct dwarf_lists *lists)
{
	for (unsigned int i = 0; i < DWARF_SECTION_COUNT; i++) {
		if (lists->writers[i].size > UINT32_MAX)
			return explain(lists->why, "%s would have more than 4 GiB",
				       dwarf_section_names[i]);
		if (lists->writers[i].size)
			lists->move->out[i] = dwarf_finish(&lists->writers[i]);
	}
	return 0;
}

void dwarf_lists_free(struct dwarf_lists *lists)
{
	for (unsigned int i = 0; i < DWARF_SECTION_COUNT; i++) {
		blob_free(&lists->writers[i].blob);
		free(lists->memos[i].rows);
	}
}
