/* SPDX-License-Identifier: BSD-2-Clause */
/* Where in free memory a kernel fits: stub/memory.h */
#include "test.h"

#include "../stub/memory.h"

#define MIB 0x100000ull

static const struct memory_request kernel = {
	.size = 54 * MIB, .gap = 2 * MIB, .alignment = 2 * MIB, .lowest = 14 * MIB,
	.highest = UINT64_MAX,
};

static const struct row {
	const char *name;
	uint64_t addr, size;	/* of the free range */
	uint64_t first, count;	/* places in it */
} rows[] = {
	{ "a range that is just one place", 14 * MIB, 54 * MIB, 14 * MIB, 1 },
	{ "a range around the preferred place", MIB, 900 * MIB, 14 * MIB, 417 },
	{ "a byte too small", 14 * MIB, 54 * MIB - 1, 0, 0 },
	{ "a byte short of two places", 14 * MIB, 56 * MIB - 1, 14 * MIB, 1 },
	{ "two places", 14 * MIB, 56 * MIB, 14 * MIB, 2 },
	{ "a range that starts above it, unaligned", 101 * MIB, 100 * MIB, 102 * MIB, 23 },
	{ "room for all but the alignment", 101 * MIB, 54 * MIB, 0, 0 },
	{ "a range above 4 GiB", 4096 * MIB + 4096, 60 * MIB, 4098 * MIB, 3 },
	{ "a range that ends below the lowest place", 0, 14 * MIB, 0, 0 },
	{ "large enough, but not above the lowest place", 0, 60 * MIB, 0, 0 },
	{ "a range that ends at the end of all addresses", UINT64_MAX - 64 * MIB + 1, 64 * MIB,
	  UINT64_MAX - 64 * MIB + 1, 6 },
	{ "a range that wraps", UINT64_MAX - MIB, 64 * MIB, 0, 0 },
	{ "an empty range", 14 * MIB, 0, 0, 0 },
};

static void counts_places(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct memory_places places =
			memory_places(rows[i].addr, rows[i].size, &kernel);

		test_state.subject = rows[i].name;
		CHECK_EQ(rows[i].first, places.first);
		CHECK_EQ(rows[i].count, places.count);
	}
}

static void aligns_what_is_behind_the_gap(void)
{
	static const struct memory_request coarse = {
		.size = 54 * MIB, .gap = 2 * MIB, .alignment = 16 * MIB, .lowest = 14 * MIB,
		.highest = UINT64_MAX,
	};
	struct memory_places places = memory_places(15 * MIB, 900 * MIB, &coarse);

	CHECK_EQ(30 * MIB, places.first);
	CHECK_EQ(0, (places.first + coarse.gap) % coarse.alignment);
}

static void stays_below_the_highest_byte(void)
{
	struct memory_request low = kernel;

	low.highest = 100 * MIB - 1;
	CHECK_EQ(17, memory_places(0, 4096 * MIB, &low).count);
	low.highest = 68 * MIB - 1;
	CHECK_EQ(1, memory_places(0, 4096 * MIB, &low).count);
	low.highest = 68 * MIB - 2;
	CHECK_EQ(0, memory_places(0, 4096 * MIB, &low).count);
}

static const struct test tests[] = {
	{ "all places of a range are counted", counts_places },
	{ "the kernel is aligned, not the gap in front of it", aligns_what_is_behind_the_gap },
	{ "no place reaches above the highest byte", stays_below_the_highest_byte },
};

int main(void)
{
	return RUN_TESTS(tests);
}
