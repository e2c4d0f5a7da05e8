/* SPDX-License-Identifier: BSD-2-Clause */
/* The arguments of a unified kernel image: stub/uki/uki_text.c */
#include "test.h"

#include "../stub/uki/uki_text.h"

/* As CHAR16 of the firmware */
#define UNITS_MAX 64u
struct units {
	unsigned char bytes[2 * UNITS_MAX];
	size_t count;
};

static struct units units_of(const char *text, size_t size)
{
	struct units units = { .count = size };

	for (size_t i = 0; i < size; i++)
		units.bytes[2 * i] = (unsigned char)text[i];
	return units;
}

/* @text: with its NUL, which ends it before other characters */
static const struct row {
	const char *text;
	uint32_t profile;
	const char *rest;
} rows[] = {
	{ "", 0, "" },
	{ "quiet", 0, "quiet" },
	{ "quiet @1", 0, "quiet @1" },
	{ "@0", 0, "" },
	{ "@1", 1, "" },
	{ " @1", 1, "" },
	{ "@1 quiet splash", 1, "quiet splash" },
	{ "@1  two blanks", 1, " two blanks" },
	{ "@1 ", 1, "" },
	{ "@007 quiet", 7, "quiet" },
	{ "@255 a", 255, "a" },
	{ "@4294967295 a", UINT32_MAX, "a" },
	{ "@4294967296 a", 0, "@4294967296 a" },
	{ "@18446744073709551617 a", 0, "@18446744073709551617 a" },
	{ "@99999999999999999999999999999999999999 a", 0,
	  "@99999999999999999999999999999999999999 a" },
	{ "@", 0, "@" },
	{ "@ 1", 0, "@ 1" },
	{ "@1x", 0, "@1x" },
	{ "@-1 a", 0, "@-1 a" },
	{ "@@1 a", 0, "@@1 a" },
	{ "a\tb", 0, "" },
	{ "@1 a\n", 0, "" },
	{ "\x1f", 0, "" },
};

static void check_arguments(const struct row *row, size_t count)
{
	const struct units units = units_of(row->text, count),
			   rest = units_of(row->rest, strlen(row->rest));
	uint32_t profile = 99;
	struct bzb_span got =
		uki_arguments((struct bzb_span){ units.bytes, 2 * units.count }, &profile);

	CHECK_EQ(row->profile, profile);
	CHECK_EQ(2 * rest.count, got.size);
	CHECK(got.size != 2 * rest.count || !memcmp(got.data, rest.bytes, got.size));
}

static void arguments(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		test_state.subject = rows[i].text;
		check_arguments(&rows[i], strlen(rows[i].text));
		check_arguments(&rows[i], strlen(rows[i].text) + 1);
	}
}

static void bytes(void)
{
	const struct units units = units_of("@1 a\0\n@2", 8);
	uint32_t profile;
	struct bzb_span got = uki_arguments((struct bzb_span){ units.bytes, 16 }, &profile);

	CHECK_EQ(1, profile);
	CHECK_EQ(2, got.size);
	/* Half a unit is no unit. */
	got = uki_arguments((struct bzb_span){ units.bytes, 5 }, &profile);
	CHECK_EQ(1, profile);
	CHECK_EQ(0, got.size);
	got = uki_arguments((struct bzb_span){ units.bytes, 3 }, &profile);
	CHECK_EQ(0, profile);
	CHECK_EQ(2, got.size);
	got = uki_arguments((struct bzb_span){ NULL, 0 }, &profile);
	CHECK_EQ(0, profile);
	CHECK_EQ(0, got.size);
	/* A control character is one of 16 bits. */
	got = uki_arguments((struct bzb_span){ (const unsigned char *)"a\0\x0a\x01", 4 }, &profile);
	CHECK_EQ(4, got.size);
}

static void clean(void)
{
	static const struct {
		const char *text, *cleaned;
	} texts[] = {
		{ "", "" },
		{ " \n\t", "" },
		{ "quiet\n", "quiet" },
		{ "\x1f a\tb\x01 \r\n", "a b" },
		{ "a  b", "a  b" },
		{ "\xc3\xa4 \x7f", "\xc3\xa4 \x7f" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		unsigned char room[16] = { 0 };
		struct bzb_span got;

		memcpy(room, texts[i].text, strlen(texts[i].text));
		got = uki_clean(room, sizeof(room));
		CHECK(bzb_span_is(got, texts[i].cleaned));
		got = uki_clean(room, strlen(texts[i].text));
		CHECK(bzb_span_is(got, texts[i].cleaned));
	}
}

static void cut(void)
{
	static const struct {
		const char *text;
		size_t limit;
		const char *left;
	} lines[] = {
		{ "", 0, "" },
		{ "root=a", 6, "root=a" },
		{ "root=a b", 7, "root=a" },
		{ "root=a b", 6, "root=a" },
		{ "root=a b", 5, "" },
		{ "a   b", 3, "a" },
		{ "a x=\"b c\" d", 8, "a" },
		{ "a x=\"b c\" d", 10, "a x=\"b c\"" },
		{ "\xff b", 2, "\xff" },
		{ "\xc3\xa4\xc3\xa4 b", 3, "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		const size_t size = strlen(lines[i].text);
		unsigned char *text = test_alloc(size);

		test_state.subject = lines[i].text;
		memcpy(text, lines[i].text, size);
		CHECK_EQ(strlen(lines[i].left),
			 uki_cut((struct bzb_span){ text, size }, lines[i].limit));
	}
}

static const struct test tests[] = {
	{ "the profile of the arguments, and the command line after it", arguments },
	{ "arguments that end, and that are not text", bytes },
	{ "control characters become blanks, the ends are trimmed", clean },
	{ "a long line is cut after a word", cut },
};

int main(void)
{
	return RUN_TESTS(tests);
}
