/* SPDX-License-Identifier: BSD-2-Clause */
#include "shuffle_layout.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "io/array.h"
#include "linux_edges.h"
#include "shuffle_units.h"

#define UNKNOWN UINT32_MAX

struct layout {
	const struct vmlinux *v;
	const struct shuffle_plan *plan;
	uint32_t *places;
	const char **named;	  /* for each unit, the name that has given its place */
	struct boot_name *moving; /* of the kernel that ran: in groups; by name, then by address */
	size_t moving_count;
	const struct vmlinux_symbol **symbols; /* of the kernel, likewise */
	size_t symbol_count;
	struct why *why;
};

/* The group that has a byte; NULL if the byte stays. */
static const struct shuffle_group *group_at(const struct layout *l, uint64_t address)
{
	const uint64_t offset = address - l->v->address;
	const struct shuffle_group *groups = l->plan->groups;
	const size_t next = array_first_from(&groups[0].offset, l->plan->group_count,
					     sizeof(groups[0]), offset + 1);

	if (!next || offset - groups[next - 1].offset >= groups[next - 1].size)
		return NULL;
	return &groups[next - 1];
}

/* Edges have the addresses of units, and stay. */
static bool moves(const struct layout *l, const char *name, uint64_t address)
{
	return address - l->v->address < l->v->memory.size && group_at(l, address) &&
	       !linux_is_edge(name);
}

/* --- what stays ----------------------------------------------------------------------- */

static int check_stays(const struct layout *l, const struct boot_name *name)
{
	const size_t first = vmlinux_first(l->v, name->name);

	for (size_t i = first; vmlinux_is_named(l->v, i, name->name); i++)
		if (l->v->by_name[i]->address == name->address)
			return 0;
	if (!vmlinux_is_named(l->v, first, name->name))
		return explain(l->why,
			       "it has %.150s, which this kernel has not: it is of another "
			       "one",
			       name->name);
	return explain(l->why,
		       "%.150s is at 0x%" PRIx64 ", and at 0x%" PRIx64
		       " in this kernel: it is of another one",
		       name->name, name->address, l->v->by_name[first]->address);
}

/* --- what moves ----------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
	const struct boot_name *x = a, *y = b;
	const int order = strcmp(x->name, y->name);

	if (order)
		return order;
	return x->address < y->address ? -1 : x->address > y->address;
}

/* Parts the names that move from those that stay, which must be where the kernel has them. */
static int part_names(struct layout *l, const struct boot_names *names)
{
	l->moving = array_new(names->count, sizeof(l->moving[0]));
	for (size_t i = 0; i < names->count; i++) {
		const struct boot_name *name = &names->names[i];

		if (moves(l, name->name, name->address))
			l->moving[l->moving_count++] = *name;
		else if (name->address - l->v->address < l->v->memory.size && check_stays(l, name))
			return -1;
	}
	qsort(l->moving, l->moving_count, sizeof(l->moving[0]), compare_names);
	return 0;
}

/* A symbol tells where its unit is, if it is in one, and not in the padding behind. */
static int place_unit(const struct layout *l, const struct vmlinux_symbol *symbol,
		      const struct boot_name *name)
{
	const uint64_t offset = symbol->address - l->v->address;
	const long unit = shuffle_units_find(l->plan, offset);
	uint32_t place;

	if (group_at(l, symbol->address) != group_at(l, name->address))
		return explain(l->why,
			       "%.150s is at 0x%" PRIx64 ", and must not move there from 0x"
			       "%" PRIx64 ": it is of another kernel",
			       name->name, name->address, symbol->address);
	if (unit < 0)
		return 0;
	place = (uint32_t)(name->address - l->v->address - (offset - l->plan->units[unit].offset));
	if (l->places[unit] == UNKNOWN) {
		l->places[unit] = place;
		l->named[unit] = name->name;
	}
	if (l->places[unit] != place)
		return explain(l->why,
			       "%.100s is at 0x%" PRIx64
			       ", which does not fit where %.100s is: it is "
			       "of another kernel",
			       name->name, name->address, l->named[unit]);
	return 0;
}

/* The functions of one name. @symbol: the first symbol that moves and is not before that name. */
static int place_functions(const struct layout *l, const struct boot_name *names, size_t count,
			   size_t *symbol)
{
	const size_t first = *symbol;
	size_t end = first;

	while (end < l->symbol_count && !strcmp(l->symbols[end]->name, names->name))
		end++;
	if (end - first != count)
		return explain(
			l->why,
			"it has %zu functions named %.150s, and this kernel has %zu: it is of "
			"another one",
			count, names->name, end - first);
	for (size_t i = 0; i < count; i++)
		if (place_unit(l, l->symbols[first + i], &names[i]))
			return -1;
	*symbol = end;
	return 0;
}

static int place_named(const struct layout *l)
{
	size_t symbol = 0;

	for (size_t i = 0, end; i < l->moving_count; i = end) {
		for (end = i + 1;
		     end < l->moving_count && !strcmp(l->moving[end].name, l->moving[i].name);)
			end++;
		while (symbol < l->symbol_count &&
		       strcmp(l->symbols[symbol]->name, l->moving[i].name) < 0)
			symbol++;
		if (place_functions(l, &l->moving[i], end - i, &symbol))
			return -1;
	}
	return 0;
}

/* --- units that have not been named --------------------------------------------------- */

static int refuse_unit(const struct layout *l, size_t unit)
{
	for (size_t i = 0; i < l->symbol_count; i++)
		if (shuffle_units_find(l->plan, l->symbols[i]->address - l->v->address) ==
		    (long)unit)
			return explain(l->why,
				       "it has no %.150s, which this kernel has: it is cut, or of "
				       "another one",
				       l->symbols[i]->name);
	return explain(l->why,
		       "the code at 0x%" PRIx64
		       " of this kernel has no name, so where that has gone is not known",
		       l->v->address + l->plan->units[unit].offset);
}

/* The room that is left is no help: units lose some to their alignment, and another may fit there. */
static int check_complete(const struct layout *l)
{
	for (size_t i = 0; i < l->plan->unit_count; i++)
		if (l->places[i] == UNKNOWN)
			return refuse_unit(l, i);
	return 0;
}

/* -------------------------------------------------------------------------------------- */

static void find_symbols(struct layout *l)
{
	l->symbols = array_new(l->v->name_count, sizeof(l->symbols[0]));
	for (size_t i = 0; i < l->v->name_count; i++)
		if (moves(l, l->v->by_name[i]->name, l->v->by_name[i]->address))
			l->symbols[l->symbol_count++] = l->v->by_name[i];
}

static int find_places(struct layout *l, const struct boot_names *names)
{
	find_symbols(l);
	return part_names(l, names) || place_named(l) || check_complete(l) ? -1 : 0;
}

int shuffle_layout_find(const struct vmlinux *vmlinux, const struct shuffle_plan *plan,
			const struct boot_names *names, uint32_t *places, struct why *why)
{
	struct layout l = { .v = vmlinux, .plan = plan, .places = places, .why = why };
	int error;

	for (size_t i = 0; i < plan->unit_count; i++)
		places[i] = UNKNOWN;
	l.named = array_new(plan->unit_count, sizeof(l.named[0]));
	error = find_places(&l, names);
	free(l.moving);
	free(l.symbols);
	free(l.named);
	return error;
}
