/* SPDX-License-Identifier: BSD-2-Clause */
#include "paging.h"

#define PRESENT_WRITABLE 3u
#define LARGE 0x80u		/* a page of 2 MiB or 1 GiB instead of a table */
#define SHIFT_GIB 30u
#define SHIFT_2MIB 21u
#define LEVEL_BITS 9u
#define ADDRESS_MASK 0x000ffffffffff000u

static uint64_t *take_table(struct paging *paging)
{
	if (paging->used == paging->count)
		return NULL;
	memset(paging->tables[paging->used], 0, sizeof(paging->tables[0]));
	return paging->tables[paging->used++];
}

static unsigned int top_shift(const struct paging *paging)
{
	return paging->levels == 5 ? 48 : 39;
}

/* @entry: of a table, or CR3. The encryption bit is one of the address bits. */
static uint64_t *table_of(uint64_t entry, uint64_t encryption)
{
	return (uint64_t *)(uintptr_t)(entry & ADDRESS_MASK & ~encryption);
}

void paging_init(struct paging *paging)
{
	paging->used = 0;
	take_table(paging);
}

/* Maps the page that @addr is in; returns its size, 0 if there is no table left. */
static uint64_t map_page(struct paging *paging, uint64_t addr)
{
	uint64_t *table = paging->tables[0];

	for (unsigned int shift = top_shift(paging);; shift -= LEVEL_BITS) {
		uint64_t *entry = &table[addr >> shift & 511];
		uint64_t size = (uint64_t)1 << shift;

		if (!*entry &&
		    (shift == SHIFT_2MIB || (shift == SHIFT_GIB && paging->gigabyte_pages)))
			*entry = (addr & -size) | LARGE | PRESENT_WRITABLE | paging->encryption;
		if (*entry & LARGE)
			return size;
		if (!*entry) {
			uint64_t *next = take_table(paging);

			if (!next)
				return 0;
			*entry = (uint64_t)(uintptr_t)next | PRESENT_WRITABLE | paging->encryption;
		}
		table = table_of(*entry, paging->encryption);
	}
}

/*
 * The number of units that can be mapped from address 0 on. A unit is the range of one table of
 * pages; a unit that is not mapped yet needs one table. The tables on the way from the root to the
 * first unit need one each, too, if they do not exist yet.
 */
uint64_t paging_limit(const struct paging *paging)
{
	unsigned int left = paging->count - paging->used, entries = 0;
	unsigned int shift = top_shift(paging);
	unsigned int unit = (paging->gigabyte_pages ? SHIFT_GIB : SHIFT_2MIB) + LEVEL_BITS;
	const uint64_t *table = paging->tables[0];

	for (; shift > unit; shift -= LEVEL_BITS) {
		if (table && *table) {
			table = table_of(*table, paging->encryption);
			continue;
		}
		table = NULL;
		if (!left--)
			return 0;
	}
	for (; entries < 1u << LEVEL_BITS; entries++)
		if ((!table || !table[entries]) && !left--)
			break;
	return (uint64_t)entries << unit;
}

/* Only the lower half of the addresses is usable: the upper half is sign-extended. */
static bool is_in_reach(const struct paging *paging, uint64_t addr)
{
	return !(addr >> (top_shift(paging) + LEVEL_BITS - 1));
}

bool paging_map(struct paging *paging, uint64_t addr, uint64_t size)
{
	uint64_t last = addr + (size ? size - 1 : 0);

	if (last < addr || !is_in_reach(paging, last))
		return false;
	for (;;) {
		uint64_t page = map_page(paging, addr);

		if (!page)
			return false;
		addr = (addr & -page) + page;
		if (addr > last)
			return true;
	}
}

void paging_make_root(uint64_t *root, uint64_t cr3, bool five, uint64_t encryption)
{
	uint64_t *present = table_of(cr3, encryption);

	if (five) {
		memcpy(root, table_of(present[0], encryption), sizeof(uint64_t) << LEVEL_BITS);
	} else {
		memset(root, 0, sizeof(uint64_t) << LEVEL_BITS);
		root[0] = (uint64_t)(uintptr_t)present | PRESENT_WRITABLE | encryption;
	}
}
