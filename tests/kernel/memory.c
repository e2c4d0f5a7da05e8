/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot_params.h"
#include "console.h"
#include "given.h"
#include "memory.h"

#define E820_TABLE_MAX 128
#define E820_ENTRY_SIZE 20
#define SETUP_E820_EXT 1
#define SETUP_DATA_HEAD 16	/* u64 next, u32 type, u32 length */
#define EFI_PAGE_SIZE 4096

#define SOFT_RESERVED 0xefffffffu
enum { RAM = 1, RESERVED = 2, ACPI = 3, NVS = 4, UNUSABLE = 5, PMEM = 7 };
enum { EFI_UNACCEPTED = 15 };
#define EFI_SPECIFIC_PURPOSE 0x40000u
#define UNACCEPTED_UNIT 0x200000ull

struct range {
	uint64_t start, size;
	uint64_t type;
};

static struct range e820[512];
static unsigned int e820_count;

static struct range places[16];
static unsigned int place_count;

static uint64_t end_of(const struct range *range)
{
	return range->start + range->size;
}

static bool overlap(const struct range *a, const struct range *b)
{
	return a->start < end_of(b) && b->start < end_of(a);
}

static const char *add_e820(const unsigned char *entry, uint64_t count)
{
	for (; count; count--, entry += E820_ENTRY_SIZE) {
		if (e820_count == sizeof(e820) / sizeof(e820[0]))
			return "too many e820 entries for this kernel";
		e820[e820_count++] =
			(struct range){ load(entry, 8), load(entry + 8, 8), load(entry + 16, 4) };
	}
	return NULL;
}

/* The nodes themselves are places, too, whatever they contain. */
static const char *add_setup_data(uint64_t node)
{
	for (unsigned int nodes = 0; node; nodes++) {
		const unsigned char *at = memory_at(node);
		uint64_t length = load(at + 12, 4);
		const char *fault = NULL;

		if (nodes == 8)
			return "the setup_data list is endless";
		add_place("setup_data", node, SETUP_DATA_HEAD + length);
		note_given(at);
		if (load(at + 8, 4) == SETUP_E820_EXT)
			fault = add_e820(at + SETUP_DATA_HEAD, length / E820_ENTRY_SIZE);
		if (fault)
			return fault;
		node = load(at, 8);
	}
	return NULL;
}

static const char *check_e820_order(void)
{
	for (unsigned int i = 0; i < e820_count; i++) {
		if (!e820[i].size)
			return "an e820 entry has no size";
		if (end_of(&e820[i]) < e820[i].start)
			return "an e820 entry goes beyond the end of all memory";
		if (i && e820[i].start < e820[i - 1].start)
			return "e820 entries do not ascend";
		if (i && e820[i].start < end_of(&e820[i - 1]))
			return "e820 entries overlap";
	}
	return NULL;
}

const char *read_e820(const unsigned char *bp)
{
	uint64_t count = load(bp + BP_E820_ENTRIES, 1);
	const char *fault;

	if (!count)
		return "no e820 entries";
	if (count > E820_TABLE_MAX)
		return "more e820 entries than boot_params can hold";
	fault = add_e820(bp + BP_E820_TABLE, count);
	if (!fault)
		fault = add_setup_data(load(bp + BP_SETUP_DATA, 8));
	report_number("e820_entries", e820_count);
	/* A loader need not sort its map; it must only arrive unchanged. */
	return fault || was_given() ? fault : check_e820_order();
}

unsigned int e820_size(void)
{
	return e820_count;
}

bool e820_is(unsigned int index, uint64_t start, uint64_t size, uint64_t type)
{
	return e820[index].start == start && e820[index].size == size && e820[index].type == type;
}

/* Bytes of one type from @start on */
static uint64_t sum_from(uint64_t start, uint64_t type)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < e820_count; i++)
		if (e820[i].type == type && e820[i].start >= start)
			sum += e820[i].size;
	return sum;
}

static uint64_t ram_from(uint64_t start)
{
	return sum_from(start, RAM);
}

void report_ram(void)
{
	report_number("ram_mib", ram_from(0) >> 20);
	report_number("ram_above_4g_mib", ram_from(1ull << 32) >> 20);
	report_number("soft_reserved_mib", sum_from(0, SOFT_RESERVED) >> 20);
}

bool touches_ram(uint64_t start, uint64_t size)
{
	struct range range = { start, size, 0 };

	for (unsigned int i = 0; i < e820_count; i++)
		if (e820[i].type == RAM && overlap(&e820[i], &range))
			return true;
	return false;
}

/*
 * True if e820 gives all of @range its type, and none of it another. Entries of one type ascend,
 * and may be adjacent.
 */
static bool covered(const struct range *range)
{
	uint64_t from = range->start;

	for (unsigned int i = 0; i < e820_count; i++)
		if (e820[i].type != range->type && overlap(&e820[i], range))
			return false;

	for (unsigned int i = 0; i < e820_count && from < end_of(range); i++)
		if (e820[i].type == range->type && e820[i].start <= from && from < end_of(&e820[i]))
			from = end_of(&e820[i]);
	return from >= end_of(range);
}

void add_place(const char *name, uint64_t start, uint64_t size)
{
	report_hex(name, start);
	if (place_count < sizeof(places) / sizeof(places[0]))
		places[place_count++] = (struct range){ start, size, RAM };
}

const char *check_places(void)
{
	for (unsigned int i = 0; i < place_count; i++) {
		if (!covered(&places[i]))
			return "something that was passed is not in RAM";
		for (unsigned int j = 0; j < i; j++)
			if (overlap(&places[i], &places[j]))
				return "things that were passed overlap";
	}
	return NULL;
}

/* UEFI 2.10, "Memory Type Usage after ExitBootServices()" */
static unsigned int e820_type_of(uint64_t efi_type)
{
	switch (efi_type) {
	case 1:
	case 2:
	case 3:
	case 4:
	case 7: /* loader, boot services, conventional */
		return RAM;
	case 8:
		return UNUSABLE;
	case 9:
		return ACPI;
	case 10:
		return NVS;
	case 14:
		return PMEM;
	default:
		return RESERVED;
	}
}

/* The range that e820 must have. Of unaccepted memory, it has the units that the bitmap covers. */
static struct range range_of(const unsigned char *descriptor)
{
	uint64_t type = load(descriptor, 4);
	struct range range = { load(descriptor + 8, 8), load(descriptor + 24, 8) * EFI_PAGE_SIZE,
			       e820_type_of(type) };
	uint64_t end = end_of(&range);

	if (type == EFI_UNACCEPTED) {
		range.start = (range.start + UNACCEPTED_UNIT - 1) & -UNACCEPTED_UNIT;
		range.size = (end & -UNACCEPTED_UNIT) - range.start;
		range.type = RAM;
	}
	/* With efi=nosoftreserve it is RAM; the report shows which. */
	if (load(descriptor + 32, 8) & EFI_SPECIFIC_PURPOSE && sum_from(0, SOFT_RESERVED))
		range.type = SOFT_RESERVED;
	return range;
}

static bool is_loader_memory(uint64_t efi_type)
{
	return efi_type == 1 || efi_type == 2;
}

const char *check_efi_map(const unsigned char *bp, uint64_t kernel, uint64_t kernel_size)
{
	const unsigned char *at = memory_at(load_halves(bp, BP_EFI_MEMMAP, BP_EFI_MEMMAP_HI));
	uint64_t size = load(bp + BP_EFI_MEMDESC_SIZE, 4);
	uint64_t left = load(bp + BP_EFI_MEMMAP_SIZE, 4);
	bool knows_kernel = false;
	uint64_t ram = 0;

	if (load(bp + BP_EFI_MEMDESC_VERSION, 4) != 1)
		return "the version of memory descriptors is not 1";
	if (size < 40 || size % 8)
		return "the size of memory descriptors is invalid";
	if (!left || left % size)
		return "the size of the memory map is not a multiple of the descriptors' size";
	for (; left; left -= size, at += size) {
		uint64_t efi_type = load(at, 4);
		struct range range = range_of(at);

		if (range.start % EFI_PAGE_SIZE || !range.size)
			return "a memory descriptor does not describe pages";
		if (!covered(&range))
			return "e820 and a memory descriptor have different types";
		if (range.type == RAM)
			ram += range.size;
		if (is_loader_memory(efi_type) && range.start <= kernel &&
		    kernel + kernel_size <= end_of(&range))
			knows_kernel = true;
	}
	if (ram != ram_from(0))
		return "e820 has RAM that is not in the memory map";
	return knows_kernel ? NULL : "the memory map does not include the kernel";
}
