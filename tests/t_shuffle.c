/* SPDX-License-Identifier: BSD-2-Clause */
/* Shuffling: bzboot/shuffle.h. What comes out is compared with a kernel that is linked anew. */
#include "shuffle_model.h"

static const uint64_t slide = 0x12a00000;

static const struct model_shape shapes[] = {
	{ 1, 110, 250, 600, 400, BZB_SHUFFLE_NAMES_PERCPU, false },
	{ 2, 100, 100, 700, 300, BZB_SHUFFLE_NAMES_BASE, false },
	{ 3, 120, 100, 800, 513, BZB_SHUFFLE_NAMES_RELATIVE, false },
	{ 4, 110, 100, 600, 400, BZB_SHUFFLE_NAMES_RELATIVE, true },
};

enum { BLOCK = 5 };

/* --- opening ----------------------------------------------------------------------------- */

static int open_table(struct bzb_span table)
{
	struct bzb_shuffle ret;

	return WATCHED(&ret, bzb_shuffle_open(table, MODEL_MEMORY, &ret));
}

static struct bzb_shuffle opened(struct bzb_span table)
{
	struct bzb_shuffle ret;

	CHECK_OK(bzb_shuffle_open(table, MODEL_MEMORY, &ret));
	return ret;
}

static struct bzb_span good_table(const struct model_shape *shape, struct model **ret)
{
	struct model *model = model_make(shape);
	const struct model_layout identity = model_identity(model);
	uint32_t order[MODEL_UNITS];

	*ret = model;
	return model_table(model, &identity, BLOCK, order);
}

static void reads_groups_and_units(void)
{
	struct model *model;
	const struct bzb_span table = good_table(&shapes[0], &model);
	const struct bzb_shuffle shuffle = opened(table);
	struct bzb_shuffle_walk walk = bzb_shuffle_begin(&shuffle);

	CHECK_EQ(MODEL_GROUPS, shuffle.group_count);
	CHECK_EQ(model->unit_count, shuffle.unit_count);
	for (uint32_t i = 0; i < MODEL_GROUPS; i++) {
		const struct model_group *group = &model->groups[i];

		uint32_t at = group->offset;

		CHECK(bzb_shuffle_next_group(&walk));
		CHECK_EQ(group->offset, walk.group.offset);
		CHECK_EQ(group->size, walk.group.size);
		CHECK_EQ(group->first_unit, walk.group.first_unit);
		CHECK_EQ(group->unit_count, walk.group.unit_count);
		for (uint32_t n = 0; n < group->unit_count; n++) {
			const struct model_unit *wanted = &model->units[group->first_unit + n];
			const struct bzb_shuffle_unit unit = bzb_shuffle_next_unit(&walk);

			CHECK_EQ(wanted->offset, at);
			at += unit.size + unit.gap;
			CHECK_EQ(wanted->size, unit.size);
			CHECK_EQ(wanted->alignment, unit.alignment);
		}
	}
	CHECK(!bzb_shuffle_next_group(&walk));
}

static void reads_ordered_tables(void)
{
	struct model *model;
	const struct bzb_span table = good_table(&shapes[0], &model);
	const struct bzb_shuffle shuffle = opened(table);

	CHECK_EQ(MODEL_TABLES, shuffle.ordered_count);
	for (uint32_t i = 0; i < MODEL_TABLES; i++) {
		const struct bzb_shuffle_ordered *wanted = &model->ordered[i],
						 read = bzb_shuffle_read_ordered(&shuffle, i);

		CHECK_EQ(wanted->offset, read.offset);
		CHECK_EQ(wanted->count, read.count);
		CHECK_EQ(wanted->entry_size, read.entry_size);
		CHECK_EQ(wanted->absolute, read.absolute);
		CHECK_EQ(wanted->relative_fields, read.relative_fields);
		CHECK_EQ(wanted->parallel_offset, read.parallel_offset);
		CHECK_EQ(wanted->parallel_size, read.parallel_size);
	}
}

static const struct model_shape small = { 5, 7, 30, 20, 30, BZB_SHUFFLE_NAMES_BASE, true };

static void tables_that_are_cut_off_are_refused(void)
{
	struct model *model;

	check_truncations(good_table(&small, &model), 8, open_table);
}

static void other_versions_and_sizes_are_refused(void)
{
	static const struct defect defects[] = {
		{ "magic", { { 0x00, 1, 'B' } }, BZB_ERR_BADMAGIC },
		{ "version", { { 0x08, 4, 2 } }, BZB_ERR_BADVERSION },
		{ "17 tables", { { 0x24, 4, 17 } }, BZB_ERR_TOOLARGE },
		{ "2^32 - 1 groups", { { 0x10, 4, UINT32_MAX } }, BZB_ERR_TRUNCATED },
		{ "2^32 - 1 blocks", { { 0x20, 4, UINT32_MAX } }, BZB_ERR_TRUNCATED },
		{ "size of units", { { 0x28, 4, UINT32_MAX } }, BZB_ERR_TRUNCATED },
		{ "size of chains", { { 0x2c, 4, UINT32_MAX } }, BZB_ERR_TRUNCATED },
		{ "size too small", { { 0x0c, 4, 0x5b } }, BZB_ERR_TRUNCATED },
		{ "a unit more", { { 0x14, 4, 22 } }, BZB_ERR_BADUNITS },
		{ "2^32 - 1 units", { { 0x14, 4, UINT32_MAX } }, BZB_ERR_BADUNITS },
		{ "a chain", { { 0x18, 4, 1 } }, BZB_ERR_BADUNITS },
		{ "a unit in a chain", { { 0x1c, 4, 1 } }, BZB_ERR_BADUNITS },
		{ "form", { { 0x30, 4, 3 } }, BZB_ERR_BADUNITS },
		{ "names", { { 0x34, 4, 1u << 30 } }, BZB_ERR_BADUNITS },
		{ "offsets", { { 0x38, 4, MODEL_MEMORY - 30 * 4 + 1 } }, BZB_ERR_BADUNITS },
		{ "names after markers", { { 0x3c, 4, MODEL_MEMORY } }, BZB_ERR_BADUNITS },
		{ "markers", { { 0x40, 4, MODEL_MEMORY - 3 } }, BZB_ERR_BADUNITS },
		{ "seqs", { { 0x44, 4, MODEL_MEMORY - 30 * 3 + 1 } }, BZB_ERR_BADUNITS },
		{ "callees", { { 0x54, 4, MODEL_MEMORY } }, BZB_ERR_BADUNITS },
		{ "2^32 - 1 ranges", { { 0x58, 4, UINT32_MAX } }, BZB_ERR_TRUNCATED },
		{ "first group", { { 0x5c, 4, MODEL_MEMORY } }, BZB_ERR_BADUNITS },
		{ "group size", { { 0x60, 4, UINT32_MAX } }, BZB_ERR_BADUNITS },
		{ "group too small", { { 0x60, 4, 0x40 } }, BZB_ERR_BADUNITS },
		{ "no units", { { 0x64, 4, 0 } }, BZB_ERR_BADUNITS },
		{ "too many units", { { 0x64, 4, 22 } }, BZB_ERR_BADUNITS },
		{ "group overlaps the first", { { 0x68, 4, 0x110 } }, BZB_ERR_BADUNITS },
	};
	struct model *model;

	check_defects(good_table(&small, &model), defects, ARRAY_SIZE(defects), open_table);
}

static void defects_of_fields_and_tables_are_refused(void)
{
	struct model *model;
	const struct bzb_span table = good_table(&small, &model);
	const size_t blocks = 0x5c + 12 * MODEL_GROUPS;
	const size_t ordered = blocks + 12 * (size_t)get(table.data, 0x20, 4);
	const size_t absolute = ordered + 2 * 28;
	const size_t ranges = ordered + 28 * MODEL_TABLES;
	const size_t units = ranges + 8 * (size_t)get(table.data, 0x58, 4);
	const size_t fields = units + (size_t)(get(table.data, 0x28, 4) + get(table.data, 0x2c, 4));
	const struct defect defects[] = {
		{ "offset of a block", { { blocks, 4, MODEL_MEMORY - 7 } }, BZB_ERR_BADUNITS },
		{ "start of a block", { { blocks + 4, 4, 1 } }, BZB_ERR_BADUNITS },
		{ "an empty block", { { blocks + 8, 2, 0 } }, BZB_ERR_BADUNITS },
		{ "a field more", { { blocks + 8, 2, 6 } }, BZB_ERR_BADUNITS },
		{ "kind", { { blocks + 10, 1, BZB_SHUFFLE_KIND_COUNT } }, BZB_ERR_BADUNITS },
		{ "targets", { { blocks + 11, 1, 2 } }, BZB_ERR_BADUNITS },
		{ "distance of a first field", { { fields, 1, 1 } }, BZB_ERR_BADUNITS },
		{ "offset of a table", { { ordered, 4, MODEL_MEMORY - 79 } }, BZB_ERR_BADUNITS },
		{ "entries", { { ordered + 4, 4, UINT32_MAX } }, BZB_ERR_BADUNITS },
		{ "no entry size", { { ordered + 8, 4, 0 } }, BZB_ERR_BADUNITS },
		{ "absolute of 4 bytes", { { absolute + 8, 4, 7 } }, BZB_ERR_BADUNITS },
		{ "both", { { absolute + 16, 4, 1 } }, BZB_ERR_BADUNITS },
		{ "no key", { { ordered + 16, 4, 0 } }, BZB_ERR_BADUNITS },
		{ "fields in entry", { { ordered + 16, 4, 2 } }, BZB_ERR_BADUNITS },
		{ "second table", { { ordered + 20, 4, MODEL_MEMORY - 119 } }, BZB_ERR_BADUNITS },
		{ "its size", { { ordered + 24, 4, UINT32_MAX } }, BZB_ERR_BADUNITS },
		{ "a range outside", { { units - 4, 4, MODEL_MEMORY } }, BZB_ERR_BADUNITS },
		{ "a range in the one before", { { ranges + 8, 4, 0x104 } }, BZB_ERR_BADUNITS },
	};

	check_defects(table, defects, ARRAY_SIZE(defects), open_table);
}

static void bad_lists_of_units_are_refused(void)
{
	struct bzb_span bad[] = {
		TABLE_OF_UNITS(1, "\x00"),		   /* of no size */
		TABLE_OF_UNITS(1, "\x03\x16"),		   /* aligned to 4 MiB */
		TABLE_OF_UNITS(1, "\x03"),		   /* without the byte */
		TABLE_OF_UNITS(2, "\x02"),		   /* without the second one */
		TABLE_OF_UNITS(1, "\x02\x02"),		   /* with a byte more */
		TABLE_OF_UNITS(1, "\x80\x80\x80\x80\x10"), /* of more than 32 bits */
		TABLE_OF_UNITS(1, "\x80\x80\x80\x80\x80\x00"),
		TABLE_OF_UNITS(1, "\x82\x04"),		   /* longer than the group */
		TABLE_OF_UNITS(2, "\xff\x01\x81\x82\x02"), /* not in every order */
	};

	/* Aligned to 4: the one of 0x7d bytes needs 3 more, if it is not the last one. */
	const struct bzb_span tight = TABLE_OF_UNITS(2, "\x81\x02\x82\xfa\x01");

	CHECK_OK(open_table(tight));
	CHECK_EQ(-BZB_ERR_BADUNITS, open_table(CHANGED(tight, { 0x60, 4, 0xfe })));
	CHECK_OK(open_table(TABLE_OF_UNITS(1, "\x80\x04")));
	CHECK_OK(open_table(TABLE_OF_UNITS(2, "\x81\x02\x81\x80\x02")));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (open_table(bad[i]) != -BZB_ERR_BADUNITS)
			FAIL("list %zu: %d", i, open_table(bad[i]));
}

static void memory_of_more_than_1_gib_is_refused(void)
{
	const struct bzb_span table = TABLE_OF_UNITS(1, "\x02");
	struct bzb_shuffle shuffle;

	CHECK_OK(bzb_shuffle_open(table, 1u << 30, &shuffle));
	CHECK_ERR(BZB_ERR_TOOLARGE, bzb_shuffle_open(table, (1u << 30) + 1, &shuffle));
}

/* --- drawing ----------------------------------------------------------------------------- */

static const unsigned char seed[BZB_SHUFFLE_SEED_SIZE] = {
	0,  1,	2,  3,	4,  5,	6,  7,	8,  9,	10, 11, 12, 13, 14, 15,
	16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
};

static struct model_layout drawn(const struct bzb_shuffle *shuffle, const unsigned char *from)
{
	const size_t room = bzb_shuffle_room(shuffle);
	void *scratch = test_alloc(room);
	struct model_layout layout;

	CHECK_OK(bzb_shuffle_draw(shuffle, from, scratch, room));
	memcpy(layout.places, scratch, shuffle->unit_count * sizeof(*layout.places));
	return layout;
}

/* Two groups of units of 16 and of 1, and three chains; computed by another program */
#define KNOWN                                                                  \
	"bzbunits\1\0\0\0\x9c\0\0\0"                                           \
	"\2\0\0\0\x0f\0\0\0\3\0\0\0\x0a\0\0\0\0\0\0\0\0\0\0\0\x12\0\0\0\x0e\0\0\0" \
	"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"                 \
	"\0\0\0\0\0\0\0\0\0\0\0\0" \
	"\0\1\0\0\x00\1\0\0\x0a\0\0\0\0\2\0\0\x0a\0\0\0\5\0\0\0"              \
	"\7\4\4\2\x08\2\7\0\x0a\x0e\x12\2\4\4\4\4\4"
#define KNOWN_CHAINS "\3\1\2\1\5\6\2\2\3\1\2\x0b\1"

static void places_are_those_of_another_program(void)
{
	static const uint32_t places[] = { 0x120, 0x100, 0x1a0, 0x150, 0x190, 0x1b6, 0x1b1, 0x1c2,
					   0x1b9, 0x1b0, 0x200, 0x204, 0x206, 0x202, 0x208 };
	struct model_bytes table = model_bytes();
	struct bzb_shuffle shuffle;
	struct model_layout layout;

	memcpy(table.data, KNOWN KNOWN_CHAINS, sizeof(KNOWN KNOWN_CHAINS));
	table.size = sizeof(KNOWN KNOWN_CHAINS) - 1;
	put(table.data, 0x0c, 4, table.size);
	put(table.data, 0x28, 4, sizeof(KNOWN) - 1 - 0x5c - 24);
	put(table.data, 0x2c, 4, sizeof(KNOWN_CHAINS) - 1);
	shuffle = opened(exact((struct bzb_span){ table.data, table.size }));
	layout = drawn(&shuffle, seed);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		CHECK_EQ(places[i], layout.places[i]);
}

/* In each group, larger alignments first, no gap but for alignment, chains in order */
static void check_places(const struct model *model, const struct model_layout *layout)
{
	uint32_t order[MODEL_UNITS];

	model_sorted(model, layout, order, model->unit_count, model_compare_units);
	for (uint32_t g = 0; g < MODEL_GROUPS; g++) {
		const struct model_group *group = &model->groups[g];
		uint32_t at = group->offset, alignment = 32, last[20] = { 0 };

		for (uint32_t i = 0; i < group->unit_count; i++) {
			const uint32_t number = order[group->first_unit + i];
			const struct model_unit *unit = &model->units[number];

			CHECK(number - group->first_unit < group->unit_count);
			CHECK(unit->alignment <= alignment);
			CHECK(!unit->chain || number >= last[unit->chain]);
			last[unit->chain] = number;
			alignment = unit->alignment;
			at = (at + (1u << alignment) - 1) >> alignment << alignment;
			CHECK_EQ(at, layout->places[number]);
			at += unit->size;
		}
		CHECK(at - group->offset <= group->size);
	}
}

static void units_keep_their_groups_alignments_and_chains(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct model *model;
		const struct bzb_shuffle shuffle = opened(good_table(&shapes[i], &model));

		for (unsigned char n = 0; n < 20; n++) {
			const unsigned char other[BZB_SHUFFLE_SEED_SIZE] = { n };
			const struct model_layout layout = drawn(&shuffle, other);

			check_places(model, &layout);
		}
	}
}

enum { FACES = 6, DRAWS = 6000 };

/* Chi-square with 25 degrees of freedom exceeds 53 once in a thousand times. */
static void all_places_are_equally_likely(void)
{
	const struct bzb_shuffle shuffle = opened(TABLE_OF_UNITS(FACES, "\2\2\2\2\2\2"));
	const double expected = (double)DRAWS / FACES;
	uint32_t counts[FACES][FACES] = { { 0 } };
	double sum = 0;

	for (uint32_t i = 0; i < DRAWS; i++) {
		unsigned char other[BZB_SHUFFLE_SEED_SIZE] = { 0 };
		struct model_layout layout;

		put(other, 7, 4, i);
		layout = drawn(&shuffle, other);
		for (uint32_t unit = 0; unit < FACES; unit++)
			counts[unit][layout.places[unit] - 0x100]++;
	}
	for (uint32_t unit = 0; unit < FACES; unit++)
		for (uint32_t place = 0; place < FACES; place++) {
			const double off = counts[unit][place] - expected;

			sum += off * off / expected;
		}
	if (sum > 53 || sum < 8)
		FAIL("chi-square is %f", sum);
}

static void impossible_chains_are_refused(void)
{
	/* The second unit of a chain is aligned, which comes first; two chains of two units */
	static const char *const lists[] = { "\2\3\1\2\0\1", "\2\2\2\0\1\2\0\1" };

	for (uint32_t i = 0; i < 2; i++) {
		struct bzb_span table = table_of_units(2, lists[i], i ? 8 : 6);
		const struct change changes[] = {
			{ 0x18, 4, 1 + i },
			{ 0x1c, 4, 2 + 2 * i },
			{ 0x28, 4, i ? 2 : 3 },
			{ 0x2c, 4, i ? 6 : 3 },
			{ 0, 0, 0 },
		};
		const struct bzb_shuffle shuffle = opened(changed(table, changes));
		size_t room = bzb_shuffle_room(&shuffle);

		CHECK_ERR(BZB_ERR_BADUNITS,
			  bzb_shuffle_draw(&shuffle, seed, test_alloc(room), room));
	}
}

/* --- moving ------------------------------------------------------------------------------ */

/* What is needed to move the units of a model */
struct moving {
	struct model *model;
	struct model_layout layout;
	struct bzb_shuffle shuffle;
	struct bzb_shuffle_kernel kernel;
	void *scratch;
	size_t room;
};

static struct moving moving(const struct model_shape *shape, uint64_t by)
{
	struct moving ret;
	const struct bzb_span table = good_table(shape, &ret.model);

	ret.layout = model_identity(ret.model);
	ret.shuffle = opened(table);
	ret.kernel = (struct bzb_shuffle_kernel){
		.memory = model_link(ret.model, &ret.layout, by),
		.address = model_address,
		.slide = by,
	};
	ret.room = bzb_shuffle_room(&ret.shuffle);
	ret.scratch = test_alloc(ret.room);
	memset(ret.scratch, 0xa5, ret.room);
	return ret;
}

static void put_places(struct moving *moving)
{
	memcpy(moving->scratch, moving->layout.places,
	       moving->shuffle.unit_count * sizeof(uint32_t));
}

static int apply(struct moving *moving)
{
	put_places(moving);
	return RETURNED(bzb_shuffle_apply(&moving->shuffle, &moving->kernel, moving->scratch,
					  moving->room));
}

static struct bzb_shuffle_run prepared(struct moving *moving)
{
	struct bzb_shuffle_run run;

	put_places(moving);
	CHECK_OK(bzb_shuffle_prepare(&moving->shuffle, &moving->kernel, moving->scratch,
				     moving->room, &run));
	return run;
}

static void check_linked(const struct moving *moving)
{
	const unsigned char *linked =
		model_link(moving->model, &moving->layout, moving->kernel.slide);

	CHECK_BYTES(linked, moving->kernel.memory, MODEL_MEMORY);
}

static void the_kernel_is_as_if_linked_anew(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++)
		for (uint32_t n = 0; n < 4; n++) {
			const unsigned char other[BZB_SHUFFLE_SEED_SIZE] = {
				[9] = (unsigned char)n
			};
			struct moving state = moving(&shapes[i], n % 2 * slide);

			state.layout = drawn(&state.shuffle, other);
			CHECK_OK(apply(&state));
			check_linked(&state);
		}
}

static void old_places_change_nothing(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct moving state = moving(&shapes[i], slide);

		CHECK_OK(apply(&state));
		check_linked(&state);
	}
}

/* By the unit table of the kernel that came out, whose padding is left out */
static void places_can_be_undone(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct moving state = moving(&shapes[i], slide);
		const struct model_layout identity = state.layout;
		uint32_t order[MODEL_UNITS];

		state.layout = drawn(&state.shuffle, seed);
		CHECK_OK(apply(&state));
		state.shuffle = opened(model_table(state.model, &state.layout, BLOCK, order));
		state.room = bzb_shuffle_room(&state.shuffle);
		state.scratch = test_alloc(state.room);
		for (uint32_t n = 0; n < state.model->unit_count; n++)
			state.layout.places[n] = identity.places[order[n]];
		CHECK_OK(apply(&state));
		state.layout = identity;
		check_linked(&state);
	}
}

/* The tasks of each step from the last one to the first one */
static void tasks_can_be_done_in_any_order(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct moving state = moving(&shapes[i], slide);
		struct bzb_shuffle_run run;

		state.layout = drawn(&state.shuffle, seed);
		run = prepared(&state);
		for (enum bzb_shuffle_step step = 0; step < BZB_SHUFFLE_STEPS; step++)
			for (uint32_t task = bzb_shuffle_tasks(&run, step); task--;)
				CHECK_OK(bzb_shuffle_do(&run, step, task));
		check_linked(&state);
	}
}

static void steps_have_as_many_tasks_as_there_is_work(void)
{
	struct moving state = moving(&shapes[0], 0);
	const struct bzb_shuffle_run run = prepared(&state);
	const uint32_t tables = MODEL_TABLES + 1; /* and kallsyms */

	CHECK_EQ(tables, bzb_shuffle_tasks(&run, BZB_SHUFFLE_FIND));
	CHECK_EQ(state.shuffle.range_count, bzb_shuffle_tasks(&run, BZB_SHUFFLE_CALL));
	CHECK(state.shuffle.range_count > 1);
	CHECK_EQ(tables + state.shuffle.block_count, bzb_shuffle_tasks(&run, BZB_SHUFFLE_FIX));
	CHECK_EQ(1, bzb_shuffle_tasks(&run, BZB_SHUFFLE_COPY));
	CHECK_EQ(2, bzb_shuffle_tasks(&run, BZB_SHUFFLE_MOVE)); /* 256 units, and the rest */
	CHECK_EQ(0, bzb_shuffle_tasks(&run, BZB_SHUFFLE_STEPS));
	CHECK_EQ(0, bzb_shuffle_do(&run, BZB_SHUFFLE_STEPS, 0));
}

/* More code than a task copies: two units that change their places */
static void code_is_copied_in_ranges(void)
{
	enum { HALF = 0x30000, SIZE = 0x100 + 2 * HALF };
	const struct bzb_span table =
		CHANGED(TABLE_OF_UNITS(2, "\x81\x80\x18\x80\x80\x80\x18"), { 0x60, 4, 2 * HALF });
	unsigned char *memory = test_alloc(SIZE), *before = test_alloc(SIZE);
	const struct bzb_shuffle_kernel kernel = { memory, model_address, 0 };
	struct bzb_shuffle shuffle;
	struct bzb_shuffle_run run;
	uint32_t *places;

	for (uint32_t i = 0; i < SIZE; i++)
		memory[i] = before[i] = (unsigned char)(i * 7 + i / 509);
	CHECK_OK(bzb_shuffle_open(table, SIZE, &shuffle));
	places = test_alloc(bzb_shuffle_room(&shuffle));
	places[0] = 0x100 + HALF;
	places[1] = 0x100;
	CHECK_OK(bzb_shuffle_prepare(&shuffle, &kernel, places, bzb_shuffle_room(&shuffle), &run));
	CHECK_EQ(2, bzb_shuffle_tasks(&run, BZB_SHUFFLE_COPY));
	CHECK_OK(bzb_shuffle_apply(&shuffle, &kernel, places, bzb_shuffle_room(&shuffle)));
	CHECK_BYTES(before, memory, 0x100);
	CHECK_BYTES(before + 0x100, memory + places[0], HALF);
	CHECK_BYTES(before + 0x100 + HALF, memory + places[1], HALF);
}

/*
 * A call whose distance holds a byte like that of a call, before bytes that lead to another unit
 * after the call is fixed.
 */
static void calls_are_not_looked_into(void)
{
	static const unsigned char call[] = { 0xe8, 0xe8, 0x27, 0, 0, 0xff }; /* to unit 3 */
	static const uint32_t new_places[] = { 0x3100, 0x2100, 0x1100, 0x100 };
	enum { UNITS = 4, CALL = 0x1103, LIST_AT = 0x5c + 12 };
	const struct bzb_span units =
		CHANGED(TABLE_OF_UNITS(UNITS, "\x80\x40\x80\x40\x80\x40\x80\x40"),
			{ 0x60, 4, 0x4000 }, { 0x50, 4, 0x100 }, { 0x54, 4, 0x4000 },
			{ 0x58, 4, 1 });
	struct model_bytes table = model_bytes();
	struct bzb_shuffle_kernel kernel = { test_alloc(MODEL_MEMORY), model_address, 0 };
	struct bzb_shuffle shuffle;
	uint32_t *places;

	for (uint32_t i = 0; i < units.size; i++) {
		if (i == LIST_AT) { /* a range of calls */
			model_put(&table, 4, 0x100);
			model_put(&table, 4, 0x4000);
		}
		model_put(&table, 1, units.data[i]);
	}
	put(table.data, 0x0c, 4, table.size);
	shuffle = opened(exact((struct bzb_span){ table.data, table.size }));
	memset(kernel.memory, 0x90, MODEL_MEMORY);
	memcpy(kernel.memory + CALL, call, sizeof(call));
	places = test_alloc(bzb_shuffle_room(&shuffle));
	memcpy(places, new_places, sizeof(new_places));
	CHECK_OK(bzb_shuffle_apply(&shuffle, &kernel, places, bzb_shuffle_room(&shuffle)));
	CHECK_EQ(0xe8, kernel.memory[CALL + 0x1000]);
	CHECK_EQ((uint32_t)(0x27e8 - 0x4000), get(kernel.memory, CALL + 0x1001, 4));
}

/* The next call, byte by byte */
static uint32_t plain_next_call(const struct bzb_shuffle_code *code, uint32_t at, uint32_t end)
{
	for (; at + BZB_SHUFFLE_CALL_SIZE <= end; at++) {
		const uint32_t callee =
			at + BZB_SHUFFLE_CALL_SIZE + bzb_get32(code->memory + at + 1);

		if ((code->memory[at] == 0xe8 || code->memory[at] == 0xe9) && callee % 16 == 0 &&
		    callee - code->callee_offset < code->callee_size)
			return at;
	}
	return end;
}

static void calls_are_found_wherever_a_range_begins_and_ends(void)
{
	unsigned char memory[100];
	const struct bzb_shuffle_code code = { memory, 0, sizeof(memory) };
	unsigned int found = 0;

	/* Opcodes at each distance from each other, and calls, jumps and neither after them */
	for (uint32_t i = 0; i < sizeof(memory); i++)
		memory[i] = i * i % 7 < 3 ? (unsigned char)(0xe8 + i % 2) : 0;
	for (uint32_t i = 3; i + BZB_SHUFFLE_CALL_SIZE < sizeof(memory); i += 3 + i % 11)
		bzb_put32(memory + i + 1, (i * 16) % 96 - (i + BZB_SHUFFLE_CALL_SIZE));
	for (uint32_t start = 0; start <= sizeof(memory); start++)
		for (uint32_t end = start; end <= sizeof(memory); end++) {
			const uint32_t call = plain_next_call(&code, start, end);

			CHECK_EQ(call, bzb_shuffle_next_call(&code, start, end));
			found += call != end;
		}
	CHECK(found > 1000);
}

static void addresses_move_with_their_units(void)
{
	struct moving state = moving(&shapes[0], 0);
	struct bzb_shuffle_run run;

	state.layout = drawn(&state.shuffle, seed);
	run = prepared(&state);
	for (uint32_t i = 0; i < state.model->unit_count; i++) {
		const struct model_unit *unit = &state.model->units[i];
		const uint32_t delta = state.layout.places[i] - unit->offset;

		CHECK_EQ(delta, bzb_shuffle_delta(&run.index, unit->offset));
		CHECK_EQ(delta, bzb_shuffle_delta(&run.index, unit->offset + unit->size - 1));
	}
	CHECK_EQ(0, bzb_shuffle_delta(&run.index, 0));
	CHECK_EQ(0, bzb_shuffle_delta(&run.index, state.model->groups[1].offset - 1));
	CHECK_EQ(0, bzb_shuffle_delta(&run.index, MODEL_MEMORY));
	CHECK_EQ(0, bzb_shuffle_delta(&run.index, UINT64_MAX));
}

static void less_room_is_refused(void)
{
	struct moving state = moving(&small, 0);
	struct bzb_shuffle_run run;

	CHECK_ERR(BZB_ERR_NOSPACE, bzb_shuffle_draw(&state.shuffle, seed, NULL, state.room - 1));
	CHECK_ERR(BZB_ERR_NOSPACE,
		  bzb_shuffle_apply(&state.shuffle, &state.kernel, NULL, state.room - 1));
	CHECK_ERR(BZB_ERR_NOSPACE,
		  bzb_shuffle_prepare(&state.shuffle, &state.kernel, NULL, state.room - 1, &run));
}

/* Expects an error, and no change. */
static void check_refused(struct moving *moving, int error, const char *what)
{
	unsigned char *before = test_alloc(MODEL_MEMORY);

	memcpy(before, moving->kernel.memory, MODEL_MEMORY);
	test_state.subject = what;
	CHECK_EQ(-error, apply(moving));
	CHECK_BYTES(before, moving->kernel.memory, MODEL_MEMORY);
	test_state.subject = NULL;
}

static void bad_places_are_refused(void)
{
	const struct moving good = moving(&small, 0);
	const struct model_group *group = &good.model->groups[1];
	const uint32_t first = group->first_unit;
	const struct {
		const char *what;
		uint32_t unit, place;
	} bad[] = {
		{ "two at one place", first + 1, good.layout.places[first] },
		{ "an overlap", first, good.layout.places[first + 1] + 16 },
		{ "before the group", first, group->offset - 16 },
		{ "in another group", first, good.model->groups[2].offset },
		{ "at the end of the group", first, group->offset + group->size },
		{ "partly behind the group", first, group->offset + group->size - 16 },
		{ "at 2^32 - 16", first, UINT32_MAX - 15 },
	};

	CHECK(good.model->units[first].size > 16);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct moving state = good;

		state.layout.places[bad[i].unit] = bad[i].place;
		check_refused(&state, BZB_ERR_BADPLACES, bad[i].what);
		CHECK_ERR(BZB_ERR_BADPLACES,
			  bzb_shuffle_prepare(&state.shuffle, &state.kernel, state.scratch,
					      state.room, &(struct bzb_shuffle_run){ 0 }));
	}
}

static void places_that_are_not_aligned_are_refused(void)
{
	const struct bzb_shuffle shuffle = opened(TABLE_OF_UNITS(1, "\3\4")); /* 16 bytes */
	const struct bzb_shuffle_kernel kernel = { test_alloc(MODEL_MEMORY), model_address, 0 };
	const size_t room = bzb_shuffle_room(&shuffle);
	uint32_t *place = test_alloc(room);

	*place = 0x1f0;
	CHECK_OK(bzb_shuffle_apply(&shuffle, &kernel, place, room));
	*place = 0x108;
	CHECK_ERR(BZB_ERR_BADPLACES, bzb_shuffle_apply(&shuffle, &kernel, place, room));
}

static void kernels_with_bad_tables_are_refused(void)
{
	const struct moving good = moving(&shapes[1], 0);
	const struct bzb_shuffle_names *names = &good.model->names;
	const uint32_t ip = good.model->ordered[0].offset, absolute = good.model->ordered[2].offset;
	const struct {
		const char *what;
		struct change change;
	} bad[] = {
		{ "a key descends", { ip + 4 * 300, 4, 0x10 } },
		{ "a key in the middle is nowhere", { ip + 4 * 300, 4, 1u << 31 } },
		{ "an address descends", { absolute + 8 * 300, 8, model_address } },
		{ "an address in the middle is 0", { absolute + 8 * 300, 8, 0 } },
		{ "a symbol descends", { names->offsets + 4 * 150, 4, 0 } },
		{ "a name is longer", { names->names, 1, 0x7f } },
		{ "a name is as long as all", { names->names, 2, 0xffff } },
		{ "a marker", { names->markers + 4, 4, 7 } },
		{ "a number of a symbol", { names->seqs + 3 * 299, 3, 0xffffff } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct moving state = moving(&shapes[1], 0);

		put(state.kernel.memory, bad[i].change.offset, bad[i].change.width,
		    bad[i].change.value);
		check_refused(&state, BZB_ERR_BADTABLE, bad[i].what);
	}
}

static void the_last_name_ends_before_the_markers(void)
{
	struct moving state = moving(&small, 0);
	const struct bzb_shuffle_names *names = &state.model->names;

	/* The last name is longer by a byte. */
	state.shuffle.names.markers--;
	state.kernel.memory[names->markers - 1] = 0;
	check_refused(&state, BZB_ERR_BADTABLE, "a byte less");
}

static void bad_tables_are_found_by_their_task(void)
{
	struct moving state = moving(&small, 0);
	const struct bzb_shuffle_run run = prepared(&state);

	CHECK_OK(bzb_shuffle_find(&run, 0));
	put(state.kernel.memory, state.model->ordered[0].offset + 4 * 10, 4, 0x10);
	CHECK_ERR(BZB_ERR_BADTABLE, bzb_shuffle_find(&run, 0));
	CHECK_ERR(BZB_ERR_BADTABLE, bzb_shuffle_do(&run, BZB_SHUFFLE_FIND, 0));
	CHECK_OK(bzb_shuffle_do(&run, BZB_SHUFFLE_FIND, 1));
}

static const struct test tests[] = {
	{ "groups and units are read", reads_groups_and_units },
	{ "ordered tables are read", reads_ordered_tables },
	{ "a table that is cut off is refused", tables_that_are_cut_off_are_refused },
	{ "tables of other versions and sizes are refused", other_versions_and_sizes_are_refused },
	{ "defects of fields and tables are refused", defects_of_fields_and_tables_are_refused },
	{ "bad lists of units are refused", bad_lists_of_units_are_refused },
	{ "memory of more than 1 GiB is refused", memory_of_more_than_1_gib_is_refused },
	{ "places are those of another program", places_are_those_of_another_program },
	{ "units keep their groups, alignments and chains",
	  units_keep_their_groups_alignments_and_chains },
	{ "all places are equally likely", all_places_are_equally_likely },
	{ "chains that cannot be kept are refused", impossible_chains_are_refused },
	{ "the kernel is as if it was linked anew", the_kernel_is_as_if_linked_anew },
	{ "old places change nothing", old_places_change_nothing },
	{ "places can be undone", places_can_be_undone },
	{ "the tasks of a step can be done in any order", tasks_can_be_done_in_any_order },
	{ "steps have as many tasks as there is work", steps_have_as_many_tasks_as_there_is_work },
	{ "code is copied in ranges", code_is_copied_in_ranges },
	{ "calls are not looked into", calls_are_not_looked_into },
	{ "calls are found wherever a range begins and ends",
	  calls_are_found_wherever_a_range_begins_and_ends },
	{ "addresses move with their units", addresses_move_with_their_units },
	{ "less room is refused", less_room_is_refused },
	{ "bad places are refused", bad_places_are_refused },
	{ "places that are not aligned are refused", places_that_are_not_aligned_are_refused },
	{ "kernels with bad tables are refused", kernels_with_bad_tables_are_refused },
	{ "the last name ends before the markers", the_last_name_ends_before_the_markers },
	{ "bad tables are found by their task", bad_tables_are_found_by_their_task },
};

int main(void)
{
	return RUN_TESTS(tests);
}
