/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tables are written as <bzboot/shuffle.h> says, and bad plans are refused. */
#include "shuffle_model.h"

#include "../packer/kernel/shuffle/unit_table.h"

static const struct model_shape shape = { 6, 110, 250, 600, 400, BZB_SHUFFLE_NAMES_PERCPU, false };

static uint32_t unit_of(const struct model_field *field)
{
	return !field->has_target	   ? SHUFFLE_BY_VALUE :
	       field->target.kind == FIXED ? SHUFFLE_STAYS :
					     field->target.unit;
}

static void plan_calls(const struct model_calls *calls, struct shuffle_plan *plan)
{
	plan->callees = (struct shuffle_range){ calls->callees, calls->callees_size };
	plan->range_count = calls->range_count;
	plan->ranges = test_alloc(calls->range_count * sizeof(*plan->ranges));
	for (uint32_t i = 0; i < calls->range_count; i++)
		plan->ranges[i] =
			(struct shuffle_range){ calls->ranges[i].offset, calls->ranges[i].size };
}

static void plan_fields(const struct model *model, const struct model_layout *layout,
			const struct model_calls *calls, struct shuffle_plan *plan)
{
	uint32_t order[MODEL_FIELDS];

	model_sorted(model, layout, order, model->field_count, model_compare_fields);
	plan->fields = test_alloc(model->field_count * sizeof(*plan->fields));
	for (uint32_t i = 0; i < model->field_count; i++) {
		const struct model_field *field = &model->fields[order[i]];

		if (calls->is_call[order[i]])
			continue;
		plan->fields[plan->field_count++] = (struct shuffle_field){
			.offset = (uint32_t)model_offset(layout, field->at),
			.kind = field->kind,
			.unit = unit_of(field),
		};
	}
}

static struct shuffle_plan plan_of(const struct model *model)
{
	const struct model_layout layout = model_identity(model);
	const struct model_calls *calls = model_find_calls(model, &layout);
	uint32_t order[MODEL_UNITS];
	struct shuffle_plan plan = {
		.group_count = MODEL_GROUPS,
		.groups = test_alloc(MODEL_GROUPS * sizeof(*plan.groups)),
		.unit_count = model->unit_count,
		.units = test_alloc(model->unit_count * sizeof(*plan.units)),
		.ordered_count = MODEL_TABLES,
		.names = model->names,
	};

	model_sorted(model, &layout, order, model->unit_count, model_compare_units);
	for (uint32_t i = 0; i < MODEL_GROUPS; i++)
		plan.groups[i] = (struct shuffle_group){
			model->groups[i].offset,
			model->groups[i].size,
			model->groups[i].first_unit,
			model->groups[i].unit_count,
		};
	for (uint32_t i = 0; i < model->unit_count; i++)
		plan.units[i] = (struct shuffle_unit){
			.offset = model->units[i].offset,
			.size = model->units[i].size,
			.gap = model_gap(model, &layout, order, i),
			.alignment = 1u << model->units[i].alignment,
			.chain = model->units[i].chain,
		};
	plan_calls(calls, &plan);
	plan_fields(model, &layout, calls, &plan);
	memcpy(plan.ordered, model->ordered, sizeof(model->ordered));
	return plan;
}

static void writes_what_the_header_says(void)
{
	const struct model *model = model_make(&shape);
	const struct model_layout layout = model_identity(model);
	const struct shuffle_plan plan = plan_of(model);
	uint32_t order[MODEL_UNITS];
	const struct bzb_span wanted = model_table(model, &layout, BZB_UNITS_BLOCK_MAX, order);
	struct blob table;
	struct why why;

	if (unit_table_make(&plan, MODEL_MEMORY, &table, &why))
		FAIL("%s", why.text);
	CHECK_EQ(wanted.size, table.size);
	CHECK_BYTES(wanted.data, table.data, wanted.size);
	blob_free(&table);
}

static void chains_of_one_are_left_out(void)
{
	struct shuffle_plan plan = plan_of(model_make(&shape));
	struct bzb_shuffle shuffle;
	struct blob table;
	struct why why;

	for (size_t i = 0; i < plan.unit_count; i++)
		plan.units[i].chain = i < 3 ? (uint32_t)(i + 1) : 0;
	CHECK_EQ(0, unit_table_make(&plan, MODEL_MEMORY, &table, &why));
	CHECK_EQ(0, bzb_shuffle_open(blob_span(&table), MODEL_MEMORY, &shuffle));
	CHECK_EQ(0, shuffle.chain_count);
	CHECK_EQ(0, shuffle.chained_count);
	blob_free(&table);
}

static void blocks_have_4096_fields(void)
{
	enum { COUNT = 2 * 4096 + 1 };
	struct shuffle_plan plan = {
		.fields = test_alloc(COUNT * sizeof(*plan.fields)),
		.field_count = COUNT,
	};
	struct bzb_shuffle shuffle;
	struct blob table;
	struct why why;

	for (uint32_t i = 0; i < COUNT; i++)
		plan.fields[i] = (struct shuffle_field){ 8 * i, BZB_SHUFFLE_64, SHUFFLE_BY_VALUE };
	CHECK_EQ(0, unit_table_make(&plan, MODEL_MEMORY, &table, &why));
	CHECK_EQ(0, bzb_shuffle_open(blob_span(&table), MODEL_MEMORY, &shuffle));
	CHECK_EQ(3, shuffle.block_count);
	CHECK_EQ(4096, get(shuffle.blocks.data, 8, 2));
	CHECK_EQ(1, get(shuffle.blocks.data, 2 * 12 + 8, 2));
	CHECK_EQ(2 * 4096 * 8, get(shuffle.blocks.data, 2 * 12, 4));
	blob_free(&table);
}

static void check_refused(const struct shuffle_plan *plan, const char *part)
{
	struct blob table = { NULL, 1234, false };
	struct why why = { "" };

	CHECK_EQ(-1, unit_table_make(plan, MODEL_MEMORY, &table, &why));
	CHECK_EQ(1234, table.size);
	if (!strstr(why.text, part))
		FAIL("\"%s\" does not say \"%s\"", why.text, part);
}

static void a_gap_in_a_group(struct shuffle_plan *plan)
{
	plan->units[3].offset++;
}

static void alignment_3(struct shuffle_plan *plan)
{
	plan->units[3].alignment = 3;
}

static void alignment_4096(struct shuffle_plan *plan)
{
	plan->units[3].alignment = 4096;
}

static void group_without_its_units(struct shuffle_plan *plan)
{
	plan->groups[1].first_unit++;
}

static void too_many_units(struct shuffle_plan *plan)
{
	plan->groups[2].unit_count++;
}

static void too_few_units(struct shuffle_plan *plan)
{
	plan->groups[2].unit_count--;
}

static void fields_descend(struct shuffle_plan *plan)
{
	plan->fields[7].offset = plan->fields[6].offset + 3;
}

static void field_before_a_unit(struct shuffle_plan *plan)
{
	plan->fields[0].offset = plan->units[0].offset - 1;
	plan->field_count = 1;
}

static void field_at_an_edge(struct shuffle_plan *plan)
{
	plan->fields[0].offset = plan->units[2].offset - 1;
	plan->field_count = 1;
}

static void no_such_unit(struct shuffle_plan *plan)
{
	plan->fields[7].unit = (uint32_t)plan->unit_count;
}

static void a_full_group(struct shuffle_plan *plan)
{
	plan->groups[0].size = 100;
}

static void bad_plans_are_refused(void)
{
	static const struct {
		const char *part; /* of the message */
		void (*spoil)(struct shuffle_plan *plan);
	} rows[] = {
		{ "not at", a_gap_in_a_group },
		{ "not aligned", alignment_3 },
		{ "not aligned to 4096", alignment_4096 },
		{ "group 1 begins", group_without_its_units },
		{ "group 2 begins", too_many_units },
		{ "in no group", too_few_units },
		{ "overlaps", fields_descend },
		{ "edge of a unit", field_before_a_unit },
		{ "edge of a unit", field_at_an_edge },
		{ "no unit", no_such_unit },
		{ "contradicts", a_full_group },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct shuffle_plan plan = plan_of(model_make(&shape));

		rows[i].spoil(&plan);
		check_refused(&plan, rows[i].part);
	}
}

static const struct test tests[] = {
	{ "the table is as its header says", writes_what_the_header_says },
	{ "chains of one unit are left out", chains_of_one_are_left_out },
	{ "blocks have 4096 fields", blocks_have_4096_fields },
	{ "bad plans are refused", bad_plans_are_refused },
};

int main(void)
{
	return RUN_TESTS(tests);
}
