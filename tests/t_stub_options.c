/* SPDX-License-Identifier: BSD-2-Clause */
/* What the stub reads from a command line: stub/options.h */
#include "test.h"

#include "../stub/options.h"

static const struct row {
	const char *cmdline;
	bool nokaslr, fixed_memory;
} rows[] = {
	{ "", false, false },
	{ "nokaslr", true, false },
	{ "console=ttyS0 nokaslr quiet", true, false },
	{ "nokaslr=1", false, false },
	{ "xnokaslr", false, false },
	{ "nokaslrx", false, false },
	{ "mem=512M", false, true },
	{ "  memmap=1M!2G  nokaslr", true, true },
	{ "hugepages=64", false, true },
	{ "iomem=relaxed", false, false },
	{ "mem", false, false },
	{ "init=/bin/sh -- nokaslr mem=1", false, false },
	{ "a=\"b nokaslr c\" mem=1", false, true },
	{ "a=\"never closed nokaslr", false, false },
};

static void reads_words(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct options options = options_parse(rows[i].cmdline);

		test_state.subject = rows[i].cmdline;
		CHECK_EQ(rows[i].nokaslr, options.nokaslr);
		CHECK_EQ(rows[i].fixed_memory, options.fixed_memory);
	}
}

static const struct test tests[] = {
	{ "whole words count, quoted ones and those for init do not", reads_words },
};

int main(void)
{
	return RUN_TESTS(tests);
}
