/* SPDX-License-Identifier: BSD-2-Clause */
/* Words of the command line, read like Linux's setup code does */
#include "../stub/x86/setup/setup_cmdline.c"

#include "test.h"

/* An exact block, so that reading beyond the NUL is noticed */
static const char *line(const char *text)
{
	return (const char *)exact((struct bzb_span){ (const void *)text, strlen(text) + 1 }).data;
}

static void finds_words(void)
{
	static const struct {
		const char *text, *start;
		const char *first, *last; /* the text after it; NULL: none */
	} rows[] = {
		{ "", "edd=", NULL, NULL },
		{ "   ", "edd=", NULL, NULL },
		{ "edd=off", "edd=", "off", "off" },
		{ "quiet edd=off", "edd=", "off", "off" },
		{ " \tedd=off  edd=on\n", "edd=", "off  edd=on\n", "on\n" },
		{ "noedd=off", "edd=", NULL, NULL },
		{ "x edd", "edd=", NULL, NULL },
		{ "edd=edd=off", "edd=", "edd=off", "edd=off" },
		{ "console=tty0 console=ttyS1,9600", "console=ttyS", "1,9600", "1,9600" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *text = line(rows[i].text);
		const char *first = find_word(text, rows[i].start);
		const char *last = find_last_word(text, rows[i].start);

		test_state.subject = rows[i].text;
		CHECK(!first == !rows[i].first && !last == !rows[i].last);
		CHECK(!first || !strcmp(first, rows[i].first));
		CHECK(!last || !strcmp(last, rows[i].last));
	}
}

static void finds_whole_words(void)
{
	static const struct {
		const char *text;
		bool quiet;
	} rows[] = {
		/* clang-format off */
		{ "", false },
		{ "quiet", true },
		{ " quiet ", true },
		{ "quietly", false },
		{ "quiet=1", false },
		{ "quietly quiet", true },
		{ "quietquiet", false },
		{ "unquiet qui et", false },
		{ "a\tquiet\n", true },
		/* clang-format on */
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		test_state.subject = rows[i].text;
		CHECK(has_word(line(rows[i].text), "quiet") == rows[i].quiet);
	}
}

static void compares_words(void)
{
	CHECK(is_word(line("off"), "off"));
	CHECK(is_word(line("off quiet"), "off"));
	CHECK(!is_word(line("offset"), "off"));
	CHECK(!is_word(line("of"), "off"));
	CHECK(!is_word(line(""), "off"));
}

static const struct test tests[] = {
	{ "words with a certain beginning", finds_words },
	{ "whole words", finds_whole_words },
	{ "the value of an option", compares_words },
};

int main(void)
{
	return RUN_TESTS(tests);
}
