/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot_params.h"
#include "paging.h"

#define CR4_LA57 0x1000
#define ENTRIES 512
#define LARGE_PAGE 0x200000ull
#define GIB 16
#define PRESENT_WRITABLE 0x3
#define PAGE_SIZE_FLAG 0x80

struct page_table {
	uint64_t entry[ENTRIES];
} __attribute__((aligned(4096)));

static struct page_table pml5, pml4, pdpt, pd[GIB];

unsigned int paging_levels(void)
{
	uint64_t cr4;

	asm volatile("movq %%cr4, %0" : "=r"(cr4));
	return cr4 & CR4_LA57 ? 5 : 4;
}

unsigned int paging_high_bits(void)
{
	uint64_t cr3;

	asm volatile("movq %%cr3, %0" : "=r"(cr3));
	return (unsigned int)(load(memory_at(cr3 & 0x000ffffffffff000), 8) >> 52);
}

static uint64_t entry_for(const struct page_table *table)
{
	return (uintptr_t)table | PRESENT_WRITABLE;
}

void map_memory(void)
{
	uint64_t page = PRESENT_WRITABLE | PAGE_SIZE_FLAG;

	pml5.entry[0] = entry_for(&pml4);
	pml4.entry[0] = entry_for(&pdpt);
	for (unsigned int i = 0; i < GIB; i++) {
		pdpt.entry[i] = entry_for(&pd[i]);
		for (unsigned int j = 0; j < ENTRIES; j++, page += LARGE_PAGE)
			pd[i].entry[j] = page;
	}
	asm volatile("movq %0, %%cr3" : : "r"(paging_levels() == 5 ? &pml5 : &pml4) : "memory");
}
