/* SPDX-License-Identifier: BSD-2-Clause */
/* Page tables that map addresses to themselves: stub/paging.h */
#include "test.h"

#include "../stub/paging.h"

#define MIB 0x100000ull
#define GIB 0x40000000ull

static uint64_t tables[PAGING_TABLES][512] __attribute__((aligned(4096)));

static struct paging empty(unsigned int levels, bool gigabyte_pages)
{
	struct paging paging = { tables, 0, levels, gigabyte_pages };

	memset(tables, 0xaa, sizeof(tables));
	paging_init(&paging);
	return paging;
}

/* What the processor does. UINT64_MAX: not mapped. */
static uint64_t translate(const struct paging *paging, uint64_t addr)
{
	const uint64_t *table = paging->tables[0];

	for (unsigned int shift = paging->levels == 5 ? 48 : 39;; shift -= 9) {
		uint64_t entry = table[addr >> shift & 511];
		uint64_t page = (1ull << shift) - 1;

		if ((entry & 3) != 3)
			return UINT64_MAX;
		if (entry & 0x80)
			return (entry & 0x000fffffffffe000 & ~page) | (addr & page);
		table = (const uint64_t *)(uintptr_t)(entry & 0x000ffffffffff000);
	}
}

static void maps_what_it_is_asked_for(void)
{
	struct paging paging = empty(4, false);

	CHECK(paging_map(&paging, 3 * MIB, 2 * MIB));
	CHECK_EQ(3 * MIB, translate(&paging, 3 * MIB));
	CHECK_EQ(5 * MIB - 1, translate(&paging, 5 * MIB - 1));
	CHECK_EQ(UINT64_MAX, translate(&paging, 6 * MIB));
	CHECK_EQ(UINT64_MAX, translate(&paging, 2 * MIB - 1));
}

static void crosses_from_one_table_to_the_next(void)
{
	struct paging paging = empty(4, false);

	CHECK(paging_map(&paging, 3 * GIB - 1, 2));
	CHECK_EQ(3 * GIB - 1, translate(&paging, 3 * GIB - 1));
	CHECK_EQ(3 * GIB, translate(&paging, 3 * GIB));
	CHECK_EQ(4, paging.used);
}

static void has_small_pages_for_4_gib(void)
{
	struct paging paging = empty(4, false);

	CHECK(paging_map(&paging, 0, 4 * GIB));
	CHECK_EQ(PAGING_TABLES, paging.used);
	CHECK(!paging_map(&paging, 4 * GIB, 1));
	CHECK_EQ(4 * GIB - 1, translate(&paging, 4 * GIB - 1));
}

static void has_large_pages_for_all_that_there_is(void)
{
	struct paging paging = empty(5, true);

	CHECK(paging_map(&paging, 0, 64 * GIB));
	CHECK(paging_map(&paging, 1ull << 51, 1));
	CHECK_EQ(5, paging.used);
	CHECK_EQ(64 * GIB - 1, translate(&paging, 64 * GIB - 1));
	CHECK_EQ(1ull << 51, translate(&paging, 1ull << 51));
}

static void leaves_small_pages_where_they_are(void)
{
	struct paging paging = empty(4, false);

	CHECK(paging_map(&paging, 16 * MIB, 1));
	paging.gigabyte_pages = true;
	CHECK(paging_map(&paging, 512 * MIB, 2 * GIB));
	CHECK_EQ(3, paging.used);
	CHECK_EQ(16 * MIB, translate(&paging, 16 * MIB));
	CHECK_EQ(512 * MIB, translate(&paging, 512 * MIB));
	CHECK_EQ(2 * GIB, translate(&paging, 2 * GIB));
}

static void ends_at_the_last_address(void)
{
	struct paging paging = empty(4, true);

	CHECK(paging_map(&paging, UINT64_MAX - 1, 2));
	CHECK(paging_map(&paging, 0, 0));
}

static const struct test tests[] = {
	{ "what is asked for is mapped, and no more", maps_what_it_is_asked_for },
	{ "a range may cross into another table", crosses_from_one_table_to_the_next },
	{ "with pages of 2 MiB there is room for 4 GiB", has_small_pages_for_4_gib },
	{ "with pages of 1 GiB there is room for all", has_large_pages_for_all_that_there_is },
	{ "tables that are there already are used", leaves_small_pages_where_they_are },
	{ "the last address ends it", ends_at_the_last_address },
};

int main(void)
{
	return RUN_TESTS(tests);
}
