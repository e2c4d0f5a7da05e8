/* SPDX-License-Identifier: BSD-2-Clause */
#include "shuffle_units.h"

#include <stdlib.h>
#include <string.h>

#include "io/array.h"
#include "linux_edges.h"

/* The alignment that assembly asks for, if it asks for more than functions have: a cache line. */
#define LINE 64u

struct builder {
	const struct vmlinux *v;
	const struct decoded *decoded;
	struct shuffle_pieces *pieces;
	struct shuffle_plan *plan;
};

static void add_group(struct shuffle_plan *plan, uint32_t offset)
{
	plan->groups = array_grow(plan->groups, plan->group_count, &plan->group_room,
				  sizeof(plan->groups[0]));
	plan->groups[plan->group_count++] = (struct shuffle_group){
		.offset = offset,
		.first_unit = (uint32_t)plan->unit_count,
	};
}

/* --- units ---------------------------------------------------------------------------- */

size_t shuffle_unit_end(const struct shuffle_pieces *p, size_t first)
{
	size_t i = first + 1;

	while (i < p->count && p->pieces[i].joined)
		i++;
	return i;
}

enum shuffle_reason shuffle_unit_pinned(const struct shuffle_pieces *p, size_t first, size_t end)
{
	for (size_t i = first; i < end; i++) {
		if (p->pieces[i].pinned)
			return p->pieces[i].pinned;
		if (p->pieces[i].is_padded && p->pieces[first].start % p->pieces[i].alignment)
			return SHUFFLE_PAGE;
	}
	return SHUFFLE_FREE;
}

/* @firm: padding shows it, or it is that of functions. */
static uint32_t alignment_of_piece(const struct shuffle_pieces *p,
				   const struct shuffle_piece *piece, bool firm)
{
	if (piece->is_cold || piece->start % p->alignment)
		return 1;
	if (piece->alignment && (piece->is_padded || !firm))
		return piece->alignment;
	return p->alignment;
}

/* Whether a piece keeps its alignment, in a unit that begins with @first. */
static bool has_alignment(const struct shuffle_pieces *p, size_t piece, size_t first)
{
	return piece == first || p->pieces[piece].is_padded ||
	       p->pieces[piece].joined == SHUFFLE_OBJECT;
}

/* The largest one of its pieces that its start has, too. */
static uint32_t alignment_of(const struct shuffle_pieces *p, size_t first, size_t end)
{
	uint32_t largest = 1;

	for (size_t i = first; i < end; i++) {
		const uint32_t alignment = alignment_of_piece(p, &p->pieces[i], false);

		if (has_alignment(p, i, first) && alignment > largest &&
		    p->pieces[first].start % alignment == 0)
			largest = alignment;
	}
	return largest;
}

/* The code, and padding up to the next place where such a unit may begin. */
static uint32_t size_of(const struct shuffle_piece *last, uint32_t start, uint32_t alignment)
{
	const uint64_t size = bzb_align_up((uint64_t)last->code_end - start, alignment);

	return size < last->end - start ? (uint32_t)size : last->end - start;
}

static void add_unit(struct builder *b, size_t first, size_t end)
{
	const uint32_t alignment = alignment_of(b->pieces, first, end);
	const uint32_t start = b->pieces->pieces[first].start;
	const struct shuffle_piece *last = &b->pieces->pieces[end - 1];
	const uint32_t size = size_of(last, start, alignment);
	struct shuffle_plan *plan = b->plan;

	plan->units =
		array_grow(plan->units, plan->unit_count, &plan->unit_room, sizeof(plan->units[0]));
	plan->units[plan->unit_count++] = (struct shuffle_unit){
		.offset = start,
		.size = size,
		.gap = last->end - start - size,
		.alignment = alignment,
	};
	plan->groups[plan->group_count - 1].unit_count++;
}

/* A group of one unit would not change. */
static void end_group(struct shuffle_plan *plan, uint32_t end)
{
	struct shuffle_group *group = &plan->groups[plan->group_count - 1];

	group->size = end - group->offset;
	if (group->unit_count > 1)
		return;
	plan->unit_count = group->first_unit;
	plan->group_count--;
}

static void make_units(struct builder *b)
{
	const struct shuffle_pieces *p = b->pieces;
	bool open = false;

	b->plan->unit_count = b->plan->group_count = 0;
	for (size_t i = 0, end; i < p->count; i = end) {
		end = shuffle_unit_end(p, i);
		if (open && (shuffle_unit_pinned(p, i, end) ||
			     p->pieces[i].interval != p->pieces[i - 1].interval)) {
			end_group(b->plan, p->pieces[i - 1].end);
			open = false;
		}
		if (shuffle_unit_pinned(p, i, end))
			continue;
		if (!open)
			add_group(b->plan, p->pieces[i].start);
		open = true;
		add_unit(b, i, end);
	}
	if (open)
		end_group(b->plan, p->pieces[p->count - 1].end);
}

long shuffle_units_find(const struct shuffle_plan *plan, uint64_t offset)
{
	const struct shuffle_unit *unit;
	size_t next;

	if (!plan->unit_count)
		return -1;
	next = array_first_from(&plan->units[0].offset, plan->unit_count, sizeof(*unit),
				offset + 1);
	unit = &plan->units[next ? next - 1 : 0];
	return offset - unit->offset < unit->size ? unit - plan->units : -1;
}

/* --- room ----------------------------------------------------------------------------- */

static uint32_t loss(uint32_t size, uint32_t alignment)
{
	return (uint32_t)bzb_align_up(size, alignment) - size;
}

/* Bytes that a group lacks, in the worst order, if units of large alignment come first. */
static uint64_t lacking(const struct shuffle_plan *plan, const struct shuffle_group *group)
{
	const struct shuffle_unit *units = plan->units + group->first_unit;
	const uint64_t end = (uint64_t)group->offset + group->size;
	uint64_t at = group->offset;

	for (uint32_t alignment = 1u << 31; alignment; alignment /= 2)
		for (uint32_t i = 0; i < group->unit_count; i++)
			if (units[i].alignment == alignment)
				at = bzb_align_up(at, alignment) +
				     bzb_align_up(units[i].size, alignment);
	return at > end ? at - end : 0;
}

static struct shuffle_piece *piece_of(const struct builder *b, const struct shuffle_unit *unit)
{
	return &b->pieces->pieces[shuffle_pieces_find(b->pieces, unit->offset)];
}

/* The most pieces without alignment that are joined to a unit to save room. */
#define TIGHT_MAX 8

/* How many of the units behind one it has to be joined to, to lose as little as possible. */
static uint32_t tightest(const struct shuffle_unit *unit, uint32_t followers, uint32_t *least)
{
	uint32_t best = 0;

	*least = loss(unit->size, unit->alignment);
	for (uint32_t i = 1; i <= followers && i <= TIGHT_MAX; i++) {
		const uint32_t size = unit[i].offset + unit[i].size - unit->offset;

		if (unit[i].alignment >= unit->alignment)
			break;
		if (loss(size, unit->alignment) >= *least)
			continue;
		*least = loss(size, unit->alignment);
		best = i;
	}
	return best;
}

/*
 * A unit whose size is no multiple of its alignment needs more room elsewhere than where it is,
 * where one without alignment follows it. They stay together, if that helps. Returns whether
 * anything was joined.
 */
static bool join_tight(struct builder *b, const struct shuffle_group *group, uint64_t lacks)
{
	const struct shuffle_unit *units = b->plan->units + group->first_unit;
	uint64_t gained = 0;

	for (uint32_t i = 0, least; i + 1 < group->unit_count && gained < lacks; i++) {
		const uint32_t before = loss(units[i].size, units[i].alignment);
		uint32_t more = tightest(&units[i], group->unit_count - 1 - i, &least);

		gained += before - least;
		for (; more; more--)
			piece_of(b, &units[++i])->joined = SHUFFLE_TIGHT;
	}
	return gained;
}

static bool demote_unit(struct shuffle_pieces *p, size_t first)
{
	const size_t end = shuffle_unit_end(p, first);
	bool found = false;

	for (size_t i = first; i < end; i++) {
		struct shuffle_piece *piece = &p->pieces[i];

		if (!has_alignment(p, i, first) || !piece->alignment || piece->is_padded)
			continue;
		piece->alignment = 0;
		found = true;
	}
	return found;
}

/* The alignment of assembly counts as chance where no padding shows that it was asked for. */
static bool demote(struct builder *b, const struct shuffle_group *group)
{
	bool found = false;

	for (uint32_t i = 0; i < group->unit_count; i++) {
		const struct shuffle_unit *unit = &b->plan->units[group->first_unit + i];

		found |= demote_unit(b->pieces,
				     (size_t)shuffle_pieces_find(b->pieces, unit->offset));
	}
	return found;
}

/*
 * The last unit, if its end is the ragged end of the group; the first one that loses room; or one of
 * the largest alignment, if its place is all that it loses. (With the one that loses most, groups are
 * cut in more parts.)
 */
static void pin_needy(struct builder *b, const struct shuffle_group *group)
{
	const struct shuffle_unit *units = b->plan->units + group->first_unit;
	const struct shuffle_unit *needy = &units[group->unit_count - 1];

	for (uint32_t i = 0; !loss(needy->size, needy->alignment) && i < group->unit_count; i++)
		if (loss(units[i].size, units[i].alignment) ||
		    units[i].alignment > needy->alignment)
			needy = &units[i];
	piece_of(b, needy)->pinned = SHUFFLE_TIGHT;
}

/* Returns whether all groups have room; if not, more of their units are joined or pinned. */
static bool make_room(struct builder *b)
{
	bool all = true;

	for (size_t i = 0; i < b->plan->group_count; i++) {
		const struct shuffle_group *group = &b->plan->groups[i];
		const uint64_t lacks = lacking(b->plan, group);

		if (!lacks)
			continue;
		all = false;
		if (!demote(b, group) && !join_tight(b, group, lacks))
			pin_needy(b, group);
	}
	return all;
}

/* The alignment that this much padding before an offset shows: no less would need it. */
static uint32_t wanted(uint32_t offset, uint32_t padding)
{
	uint32_t alignment = LINE;

	while (alignment <= padding && alignment < BZB_PAGE_SIZE)
		alignment *= 2;
	return offset % alignment ? LINE : alignment;
}

/* The padding before a piece, without a prefix that no symbol names. */
static uint32_t padding_of(const struct builder *b, const struct shuffle_piece *piece)
{
	const struct vmlinux_section *text = vmlinux_section(b->v, ".text");
	const uint32_t padding = shuffle_padding(b->decoded, text->offset, piece->start);
	const uint32_t prefix = piece->function == piece->start ? b->pieces->prefix : 0;

	return padding < prefix ? 0 : padding - prefix;
}

/*
 * Assembly asks for lines of the cache, and for pages. So does C, but there only padding tells it
 * from chance.
 */
static void find_alignments(struct builder *b)
{
	struct shuffle_pieces *p = b->pieces;

	for (size_t i = 0; i < p->count; i++) {
		struct shuffle_piece *piece = &p->pieces[i];
		uint32_t padding;

		if (piece->is_cold || piece->start % LINE || p->alignment >= LINE)
			continue;
		padding = padding_of(b, piece);
		if (piece->is_c && padding < p->alignment)
			continue;
		if (piece->start % BZB_PAGE_SIZE == 0)
			piece->pinned = SHUFFLE_PAGE;
		piece->alignment = wanted(piece->start, padding);
		piece->is_padded = padding >= p->alignment;
	}
}

/* --- objects -------------------------------------------------------------------------- */

/* Whether a unit, which moves, can be a part of the one before it: it keeps its alignment. */
static bool is_part(const struct shuffle_pieces *p, size_t first, size_t next, size_t end)
{
	const struct shuffle_piece *piece = &p->pieces[next];

	if (!piece->object || piece->object != piece[-1].object ||
	    piece->interval != piece[-1].interval)
		return false;
	for (size_t i = next; i < end; i++)
		if (has_alignment(p, i, next) &&
		    p->pieces[first].start % alignment_of_piece(p, &p->pieces[i], true))
			return false;
	return true;
}

/* Neighbours of one object stay together, if objects are known and both move. */
static void join_objects(struct shuffle_pieces *p)
{
	bool moves = false;
	size_t first = 0;

	for (size_t i = 0, end; i < p->count; i = end) {
		const bool before = moves;

		end = shuffle_unit_end(p, i);
		moves = !shuffle_unit_pinned(p, i, end);
		if (before && moves && is_part(p, first, i, end))
			p->pieces[i].joined = SHUFFLE_OBJECT;
		else
			first = i;
	}
}

/* --- chains --------------------------------------------------------------------------- */

/* The first unit of the set that a unit is in. */
static uint32_t root(uint32_t *parents, uint32_t unit)
{
	while (parents[unit] != unit) {
		parents[unit] = parents[parents[unit]];
		unit = parents[unit];
	}
	return unit;
}

static void unite(uint32_t *parents, uint32_t a, uint32_t b)
{
	a = root(parents, a);
	b = root(parents, b);
	if (a < b)
		parents[b] = a;
	else
		parents[a] = b;
}

static uint32_t group_of(const struct shuffle_plan *plan, uint32_t unit)
{
	uint32_t i = 0;

	while (unit - plan->groups[i].first_unit >= plan->groups[i].unit_count)
		i++;
	return i;
}

/*
 * Two units with functions of one name. Units of a group that have one alignment can keep their
 * order; of two alignments, the larger comes first. Returns false if that is not their order.
 */
static bool chain(struct builder *b, uint32_t *parents, uint32_t before, uint32_t unit)
{
	const struct shuffle_unit *units = b->plan->units;

	if (before == unit || group_of(b->plan, before) != group_of(b->plan, unit) ||
	    units[before].alignment > units[unit].alignment)
		return true;
	if (units[before].alignment < units[unit].alignment) {
		piece_of(b, &units[unit])->pinned = SHUFFLE_NAMES;
		return false;
	}
	unite(parents, before, unit);
	return true;
}

static bool unite_names(struct builder *b, uint32_t *parents)
{
	const struct vmlinux *v = b->v;
	bool all = true;
	long before = -1;

	for (size_t i = 0; i < v->name_count; i++) {
		const long unit = shuffle_units_find(b->plan, v->by_name[i]->address - v->address);

		if (!i || strcmp(v->by_name[i]->name, v->by_name[i - 1]->name) != 0)
			before = -1;
		if (unit < 0 || linux_is_label(v->by_name[i]->name))
			continue;
		if (before >= 0 && !chain(b, parents, (uint32_t)before, (uint32_t)unit))
			all = false;
		before = unit;
	}
	return all;
}

/* Units that are in a set with others get the number of the set, from 1 on. */
static void number_chains(struct shuffle_plan *plan, uint32_t *parents)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < plan->unit_count; i++) {
		const uint32_t first = root(parents, i);

		if (first == i)
			continue;
		if (!plan->units[first].chain)
			plan->units[first].chain = ++count;
		plan->units[i].chain = plan->units[first].chain;
	}
}

static bool make_chains(struct builder *b)
{
	uint32_t *parents = array_new(b->plan->unit_count, sizeof(parents[0]));
	bool all;

	for (uint32_t i = 0; i < b->plan->unit_count; i++)
		parents[i] = i;
	all = unite_names(b, parents);
	if (all)
		number_chains(b->plan, parents);
	free(parents);
	return all;
}

/* -------------------------------------------------------------------------------------- */

void shuffle_units_make(const struct vmlinux *vmlinux, const struct decoded *decoded,
			struct shuffle_pieces *pieces, struct shuffle_plan *plan)
{
	struct builder b = { vmlinux, decoded, pieces, plan };

	find_alignments(&b);
	join_objects(pieces);
	do
		make_units(&b);
	while (!make_room(&b) || !make_chains(&b));
}
