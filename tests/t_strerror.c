/* SPDX-License-Identifier: BSD-2-Clause */
/* Error codes in words: bzboot/error.h */
#include "test.h"

#include <limits.h>

static void every_code_has_its_own_words(void)
{
	int a, b;

	for (a = 1; a < BZB_ERR_COUNT; a++) {
		CHECK(bzb_strerror(a) && *bzb_strerror(a));
		for (b = 1; b < a; b++)
			CHECK(strcmp(bzb_strerror(a), bzb_strerror(b)) != 0);
	}
}

static void the_sign_does_not_matter(void)
{
	int err;

	for (err = 1; err < BZB_ERR_COUNT; err++)
		CHECK(strcmp(bzb_strerror(err), bzb_strerror(-err)) == 0);
}

/* A phrase may begin with "PE" or "ELF", but not with "The". */
static void phrases_fit_into_a_message(void)
{
	int err;

	for (err = 1; err < BZB_ERR_COUNT; err++) {
		const char *text = bzb_strerror(err);
		bool capital = text[0] >= 'A' && text[0] <= 'Z';

		CHECK(!capital || text[1] < 'a' || text[1] > 'z');
		CHECK(text[strlen(text) - 1] != '.');
		CHECK(!strchr(text, '\n'));
	}
}

static void unknown_codes_have_words(void)
{
	static const int codes[] = {
		0, BZB_ERR_COUNT, -BZB_ERR_COUNT, 1000, -1000, INT_MAX, INT_MIN
	};
	size_t i;
	int err;

	for (i = 0; i < ARRAY_SIZE(codes); i++) {
		CHECK(bzb_strerror(codes[i]) && *bzb_strerror(codes[i]));
		for (err = 1; err < BZB_ERR_COUNT; err++)
			CHECK(strcmp(bzb_strerror(codes[i]), bzb_strerror(err)) != 0);
	}
}

static const struct test tests[] = {
	{ "every code has words of its own", every_code_has_its_own_words },
	{ "the sign of a code does not matter", the_sign_does_not_matter },
	{ "the words have no capital and no full stop", phrases_fit_into_a_message },
	{ "unknown codes have words too, and not those of a known one", unknown_codes_have_words },
};

int main(void)
{
	return RUN_TESTS(tests);
}
