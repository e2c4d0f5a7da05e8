/* SPDX-License-Identifier: BSD-2-Clause */
#include "levels.h"

#include "cpu.h"
#include "paging.h"

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

void levels_switch(const struct boot *boot, unsigned char *pages, const uint64_t *root)
{
	uint32_t at = (uint32_t)(uintptr_t)pages;
	uint64_t cr3;

	__asm__ volatile("movq %%cr3, %0" : "=r"(cr3));
	if (root)
		memcpy(pages, root, BZB_PAGE_SIZE);
	else
		paging_make_root((uint64_t *)(uintptr_t)pages, cr3, cpu_uses_five_levels(),
				 boot->guest.encryption);
	paging_switch_levels(at, at + LEVELS_CODE, at + LEVELS_PAGES * BZB_PAGE_SIZE);
}

size_t arch_levels_size(const struct boot *boot)
{
	return levels_are_wrong(boot) ? LEVELS_PAGES * BZB_PAGE_SIZE : 0;
}

struct bzb_range arch_put_levels(unsigned char *memory)
{
	levels_put_code(memory);
	return (struct bzb_range){ (uintptr_t)memory + LEVELS_CODE, BZB_PAGE_SIZE };
}

void arch_switch_levels(const struct boot *boot, unsigned char *memory)
{
	levels_switch(boot, memory, NULL);
}
