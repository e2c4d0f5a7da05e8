/* SPDX-License-Identifier: BSD-2-Clause */
/* Where in free memory a kernel fits: stub/memory.h */
#include "test.h"

#include "../stub/memory.h"

#define MIB 0x100000ull

static const struct memory_request kernel = {
	.size = 54 * MIB, .gap = 2 * MIB, .alignment = 2 * MIB, .lowest = 14 * MIB,
};

static const struct row {
	const char *name;
	uint64_t addr, size;	/* of the free range */
	bool fits;
	uint64_t start;		/* where it fits */
} rows[] = {
	{ "a range that starts at the preferred place", 14 * MIB, 54 * MIB, true, 14 * MIB },
	{ "a range around the preferred place", MIB, 900 * MIB, true, 14 * MIB },
	{ "a byte too small", 14 * MIB, 54 * MIB - 1, false, 0 },
	{ "a range that starts above it, unaligned", 101 * MIB, 100 * MIB, true, 102 * MIB },
	{ "room for all but the alignment", 101 * MIB, 54 * MIB, false, 0 },
	{ "a range above 4 GiB", 4096 * MIB + 4096, 60 * MIB, true, 4098 * MIB },
	{ "a range that ends below the lowest place", 0, 14 * MIB, false, 0 },
	{ "large enough, but not above the lowest place", 0, 60 * MIB, false, 0 },
	{ "a range that ends at the end of all addresses", UINT64_MAX - 64 * MIB + 1, 64 * MIB - 1,
	  true, UINT64_MAX - 64 * MIB + 1 },
	{ "a range that wraps", UINT64_MAX - MIB, 64 * MIB, false, 0 },
	{ "an empty range", 14 * MIB, 0, false, 0 },
};

static void finds_the_lowest_place(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t start = 0x5a5a;
		bool fits = memory_fit(rows[i].addr, rows[i].size, &kernel, &start);

		test_state.subject = rows[i].name;
		CHECK_EQ(rows[i].fits, fits);
		CHECK_EQ(rows[i].fits ? rows[i].start : 0x5a5a, start);
	}
}

static void aligns_what_is_behind_the_gap(void)
{
	static const struct memory_request coarse = {
		.size = 54 * MIB, .gap = 2 * MIB, .alignment = 16 * MIB, .lowest = 14 * MIB,
	};
	uint64_t start;

	CHECK(memory_fit(15 * MIB, 900 * MIB, &coarse, &start));
	CHECK_EQ(30 * MIB, start);
	CHECK_EQ(0, (start + coarse.gap) % coarse.alignment);
}

static const struct test tests[] = {
	{ "a kernel goes to the lowest place of a range", finds_the_lowest_place },
	{ "the kernel is aligned, not the gap in front of it", aligns_what_is_behind_the_gap },
};

int main(void)
{
	return RUN_TESTS(tests);
}
