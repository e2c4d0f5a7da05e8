/* SPDX-License-Identifier: BSD-2-Clause */
/* The state of the processor at the entry of the image */
#include "loader.h"
#include "launch.h"
#include "../kernel/console.h"

#define MOVES_MAX 4
#define MAP_GIB_MAX 16
#define ENTRY64_OFFSET 0x200
#define LARGE_PAGE 0x200000u
#define ENTRIES (PAGE / 8)
#define PRESENT_WRITABLE 3
#define PAGE_SIZE_FLAG 0x80

/* Intel 82093AA, 3.2; 8254: channel 0, both bytes, mode 0 */
#define IO_APIC 0xfec00000
#define IO_APIC_REDIRECTION 0x10
#define IO_APIC_NMI (4 << 8)
#define TIMER 0x40
#define TIMER_MODE 0x43
#define TIMER_ONCE 0x30

#define DESCRIPTOR_CODE32 0x00cf9b000000ffff
#define DESCRIPTOR_CODE64 0x00af9b000000ffff
#define DESCRIPTOR_DATA 0x00cf93000000ffff

struct page_table {
	uint64_t entry[ENTRIES];
};

/* A page for the GDT, then page tables from the top level down. */
struct tables {
	uint64_t gdt[ENTRIES];
	struct page_table pml5, pml4, pdpt, pd[MAP_GIB_MAX];
};
_Static_assert(sizeof(struct tables) == TABLES_SIZE, "tables");

struct move {
	uint64_t to, from, size;
} __attribute__((packed));

static struct tables own_tables __attribute__((aligned(PAGE)));
static struct tables moving_tables __attribute__((aligned(PAGE)));
struct launch launch_state;
static struct move moves[MOVES_MAX + 1]; /* size 0 ends them */
static unsigned int move_count;

void put(uint64_t to, const void *from, uint32_t size)
{
	if (!(to >> 32)) {
		memmove(at_address(to), from, size);
		return;
	}
	if (move_count == MOVES_MAX)
		refuse("too much data above 4 GiB", NULL);
	moves[move_count++] = (struct move){ to, (uintptr_t)from, size };
}

static void set_entry(struct page_table *table, unsigned int index, const void *next)
{
	table->entry[index] = (uintptr_t)next | PRESENT_WRITABLE;
}

/* Maps the first @gib GiB to themselves; returns the value for CR3. */
static uint32_t map(struct tables *tables, unsigned int gib, bool five_levels)
{
	uint64_t page = PRESENT_WRITABLE | PAGE_SIZE_FLAG;

	memset(&tables->pml5, 0, sizeof(*tables) - offsetof(struct tables, pml5));
	set_entry(&tables->pml5, 0, &tables->pml4);
	set_entry(&tables->pml4, 0, &tables->pdpt);
	for (unsigned int i = 0; i < gib; i++) {
		set_entry(&tables->pdpt, i, &tables->pd[i]);
		for (unsigned int j = 0; j < ENTRIES; j++, page += LARGE_PAGE)
			tables->pd[i].entry[j] = page;
	}
	return (uintptr_t)(five_levels ? &tables->pml5 : &tables->pml4);
}

static unsigned int gib_of_all(void)
{
	uint64_t gib = (e820_end() + (1u << 30) - 1) >> 30;

	if (gib > MAP_GIB_MAX)
		refuse("more memory than this loader has page tables for", NULL);
	return gib < 4 ? 4 : (unsigned int)gib;
}

static unsigned int gib_to_map(const struct options *options)
{
	switch (options->map) {
	case MAP_1G:
		return 1;
	case MAP_4G:
		return 4;
	default:
		return gib_of_all();
	}
}

/* The boot protocol requires at least these to be mapped. */
static void check_mapped(const struct plan *plan, unsigned int gib)
{
	const struct range *ranges[] = { &plan->kernel, &plan->params, &plan->cmdline };

	for (unsigned int i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (range_end(ranges[i]) > (uint64_t)gib << 30)
			refuse("would not be mapped", &ranges[i]->start);
}

static void set_gdt(struct tables *tables, const struct options *options)
{
	unsigned int first = options->shifted ? 1 : 2;

	memset(tables->gdt, 0, sizeof(tables->gdt));
	tables->gdt[first] = options->entry == 64 ? DESCRIPTOR_CODE64 : DESCRIPTOR_CODE32;
	tables->gdt[first + 1] = DESCRIPTOR_DATA;
	launch_state.cs = (uint16_t)(first * 8);
	launch_state.ds = (uint16_t)(first * 8 + 8);
	launch_state.gdt_limit = (uint16_t)(first * 8 + 15);
	launch_state.gdt = (uintptr_t)tables->gdt;
}

/* If SSE is off, it is not only disabled but also traps. */
static void set_control(const struct options *options)
{
	launch_state.cr0 = options->sse ? CR0_MP : CR0_EM | CR0_TS;
	launch_state.cr4 = low32(options->cr4) | (options->sse ? CR4_OSFXSR | CR4_OSXMMEXCPT : 0);
	if (options->junk)
		launch_state.cr0 |= CR0_WP;
	if (options->entry == 64)
		launch_state.cr4 |= CR4_PAE | (options->la57 ? CR4_LA57 : 0);
}

static void cpuid(uint32_t leaf, uint32_t *eax, uint32_t *ecx, uint32_t *edx)
{
	uint32_t ebx;

	*eax = leaf;
	*ecx = 0;
	__asm__ volatile("cpuid" : "+a"(*eax), "=b"(ebx), "+c"(*ecx), "=d"(*edx));
}

static void check_processor(const struct options *options)
{
	uint32_t eax, ecx, edx;

	cpuid(0x80000000, &eax, &ecx, &edx);
	if (eax >= 0x80000001)
		cpuid(0x80000001, &eax, &ecx, &edx);
	else
		edx = 0;
	if (!(edx & CPUID_LONG_MODE))
		refuse("entry=64 on a processor without 64-bit mode", NULL);
	if (!options->la57)
		return;
	cpuid(0, &eax, &ecx, &edx);
	if (eax >= 7)
		cpuid(7, &eax, &ecx, &edx);
	if (!(ecx & CPUID_LA57))
		refuse("la57=1 on a processor without five levels", NULL);
}

/*
 * A non-maskable interrupt, once, when the timer has counted down: by the I/O APIC, like Linux's
 * old watchdog. ISA's interrupt 0 is the APIC's 2.
 */
static void arm_nmi(uint32_t ticks)
{
	volatile uint32_t *index = at_address(IO_APIC), *data = at_address(IO_APIC + 0x10);

	*index = IO_APIC_REDIRECTION + 2 * 2;
	*data = IO_APIC_NMI;
	*index = IO_APIC_REDIRECTION + 2 * 2 + 1;
	*data = 0; /* to the boot processor */
	outb(TIMER_MODE, TIMER_ONCE);
	outb(TIMER, (uint8_t)ticks);
	outb(TIMER, (uint8_t)(ticks >> 8));
}

_Noreturn void launch(const struct plan *plan)
{
	const struct options *options = &plan->options;
	struct tables *tables = options->tables ? at_address(options->tables) : &own_tables;

	launch_state.entry = plan->kernel.start;
	launch_state.far_offset = low32(plan->kernel.start);
	launch_state.params = plan->params.start;
	launch_state.moves = (uintptr_t)moves;
	launch_state.junk = options->junk ? 0xbad0bad1 : 0; /* not a canonical address */
	launch_state.flags = options->junk ? FLAGS_JUNK : FLAGS_NONE;
	set_gdt(tables, options);
	set_control(options);
	launch_state.sev = low32(options->sev);
	if (options->nmi)
		arm_nmi(low32(options->nmi));
	if (options->entry == 32) {
		if (move_count || options->la57)
			refuse("the 32-bit entry supports neither la57 nor more than 4 GiB", NULL);
		launch_32();
	}
	check_processor(options);
	check_mapped(plan, gib_to_map(options));
	launch_state.entry += ENTRY64_OFFSET;
	launch_state.far_offset = (uintptr_t)long_mode;
	launch_state.cr3 = map(tables, gib_to_map(options), options->la57);
	launch_state.cr3_moving = map(&moving_tables, gib_of_all(), options->la57);
	launch_64();
}
