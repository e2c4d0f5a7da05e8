/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit_table.h"

#include <inttypes.h>
#include <stdlib.h>

/* --- lists of numbers ------------------------------------------------------------------- */

/* A part of the table that grows. */
struct part {
	struct blob blob;
	size_t size;
};

static void put(struct part *part, const void *bytes, size_t size)
{
	if (size > part->blob.size - part->size)
		blob_resize(&part->blob, 2 * (part->size + size));
	if (size)
		memcpy(part->blob.data + part->size, bytes, size);
	part->size += size;
}

static void put_byte(struct part *part, unsigned char byte)
{
	put(part, &byte, 1);
}

static void put_number(struct part *part, uint32_t number)
{
	for (; number >= 0x80; number >>= 7)
		put_byte(part, (unsigned char)(number | 0x80));
	put_byte(part, (unsigned char)number);
}

/* --- groups and units --------------------------------------------------------------------- */

static unsigned char mode_of(const struct shuffle_unit *unit)
{
	return (unsigned char)(bzb_lowest_bit(unit->alignment) |
			       (unit->size % unit->alignment ? BZB_UNITS_IN_BYTES : 0) |
			       (unit->gap ? BZB_UNITS_GAP : 0));
}

static void put_unit(struct part *part, const struct shuffle_unit *unit, unsigned char *mode)
{
	const unsigned char own = mode_of(unit);
	const uint32_t size = own & BZB_UNITS_IN_BYTES ? unit->size : unit->size / unit->alignment;

	put_number(part, size << 1 | (own != *mode));
	if (own != *mode)
		put_byte(part, own);
	if (own & BZB_UNITS_GAP)
		put_number(part, unit->gap);
	*mode = own;
}

static int check_group(const struct shuffle_plan *plan, const struct shuffle_group *group,
		       struct why *why)
{
	uint32_t at = group->offset;

	for (uint32_t i = 0; i < group->unit_count; i++) {
		const struct shuffle_unit *unit = &plan->units[group->first_unit + i];

		if (unit->offset != at || !bzb_is_power_of_two(unit->alignment) ||
		    unit->offset % unit->alignment)
			return explain(why,
				       "a unit at %#" PRIx32 " is not at %#" PRIx32
				       ", or not aligned to %" PRIu32,
				       unit->offset, at, unit->alignment);
		at += unit->size + unit->gap;
	}
	return 0;
}

static int put_groups(const struct shuffle_plan *plan, struct part *groups, struct part *units,
		      struct why *why)
{
	unsigned char mode = 0;
	uint32_t next = 0;

	for (size_t i = 0; i < plan->group_count; i++) {
		const struct shuffle_group *group = &plan->groups[i];
		const struct bzb_units_group written = {
			.offset = bzb_st32(group->offset),
			.size = bzb_st32(group->size),
			.unit_count = bzb_st32(group->unit_count),
		};

		if (group->first_unit != next || group->unit_count > plan->unit_count - next)
			return explain(why, "group %zu begins with unit %" PRIu32, i,
				       group->first_unit);
		if (check_group(plan, group, why))
			return -1;
		put(groups, &written, sizeof(written));
		for (uint32_t n = 0; n < group->unit_count; n++)
			put_unit(units, &plan->units[next + n], &mode);
		next += group->unit_count;
	}
	return next == plan->unit_count ? 0 : explain(why, "units are in no group");
}

/* --- chains ------------------------------------------------------------------------------- */

struct link {
	uint32_t chain, unit;
};

static int compare_links(const void *a, const void *b)
{
	const struct link *x = a, *y = b;

	if (x->chain != y->chain)
		return x->chain < y->chain ? -1 : 1;
	return x->unit < y->unit ? -1 : x->unit > y->unit;
}

static void put_chain(struct part *part, const struct link *links, size_t count)
{
	put_number(part, (uint32_t)count);
	for (size_t i = 0; i < count; i++)
		put_number(part, links[i].unit - (i ? links[i - 1].unit : 0));
}

/* Counts chains, and the units in them, in @header. */
static void put_chains(const struct shuffle_plan *plan, struct part *part,
		       struct bzb_units_header *header)
{
	struct blob blob = blob_room(plan->unit_count * sizeof(struct link));
	struct link *links = (struct link *)blob.data;
	uint32_t chains = 0, units = 0;
	size_t count = 0;

	for (size_t i = 0; i < plan->unit_count; i++)
		if (plan->units[i].chain)
			links[count++] = (struct link){ plan->units[i].chain, (uint32_t)i };
	qsort(links, count, sizeof(*links), compare_links);
	for (size_t i = 0, end; i < count; i = end) {
		for (end = i + 1; end < count && links[end].chain == links[i].chain;)
			end++;
		if (end - i == 1) /* keeps no order */
			continue;
		put_chain(part, links + i, end - i);
		chains++;
		units += (uint32_t)(end - i);
	}
	header->chain_count = bzb_st32(chains);
	header->chained_count = bzb_st32(units);
	blob_free(&blob);
}

/* --- fields ------------------------------------------------------------------------------- */

static uint32_t end_of(const struct shuffle_field *field)
{
	return field->offset + bzb_shuffle_properties(field->kind).width;
}

/* A field that is partly in a unit would be torn. */
static int check_fields(const struct shuffle_plan *plan, struct why *why)
{
	const struct shuffle_unit *unit = plan->units, *units_end = unit + plan->unit_count;
	uint32_t above = 0;

	for (size_t i = 0; i < plan->field_count; i++) {
		const struct shuffle_field *field = &plan->fields[i];

		if (field->offset < above)
			return explain(why, "a field at %#" PRIx32 " overlaps another one",
				       field->offset);
		above = end_of(field);
		while (unit < units_end && unit->offset + unit->size <= field->offset)
			unit++;
		if (unit < units_end && above > unit->offset &&
		    (field->offset < unit->offset || above > unit->offset + unit->size))
			return explain(why, "a field at %#" PRIx32 " crosses an edge of a unit",
				       field->offset);
		if (field->unit >= plan->unit_count && field->unit < SHUFFLE_STAYS)
			return explain(why, "a field at %#" PRIx32 " refers to no unit",
				       field->offset);
	}
	return 0;
}

struct field_list {
	struct part blocks, fields;
	uint32_t above; /* the end of the last field */
	struct bzb_units_block block;
};

static void end_block(struct field_list *list)
{
	if (bzb_ld16(list->block.count))
		put(&list->blocks, &list->block, sizeof(list->block));
	list->block.count = bzb_st16(0);
}

static void put_field(struct field_list *list, const struct shuffle_field *field)
{
	const unsigned int count = bzb_ld16(list->block.count);

	if (count == BZB_UNITS_BLOCK_MAX)
		end_block(list);
	if (!bzb_ld16(list->block.count)) {
		list->block.offset = bzb_st32(field->offset);
		list->block.start = bzb_st32((uint32_t)list->fields.size);
		list->above = field->offset;
	}
	list->block.count = bzb_st16((uint16_t)(bzb_ld16(list->block.count) + 1));
	put_number(&list->fields, field->offset - list->above);
	list->above = end_of(field);
	if (list->block.has_targets)
		put_number(&list->fields, field->unit == SHUFFLE_STAYS ? 0 : field->unit + 1);
}

static void put_fields(const struct shuffle_plan *plan, struct field_list *list)
{
	for (unsigned int i = 0; i < 2 * BZB_SHUFFLE_KIND_COUNT; i++) {
		list->block.kind = (unsigned char)(i / 2);
		list->block.has_targets = i % 2;
		for (size_t n = 0; n < plan->field_count; n++)
			if (plan->fields[n].kind == list->block.kind &&
			    (plan->fields[n].unit != SHUFFLE_BY_VALUE) == list->block.has_targets)
				put_field(list, &plan->fields[n]);
		end_block(list);
	}
}

/* --- tables ------------------------------------------------------------------------------- */

static void put_ordered(const struct shuffle_plan *plan, struct part *part)
{
	for (size_t i = 0; i < plan->ordered_count; i++) {
		const struct bzb_shuffle_ordered *table = &plan->ordered[i];
		const struct bzb_units_ordered written = {
			.offset = bzb_st32(table->offset),
			.count = bzb_st32(table->count),
			.entry_size = bzb_st32(table->entry_size),
			.absolute = bzb_st32(table->absolute),
			.relative_fields = bzb_st32(table->absolute ? 0 : table->relative_fields),
			.parallel_offset = bzb_st32(table->parallel_offset),
			.parallel_size = bzb_st32(table->parallel_size),
		};

		put(part, &written, sizeof(written));
	}
}

static void put_ranges(const struct shuffle_plan *plan, struct part *part,
		       struct bzb_units_header *header)
{
	header->callee_offset = bzb_st32(plan->callees.offset);
	header->callee_size = bzb_st32(plan->callees.size);
	header->range_count = bzb_st32((uint32_t)plan->range_count);
	for (size_t i = 0; i < plan->range_count; i++) {
		const struct bzb_units_range written = {
			.offset = bzb_st32(plan->ranges[i].offset),
			.size = bzb_st32(plan->ranges[i].size),
		};

		put(part, &written, sizeof(written));
	}
}

static void put_names(const struct bzb_shuffle_names *names, struct bzb_units_header *header)
{
	header->names_form = bzb_st32(names->form);
	header->name_count = bzb_st32(names->count);
	header->name_offsets = bzb_st32(names->offsets);
	header->names = bzb_st32(names->names);
	header->name_markers = bzb_st32(names->markers);
	header->name_seqs = bzb_st32(names->seqs);
	header->names_base = bzb_st64(names->base);
}

/* --- the table ---------------------------------------------------------------------------- */

enum { HEADER, GROUPS, BLOCKS, ORDERED, RANGES, UNITS, CHAINS, FIELDS, PARTS };

static void put_header(const struct shuffle_plan *plan, struct part parts[PARTS],
		       struct bzb_units_header *header)
{
	size_t size = sizeof(*header);

	memcpy(header->magic, BZB_UNITS_MAGIC, sizeof(header->magic));
	header->version = bzb_st32(BZB_UNITS_VERSION);
	header->group_count = bzb_st32((uint32_t)plan->group_count);
	header->unit_count = bzb_st32((uint32_t)plan->unit_count);
	header->block_count =
		bzb_st32((uint32_t)(parts[BLOCKS].size / sizeof(struct bzb_units_block)));
	header->ordered_count = bzb_st32((uint32_t)plan->ordered_count);
	header->units_size = bzb_st32((uint32_t)parts[UNITS].size);
	header->chains_size = bzb_st32((uint32_t)parts[CHAINS].size);
	for (unsigned int i = HEADER + 1; i < PARTS; i++)
		size += parts[i].size;
	header->size = bzb_st32((uint32_t)size);
	put(&parts[HEADER], header, sizeof(*header));
}

static int put_parts(const struct shuffle_plan *plan, struct part parts[PARTS], struct why *why)
{
	struct bzb_units_header header = { 0 };
	struct field_list list = { 0 };

	if (put_groups(plan, &parts[GROUPS], &parts[UNITS], why) || check_fields(plan, why))
		return -1;
	put_chains(plan, &parts[CHAINS], &header);
	put_fields(plan, &list);
	parts[BLOCKS] = list.blocks;
	parts[FIELDS] = list.fields;
	put_ordered(plan, &parts[ORDERED]);
	put_ranges(plan, &parts[RANGES], &header);
	put_names(&plan->names, &header);
	put_header(plan, parts, &header);
	return 0;
}

static struct blob join(const struct part parts[PARTS])
{
	struct part all = { 0 };

	for (unsigned int i = 0; i < PARTS; i++)
		put(&all, parts[i].blob.data, parts[i].size);
	blob_resize(&all.blob, all.size);
	return all.blob;
}

int unit_table_make(const struct shuffle_plan *plan, uint64_t memory_size, struct blob *ret,
		    struct why *why)
{
	struct part parts[PARTS] = { 0 };
	struct bzb_shuffle shuffle;
	struct blob table = { 0 };
	int err = put_parts(plan, parts, why);

	if (!err) {
		table = join(parts);
		err = bzb_shuffle_open(blob_span(&table), memory_size, &shuffle);
		if (err)
			explain(why, "%s", bzb_strerror(err));
	}
	for (unsigned int i = 0; i < PARTS; i++)
		blob_free(&parts[i].blob);
	if (err) {
		blob_free(&table);
		return -1;
	}
	*ret = table;
	return 0;
}
