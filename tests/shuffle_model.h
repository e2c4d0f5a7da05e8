/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small kernel made up of symbols, to be linked with its units in any order: what a shuffle has
 * to make of it is what comes of linking it again. Nothing of formats/ is used.
 */
#ifndef SHUFFLE_MODEL_H
#define SHUFFLE_MODEL_H

#include "test.h"

enum {
	MODEL_GROUPS = 3,
	MODEL_UNITS = 360,
	MODEL_FIELDS = 4000,
	MODEL_RANGES = 400,
	MODEL_TABLES = 3,
	MODEL_ENTRIES = 900,
	MODEL_NAMES = 700,
	MODEL_MEMORY = 0x28000,
	MODEL_TABLE_SIZE = 0x8000,
};

static const uint64_t model_address = 0xffffffff81000000;

/* A byte of a unit, of the rest of the kernel, or no byte but a number */
struct model_symbol {
	enum { IN_UNIT, FIXED, NUMBER } kind;
	uint32_t unit;
	uint64_t distance;
};

struct model_group {
	uint32_t offset, size, first_unit, unit_count;
};

struct model_unit {
	uint32_t offset, size, chain, alignment; /* its binary logarithm */
};

struct model_field {
	struct model_symbol at, target;
	enum bzb_shuffle_kind kind;
	bool has_target;      /* in the table */
	unsigned char opcode; /* of a call, the byte before the field; 0: it is none */
};

struct model_entry {
	struct model_symbol key, second;
	unsigned char data;
};

struct model_name {
	struct model_symbol at;
	unsigned char text[200];
	uint32_t size;
};

struct model {
	uint64_t random;
	uint32_t data; /* where free memory begins */
	struct model_group groups[MODEL_GROUPS];
	struct model_unit units[MODEL_UNITS];
	uint32_t unit_count;
	struct model_field fields[MODEL_FIELDS];
	uint32_t field_count;
	struct bzb_shuffle_ordered ordered[MODEL_TABLES];
	struct model_entry entries[MODEL_TABLES][MODEL_ENTRIES];
	struct bzb_shuffle_names names;
	struct model_name symbols[MODEL_NAMES];
};

/* --- making one ----------------------------------------------------------------------------- */

/* From 0 to @limit - 1: xorshift64* */
static uint32_t model_random(struct model *model, uint32_t limit)
{
	model->random ^= model->random >> 12;
	model->random ^= model->random << 25;
	model->random ^= model->random >> 27;
	return (uint32_t)(model->random * 0x2545f4914f6cdd1d >> 32) % limit;
}

static struct model_symbol model_fixed(uint64_t offset)
{
	return (struct model_symbol){ FIXED, 0, offset };
}

static struct model_symbol model_number(uint64_t value)
{
	return (struct model_symbol){ NUMBER, 0, value };
}

static struct model_symbol model_in_unit(struct model *model)
{
	const uint32_t unit = model_random(model, model->unit_count);

	return (struct model_symbol){ IN_UNIT, unit, model_random(model, model->units[unit].size) };
}

/* A unit whose alignment its offset permits. If @is_even, every order fills the group. */
static struct model_unit model_unit(struct model *model, uint32_t offset, bool is_even)
{
	struct model_unit unit = { .offset = offset };
	uint32_t size = 1 + model_random(model, 120);

	while (unit.alignment < 6 && !(offset >> unit.alignment & 1))
		unit.alignment++;
	if (unit.alignment < 4 || !model_random(model, 9))
		unit.alignment = is_even ? 4 : 0;
	if (is_even || model_random(model, 9))
		size = (size + 64) & ~((1u << unit.alignment) - 1);
	unit.size = size;
	return unit;
}

/* returns: the end of the group */
static uint32_t model_group(struct model *model, struct model_group *group, uint32_t offset,
			    uint32_t count, bool is_even)
{
	uint32_t at = offset, padding = 0;

	group->offset = offset;
	group->first_unit = model->unit_count;
	group->unit_count = count;
	while (count--) {
		struct model_unit *unit = &model->units[model->unit_count++];

		*unit = model_unit(model, at, is_even);
		at += unit->size;
		padding += -unit->size & ((1u << unit->alignment) - 1);
		if (count && !is_even && !model_random(model, 4)) /* bytes that are left out */
			at += 1 + model_random(model, 200);
	}
	group->size = at + padding - offset;
	return at + padding;
}

/* Units of one alignment in a group */
static void model_chains(struct model *model)
{
	for (uint32_t chain = 1; chain < 20; chain++) {
		const struct model_group *group = &model->groups[model_random(model, MODEL_GROUPS)];
		const uint32_t alignment =
			model->units[group->first_unit + model_random(model, group->unit_count)]
				.alignment;
		uint32_t left = 2 + model_random(model, 4);

		for (uint32_t i = 0; i < group->unit_count && left; i++) {
			struct model_unit *unit = &model->units[group->first_unit + i];

			if (!unit->chain && unit->alignment == alignment &&
			    !model_random(model, 5)) {
				unit->chain = chain;
				left--;
			}
		}
	}
}

/* A call that shows itself, in most cases: what it calls is at a multiple of 16 now. */
static void model_make_call(struct model *model, struct model_field *field)
{
	const struct model_unit *unit = &model->units[field->target.unit];
	const uint32_t distance = -unit->offset & 15;

	if (distance < unit->size)
		field->target.distance = distance;
	field->kind = BZB_SHUFFLE_CODE_0;
	field->opcode = (unsigned char)(0xe8 + model_random(model, 2));
}

static void model_add_field(struct model *model, struct model_symbol at)
{
	struct model_field *field = &model->fields[model->field_count];
	const uint32_t what = model_random(model, 20);

	if (model->field_count == MODEL_FIELDS)
		abort();
	*field = (struct model_field){
		.at = at,
		.kind = model_random(model, BZB_SHUFFLE_KIND_COUNT),
		.target = model_in_unit(model),
	};
	if (at.kind == IN_UNIT && at.distance && what > 14)
		model_make_call(model, field);
	if (what == 0) { /* one past the end of a unit */
		field->target.distance = model->units[field->target.unit].size;
		field->has_target = true;
	} else if (what == 1) { /* an edge */
		field->target =
			model_fixed(model->groups[model_random(model, MODEL_GROUPS)].offset);
		field->has_target = true;
	} else if (what < 5) { /* not in a unit */
		field->target = model_fixed(what == 2 ? MODEL_MEMORY + 0x1234 : what * 8);
	}
	model->field_count++;
}

static void model_fields(struct model *model, uint32_t count)
{
	for (uint32_t i = 0; i < model->unit_count; i++)
		for (uint32_t at = model_random(model, 40); at + 8 <= model->units[i].size;
		     at += 9 + model_random(model, 40))
			model_add_field(model, (struct model_symbol){ IN_UNIT, i, at });
	model_add_field(model, model_fixed(0x20)); /* before the first group */
	while (count--) {
		model_add_field(model, model_fixed(model->data));
		/* Distances of one to three bytes */
		model->data += 8 + model_random(model, count % 50 == 49 ? 20000 : 30);
	}
}

/* Like .orc_unwind_ip and .orc_unwind, __ex_table, __mcount_loc */
static void model_tables(struct model *model, uint32_t count)
{
	static const struct bzb_shuffle_ordered shapes[MODEL_TABLES] = {
		{ .entry_size = 4, .relative_fields = 1, .parallel_size = 6 },
		{ .entry_size = 12, .relative_fields = 2 },
		{ .entry_size = 8, .absolute = true },
	};

	for (uint32_t n = 0; n < MODEL_TABLES; n++) {
		struct bzb_shuffle_ordered *table = &model->ordered[n];

		*table = shapes[n];
		table->count = count;
		table->offset = model->data;
		table->parallel_offset = model->data + count * table->entry_size;
		model->data += count * (table->entry_size + table->parallel_size);
		for (uint32_t i = 0; i < count; i++)
			model->entries[n][i] = (struct model_entry){
				.key = i < 3			? model_fixed(i * 8) :
				       i < 5 && table->absolute ? model_number(0) :
				       i < 7			? model_fixed(model->data + 8 * i) :
								  model_in_unit(model),
				.second = i % 7 ? model_in_unit(model) : model_fixed(0x10),
				.data = (unsigned char)model_random(model, 256),
			};
	}
}

static void model_name(struct model *model, struct model_symbol at)
{
	struct model_name *name = &model->symbols[model->names.count++];

	if (model->names.count > MODEL_NAMES)
		abort();
	*name = (struct model_name){ .at = at };
	name->size = 1 + model_random(model, model_random(model, 30) ? 9 : 199);
	for (uint32_t i = 0; i < name->size; i++)
		name->text[i] = (unsigned char)model_random(model, name->size < 3 ? 4 : 256);
}

static void model_names(struct model *model, enum bzb_shuffle_names_form form, uint32_t count)
{
	struct bzb_shuffle_names *names = &model->names;

	*names = (struct bzb_shuffle_names){ .form = form, .base = model_address + 8 };
	model_name(model, model_fixed(8));
	model_name(model, model_fixed(MODEL_MEMORY)); /* _end */
	for (uint32_t i = 0; i < 4 && form == BZB_SHUFFLE_NAMES_PERCPU; i++)
		model_name(model, model_number(i * 0x1000));
	while (names->count < count)
		model_name(model, model_in_unit(model));
	names->offsets = model->data;
	names->seqs = names->offsets + 4 * count;
	names->names = names->seqs + 3 * count;
	names->markers = names->names;
	for (uint32_t i = 0; i < count; i++)
		names->markers += model->symbols[i].size + (model->symbols[i].size < 0x80 ? 1 : 2);
	model->data = names->markers + 4 * ((count + 255) / 256);
	if (model->data > MODEL_MEMORY)
		abort();
}

/* What a model is to be like */
struct model_shape {
	uint64_t seed;
	uint32_t units; /* in each group */
	uint32_t fields, entries, names;
	enum bzb_shuffle_names_form form;
	bool is_even;
};

/* Groups 1 and 2 touch each other. */
static struct model *model_make(const struct model_shape *shape)
{
	struct model *model = test_alloc(sizeof(*model));
	uint32_t at = 0x100;

	memset(model, 0, sizeof(*model));
	model->random = shape->seed;
	for (uint32_t i = 0; i < MODEL_GROUPS; i++) {
		at = model_group(model, &model->groups[i], at, shape->units, shape->is_even);
		at = (at + 63) & ~63u;
		if (i)
			model->groups[i].size = at - model->groups[i].offset;
		else
			at += 0x80;
	}
	model->data = at;
	if (shape->units > 20)
		model_chains(model);
	model_fields(model, shape->fields);
	model_tables(model, shape->entries);
	model_names(model, shape->form, shape->names);
	return model;
}

/* --- linking ---------------------------------------------------------------------------------- */

/* A way to lay out a model: where its units are. */
struct model_layout {
	uint32_t places[MODEL_UNITS];
};

static struct model_layout model_identity(const struct model *model)
{
	struct model_layout layout;

	for (uint32_t i = 0; i < model->unit_count; i++)
		layout.places[i] = model->units[i].offset;
	return layout;
}

/* A number sorts before all bytes. */
static uint64_t model_offset(const struct model_layout *layout, struct model_symbol symbol)
{
	return symbol.kind == NUMBER ? 0 :
	       symbol.kind == FIXED  ? symbol.distance :
				       layout->places[symbol.unit] + symbol.distance;
}

/* For qsort() */
static struct {
	const struct model *model;
	const struct model_layout *layout;
	const struct model_entry *entries;
} model_sort;

static int model_compare_symbols(struct model_symbol a, struct model_symbol b)
{
	const uint64_t x = model_offset(model_sort.layout, a),
		       y = model_offset(model_sort.layout, b);

	if ((a.kind == NUMBER) != (b.kind == NUMBER))
		return a.kind == NUMBER ? -1 : 1;
	return x < y ? -1 : x > y;
}

static int model_compare_entries(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	int order = model_compare_symbols(model_sort.entries[x].key, model_sort.entries[y].key);

	return order ? order : x < y ? -1 : x > y;
}

static int model_compare_names(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	const struct model_name *m = &model_sort.model->symbols[x],
				*n = &model_sort.model->symbols[y];
	int order = model_compare_symbols(m->at, n->at);

	return order ? order : x < y ? -1 : x > y;
}

static int model_compare_texts(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	int order = memcmp(model_sort.model->symbols[x].text, model_sort.model->symbols[y].text,
			   sizeof(model_sort.model->symbols[x].text));

	return order ? order : x < y ? -1 : x > y;
}

static int model_compare_units(const void *a, const void *b)
{
	const uint32_t x = model_sort.layout->places[*(const uint32_t *)a],
		       y = model_sort.layout->places[*(const uint32_t *)b];

	return x < y ? -1 : x > y;
}

static int model_compare_fields(const void *a, const void *b)
{
	const struct model_field *fields = model_sort.model->fields;
	const uint64_t x = model_offset(model_sort.layout, fields[*(const uint32_t *)a].at),
		       y = model_offset(model_sort.layout, fields[*(const uint32_t *)b].at);

	return x < y ? -1 : x > y;
}

/* Sets @order to the numbers from 0 to @count - 1, sorted. */
static void model_sorted(const struct model *model, const struct model_layout *layout,
			 uint32_t *order, uint32_t count,
			 int (*compare)(const void *, const void *))
{
	model_sort.model = model;
	model_sort.layout = layout;
	for (uint32_t i = 0; i < count; i++)
		order[i] = i;
	qsort(order, count, sizeof(*order), compare);
}

static uint64_t model_value(const struct model_layout *layout, struct model_symbol symbol,
			    uint64_t base)
{
	return symbol.kind == NUMBER ? symbol.distance : base + model_offset(layout, symbol);
}

static bool model_is_wide(uint32_t kind)
{
	return kind == BZB_SHUFFLE_64 || kind == BZB_SHUFFLE_LINKED || kind == BZB_SHUFFLE_REL64;
}

static void model_put_field(const struct model_field *field, const struct model_layout *layout,
			    uint64_t base, unsigned char *memory)
{
	static const uint32_t to_origin[BZB_SHUFFLE_KIND_COUNT] = {
		[BZB_SHUFFLE_CODE_0] = 4,
		[BZB_SHUFFLE_CODE_1] = 5,
		[BZB_SHUFFLE_CODE_2] = 6,
		[BZB_SHUFFLE_CODE_4] = 8,
	};
	const uint32_t at = (uint32_t)model_offset(layout, field->at);
	uint64_t value = model_offset(layout, field->target);

	if (field->kind == BZB_SHUFFLE_64 || field->kind == BZB_SHUFFLE_32)
		value += base;
	else if (field->kind == BZB_SHUFFLE_LINKED)
		value += model_address;
	else
		value -= (uint64_t)at + to_origin[field->kind];
	put(memory, at, model_is_wide(field->kind) ? 8 : 4, value);
	if (field->opcode)
		memory[at - 1] = field->opcode;
}

static void model_put_table(const struct model *model, uint32_t number,
			    const struct model_layout *layout, uint64_t base, unsigned char *memory)
{
	const struct bzb_shuffle_ordered *table = &model->ordered[number];
	uint32_t order[MODEL_ENTRIES];

	model_sort.entries = model->entries[number];
	model_sorted(model, layout, order, table->count, model_compare_entries);
	for (uint32_t i = 0; i < table->count; i++) {
		const struct model_entry *entry = &model->entries[number][order[i]];
		const uint32_t at = table->offset + i * table->entry_size;

		memset(memory + at, entry->data, table->entry_size);
		if (table->absolute)
			put(memory, at, 8, model_value(layout, entry->key, base));
		else
			put(memory, at, 4, model_offset(layout, entry->key) - at);
		if (table->relative_fields > 1)
			put(memory, at + 4, 4, model_offset(layout, entry->second) - (at + 4));
		memset(memory + table->parallel_offset + i * table->parallel_size, entry->data,
		       table->parallel_size);
	}
}

static uint32_t model_name_value(const struct model *model, const struct model_layout *layout,
				 struct model_symbol at, uint32_t entry)
{
	const struct bzb_shuffle_names *names = &model->names;
	const uint64_t offset = model_offset(layout, at);

	if (at.kind == NUMBER)
		return (uint32_t)at.distance;
	if (names->form == BZB_SHUFFLE_NAMES_PERCPU)
		return (uint32_t)(names->base - 1 - (model_address + offset));
	if (names->form == BZB_SHUFFLE_NAMES_BASE)
		return (uint32_t)(model_address + offset - names->base);
	return (uint32_t)offset - (names->offsets + 4 * entry);
}

static void model_put_names(const struct model *model, const struct model_layout *layout,
			    unsigned char *memory)
{
	const struct bzb_shuffle_names *names = &model->names;
	uint32_t order[MODEL_NAMES], numbers[MODEL_NAMES], at = 0;

	model_sorted(model, layout, order, names->count, model_compare_names);
	for (uint32_t i = 0; i < names->count; i++) {
		const struct model_name *name = &model->symbols[order[i]];

		numbers[order[i]] = i;
		put(memory, names->offsets + 4 * i, 4,
		    model_name_value(model, layout, name->at, i));
		if (i % 256 == 0)
			put(memory, names->markers + i / 256 * 4, 4, at);
		if (name->size >= 0x80) {
			memory[names->names + at++] = (unsigned char)(name->size | 0x80);
			memory[names->names + at++] = (unsigned char)(name->size >> 7);
		} else {
			memory[names->names + at++] = (unsigned char)name->size;
		}
		memcpy(memory + names->names + at, name->text, name->size);
		at += name->size;
	}
	model_sorted(model, layout, order, names->count, model_compare_texts);
	for (uint32_t i = 0; i < names->count; i++)
		for (uint32_t n = 0; n < 3; n++)
			memory[names->seqs + 3 * i + n] =
				(unsigned char)(numbers[order[i]] >> (16 - 8 * n));
}

/* returns: MODEL_MEMORY bytes */
TEST_HELPER unsigned char *model_link(const struct model *model, const struct model_layout *layout,
				      uint64_t slide)
{
	const uint64_t base = model_address + slide;
	unsigned char *memory = test_alloc(MODEL_MEMORY);

	for (uint32_t i = 0; i < MODEL_MEMORY; i++)
		memory[i] = (unsigned char)(i * 7);
	for (uint32_t i = 0; i < MODEL_GROUPS; i++)
		memset(memory + model->groups[i].offset, 0xcc, model->groups[i].size);
	for (uint32_t i = 0; i < model->unit_count; i++)
		for (uint32_t n = 0; n < model->units[i].size; n++)
			memory[layout->places[i] + n] = (unsigned char)(i + n * 3);
	for (uint32_t i = 0; i < model->field_count; i++)
		model_put_field(&model->fields[i], layout, base, memory);
	for (uint32_t i = 0; i < MODEL_TABLES; i++)
		model_put_table(model, i, layout, base, memory);
	model_put_names(model, layout, memory);
	return memory;
}

/* --- calls ------------------------------------------------------------------------------------ */

/* Code in which all calls are fields, and those fields. */
struct model_calls {
	struct model_range {
		uint32_t offset, size;
	} ranges[MODEL_RANGES];
	uint32_t range_count;
	uint32_t callees, callees_size;
	bool is_call[MODEL_FIELDS];
};

static void model_add_range(struct model_calls *calls, uint32_t start, uint32_t end)
{
	if (calls->range_count == MODEL_RANGES)
		abort();
	calls->ranges[calls->range_count++] = (struct model_range){ start, end - start };
}

static bool model_is_call(const struct model_calls *calls, const unsigned char *memory, uint32_t at)
{
	const uint32_t callee = (uint32_t)(at + 5 + get(memory, at + 1, 4));

	return (memory[at] == 0xe8 || memory[at] == 0xe9) && callee % 16 == 0 &&
	       callee - calls->callees < calls->callees_size;
}

/* returns: false if no field is there that is found by its value */
static bool model_take_call(const struct model *model, const struct model_layout *layout,
			    struct model_calls *calls, uint32_t at)
{
	for (uint32_t i = 0; i < model->field_count; i++) {
		const struct model_field *field = &model->fields[i];

		if (model_offset(layout, field->at) == at + 1 &&
		    field->kind == BZB_SHUFFLE_CODE_0 && !field->has_target)
			return calls->is_call[i] = true;
	}
	return false;
}

TEST_HELPER struct model_calls *model_find_calls(const struct model *model,
						 const struct model_layout *layout)
{
	const struct model_group *last = &model->groups[MODEL_GROUPS - 1];
	const unsigned char *memory = model_link(model, layout, 0);
	struct model_calls *calls = test_alloc(sizeof(*calls));
	uint32_t start = model->groups[0].offset;
	const uint32_t end = last->offset + last->size;

	memset(calls, 0, sizeof(*calls));
	calls->callees = start;
	calls->callees_size = end - start;
	for (uint32_t at = start; at + 5 <= end;) {
		if (!model_is_call(calls, memory, at)) {
			at++;
		} else if (model_take_call(model, layout, calls, at)) {
			at += 5;
			if (at - start >= 0x400) {
				model_add_range(calls, start, at);
				start = at;
			}
		} else {
			model_add_range(calls, start, at);
			start = ++at;
		}
	}
	model_add_range(calls, start, end);
	return calls;
}

/* --- the unit table of a layout --------------------------------------------------------------- */

struct model_bytes {
	unsigned char *data;
	uint32_t size;
};

static void model_put(struct model_bytes *to, unsigned int width, uint64_t value)
{
	if (to->size + width > MODEL_TABLE_SIZE)
		abort();
	put(to->data, to->size, width, value);
	to->size += width;
}

static void model_put_number(struct model_bytes *to, uint32_t number)
{
	for (; number > 0x7f; number >>= 7)
		model_put(to, 1, number | 0x80);
	model_put(to, 1, number);
}

static struct model_bytes model_bytes(void)
{
	return (struct model_bytes){ test_alloc(MODEL_TABLE_SIZE), 0 };
}

/* Bytes between a unit and the next one of its group */
static uint32_t model_gap(const struct model *model, const struct model_layout *layout,
			  const uint32_t *order, uint32_t number)
{
	const uint32_t unit = order[number];

	for (uint32_t i = 0; i < MODEL_GROUPS; i++)
		if (number + 1 == model->groups[i].first_unit + model->groups[i].unit_count)
			return 0;
	return layout->places[order[number + 1]] - layout->places[unit] - model->units[unit].size;
}

/* Units are numbered by their places. */
static void model_put_units(const struct model *model, const struct model_layout *layout,
			    const uint32_t *order, struct model_bytes *to)
{
	uint32_t mode = 0;

	for (uint32_t i = 0; i < model->unit_count; i++) {
		const struct model_unit *unit = &model->units[order[i]];
		const uint32_t gap = model_gap(model, layout, order, i);
		const bool in_bytes = unit->size & ((1u << unit->alignment) - 1);
		const uint32_t own = unit->alignment | (in_bytes ? 0x80 : 0) | (gap ? 0x40 : 0);
		const uint32_t size = in_bytes ? unit->size : unit->size >> unit->alignment;

		model_put_number(to, size * 2 + (own != mode));
		if (own != mode)
			model_put(to, 1, own);
		if (gap)
			model_put_number(to, gap);
		mode = own;
	}
}

/* returns: number of chains; @ret: of units in them */
static uint32_t model_put_chains(const struct model *model, const uint32_t *order,
				 struct model_bytes *to, uint32_t *ret)
{
	uint32_t chains = 0;

	*ret = 0;
	for (uint32_t chain = 1; chain < 20; chain++) {
		uint32_t count = 0, last = 0;

		for (uint32_t i = 0; i < model->unit_count; i++)
			count += model->units[i].chain == chain;
		if (count < 2)
			continue;
		model_put_number(to, count);
		for (uint32_t i = 0; i < model->unit_count; i++)
			if (model->units[order[i]].chain == chain) {
				model_put_number(to, i - last);
				last = i;
			}
		chains++;
		*ret += count;
	}
	return chains;
}

/* returns: number of blocks */
static uint32_t model_put_fields(const struct model *model, const struct model_layout *layout,
				 const struct model_calls *calls, const uint32_t *numbers,
				 uint32_t block_size, struct model_bytes *blocks,
				 struct model_bytes *to)
{
	uint32_t order[MODEL_FIELDS], count = 0;

	model_sorted(model, layout, order, model->field_count, model_compare_fields);
	for (uint32_t what = 0; what < 2 * BZB_SHUFFLE_KIND_COUNT; what++) {
		const uint32_t width = model_is_wide(what / 2) ? 8 : 4;
		uint32_t n = 0, above = 0;

		for (uint32_t i = 0; i < model->field_count; i++) {
			const struct model_field *field = &model->fields[order[i]];
			const uint32_t at = (uint32_t)model_offset(layout, field->at);

			if (field->kind != what / 2 || field->has_target != what % 2 ||
			    calls->is_call[order[i]])
				continue;
			if (n++ % block_size == 0) {
				model_put(blocks, 4, at);
				model_put(blocks, 4, to->size);
				model_put(blocks, 2, 0);
				model_put(blocks, 1, what / 2);
				model_put(blocks, 1, what % 2);
				above = at;
				count++;
			}
			put(blocks->data, blocks->size - 4, 2,
			    get(blocks->data, blocks->size - 4, 2) + 1);
			model_put_number(to, at - above);
			if (field->has_target)
				model_put_number(to, field->target.kind == FIXED ?
							     0 :
							     numbers[field->target.unit] + 1);
			above = at + width;
		}
	}
	return count;
}

static void model_put_shapes(const struct model *model, struct model_bytes *to)
{
	for (uint32_t i = 0; i < MODEL_TABLES; i++) {
		const struct bzb_shuffle_ordered *table = &model->ordered[i];

		model_put(to, 4, table->offset);
		model_put(to, 4, table->count);
		model_put(to, 4, table->entry_size);
		model_put(to, 4, table->absolute);
		model_put(to, 4, table->relative_fields);
		model_put(to, 4, table->parallel_offset);
		model_put(to, 4, table->parallel_size);
	}
}

static void model_join(struct model_bytes *to, struct model_bytes from)
{
	for (uint32_t i = 0; i < from.size; i++)
		model_put(to, 1, from.data[i]);
}

/*
 * The unit table for the model as it is laid out, with this many fields in a block at most, and the
 * units in the order of that table.
 */
TEST_HELPER struct bzb_span model_table(const struct model *model,
					const struct model_layout *layout, uint32_t block_size,
					uint32_t *order)
{
	const struct bzb_shuffle_names *names = &model->names;
	const struct model_calls *calls = model_find_calls(model, layout);
	struct model_bytes table = model_bytes(), units = model_bytes(), chains = model_bytes(),
			   blocks = model_bytes(), fields = model_bytes();
	uint32_t numbers[MODEL_UNITS], chain_count, chained_count, block_count;

	model_sorted(model, layout, order, model->unit_count, model_compare_units);
	for (uint32_t i = 0; i < model->unit_count; i++)
		numbers[order[i]] = i;
	model_put_units(model, layout, order, &units);
	chain_count = model_put_chains(model, order, &chains, &chained_count);
	block_count = model_put_fields(model, layout, calls, numbers, block_size, &blocks, &fields);

	for (const char *magic = "bzbunits"; *magic; magic++)
		model_put(&table, 1, (unsigned char)*magic);
	model_put(&table, 4, 1);
	model_put(&table, 4, 0); /* size: below */
	model_put(&table, 4, MODEL_GROUPS);
	model_put(&table, 4, model->unit_count);
	model_put(&table, 4, chain_count);
	model_put(&table, 4, chained_count);
	model_put(&table, 4, block_count);
	model_put(&table, 4, MODEL_TABLES);
	model_put(&table, 4, units.size);
	model_put(&table, 4, chains.size);
	model_put(&table, 4, names->form);
	model_put(&table, 4, names->count);
	model_put(&table, 4, names->offsets);
	model_put(&table, 4, names->names);
	model_put(&table, 4, names->markers);
	model_put(&table, 4, names->seqs);
	model_put(&table, 8, names->base);
	model_put(&table, 4, calls->callees);
	model_put(&table, 4, calls->callees_size);
	model_put(&table, 4, calls->range_count);
	for (uint32_t i = 0; i < MODEL_GROUPS; i++) {
		model_put(&table, 4, model->groups[i].offset);
		model_put(&table, 4, model->groups[i].size);
		model_put(&table, 4, model->groups[i].unit_count);
	}
	model_join(&table, blocks);
	model_put_shapes(model, &table);
	for (uint32_t i = 0; i < calls->range_count; i++) {
		model_put(&table, 4, calls->ranges[i].offset);
		model_put(&table, 4, calls->ranges[i].size);
	}
	model_join(&table, units);
	model_join(&table, chains);
	model_join(&table, fields);
	put(table.data, 0x0c, 4, table.size);
	return exact((struct bzb_span){ table.data, table.size });
}

/* Nothing but units, from 0x100 on, and the bytes of the list of units */
TEST_HELPER struct bzb_span table_of_units(uint32_t count, const char *list, size_t size)
{
	struct model_bytes table = model_bytes();

	memcpy(table.data, "bzbunits", 8);
	table.size = 8;
	for (size_t i = 8; i < 0x5c; i += 4)
		model_put(&table, 4,
			  i == 0x08 || i == 0x10 ? 1 :
			  i == 0x0c		 ? 0x5c + 12 + size :
			  i == 0x14		 ? count :
			  i == 0x28		 ? size :
						   0);
	model_put(&table, 4, 0x100);
	model_put(&table, 4, 0x100);
	model_put(&table, 4, count);
	for (size_t i = 0; i < size; i++)
		model_put(&table, 1, (unsigned char)list[i]);
	return exact((struct bzb_span){ table.data, table.size });
}

#define TABLE_OF_UNITS(count, list) table_of_units(count, list, sizeof(list) - 1)

#endif
