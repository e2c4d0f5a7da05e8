/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Free memory after a boot loader has started the stub, compared with a map that is made in another
 * way: from all addresses at which anything begins or ends, and the ranges between them.
 *
 * The input is a list of records: a kind, and its fields.
 */
#include "fuzz.h"

#include "../stub/loader/loader.h"

/* The address of setup_data, fixed so that an input always has the same meaning */
#define ARENA_ADDRESS ((uintptr_t)0x10000000)
#define ARENA_SIZE ((size_t)0x2000)

#define ENTRIES_MAX 24u
#define NODES_MAX 8u
#define RANGES_MAX 96u
#define DESCRIPTORS_MAX 8u
#define DESCRIPTOR_SIZE_MAX 64u
#define CMDLINE_SIZE 64u

struct machine {
	struct bzb_boot_params params;
	struct loader_memory memory;
	char cmdline[CMDLINE_SIZE];
	struct bzb_range ram[RANGES_MAX], claims[RANGES_MAX];
	size_t ram_count, claim_count;
	/* of a firmware that has ended */
	struct bzb_efi_descriptor descriptors[DESCRIPTORS_MAX];
	size_t descriptor_count;
	bool by_efi, has_scratch;
};

static unsigned char efi_map[(DESCRIPTORS_MAX + 1) * DESCRIPTOR_SIZE_MAX];

/* --- reading the input ---------------------------------------------------------- */

static uint64_t take(struct bzb_span *input, size_t bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < bytes && input->size; i++, input->size--)
		value |= (uint64_t)*input->data++ << 8 * i;
	return value;
}

/* Any 16-bit number, shifted anywhere in 64 bits, or one less */
static uint64_t take_address(struct bzb_span *input)
{
	uint64_t value = take(input, 2), how = take(input, 1);

	return (value << how % 64) - (how >> 6 & 1);
}

static struct bzb_range take_range(struct bzb_span *input)
{
	uint64_t addr = take_address(input);

	return (struct bzb_range){ addr, take_address(input) };
}

/* --- the machine ---------------------------------------------------------------- */

static void add(struct bzb_range *ranges, size_t *count, struct bzb_range range)
{
	PROMISE(*count < RANGES_MAX);
	ranges[(*count)++] = range;
}

static void add_claim(struct machine *machine, struct bzb_range range)
{
	add(machine->claims, &machine->claim_count, range);
}

static struct bzb_e820_entry take_entry(struct machine *machine, struct bzb_span *input)
{
	struct bzb_range range = take_range(input);
	uint32_t type = (uint32_t)take(input, 1) % 8;

	if (type == BZB_E820_RAM)
		add(machine->ram, &machine->ram_count, range);
	else
		add_claim(machine, range);
	return (struct bzb_e820_entry){
		bzb_st64(range.addr),
		bzb_st64(range.size),
		bzb_st32(type),
	};
}

static void take_entries(struct machine *machine, struct bzb_span *input)
{
	if (machine->params.e820_entries < ENTRIES_MAX)
		machine->params.e820_table[machine->params.e820_entries++] =
			take_entry(machine, input);
}

static void take_initrd(struct machine *machine, struct bzb_span *input)
{
	struct bzb_range range = take_range(input);

	bzb_boot_params_set_initrd(&machine->params, range.addr, range.size);
}

static void take_cmdline_address(struct machine *machine, struct bzb_span *input)
{
	bzb_boot_params_set_cmdline(&machine->params, take_address(input));
}

static void take_image(struct machine *machine, struct bzb_span *input)
{
	machine->memory.image = take_range(input);
}

static void take_limit(struct machine *machine, struct bzb_span *input)
{
	machine->memory.limit = take_address(input);
}

static void take_cmdline(struct machine *machine, struct bzb_span *input)
{
	size_t size = take(input, 1) % CMDLINE_SIZE;

	for (size_t i = 0; i < size; i++)
		machine->cmdline[i] = (char)take(input, 1);
	machine->cmdline[size] = '\0';
}

static void take_bios_memory(struct machine *machine, struct bzb_span *input)
{
	machine->params.alt_mem_k = bzb_st32((uint32_t)take_address(input));
	machine->params.screen_info.ext_mem_k = bzb_st16((uint16_t)take(input, 2));
}

/* The firmware's map, from which a random place is chosen */
static void take_efi_map(struct machine *machine, struct bzb_span *input)
{
	size_t count = take(input, 1) % DESCRIPTORS_MAX, size = take(input, 1);
	unsigned char *map = efi_map;

	size = size % (DESCRIPTOR_SIZE_MAX - 32) + 33;
	for (size_t i = 0; i < count; i++) {
		struct bzb_efi_descriptor d = {
			.type = bzb_st32(BZB_EFI_CONVENTIONAL_MEMORY + (take(input, 1) & 1)),
			.start = bzb_st64(take_address(input)),
			.pages = bzb_st64(take_address(input)),
			.attributes = bzb_st64(take(input, 3)),
		};

		memcpy(map + i * size, &d, size < sizeof(d) ? size : sizeof(d));
		machine->descriptors[i] = d;
	}
	machine->descriptor_count = size < sizeof(struct bzb_efi_descriptor) ? 0 : count;
	machine->by_efi = true;
	machine->memory.nosoftreserve = take(input, 1) & 1;
	bzb_boot_params_set_efi(&machine->params, 0,
				&(struct bzb_efi_map){
					.addr = (uintptr_t)map,
					.size = (uint32_t)(count * size + take(input, 1) % size),
					.descriptor_size = (uint32_t)size,
				});
}

static void (*const takers[])(struct machine *machine, struct bzb_span *input) = {
	take_entries, take_initrd,  take_cmdline_address, take_image,
	take_limit,   take_cmdline, take_bios_memory,	  take_efi_map,
};

#define TAKERS (sizeof(takers) / sizeof(takers[0]))

/* --- setup_data ----------------------------------------------------------------- */

/* Ranges claimed by the data of a node, if it is long enough */
static void claim_data(struct machine *machine, uint32_t type, struct bzb_span data)
{
	struct bzb_setup_indirect indirect;
	struct bzb_setup_range range;
	size_t count = type == BZB_SETUP_IMA ? 1 : type == BZB_SETUP_KEXEC_KHO ? 2 : 0;

	if (type == (uint32_t)BZB_SETUP_INDIRECT && data.size >= sizeof(indirect)) {
		memcpy(&indirect, data.data, sizeof(indirect));
		add_claim(machine,
			  (struct bzb_range){ bzb_ld64(indirect.addr), bzb_ld64(indirect.len) });
	}
	if (data.size < count * sizeof(range))
		return;
	for (size_t i = 0; i < count; i++) {
		memcpy(&range, data.data + i * sizeof(range), sizeof(range));
		add_claim(machine,
			  (struct bzb_range){ bzb_ld64(range.addr), bzb_ld64(range.size) });
	}
}

static size_t fill_map_extension(struct machine *machine, unsigned char *to, struct bzb_span *input)
{
	size_t count = take(input, 1) % 4, odd = take(input, 1) % 20;

	for (size_t i = 0; i < count; i++) {
		struct bzb_e820_entry entry = take_entry(machine, input);

		memcpy(to + i * sizeof(entry), &entry, sizeof(entry));
	}
	return count * sizeof(struct bzb_e820_entry) + odd;
}

/* Up to two ranges, as in SETUP_IMA, SETUP_KEXEC_KHO and SETUP_INDIRECT, maybe truncated */
static size_t fill_ranges(unsigned char *to, struct bzb_span *input)
{
	for (size_t i = 0; i < 4; i++) {
		bzb_le64 number = bzb_st64(take_address(input));

		memcpy(to + i * sizeof(number), &number, sizeof(number));
	}
	return take(input, 1) % 33;
}

/* A node whose data ends at the end of the arena's page or before it */
static void take_node(struct machine *machine, unsigned char *arena, unsigned int index,
		      struct bzb_span *input)
{
	static const uint32_t types[] = {
		BZB_SETUP_E820_EXT,	      BZB_SETUP_IMA, BZB_SETUP_KEXEC_KHO,
		(uint32_t)BZB_SETUP_INDIRECT, BZB_SETUP_PCI,
	};
	struct bzb_setup_data *node = (void *)(arena + index * (ARENA_SIZE / NODES_MAX));
	unsigned char *data = (unsigned char *)(node + 1);
	uint32_t type = types[take(input, 1) % 5];
	size_t size = type == BZB_SETUP_E820_EXT ? fill_map_extension(machine, data, input) :
						   fill_ranges(data, input);

	bzb_boot_params_add_data(&machine->params, node, (uintptr_t)node, type, (uint32_t)size);
	machine->has_scratch |= type == BZB_SETUP_KEXEC_KHO;
	add_claim(machine, (struct bzb_range){ (uintptr_t)node, sizeof(*node) + size });
	claim_data(machine, type, (struct bzb_span){ data, size });
}

/* --- claims outside the list ----------------------------------------------------- */

static void add_other_claims(struct machine *machine)
{
	const struct bzb_boot_params *params = &machine->params;
	struct bzb_memory_range initrd = bzb_boot_params_initrd(params);
	uint64_t cmdline = bzb_boot_params_cmdline(params);
	struct bzb_range range;
	size_t position = 0;

	add_claim(machine, machine->memory.image);
	if (bzb_ld32(params->efi_info.memdesc_size) >= sizeof(struct bzb_efi_descriptor))
		add_claim(machine, (struct bzb_range){ (uintptr_t)efi_map,
						       bzb_ld32(params->efi_info.memmap_size) });
	add_claim(machine, (struct bzb_range){ (uintptr_t)params, sizeof(*params) });
	add_claim(machine, (struct bzb_range){ cmdline, cmdline ? BZB_CMDLINE_MAX + 1 : 0 });
	add_claim(machine, (struct bzb_range){ initrd.addr, initrd.size });
	while (options_next_reserved(machine->cmdline, &position, &range))
		add_claim(machine, range);
}

static void add_bios_memory(struct machine *machine)
{
	uint64_t kib = bzb_ld32(machine->params.alt_mem_k);

	if (bzb_ld16(machine->params.screen_info.ext_mem_k) > kib)
		kib = bzb_ld16(machine->params.screen_info.ext_mem_k);
	if (!machine->params.e820_entries)
		add(machine->ram, &machine->ram_count, (struct bzb_range){ 0x100000, kib << 10 });
}

/* The random place of Linux's own code; scratch areas would have to be mapped. */
static void go_by_efi(struct machine *machine)
{
	uint64_t avoid = machine->memory.nosoftreserve ? 0 : BZB_EFI_SPECIFIC_PURPOSE, want = 0;

	if (!machine->by_efi || machine->has_scratch)
		return;
	machine->memory.at_random = true;
	machine->ram_count = 0;
	for (size_t i = 0; i < machine->descriptor_count; i++)
		want |= bzb_ld64(machine->descriptors[i].attributes) & BZB_EFI_MORE_RELIABLE;
	for (size_t i = 0; i < machine->descriptor_count; i++) {
		const struct bzb_efi_descriptor *d = &machine->descriptors[i];
		uint64_t attributes = bzb_ld64(d->attributes);

		if (bzb_ld32(d->type) == BZB_EFI_CONVENTIONAL_MEMORY && !(attributes & avoid) &&
		    (attributes & want) == want)
			add(machine->ram, &machine->ram_count,
			    (struct bzb_range){ bzb_ld64(d->start),
						bzb_ld64(d->pages) * BZB_EFI_PAGE_SIZE });
	}
}

/* --- comparison ------------------------------------------------------------------ */

/* Addresses end at 2^64 - 1, which is in no range. */
static uint64_t end_of(struct bzb_range range)
{
	return range.size > UINT64_MAX - range.addr ? UINT64_MAX : range.addr + range.size;
}

static bool is_in(const struct bzb_range *ranges, size_t count, uint64_t at)
{
	for (size_t i = 0; i < count; i++)
		if (at >= ranges[i].addr && at < end_of(ranges[i]))
			return true;
	return false;
}

static bool is_free(const struct machine *machine, uint64_t at)
{
	return at < machine->memory.limit && is_in(machine->ram, machine->ram_count, at) &&
	       !is_in(machine->claims, machine->claim_count, at);
}

/* Memory changes between free and used only at the edges of ranges, so only these are checked. */
static void check_edges(const struct machine *machine, const struct bzb_range *found, size_t count,
			const struct bzb_range *edges, size_t edge_count)
{
	for (size_t i = 0; i < edge_count; i++) {
		const uint64_t at[] = { edges[i].addr, end_of(edges[i]), edges[i].addr - 1,
					end_of(edges[i]) - 1 };

		for (size_t k = 0; k < sizeof(at) / sizeof(at[0]); k++)
			if (at[k] != UINT64_MAX)
				PROMISE(is_free(machine, at[k]) == is_in(found, count, at[k]));
	}
}

static void check_free(const struct machine *machine)
{
	struct bzb_range found[2 * RANGES_MAX + 1];
	uint64_t position = 0, end = 0;
	size_t count = 0;

	while (loader_next_free(&machine->memory, &position, &found[count])) {
		PROMISE(found[count].size && found[count].addr >= end);
		PROMISE(found[count].size <= UINT64_MAX - found[count].addr);
		end = found[count].addr + found[count].size;
		PROMISE(position >= end && count < 2 * RANGES_MAX);
		count++;
	}
	check_edges(machine, found, count, found, count);
	check_edges(machine, found, count, machine->ram, machine->ram_count);
	check_edges(machine, found, count, machine->claims, machine->claim_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned char *arena;
	static struct machine machine;
	struct bzb_span input = { data, size };
	unsigned int nodes = 0;

	if (!arena)
		arena = map_at(ARENA_ADDRESS, ARENA_SIZE);
	memset(&machine, 0, sizeof(machine));
	machine.memory = (struct loader_memory){
		.params = &machine.params,
		.cmdline = machine.cmdline,
		.limit = UINT64_MAX,
	};
	while (input.size && machine.ram_count + machine.claim_count < RANGES_MAX / 2) {
		size_t kind = take(&input, 1) % (TAKERS + 1);

		if (kind < TAKERS)
			takers[kind](&machine, &input);
		else if (nodes < NODES_MAX)
			take_node(&machine, arena, nodes++, &input);
	}
	add_bios_memory(&machine);
	add_other_claims(&machine);
	go_by_efi(&machine);
	check_free(&machine);
	return 0;
}
