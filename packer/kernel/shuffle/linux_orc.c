/* SPDX-License-Identifier: BSD-2-Clause */
#include "linux_orc.h"

#include <stdlib.h>
#include <string.h>

#include "io/array.h"
#include "kernel/elf_symbols.h"
#include "kernel/shuffle/linux_edges.h"
#include "kernel/shuffle/linux_tables.h"

enum { IP_SIZE = 4, ORC_SIZE = 6 };

/* An entry of both tables. */
struct orc {
	uint32_t key; /* the offset that it begins at */
	unsigned char says[ORC_SIZE];
	bool dropped;
};

/* A symbol that may be in the way of padding. */
struct mark {
	uint32_t start, end; /* offsets; the end is the last one of this and all before */
	bool is_returned_to;
};

/* Where an entry has to begin. */
struct begin {
	uint32_t at;
	unsigned char says[ORC_SIZE]; /* what a lookup finds there, before anything changes */
};

struct canonical {
	const struct vmlinux *vmlinux;
	const struct shuffle_plan *plan;
	const struct bzb_shuffle_ordered *table;
	struct blob orc_memory, mark_memory, begin_memory;
	struct orc *orcs;
	uint32_t orc_count;
	struct mark *marks; /* ascending */
	size_t mark_count;
	struct begin *begins; /* units, and the ends of groups; ascending */
	size_t begin_count;
	struct linux_orc_changes changes;
};

static const struct bzb_shuffle_ordered *find_table(const struct shuffle_plan *plan)
{
	for (size_t i = 0; i < plan->ordered_count; i++)
		if (plan->ordered[i].parallel_size == ORC_SIZE)
			return &plan->ordered[i];
	return NULL;
}

/* --- reading -------------------------------------------------------------------------- */

static int read_orcs(struct canonical *c, struct why *why)
{
	const struct vmlinux *v = c->vmlinux;
	const unsigned char *says = v->memory.data + c->table->parallel_offset;

	c->orc_count = c->table->count;
	c->orc_memory = blob_alloc(c->orc_count * sizeof(struct orc));
	c->orcs = (void *)c->orc_memory.data;
	for (uint32_t i = 0; i < c->orc_count; i++, says += ORC_SIZE) {
		const uint64_t key = linux_ordered_key(v, c->table, i) - v->address;

		if (key > v->memory.size)
			return explain(why,
				       "entry %u of ORC is about an address outside the kernel", i);
		c->orcs[i].key = (uint32_t)key;
		memcpy(c->orcs[i].says, says, ORC_SIZE);
	}
	return 0;
}

static int compare_marks(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return y->is_returned_to - x->is_returned_to;
}

/* Symbols in groups, and at their ends. */
static void read_marks(struct canonical *c)
{
	const struct vmlinux *v = c->vmlinux;
	const struct shuffle_group *groups = c->plan->groups;
	const size_t count = c->plan->group_count;
	const uint32_t first = count ? groups[0].offset : 0;
	const uint32_t last = count ? groups[count - 1].offset + groups[count - 1].size : 0;
	uint32_t end = 0;

	c->mark_memory = blob_alloc(v->symbol_count * sizeof(struct mark));
	c->marks = (void *)c->mark_memory.data;
	for (size_t i = 0; i < v->symbol_count; i++) {
		const struct vmlinux_symbol *s = &v->symbols[i];
		const uint64_t start = s->address - v->address;

		if (s->type == BZB_STT_SECTION || start < first || start > last ||
		    s->size > v->memory.size - start)
			continue;
		c->marks[c->mark_count++] = (struct mark){
			.start = (uint32_t)start,
			.end = (uint32_t)(start + s->size),
			.is_returned_to = linux_is_returned_to(s->name),
		};
	}
	qsort(c->marks, c->mark_count, sizeof(*c->marks), compare_marks);
	for (size_t i = 0; i < c->mark_count; i++) {
		if (end < c->marks[i].end)
			end = c->marks[i].end;
		c->marks[i].end = end;
	}
}

/* The first entry that begins at an offset or behind it. */
static uint32_t orc_from(const struct canonical *c, uint32_t offset)
{
	return (uint32_t)array_first_from(&c->orcs[0].key, c->orc_count, sizeof(c->orcs[0]),
					  offset);
}

/* The entry that a lookup finds: the first one of all, if each begins behind the offset. */
static const unsigned char *look_up(const struct canonical *c, uint32_t offset)
{
	const uint32_t next = orc_from(c, offset + 1);

	return c->orcs[next ? next - 1 : 0].says;
}

static void add_begin(struct canonical *c, uint32_t at)
{
	struct begin *begin = &c->begins[c->begin_count++];

	begin->at = at;
	memcpy(begin->says, look_up(c, at), ORC_SIZE);
}

static void list_begins(struct canonical *c)
{
	const struct shuffle_plan *plan = c->plan;

	c->begin_memory = blob_room((plan->unit_count + plan->group_count) * sizeof(struct begin));
	c->begins = (void *)c->begin_memory.data;
	for (size_t i = 0; i < plan->group_count; i++) {
		const struct shuffle_group *group = &plan->groups[i];
		const uint32_t end = group->offset + group->size;

		for (uint32_t unit = 0; unit < group->unit_count; unit++)
			add_begin(c, plan->units[group->first_unit + unit].offset);
		if (i + 1 == plan->group_count || plan->groups[i + 1].offset != end)
			add_begin(c, end);
	}
}

/*
 * No entry may begin in the padding that is left out between units: it says what the one before it
 * says, from the same place on, so that it is not found.
 */
static void leave_gap(struct canonical *c, const struct shuffle_unit *unit)
{
	const uint32_t start = unit->offset + unit->size;

	for (uint32_t i = orc_from(c, start);
	     i < c->orc_count && c->orcs[i].key < start + unit->gap; i++) {
		const bool is_own = i && c->orcs[i - 1].key >= unit->offset;

		if (i)
			memcpy(c->orcs[i].says, c->orcs[i - 1].says, ORC_SIZE);
		c->orcs[i].key = is_own ? c->orcs[i - 1].key : unit->offset;
	}
}

/* --- padding -------------------------------------------------------------------------- */

/* The bytes of a nop with an operand, of the form of any assembler, at most @size; 0: no such nop. */
static size_t long_nop(const unsigned char *at, size_t size)
{
	size_t i = 0;

	while (i < size && (at[i] == 0x66 || at[i] == 0x2e))
		i++;
	if (i < size && at[i] == 0x90)
		return i + 1;
	if (size - i < 3 || at[i] != 0x0f || at[i + 1] != 0x1f)
		return 0;
	switch (at[i + 2]) {
	case 0x00: /* nopl (%rax) */
		return i + 3;
	case 0x40: /* nopl 0(%rax), 8 bits */
		return size - i < 4 ? 0 : i + 4;
	case 0x44: /* nopl 0(%rax,%rax), 8 bits */
		return size - i < 5 ? 0 : i + 5;
	case 0x80: /* nopl 0(%rax), 32 bits */
		return size - i < 7 ? 0 : i + 7;
	case 0x84: /* nopl 0(%rax,%rax), 32 bits */
		return size - i < 8 ? 0 : i + 8;
	default:
		return 0;
	}
}

static bool is_padding(const unsigned char *at, size_t size)
{
	while (size) {
		const size_t length = *at == 0xcc ? 1 : long_nop(at, size);

		if (!length)
			return false;
		at += length;
		size -= length;
	}
	return true;
}

/* The first symbol that starts at an offset or behind it. */
static size_t mark_from(const struct canonical *c, uint32_t offset)
{
	return array_first_from(&c->marks[0].start, c->mark_count, sizeof(c->marks[0]), offset);
}

/* Whether no function has these bytes, and no lookup wants them. */
static bool is_between_functions(const struct canonical *c, uint32_t start, uint32_t end)
{
	const size_t next = mark_from(c, start);

	if (next && c->marks[next - 1].end > start)
		return false;
	if (next < c->mark_count && (c->marks[next].start < end || (c->marks[next].start == end &&
								    c->marks[next].is_returned_to)))
		return false;
	return is_padding(c->vmlinux->memory.data + start, end - start);
}

/* --- what goes ------------------------------------------------------------------------ */

static bool is_hidden(const struct canonical *c, uint32_t i)
{
	return i + 1 < c->orc_count && c->orcs[i].key == c->orcs[i + 1].key;
}

/* Drops at most @needed entries of a unit that are not found, or repeat what is before them. */
static uint32_t drop_repeated(struct canonical *c, const struct shuffle_unit *unit, uint32_t needed)
{
	const uint32_t end = unit->offset + unit->size;
	const unsigned char *says = look_up(c, unit->offset);
	uint32_t dropped = 0;

	for (uint32_t i = orc_from(c, unit->offset);
	     dropped < needed && i < c->orc_count && c->orcs[i].key < end; i++) {
		struct orc *orc = &c->orcs[i];

		orc->dropped = is_hidden(c, i) ||
			       (orc->key != unit->offset && !memcmp(orc->says, says, ORC_SIZE));
		if (orc->dropped)
			dropped++;
		else
			says = orc->says;
	}
	return dropped;
}

/* Where what an entry says ends: at the next entry, or with the unit. */
static uint32_t end_of(const struct canonical *c, uint32_t i, uint32_t unit_end)
{
	for (i++; i < c->orc_count && c->orcs[i].key < unit_end; i++)
		if (!c->orcs[i].dropped)
			return c->orcs[i].key;
	return unit_end;
}

/* Drops at most @needed entries of a unit that say that padding cannot be unwound. */
static uint32_t drop_padding(struct canonical *c, const struct shuffle_unit *unit, uint32_t needed)
{
	static const unsigned char undefined[ORC_SIZE];
	const uint32_t end = unit->offset + unit->size;
	uint32_t dropped = 0;

	for (uint32_t i = orc_from(c, unit->offset + 1);
	     dropped < needed && i < c->orc_count && c->orcs[i].key < end; i++) {
		struct orc *orc = &c->orcs[i];

		if (orc->dropped || memcmp(orc->says, undefined, ORC_SIZE) != 0 ||
		    !is_between_functions(c, orc->key, end_of(c, i, end)))
			continue;
		orc->dropped = true;
		dropped++;
	}
	return dropped;
}

static uint32_t count_missing(const struct canonical *c)
{
	uint32_t missing = 0;

	for (size_t i = 0; i < c->begin_count; i++) {
		const uint32_t at = orc_from(c, c->begins[i].at);

		missing += at == c->orc_count || c->orcs[at].key != c->begins[i].at;
	}
	return missing;
}

static int make_room(struct canonical *c, struct why *why)
{
	const struct shuffle_plan *plan = c->plan;
	struct linux_orc_changes *n = &c->changes;

	n->missing = count_missing(c);
	for (size_t i = 0; i < plan->unit_count; i++)
		n->repeated += drop_repeated(c, &plan->units[i], n->missing - n->repeated);
	for (size_t i = 0; i < plan->unit_count; i++)
		n->padding +=
			drop_padding(c, &plan->units[i], n->missing - n->repeated - n->padding);
	if (n->repeated + n->padding < n->missing)
		return explain(why, "ORC needs %u new entries for its units, and only %u can go",
			       n->missing, n->repeated + n->padding);
	return 0;
}

/* --- writing -------------------------------------------------------------------------- */

static void write_orc(struct vmlinux *v, const struct bzb_shuffle_ordered *table, uint32_t i,
		      uint32_t key, const unsigned char *says)
{
	const uint32_t offset = table->offset + i * IP_SIZE;

	bzb_put32(v->memory.data + offset, key - offset);
	memcpy(v->memory.data + table->parallel_offset + (size_t)i * ORC_SIZE, says, ORC_SIZE);
}

static void write_all(const struct canonical *c, struct vmlinux *v)
{
	uint32_t written = 0, i = 0;

	for (size_t begin = 0; begin <= c->begin_count; begin++) {
		const uint32_t at = begin < c->begin_count ? c->begins[begin].at : UINT32_MAX;

		for (; i < c->orc_count && c->orcs[i].key < at; i++)
			if (!c->orcs[i].dropped)
				write_orc(v, c->table, written++, c->orcs[i].key, c->orcs[i].says);
		if (begin < c->begin_count && (i == c->orc_count || c->orcs[i].key != at))
			write_orc(v, c->table, written++, at, c->begins[begin].says);
	}
}

/* -------------------------------------------------------------------------------------- */

int linux_orc_make_canonical(struct vmlinux *vmlinux, const struct shuffle_plan *plan,
			     struct linux_orc_changes *ret, struct why *why)
{
	struct canonical c = { .vmlinux = vmlinux, .plan = plan, .table = find_table(plan) };
	int result = 0;

	if (c.table) {
		result = read_orcs(&c, why);
		if (!result) {
			list_begins(&c);
			for (size_t i = 0; i < plan->unit_count; i++)
				leave_gap(&c, &plan->units[i]);
			read_marks(&c);
			result = make_room(&c, why);
		}
		if (!result)
			write_all(&c, vmlinux);
	}
	blob_free(&c.orc_memory);
	blob_free(&c.mark_memory);
	blob_free(&c.begin_memory);
	if (!result)
		*ret = c.changes;
	return result;
}
