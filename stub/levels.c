/* SPDX-License-Identifier: BSD-2-Clause */
#include "levels.h"

#include "cpu.h"
#include "paging.h"

#define PRESENT_WRITABLE 3u
#define ADDRESS_MASK 0x000ffffffffff000u

bool levels_are_wrong(const struct boot *boot)
{
	bool known = bzb_ld16(boot->load.manifest.setup.xloadflags) & BZB_XLF_5LEVEL_ENABLED;
	bool five = known && !boot->options.no5lvl && cpu_has_five_levels();

	return five != cpu_uses_five_levels();
}

void levels_put_code(unsigned char *pages)
{
	memcpy(pages + LEVELS_CODE, paging_switch_code,
	       (size_t)(paging_switch_code_end - paging_switch_code));
}

static uint64_t *present_root(void)
{
	uint64_t root;

	__asm__ volatile("movq %%cr3, %0" : "=r"(root));
	return (uint64_t *)(uintptr_t)(root & ADDRESS_MASK);
}

/* One level more: all that there is becomes the first entry. One less: the first entry is all. */
static void make_root(uint64_t *root)
{
	uint64_t *present = present_root();

	if (cpu_uses_five_levels()) {
		memcpy(root, (const void *)(uintptr_t)(present[0] & ADDRESS_MASK),
		       LEVELS_PAGE_SIZE);
	} else {
		memset(root, 0, LEVELS_PAGE_SIZE);
		root[0] = (uint64_t)(uintptr_t)present | PRESENT_WRITABLE;
	}
}

void levels_switch(unsigned char *pages, const uint64_t *root)
{
	uint32_t at = (uint32_t)(uintptr_t)pages;

	if (root)
		memcpy(pages, root, LEVELS_PAGE_SIZE);
	else
		make_root((uint64_t *)(uintptr_t)pages);
	paging_switch_levels(at, at + LEVELS_CODE, at + LEVELS_PAGES * LEVELS_PAGE_SIZE);
}
