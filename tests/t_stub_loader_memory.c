/* SPDX-License-Identifier: BSD-2-Clause */
/* Free memory after a boot loader has started the stub: stub/loader/loader.h */
#include "test.h"

#include "../stub/loader/loader.h"

#define MIB 0x100000ull
#define RANGES_MAX 8

/* The memory map of a machine with 1 GiB, all of it free */
static struct bzb_boot_params params;
static struct loader_memory memory;

static void add_entry(uint64_t addr, uint64_t size, uint32_t type)
{
	params.e820_table[params.e820_entries++] = (struct bzb_e820_entry){
		bzb_st64(addr),
		bzb_st64(size),
		bzb_st32(type),
	};
}

static void empty_machine(void)
{
	memset(&params, 0, sizeof(params));
	memory = (struct loader_memory){
		.params = &params,
		.cmdline = "",
		.limit = UINT64_MAX,
	};
}

static void plain_machine(void)
{
	empty_machine();
	add_entry(0, 0x9f000, BZB_E820_RAM);
	add_entry(0xf0000, 0x10000, BZB_E820_RESERVED);
	add_entry(MIB, 1023 * MIB, BZB_E820_RAM);
}

/* @expected: ends with size 0 */
static void check_free(const struct bzb_range *expected)
{
	struct bzb_range range;
	uint64_t position = 0;
	size_t n = 0;

	while (loader_next_free(&memory, &position, &range)) {
		CHECK_EQ(expected[n].addr, range.addr);
		CHECK_EQ(expected[n].size, range.size);
		n++;
	}
	CHECK_EQ(0, expected[n].size);
}

#define CHECK_FREE(...) check_free((const struct bzb_range[RANGES_MAX]){ __VA_ARGS__ })

static void ram_is_free(void)
{
	plain_machine();
	CHECK_FREE({ 0, 0x9f000 }, { MIB, 1023 * MIB });
}

static void claims_are_not(void)
{
	plain_machine();
	memory.image = (struct bzb_range){ 0xfe000, 12 * MIB };
	memory.cmdline = "memmap=64M$128M mem=1G";
	bzb_boot_params_set_cmdline(&params, 0x20000);
	bzb_boot_params_set_initrd(&params, 900 * MIB, 124 * MIB);
	CHECK_FREE({ 0, 0x20000 }, { 0x20800, 0x9f000 - 0x20800 },
		   { 0xfe000 + 12 * MIB, 116 * MIB - 0xfe000 }, { 192 * MIB, 708 * MIB });
}

static void claims_may_touch_and_overlap(void)
{
	plain_machine();
	memory.image = (struct bzb_range){ 16 * MIB, 16 * MIB };
	memory.cmdline = "memmap=8M$28M,4M$36M";
	bzb_boot_params_set_initrd(&params, 40 * MIB, MIB);
	CHECK_FREE({ 0, 0x9f000 }, { MIB, 15 * MIB }, { 41 * MIB, 983 * MIB });
}

static void neighbours_are_one_range(void)
{
	empty_machine();
	add_entry(512 * MIB, 512 * MIB, BZB_E820_RAM);
	add_entry(MIB, 255 * MIB, BZB_E820_RAM);
	add_entry(200 * MIB, 312 * MIB, BZB_E820_RAM);
	CHECK_FREE({ MIB, 1023 * MIB });
}

static void another_type_wins(void)
{
	plain_machine();
	add_entry(512 * MIB, 4096, BZB_E820_ACPI);
	add_entry(512 * MIB + 4096, 0, BZB_E820_RESERVED);
	CHECK_FREE({ 0, 0x9f000 }, { MIB, 511 * MIB }, { 512 * MIB + 4096, 512 * MIB - 4096 });
}

static void the_limit_ends_it(void)
{
	plain_machine();
	memory.limit = 100 * MIB;
	CHECK_FREE({ 0, 0x9f000 }, { MIB, 99 * MIB });
	memory.limit = 0x1000;
	CHECK_FREE({ 0, 0x1000 });
}

static void without_a_map_it_is_the_bioss(void)
{
	empty_machine();
	params.screen_info.ext_mem_k = bzb_st16(64512);
	CHECK_FREE({ MIB, 63 * MIB });
	params.alt_mem_k = bzb_st32(1023 * 1024);
	CHECK_FREE({ MIB, 1023 * MIB });
}

static void a_range_may_end_where_addresses_do(void)
{
	empty_machine();
	add_entry(UINT64_MAX - MIB, UINT64_MAX, BZB_E820_RAM);
	CHECK_FREE({ UINT64_MAX - MIB, MIB });
}

/* Nodes lie in this program's memory, so their addresses are expected. */
static struct {
	struct bzb_setup_data head;
	struct bzb_e820_entry entries[2];
} extension;

static union {
	struct {
		struct bzb_setup_data head;
		struct bzb_setup_indirect indirect;
	};
	unsigned char page[4096];
} indirect;

static void the_map_goes_on_in_setup_data(void)
{
	plain_machine();
	extension.head = (struct bzb_setup_data){
		.type = bzb_st32(BZB_SETUP_E820_EXT),
		.len = bzb_st32(sizeof(extension.entries)),
	};
	extension.entries[0] = (struct bzb_e820_entry){ bzb_st64(4096 * MIB), bzb_st64(1024 * MIB),
							bzb_st32(BZB_E820_RAM) };
	extension.entries[1] = (struct bzb_e820_entry){ bzb_st64(64 * MIB), bzb_st64(MIB),
							bzb_st32(BZB_E820_RESERVED) };
	params.hdr.setup_data = bzb_st64((uintptr_t)&extension);
	CHECK_FREE({ 0, 0x9f000 }, { MIB, 63 * MIB }, { 65 * MIB, 959 * MIB },
		   { 4096 * MIB, 1024 * MIB });
}

static void nodes_are_claimed_and_what_they_point_to(void)
{
	uint64_t addr = (uintptr_t)&indirect;

	empty_machine();
	add_entry(512 * MIB, MIB, BZB_E820_RAM);
	add_entry(addr, sizeof(indirect), BZB_E820_RAM);
	indirect.head = (struct bzb_setup_data){
		.type = bzb_st32((uint32_t)BZB_SETUP_INDIRECT),
		.len = bzb_st32(sizeof(indirect.indirect)),
	};
	indirect.indirect = (struct bzb_setup_indirect){
		.addr = bzb_st64(512 * MIB),
		.len = bzb_st64(4096),
	};
	params.hdr.setup_data = bzb_st64(addr);
	CHECK_FREE({ 512 * MIB + 4096, MIB - 4096 }, { addr + 40, sizeof(indirect) - 40 });
}

static void a_list_in_a_circle_ends(void)
{
	plain_machine();
	indirect.head = (struct bzb_setup_data){ .next = bzb_st64((uintptr_t)&indirect) };
	params.hdr.setup_data = bzb_st64((uintptr_t)&indirect);
	CHECK_FREE({ 0, 0x9f000 }, { MIB, 1023 * MIB });
}

/* --- at random --- */

/* Longer than the structure: the distance between descriptors is memdesc_size. */
static union {
	struct bzb_efi_descriptor d;
	unsigned char room[48];
} efi_map[RANGES_MAX];

static void add_descriptor(uint64_t addr, uint64_t size, uint32_t type, uint64_t attributes)
{
	size_t count = bzb_ld32(params.efi_info.memmap_size) / sizeof(efi_map[0]);

	efi_map[count].d = (struct bzb_efi_descriptor){
		.type = bzb_st32(type),
		.start = bzb_st64(addr),
		.pages = bzb_st64(size / 4096),
		.attributes = bzb_st64(attributes),
	};
	params.efi_info.memmap_size = bzb_st32((uint32_t)((count + 1) * sizeof(efi_map[0])));
}

/* The plain machine, started by EFI */
static void efi_machine(const char *signature)
{
	uint64_t addr = (uintptr_t)efi_map;

	plain_machine();
	memory.at_random = true;
	memcpy(params.efi_info.loader_signature, signature, 4);
	params.efi_info.memdesc_size = bzb_st32(sizeof(efi_map[0]));
	params.efi_info.memmap = bzb_st32((uint32_t)addr);
	params.efi_info.memmap_hi = bzb_st32((uint32_t)(addr >> 32));
}

static void at_random_efis_map_counts(void)
{
	static const char *const signatures[] = { "EL64", "EL32" };

	for (size_t i = 0; i < ARRAY_SIZE(signatures); i++) {
		efi_machine(signatures[i]);
		add_descriptor(0, 0x9f000, 7, 0xf);
		add_descriptor(MIB, 99 * MIB, 3, 0xf);
		add_descriptor(100 * MIB, 100 * MIB, 7, 0xf);
		add_descriptor(200 * MIB, 100 * MIB, 4, 0xf);
		add_descriptor(300 * MIB, 100 * MIB, 7, BZB_EFI_SPECIFIC_PURPOSE);
		CHECK_FREE({ 0, 0x9f000 }, { 100 * MIB, 100 * MIB });
		memory.nosoftreserve = true;
		CHECK_FREE({ 0, 0x9f000 }, { 100 * MIB, 100 * MIB }, { 300 * MIB, 100 * MIB });
		bzb_boot_params_set_initrd(&params, 150 * MIB, MIB);
		CHECK_FREE({ 0, 0x9f000 }, { 100 * MIB, 50 * MIB }, { 151 * MIB, 49 * MIB },
			   { 300 * MIB, 100 * MIB });
		memory.at_random = false;
		CHECK_FREE({ 0, 0x9f000 }, { MIB, 149 * MIB }, { 151 * MIB, 873 * MIB });
	}
}

static void another_signature_is_none(void)
{
	efi_machine("EL6");
	add_descriptor(100 * MIB, 100 * MIB, 7, 0xf);
	CHECK_FREE({ 0, 0x9f000 }, { MIB, 1023 * MIB });
}

static void at_random_reliable_memory_is_better(void)
{
	efi_machine("EL64");
	add_descriptor(100 * MIB, 100 * MIB, 7, 0xf);
	add_descriptor(200 * MIB, 100 * MIB, 7, 0xf | BZB_EFI_MORE_RELIABLE);
	CHECK_FREE({ 200 * MIB, 100 * MIB });
}

/* After kexec the map has only entries of runtime services. */
static void after_kexec_no_place_is_random(void)
{
	efi_machine("EL64");
	CHECK_FREE({ 0, 0 });
	add_descriptor(100 * MIB, 100 * MIB, 6, 0xf);
	CHECK_FREE({ 0, 0 });
}

/* An invalid map is not read; one that ends inside a descriptor is read up to that. */
static void efis_map_may_be_of_any_size(void)
{
	static const uint32_t too_small[] = { 0, 1, 39 };

	for (size_t i = 0; i < ARRAY_SIZE(too_small); i++) {
		efi_machine("EL64");
		add_descriptor(100 * MIB, 100 * MIB, 7, 0xf);
		params.efi_info.memdesc_size = bzb_st32(too_small[i]);
		CHECK_EQ(0, loader_efi_map(&params).size);
		CHECK_FREE({ 0, 0 });
	}
	for (uint32_t more = 1; more < sizeof(efi_map[0]); more++) {
		efi_machine("EL64");
		add_descriptor(100 * MIB, 100 * MIB, 7, 0xf);
		add_descriptor(300 * MIB, 100 * MIB, 7, 0xf);
		params.efi_info.memmap_size = bzb_st32((uint32_t)sizeof(efi_map[0]) + more);
		CHECK_FREE({ 100 * MIB, 100 * MIB });
	}
	efi_machine("EL64");
	add_descriptor(100 * MIB, 100 * MIB, 7, 0xf);
	params.efi_info.memdesc_size = bzb_st32(UINT32_MAX);
	CHECK_FREE({ 0, 0 });
}

static void efis_map_is_claimed(void)
{
	uint64_t addr = (uintptr_t)efi_map;

	efi_machine("EL64");
	memory.at_random = false;
	params.e820_entries = 0;
	add_entry(addr, sizeof(efi_map), BZB_E820_RAM);
	add_descriptor(0, MIB, 6, 0xf);
	CHECK_FREE({ addr + sizeof(efi_map[0]), sizeof(efi_map) - sizeof(efi_map[0]) });
}

static struct bzb_setup_range scratch[2];

static struct {
	struct bzb_setup_data head;
	struct bzb_setup_kho kho;
} kho;

static void add_kho(size_t areas)
{
	kho.head = (struct bzb_setup_data){
		.type = bzb_st32(BZB_SETUP_KEXEC_KHO),
		.len = bzb_st32(sizeof(kho.kho)),
	};
	kho.kho = (struct bzb_setup_kho){
		.tree = { bzb_st64(500 * MIB), bzb_st64(4096) },
		.scratch = { bzb_st64((uintptr_t)scratch), bzb_st64(areas * sizeof(scratch[0])) },
	};
	scratch[0] = (struct bzb_setup_range){ bzb_st64(64 * MIB), bzb_st64(8 * MIB) };
	scratch[1] = (struct bzb_setup_range){ bzb_st64(496 * MIB), bzb_st64(8 * MIB) };
	params.hdr.setup_data = bzb_st64((uintptr_t)&kho);
}

/* Only they are used, without the memory in them that is handed over. */
static void at_random_scratch_areas_count(void)
{
	efi_machine("EL64");
	add_descriptor(100 * MIB, 100 * MIB, 7, 0xf);
	add_kho(2);
	CHECK_FREE({ 64 * MIB, 8 * MIB }, { 496 * MIB, 4 * MIB },
		   { 500 * MIB + 4096, 4 * MIB - 4096 });
	add_kho(1);
	CHECK_FREE({ 64 * MIB, 8 * MIB });
	add_kho(0);
	CHECK_FREE({ 100 * MIB, 100 * MIB });
	memory.at_random = false;
	CHECK_FREE({ 0, 0x9f000 }, { MIB, 499 * MIB }, { 500 * MIB + 4096, 524 * MIB - 4096 });
}

static void the_array_of_scratch_areas_is_claimed(void)
{
	uint64_t addr = (uintptr_t)scratch;

	empty_machine();
	add_entry(addr, sizeof(scratch) + 64, BZB_E820_RAM);
	add_kho(2);
	CHECK_FREE({ addr + sizeof(scratch), 64 });
}

static void the_buffer_of_ima_is_claimed(void)
{
	static struct {
		struct bzb_setup_data head;
		struct bzb_setup_range buffer;
	} ima;

	plain_machine();
	ima.head = (struct bzb_setup_data){
		.type = bzb_st32(BZB_SETUP_IMA),
		.len = bzb_st32(sizeof(ima.buffer)),
	};
	ima.buffer = (struct bzb_setup_range){ bzb_st64(512 * MIB), bzb_st64(MIB) };
	params.hdr.setup_data = bzb_st64((uintptr_t)&ima);
	CHECK_FREE({ 0, 0x9f000 }, { MIB, 511 * MIB }, { 513 * MIB, 511 * MIB });
	ima.head.len = bzb_st32(8);
	CHECK_FREE({ 0, 0x9f000 }, { MIB, 1023 * MIB });
}

static const struct test tests[] = {
	{ "RAM is free", ram_is_free },
	{ "claimed memory is not free", claims_are_not },
	{ "claims may touch and overlap", claims_may_touch_and_overlap },
	{ "neighbours in the map are one range, in any order", neighbours_are_one_range },
	{ "overlaps of RAM with other types are not RAM", another_type_wins },
	{ "memory ends at the limit", the_limit_ends_it },
	{ "without a map, memory is taken from the BIOS's numbers", without_a_map_it_is_the_bioss },
	{ "a range that would wrap ends at the last address", a_range_may_end_where_addresses_do },
	{ "the map continues in setup_data", the_map_goes_on_in_setup_data },
	{ "nodes are claimed, and memory that they point to",
	  nodes_are_claimed_and_what_they_point_to },
	{ "a circular list ends", a_list_in_a_circle_ends },
	{ "at random, EFI's map is used, not e820", at_random_efis_map_counts },
	{ "another signature than EFI's counts as none", another_signature_is_none },
	{ "at random, reliable memory is the only kind if there is any",
	  at_random_reliable_memory_is_better },
	{ "after kexec on EFI, no place is random", after_kexec_no_place_is_random },
	{ "EFI's map may be of any size", efis_map_may_be_of_any_size },
	{ "EFI's map is claimed", efis_map_is_claimed },
	{ "at random, only scratch areas of a kexec handover are used",
	  at_random_scratch_areas_count },
	{ "the array of scratch areas is claimed", the_array_of_scratch_areas_is_claimed },
	{ "the buffer of IMA is claimed", the_buffer_of_ima_is_claimed },
};

int main(void)
{
	return RUN_TESTS(tests);
}
