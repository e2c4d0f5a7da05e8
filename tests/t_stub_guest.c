/* SPDX-License-Identifier: BSD-2-Clause */
/* Confidential guests, on simulated processors: stub/x86/guest.h, stub/loader/loader.h */
#include "test.h"

#include "../stub/loader/loader.h"

/* --- processors --- */

static struct {
	uint32_t highest, highest_extended; /* leaves */
	uint32_t sev_eax, sev_ebx;
	uint64_t status;
	char tdx[13]; /* EBX, EDX, ECX */
	unsigned int msrs_read;
} cpu;

static void fake_cpuid(uint32_t leaf, uint32_t regs[4])
{
	memset(regs, 0, 16);
	switch (leaf) {
	case 0:
		regs[0] = cpu.highest;
		break;
	case 0x21:
		memcpy(&regs[1], cpu.tdx, 4);
		memcpy(&regs[3], cpu.tdx + 4, 4);
		memcpy(&regs[2], cpu.tdx + 8, 4);
		break;
	case 0x80000000:
		regs[0] = cpu.highest_extended;
		break;
	case 0x8000001f:
		regs[0] = cpu.sev_eax;
		regs[1] = cpu.sev_ebx;
		break;
	default:
		FAIL("leaf %x must not be read", leaf);
	}
}

static uint64_t fake_msr(uint32_t msr)
{
	CHECK_EQ(0xc0010131, msr);
	CHECK(cpu.highest_extended >= 0x8000001f && cpu.sev_eax & 2);
	cpu.msrs_read++;
	return cpu.status;
}

static struct guest examine(void)
{
	static const struct guest_processor processor = { fake_cpuid, fake_msr };

	return guest_examine(&processor);
}

#define SEV_CPU 0x8000001f, 0x2

static const struct {
	const char *name;
	uint32_t highest_extended, sev_eax, sev_ebx;
	uint64_t status;
	uint64_t encryption;
	bool snp, no_io;
} processors[] = {
	{ "no such leaf", 0x80000008, 0xffffffff, 51, ~0ull, 0, false, false },
	{ "one leaf too few", 0x8000001e, 0xffffffff, 51, ~0ull, 0, false, false },
	{ "SME, no SEV", 0x8000001f, 0x1, 0x16f, ~0ull, 0, false, false },
	{ "a host that can do SNP", 0x80000021, 0x1b, 0x16f, 0, 0, false, false },
	{ "SEV, bit 47", SEV_CPU, 0x16f, 0x1, 1ull << 47, false, false },
	{ "SEV, bit 51", SEV_CPU, 0x80000033, 0x1, 1ull << 51, false, false },
	{ "SEV-ES", SEV_CPU, 51, 0x3, 1ull << 51, false, true },
	{ "SEV-SNP", SEV_CPU, 51, 0x7, 1ull << 51, true, true },
};

static void put_processor(size_t i)
{
	memset(&cpu, 0, sizeof(cpu));
	test_state.subject = processors[i].name;
	cpu.highest = 0x10;
	cpu.highest_extended = processors[i].highest_extended;
	cpu.sev_eax = processors[i].sev_eax;
	cpu.sev_ebx = processors[i].sev_ebx;
	cpu.status = processors[i].status;
}

static void finds_the_kind_of_guest(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(processors); i++) {
		struct guest guest;

		put_processor(i);
		guest = examine();
		CHECK_EQ(processors[i].encryption, guest.encryption);
		CHECK_EQ(processors[i].snp, guest_is_snp(&guest));
		CHECK_EQ(processors[i].no_io, guest.no_io);
	}
}

static void tdx_guests_do_no_io(void)
{
	memset(&cpu, 0, sizeof(cpu));
	cpu.highest = 0x21;
	memcpy(cpu.tdx, "IntelTDX    ", 12);
	CHECK(examine().no_io);
	CHECK_EQ(0, examine().encryption);
	cpu.highest = 0x20;
	CHECK(!examine().no_io);
	cpu.highest = 0x21;
	memcpy(cpu.tdx, "IntelTDX   x", 12);
	CHECK(!examine().no_io);
	memcpy(cpu.tdx, "GenuineIntel", 12);
	CHECK(!examine().no_io);
}

/* --- features --- */

/* Linux 7.3, arch/x86/include/asm/msr-index.h and arch/x86/boot/compressed/sev.c: features that a
 * guest can have without supporting them, and those that Linux supports. */
static bool is_known(unsigned int bit)
{
	static const unsigned char known[] = { 0, 1, 2, 7, 8, 9, 11, 14, 17, 18, 23 };

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i] == bit)
			return true;
	return false;
}

static void unknown_features_are_found(void)
{
	for (unsigned int bit = 0; bit < 64; bit++) {
		struct guest guest = { .status = 1ull << bit };

		if (bit != 2)
			CHECK_EQ(0, guest_unknown_features(&guest));
		guest.status |= 0x7;
		CHECK_EQ(is_known(bit) ? 0 : 1ull << bit, guest_unknown_features(&guest));
	}
}

/* --- the blob --- */

#define AT 0x7f000000u

static struct guest_blob sound(void)
{
	return (struct guest_blob){
		.magic = bzb_st32(0x45444d41),
		.secrets = bzb_st64(0x801000),
		.secrets_size = bzb_st32(4096),
		.cpuid = bzb_st64(0x802000),
		.cpuid_size = bzb_st32(4096),
	};
}

static void only_snp_guests_have_one(void)
{
	const struct guest_blob blob = sound();

	for (size_t i = 0; i < ARRAY_SIZE(processors); i++) {
		struct guest guest;
		uint32_t addr = 1;

		put_processor(i);
		guest = examine();
		CHECK(!guest_choose_blob(&guest, &blob, AT, &addr));
		CHECK_EQ(processors[i].snp ? AT : 0, addr);
		/* For other guests it is not read. */
		CHECK_EQ(processors[i].snp, !!guest_choose_blob(&guest, NULL, 0, &addr));
		CHECK_EQ(0, addr);
	}
}

static void check_refused(const char *name, struct guest_blob blob, uint64_t at)
{
	const struct guest snp = { .status = 7 };
	uint32_t addr = 1;

	test_state.subject = name;
	CHECK(guest_choose_blob(&snp, &blob, at, &addr));
	CHECK_EQ(0, addr);
}

#define CHECK_REFUSED(field, value)                          \
	do {                                                 \
		struct guest_blob blob = sound();            \
		blob.field = value;                          \
		check_refused(#field " = " #value, blob, AT); \
	} while (0)

static void unsound_ones_are_refused(void)
{
	CHECK_REFUSED(magic, bzb_st32(0x45444d42));
	CHECK_REFUSED(magic, bzb_st32(0));
	CHECK_REFUSED(cpuid, bzb_st64(0));
	CHECK_REFUSED(cpuid_size, bzb_st32(4095));
	CHECK_REFUSED(secrets, bzb_st64(0));
	CHECK_REFUSED(secrets_size, bzb_st32(4095));
	CHECK_REFUSED(secrets_size, bzb_st32(8192));
	check_refused("above 4 GiB", sound(), 0x100000000);
}

static void ignored_fields_may_be_anything(void)
{
	const struct guest snp = { .status = 7 };
	struct guest_blob blob = sound();
	uint32_t addr;

	blob.version = bzb_st16(0xffff);
	blob.cpuid_size = bzb_st32(8192);
	CHECK(!guest_choose_blob(&snp, &blob, 0xffffffd8, &addr));
	CHECK_EQ(0xffffffd8, addr);
}

/* --- a loader's blob: addresses are those of this program --- */

static uint64_t tables[64][512] __attribute__((aligned(4096)));
static struct paging paging;
static struct bzb_boot_params params;

static uint64_t address(const void *at)
{
	return (uintptr_t)at;
}

static struct bzb_setup_data *add_node(uint32_t type, const void *data, uint32_t size)
{
	struct bzb_setup_data *node = test_alloc(sizeof(*node) + size);

	memcpy(node + 1, data, size);
	bzb_boot_params_add_data(&params, node, address(node), type, size);
	return node;
}

static void nothing_passed(void)
{
	memset(&params, 0, sizeof(params));
	paging = (struct paging){ tables, ARRAY_SIZE(tables), 0, 4, true, 0 };
	paging_init(&paging);
}

/* UEFI 2.10, 4.3 and 4.6: another table, and the blob's */
static unsigned char *add_system_table(uint64_t tables_at)
{
	unsigned char *system = test_alloc(0x78);
	const struct bzb_efi_map none = { 0 };

	memset(system, 0xa5, 0x78);
	memcpy(system + 0x68, &(uint64_t){ 2 }, 8);
	memcpy(system + 0x70, &tables_at, 8);
	bzb_boot_params_set_efi(&params, address(system), &none);
	return system;
}

static unsigned char *configuration_tables(uint64_t blob)
{
	static const unsigned char guid[] = {
		0x5f, 0x1f, 0x7b, 0x06, 0x26, 0xcf, 0xc5, 0x44,
		0x85, 0x54, 0x93, 0xd7, 0x77, 0x91, 0x2d, 0x42,
	};
	unsigned char *config = test_alloc(2 * 24);

	memset(config, 0x5a, 24);
	memcpy(config + 24, guid, 16);
	memcpy(config + 40, &blob, 8);
	return config;
}

static void the_firmwares_is_found(void)
{
	struct guest_blob blob = sound();

	nothing_passed();
	CHECK(!loader_find_blob(&params, &paging));
	add_system_table(address(configuration_tables(address(&blob))));
	CHECK(loader_find_blob(&params, &paging) == &blob);
	memcpy(params.efi_info.loader_signature, "EL32", 4);
	CHECK(!loader_find_blob(&params, &paging));
}

/* Linux, arch/x86/include/uapi/asm/setup_data.h: vendor, unused, tables. */
static void after_a_kexec_tables_are_in_setup_data(void)
{
	struct guest_blob blob = sound();
	uint64_t efi[12] = { 0 };

	nothing_passed();
	efi[2] = address(configuration_tables(address(&blob)));
	add_node(4, efi, sizeof(efi));
	add_node(9, "seed", 4);
	add_system_table(0xffffff0000000000);
	CHECK(loader_find_blob(&params, &paging) == &blob);
	/* A node that is too short, or without the address */
	nothing_passed();
	add_node(4, efi, 23);
	add_system_table(address(configuration_tables(address(&blob))));
	CHECK(loader_find_blob(&params, &paging) == &blob);
	nothing_passed();
	add_node(4, (uint64_t[3]){ 1, 2, 0 }, 24);
	add_system_table(address(configuration_tables(address(&blob))));
	CHECK(loader_find_blob(&params, &paging) == &blob);
}

/* Counts larger than the table: at most 1024 entries of 24 bytes are read. */
static void a_count_may_be_anything(void)
{
	static const uint64_t counts[] = { 1025, UINT32_MAX, (1ull << 61) + 2, UINT64_MAX };
	struct guest_blob blob = sound();

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		unsigned char *none = test_alloc(1024 * 24);

		nothing_passed();
		memset(none, 0x5a, 1024 * 24);
		memcpy(add_system_table(address(none)) + 0x68, &counts[i], 8);
		CHECK(!loader_find_blob(&params, &paging));
		nothing_passed();
		memcpy(add_system_table(address(configuration_tables(address(&blob)))) + 0x68,
		       &counts[i], 8);
		CHECK(loader_find_blob(&params, &paging) == &blob);
	}
}

static void the_loaders_is_found_last(void)
{
	static const uint32_t addr = AT;
	struct guest_blob blob = sound();

	nothing_passed();
	add_node(7, &addr, 3);
	CHECK(!loader_find_blob(&params, &paging));
	add_node(7, &addr, 4);
	add_node(3, &addr, 4);
	CHECK_EQ(AT, address(loader_find_blob(&params, &paging)));
	add_system_table(address(configuration_tables(address(&blob))));
	CHECK(loader_find_blob(&params, &paging) == &blob);
}

static void memory_of_a_blob_is_mapped(void)
{
	struct guest_blob blob = sound();

	nothing_passed();
	paging.count = 3;
	CHECK(loader_map_blob(&blob, &paging));
	blob.cpuid = bzb_st64(1ull << 46);
	paging.count = paging.used;
	CHECK(!loader_map_blob(&blob, &paging));
	blob.cpuid = blob.secrets;
	blob.secrets = bzb_st64(1ull << 46);
	CHECK(!loader_map_blob(&blob, &paging));
}

static const struct test tests[] = {
	{ "the kind of guest is found by CPUID", finds_the_kind_of_guest },
	{ "a guest of TDX uses no port I/O", tdx_guests_do_no_io },
	{ "unknown features of SEV-SNP", unknown_features_are_found },
	{ "only guests of SEV-SNP get the blob, and they need it", only_snp_guests_have_one },
	{ "an invalid blob is refused", unsound_ones_are_refused },
	{ "fields that Linux ignores may be anything", ignored_fields_may_be_anything },
	{ "the blob of a firmware that has ended", the_firmwares_is_found },
	{ "the blob is found by SETUP_EFI after a kexec", after_a_kexec_tables_are_in_setup_data },
	{ "the count of a firmware's tables may be anything", a_count_may_be_anything },
	{ "a loader's blob is found if there is no other", the_loaders_is_found_last },
	{ "memory that a blob points to is mapped", memory_of_a_blob_is_mapped },
};

int main(void)
{
	return RUN_TESTS(tests);
}
