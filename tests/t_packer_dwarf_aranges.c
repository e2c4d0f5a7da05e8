/* SPDX-License-Identifier: BSD-2-Clause */
/* .debug_aranges is read to its last byte and no further, and what contradicts itself is refused. */
#include "test.h"

#include "../packer/kernel/dwarf/dwarf_aranges.h"

enum { HEADER = 16, PAIR = 16, ROOM = 1024 };

/* A section while it is written. */
struct section {
	unsigned char bytes[ROOM];
	size_t size, unit; /* the start of the last unit */
};

static void add(struct section *s, uint64_t value, unsigned int width)
{
	put(s->bytes, s->size, width, value);
	s->size += width;
}

static void end_unit(struct section *s)
{
	bzb_put32(s->bytes + s->unit, (uint32_t)(s->size - s->unit - 4));
}

static void begin(struct section *s, uint32_t unit)
{
	s->unit = s->size;
	add(s, 0, 4);
	add(s, 2, 2);
	add(s, unit, 4);
	add(s, 8, 1);
	add(s, 0, 1);
	add(s, 0, 4); /* up to a multiple of the size of a pair */
	end_unit(s);
}

static void range(struct section *s, uint64_t start, uint64_t size)
{
	add(s, start, 8);
	add(s, size, 8);
	end_unit(s);
}

static struct dwarf_aranges aranges;
static struct why why;

static int read_section(const struct section *s)
{
	dwarf_aranges_free(&aranges);
	why = (struct why){ .text = "" };
	return dwarf_aranges_read(exact((struct bzb_span){ s->bytes, s->size }), &aranges, &why);
}

static void expect(const struct section *s, const struct dwarf_arange *rows, size_t count)
{
	CHECK_EQ(0, read_section(s));
	CHECK_EQ(count, aranges.count);
	for (size_t i = 0; i < count; i++) {
		CHECK_EQ(rows[i].start, aranges.rows[i].start);
		CHECK_EQ(rows[i].end, aranges.rows[i].end);
		CHECK_EQ(rows[i].unit, aranges.rows[i].unit);
	}
}

static void expect_refusal(const struct section *s, const char *message)
{
	CHECK_EQ(-1, read_section(s));
	CHECK(!strcmp(why.text, message));
	CHECK_EQ(0, aranges.count);
}

static void reads_units(void)
{
	static const struct dwarf_arange rows[] = {
		{ 0, 0x40, 5 }, /* discarded */
		{ 0x1000, 0x1100, 0x123456 },
		{ 0x2000, 0x2010, 5 },
		{ 0x2010, 0x2020, 0x123456 },
		{ UINT64_MAX - 1, UINT64_MAX, 5 },
	};
	struct section s = { .size = 0 };

	begin(&s, 5);
	range(&s, 0x2000, 0x10);
	range(&s, 0, 0x40);
	range(&s, UINT64_MAX - 1, 1);
	range(&s, 0, 0);
	begin(&s, 7);
	range(&s, 0, 0);
	begin(&s, 0x123456);
	range(&s, 0x2010, 0x10);
	range(&s, 0x1000, 0x100);
	range(&s, 0, 0);
	expect(&s, rows, ARRAY_SIZE(rows));
}

/* With -ffunction-sections, the first range is that of .text, which may be empty, and discarded. */
static void leaves_out_empty(void)
{
	static const struct dwarf_arange rows[] = { { 0x1000, 0x1001, 9 }, { 0x3000, 0x3002, 9 } };
	struct section s = { .size = 0 };

	begin(&s, 9);
	range(&s, 0, 0);
	range(&s, 0x3000, 2);
	range(&s, 0x2000, 0);
	range(&s, 0x1000, 1);
	range(&s, 0, 0);
	expect(&s, rows, ARRAY_SIZE(rows));
}

static void reads_nothing(void)
{
	const struct section s = { .size = 0 };

	expect(&s, NULL, 0);
}

static void reads_overlapping(void)
{
	static const struct dwarf_arange rows[] = { { 0x1000, 0x1200, 2 },
						    { 0x1000, 0x1100, 1 },
						    { 0x1000, 0x1100, 3 } };
	struct section s = { .size = 0 };

	for (uint32_t unit = 3; unit; unit--) {
		begin(&s, unit);
		range(&s, 0x1000, unit == 2 ? 0x200 : 0x100);
		range(&s, 0, 0);
	}
	expect(&s, rows, ARRAY_SIZE(rows));
}

/* A second unit that is wrong */
static void refuses_units(void)
{
	static const struct {
		const char *subject;
		unsigned int at, width;
		uint64_t value;
	} rows[] = {
		{ "version 3", 4, 2, 3 },
		{ "addresses of four bytes", 10, 1, 4 },
		{ "segments", 11, 1, 4 },
		{ "the 64-bit format", 0, 4, 0xffffffff },
		{ "a length beyond the section", 0, 4, HEADER + 2 * PAIR - 4 + 1 },
		{ "a length of half a pair", 0, 4, HEADER + PAIR - 4 + 8 },
		{ "a length of less than a header", 0, 4, 5 },
		{ "a range beyond the last address", HEADER + 8, 8, UINT64_MAX - 0xfff },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct section s = { .size = 0 };

		test_state.subject = rows[i].subject;
		begin(&s, 1);
		range(&s, 0x1000, 4);
		range(&s, 0, 0);
		begin(&s, 2);
		range(&s, 0x1000, 4);
		range(&s, 0, 0);
		put(s.bytes, s.unit + rows[i].at, rows[i].width, rows[i].value);
		expect_refusal(&s, ".debug_aranges: the unit at 0x30 is not understood");
	}
}

static void refuses_cut(void)
{
	struct section s = { .size = 0 };

	begin(&s, 1);
	range(&s, 0x1000, 4);
	range(&s, 0, 0);
	while (--s.size)
		expect_refusal(&s, ".debug_aranges: the unit at 0x0 is not understood");
}

static const struct test tests[] = {
	{ "all units are read, by address, with those that were discarded", reads_units },
	{ "empty ranges are left out, and are no end", leaves_out_empty },
	{ "an empty section has no ranges", reads_nothing },
	{ "ranges may overlap: the longest one is the first", reads_overlapping },
	{ "refused: headers, lengths and ranges that contradict themselves", refuses_units },
	{ "refused: a section that is cut", refuses_cut },
};

int main(void)
{
	const int status = RUN_TESTS(tests);

	dwarf_aranges_free(&aranges);
	return status;
}
