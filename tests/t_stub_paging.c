/* SPDX-License-Identifier: BSD-2-Clause */
/* Page tables that map addresses to themselves: stub/x86/paging.h */
#include "test.h"

#include "../stub/x86/addresses.h"
#include "../stub/x86/paging.h"

#define MIB 0x100000ull
#define GIB 0x40000000ull

static uint64_t tables[PAGE_TABLES][512] __attribute__((aligned(4096)));

static struct paging empty(unsigned int levels, bool gigabyte_pages)
{
	struct paging paging = { tables, PAGE_TABLES, 0, levels, gigabyte_pages, 0 };

	memset(tables, 0xaa, sizeof(tables));
	paging_init(&paging);
	return paging;
}

/* Translates like the processor. UINT64_MAX: not mapped, or not marked as encrypted */
static uint64_t translate(const struct paging *paging, uint64_t addr)
{
	const uint64_t *table = paging->tables[0];

	for (unsigned int shift = paging->levels == 5 ? 48 : 39;; shift -= 9) {
		uint64_t entry = table[addr >> shift & 511];
		uint64_t page = (1ull << shift) - 1;

		if ((entry & 3) != 3 || (entry & paging->encryption) != paging->encryption)
			return UINT64_MAX;
		entry &= ~paging->encryption;
		if (entry & 0x80)
			return (entry & 0x000fffffffffe000 & ~page) | (addr & page);
		table = (const uint64_t *)(uintptr_t)(entry & 0x000ffffffffff000);
	}
}

static void maps_only_the_requested_memory(void)
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

static void has_small_pages_for_3_gib(void)
{
	struct paging paging = empty(4, false);

	CHECK(paging_map(&paging, 0, 3 * GIB));
	CHECK_EQ(PAGE_TABLES, paging.used);
	CHECK(!paging_map(&paging, 3 * GIB, 1));
	CHECK_EQ(3 * GIB - 1, translate(&paging, 3 * GIB - 1));
}

static void takes_no_more_tables_than_there_are(void)
{
	struct paging paging = empty(4, false);

	memset(tables[PAGE_TABLES - 1], 0xaa, sizeof(tables[0]));
	paging.count = PAGE_TABLES - 1;
	CHECK(paging_map(&paging, 0, 2 * GIB));
	CHECK(!paging_map(&paging, 2 * GIB, 1));
	CHECK(test_only((const unsigned char *)tables[PAGE_TABLES - 1], 0xaa, sizeof(tables[0])));
}

/* All memory below the limit can be mapped, and not one byte more unless it is mapped already. */
static void check_limit(struct paging paging, uint64_t limit)
{
	static uint64_t saved[PAGE_TABLES][512];
	struct paging copy = paging;

	CHECK_EQ(limit, paging_limit(&paging));
	memcpy(saved, tables, sizeof(tables));
	CHECK(!limit || paging_map(&paging, 0, limit));
	memcpy(tables, saved, sizeof(tables));
	CHECK(!paging_map(&copy, 0, limit + 1));
	memcpy(tables, saved, sizeof(tables));
}

static void limit_of_small_pages(void)
{
	struct paging paging = empty(4, false);

	check_limit(paging, 3 * GIB);
	CHECK(paging_map(&paging, MIB, MIB));
	check_limit(paging, 3 * GIB);
	CHECK(paging_map(&paging, 5 * GIB - 1, 1));
	check_limit(paging, 2 * GIB);
	paging.count = PAGE_TABLES - 1;
	check_limit(paging, 1 * GIB);
	CHECK(!paging_map(&paging, 1 * GIB, 1));
	paging = empty(4, false);
	CHECK(paging_map(&paging, 1 * GIB, 2));
	CHECK(paging_map(&paging, 3 * GIB, 2));
	check_limit(paging, 2 * GIB);
	/* Above 512 GiB, where a mapping shares no table with address 0 */
	paging = empty(4, false);
	CHECK(paging_map(&paging, 600 * GIB, 1));
	check_limit(paging, 1 * GIB);
	CHECK(paging_map(&paging, 700 * GIB, 1));
	check_limit(paging, 0);
	CHECK(paging_map(&paging, 701 * GIB, 1));
	check_limit(paging, 0);
}

static void limit_of_large_pages(void)
{
	struct paging paging = empty(4, true);

	check_limit(paging, 4 * 512 * GIB);
	CHECK(paging_map(&paging, 600 * GIB, 1));
	check_limit(paging, 4 * 512 * GIB);
	CHECK(paging_map(&paging, 5 * 512 * GIB, 1));
	check_limit(paging, 3 * 512 * GIB);
	paging = empty(5, true);
	check_limit(paging, 3 * 512 * GIB);
	CHECK(paging_map(&paging, 1ull << 51, 1));
	check_limit(paging, 512 * GIB);
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

static const uint64_t encryption_bits[] = { 1ull << 47, 1ull << 51 };

static void entries_have_the_encryption_bit(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(encryption_bits); i++) {
		struct paging paging = empty(5, false);

		paging.encryption = encryption_bits[i];
		CHECK(paging_map(&paging, 3 * MIB, MIB));
		CHECK(paging_map(&paging, 5 * MIB, MIB));
		CHECK_EQ(3 * MIB, translate(&paging, 3 * MIB));
		CHECK_EQ(5 * MIB, translate(&paging, 5 * MIB));
		CHECK_EQ(4, paging.used);
		CHECK_EQ(2 * GIB, paging_limit(&paging));
		paging = empty(4, true);
		paging.encryption = encryption_bits[i];
		CHECK(paging_map(&paging, 0, 3 * GIB));
		CHECK_EQ(3 * GIB - 1, translate(&paging, 3 * GIB - 1));
	}
}

/* Entries and CR3 of the caller may have the bit, and more: flags, and no-execute. */
static void check_roots(uint64_t encryption, uint64_t of_others)
{
	static uint64_t present[512] __attribute__((aligned(4096)));
	static uint64_t next[512] __attribute__((aligned(4096)));
	static uint64_t root[512];

	for (size_t i = 0; i < 512; i++) {
		present[i] = ~0ull;
		next[i] = i;
	}
	memset(root, 0xaa, sizeof(root));
	paging_make_root(root, (uintptr_t)present | of_others, false, encryption);
	CHECK_EQ((uintptr_t)present | 3 | encryption, root[0]);
	CHECK(test_only((const unsigned char *)&root[1], 0, sizeof(root) - 8));
	present[0] = (uintptr_t)next | of_others | 1ull << 63 | 0x63;
	paging_make_root(root, (uintptr_t)present | of_others, true, encryption);
	CHECK(!memcmp(root, next, sizeof(root)));
}

static void roots_are_made_of_the_present_one(void)
{
	check_roots(0, 0);
	check_roots(0, 0x18);
	for (size_t i = 0; i < ARRAY_SIZE(encryption_bits); i++) {
		check_roots(encryption_bits[i], 0);
		check_roots(encryption_bits[i], encryption_bits[i] | 0x18);
	}
}

/* Addresses of 47 bits, of 56: the upper half of the tables' range is for negative numbers. */
static void ends_where_levels_do(void)
{
	static const struct {
		unsigned int levels, bits;
	} reach[] = { { 4, 47 }, { 5, 56 } };

	for (size_t i = 0; i < ARRAY_SIZE(reach); i++) {
		uint64_t end = 1ull << reach[i].bits;
		struct paging paging = empty(reach[i].levels, true);

		if (reach[i].bits < 52) /* the bits of an address in an entry */
			CHECK(paging_map(&paging, end - 2, 2));
		CHECK(!paging_map(&paging, end - 1, 2));
		CHECK(!paging_map(&paging, end, 0));
		CHECK(!paging_map(&paging, UINT64_MAX - 1, 2));
		CHECK(paging_map(&paging, 0, 0));
	}
}

static void a_range_past_the_last_address_is_none(void)
{
	struct paging paging = empty(4, true);

	CHECK(!paging_map(&paging, UINT64_MAX, 2));
	CHECK(!paging_map(&paging, 4096, UINT64_MAX));
	CHECK(!paging_map(&paging, MIB, 0 - MIB + 1));
}

static const struct test tests[] = {
	{ "only the requested memory is mapped", maps_only_the_requested_memory },
	{ "a range may cross into another table", crosses_from_one_table_to_the_next },
	{ "with pages of 2 MiB the tables suffice for 3 GiB", has_small_pages_for_3_gib },
	{ "no more tables are used than there are", takes_no_more_tables_than_there_are },
	{ "with pages of 1 GiB the tables suffice for all memory",
	  has_large_pages_for_all_that_there_is },
	{ "existing tables are used", leaves_small_pages_where_they_are },
	{ "pages of 2 MiB: memory can be mapped up to the limit", limit_of_small_pages },
	{ "pages of 1 GiB: memory can be mapped up to the limit", limit_of_large_pages },
	{ "in a guest of SEV all entries have the encryption bit",
	  entries_have_the_encryption_bit },
	{ "a root of another level is made from the present one",
	  roots_are_made_of_the_present_one },
	{ "nothing is mapped beyond the reach of the levels", ends_where_levels_do },
	{ "a range past the last address is refused", a_range_past_the_last_address_is_none },
};

int main(void)
{
	return RUN_TESTS(tests);
}
