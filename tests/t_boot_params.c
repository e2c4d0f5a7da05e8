/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot_params: bzboot/boot_params.h. Offsets are those of zero-page.rst and
 * boot.rst.
 */
#include "test.h"

static unsigned char *page(unsigned char filling)
{
	unsigned char *bp = test_alloc(4096);

	memset(bp, filling, 4096);
	return bp;
}

static struct bzb_boot_params *params(unsigned char *bp)
{
	return (void *)bp;
}

/* Checks and wipes the given fields; all other bytes must be @filling. */
static void check_only(unsigned char *bp, unsigned char filling, const struct change *fields,
		       size_t count)
{
	size_t i;

	check_fields(bp, 0, fields, count);
	for (i = 0; i < count; i++)
		memset(bp + fields[i].offset, filling, fields[i].width);
	for (i = 0; i < 4096; i++)
		if (bp[i] != filling)
			FAIL("byte %#zx is %#x, not %#x", i, bp[i], filling);
}

static void fields_are_where_the_kernel_reads_them(void)
{
	typedef struct bzb_boot_params bp;
	typedef struct bzb_screen_info si;

	CHECK_EQ(4096, sizeof(bp));
	CHECK_EQ(0x070, offsetof(bp, acpi_rsdp_addr));
	CHECK_EQ(0x0c0, offsetof(bp, ext_ramdisk_image));
	CHECK_EQ(0x0c4, offsetof(bp, ext_ramdisk_size));
	CHECK_EQ(0x0c8, offsetof(bp, ext_cmd_line_ptr));
	CHECK_EQ(0x13c, offsetof(bp, cc_blob_address));
	CHECK_EQ(0x140, offsetof(bp, edid_info));
	CHECK_EQ(0x1c0, offsetof(bp, efi_info));
	CHECK_EQ(0x1e0, offsetof(bp, alt_mem_k));
	CHECK_EQ(0x1e4, offsetof(bp, scratch));
	CHECK_EQ(0x1e8, offsetof(bp, e820_entries));
	CHECK_EQ(0x1ec, offsetof(bp, secure_boot));
	CHECK_EQ(0x1ef, offsetof(bp, sentinel));
	CHECK_EQ(0x1f1, offsetof(bp, hdr));
	CHECK_EQ(0x2d0, offsetof(bp, e820_table));
	CHECK_EQ(0xa00, sizeof(((bp *)0)->e820_table));
	CHECK_EQ(0x0e, offsetof(si, orig_video_lines));
	CHECK_EQ(0x0f, offsetof(si, orig_video_isvga));
	CHECK_EQ(0x12, offsetof(si, lfb_width));
	CHECK_EQ(0x14, offsetof(si, lfb_height));
	CHECK_EQ(0x16, offsetof(si, lfb_depth));
	CHECK_EQ(0x18, offsetof(si, lfb_base));
	CHECK_EQ(0x1c, offsetof(si, lfb_size));
	CHECK_EQ(0x24, offsetof(si, lfb_linelength));
	CHECK_EQ(0x26, offsetof(si, red_size));
	CHECK_EQ(0x2d, offsetof(si, rsvd_pos));
	CHECK_EQ(0x36, offsetof(si, capabilities));
	CHECK_EQ(0x3a, offsetof(si, ext_lfb_base));
}

/* Every field of bzimage_2_15 is set; boot.rst marks these as "write". */
static void init_takes_the_header_without_the_loaders_fields(void)
{
	static const struct {
		size_t offset, size;
	} loaders[] = { { 0x210, 1 }, { 0x218, 8 }, { 0x226, 2 }, { 0x228, 4 }, { 0x250, 8 } };
	unsigned char *bp = page(0xa5), header[0x26c - 0x1f1], expected[0x26c - 0x1f1];
	size_t i;

	memcpy(header, IMAGE(bzimage_2_15).data + 0x1f1, sizeof(header));
	memcpy(expected, header, sizeof(expected));
	bzb_boot_params_init(params(bp), (const void *)header);
	for (i = 0; i < ARRAY_SIZE(loaders); i++) {
		CHECK(test_only(bp + loaders[i].offset, 0, loaders[i].size));
		memset(&expected[loaders[i].offset - 0x1f1], 0, loaders[i].size);
	}
	/* heap_end_ptr is also written by the loader; it may be kept or not. */
	memcpy(&expected[0x224 - 0x1f1], bp + 0x224, 2);
	CHECK_BYTES(expected, bp + 0x1f1, sizeof(expected));
}

static void init_clears_the_rest(void)
{
	unsigned char *bp = page(0xa5);

	bzb_boot_params_init(params(bp), (const void *)(IMAGE(bzimage_2_15).data + 0x1f1));
	CHECK(test_only(bp, 0, 0x1f1));
	CHECK(test_only(bp + 0x26c, 0, 0x1000 - 0x26c));
}

static void cmdline_is_split(void)
{
	static const struct change fields[] = { { 0x228, 4, 0x9abcdef0 }, { 0xc8, 4, 0x12345678 } };
	unsigned char *bp = page(0xa5);

	bzb_boot_params_set_cmdline(params(bp), 0x123456789abcdef0);
	check_only(bp, 0xa5, fields, ARRAY_SIZE(fields));
}

static void initrd_is_split(void)
{
	static const struct change fields[] = {
		{ 0x218, 4, 0x9abcdef0 },
		{ 0xc0, 4, 0x12345678 },
		{ 0x21c, 4, 0x76543210 },
		{ 0xc4, 4, 0xfedcba98 },
	};
	unsigned char *bp = page(0xa5);

	bzb_boot_params_set_initrd(params(bp), 0x123456789abcdef0, 0xfedcba9876543210);
	check_only(bp, 0xa5, fields, ARRAY_SIZE(fields));
}

static void low_addresses_clear_the_high_halves(void)
{
	unsigned char *bp = page(0xa5);

	bzb_boot_params_set_cmdline(params(bp), 0x20000);
	bzb_boot_params_set_initrd(params(bp), 0x7fff0000, 0x1234);
	CHECK(test_only(bp + 0xc0, 0, 12));
}

static void efi_is_described_in_efi_info(void)
{
	static const struct bzb_efi_map map = {
		.addr = 0x123456789abcd000,
		.size = 0x1230,
		.descriptor_size = 0x30,
		.descriptor_version = 1,
	};
	static const struct change fields[] = {
		{ 0x1c0, 4, 0x34364c45 }, /* "EL64" */
		{ 0x1c4, 4, 0x76543210 }, { 0x1c8, 4, 0x30 },	{ 0x1cc, 4, 1 },
		{ 0x1d0, 4, 0x9abcd000 }, { 0x1d4, 4, 0x1230 }, { 0x1d8, 4, 0xfedcba98 },
		{ 0x1dc, 4, 0x12345678 },
	};
	unsigned char *bp = page(0xa5);

	bzb_boot_params_set_efi(params(bp), 0xfedcba9876543210, &map);
	check_only(bp, 0xa5, fields, ARRAY_SIZE(fields));
}

/* Sorting. Types have no meaning here, except that 1 is RAM. */

#define MAP_MAX 6u

static const struct {
	const char *name;
	struct bzb_memory_range in[MAP_MAX];
	size_t count;
	struct bzb_memory_range out[MAP_MAX];
	size_t left;
} maps[] = {
	/* clang-format off */
	{ "nothing", { { 0, 0, 0 } }, 0, { { 0, 0, 0 } }, 0 },
	{ "one", { { 1, 2, 3 } }, 1, { { 1, 2, 3 } }, 1 },
	{ "in order", { { 0, 8, 1 }, { 16, 8, 1 }, { 32, 8, 2 } }, 3,
	  { { 0, 8, 1 }, { 16, 8, 1 }, { 32, 8, 2 } }, 3 },
	{ "reversed", { { 48, 8, 1 }, { 32, 8, 2 }, { 16, 8, 1 }, { 0, 8, 1 } }, 4,
	  { { 0, 8, 1 }, { 16, 8, 1 }, { 32, 8, 2 }, { 48, 8, 1 } }, 4 },
	{ "mixed", { { 64, 1, 1 }, { 0, 1, 1 }, { 48, 1, 1 }, { 16, 1, 1 }, { 32, 1, 1 } }, 5,
	  { { 0, 1, 1 }, { 16, 1, 1 }, { 32, 1, 1 }, { 48, 1, 1 }, { 64, 1, 1 } }, 5 },
	{ "neighbours", { { 0, 8, 1 }, { 8, 8, 1 } }, 2, { { 0, 16, 1 } }, 1 },
	{ "neighbours to be sorted", { { 16, 8, 1 }, { 0, 8, 1 }, { 8, 8, 1 }, { 24, 8, 2 } }, 4,
	  { { 0, 24, 1 }, { 24, 8, 2 } }, 2 },
	{ "neighbours of other types", { { 0, 8, 1 }, { 8, 8, 2 }, { 16, 8, 1 } }, 3,
	  { { 0, 8, 1 }, { 8, 8, 2 }, { 16, 8, 1 } }, 3 },
	{ "a byte between", { { 0, 8, 1 }, { 9, 8, 1 } }, 2, { { 0, 8, 1 }, { 9, 8, 1 } }, 2 },
	{ "empty ones", { { 8, 0, 1 }, { 0, 8, 1 }, { 99, 0, 2 } }, 3, { { 0, 8, 1 } }, 1 },
	{ "only empty ones", { { 8, 0, 1 }, { 0, 0, 1 } }, 2, { { 0, 0, 0 } }, 0 },
	{ "an empty one between neighbours", { { 0, 8, 1 }, { 8, 0, 2 }, { 8, 8, 1 } }, 3,
	  { { 0, 16, 1 } }, 1 },
	{ "the top of memory is not adjacent to its bottom",
	  { { 0xfffffffffffff000, 0x1000, 1 }, { 0, 0x1000, 1 } }, 2,
	  { { 0, 0x1000, 1 }, { 0xfffffffffffff000, 0x1000, 1 } }, 2 },
	{ "all of memory, whose size does not fit",
	  { { 0, 0x8000000000000000, 1 }, { 0x8000000000000000, 0x8000000000000000, 1 } }, 2,
	  { { 0, 0x8000000000000000, 1 }, { 0x8000000000000000, 0x8000000000000000, 1 } }, 2 },
	{ "above 4 GiB", { { 0x100000000, 8, 1 }, { 0xfffffff8, 8, 1 }, { 8, 8, 1 } }, 3,
	  { { 8, 8, 1 }, { 0xfffffff8, 16, 1 } }, 2 },
	/* clang-format on */
};

static void check_map(const struct bzb_memory_range *expected, size_t left,
		      struct bzb_memory_range *ranges, size_t count)
{
	size_t i;

	CHECK_EQ(left, bzb_memory_sort(ranges, count));
	for (i = 0; i < left; i++) {
		CHECK_EQ(expected[i].addr, ranges[i].addr);
		CHECK_EQ(expected[i].size, ranges[i].size);
		CHECK_EQ(expected[i].type, ranges[i].type);
	}
}

static void memory_is_sorted_and_joined(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(maps); i++) {
		size_t size = maps[i].count * sizeof(maps[i].in[0]);
		struct bzb_memory_range *ranges = test_alloc(size);

		test_state.subject = maps[i].name;
		memcpy(ranges, maps[i].in, size);
		check_map(maps[i].out, maps[i].left, ranges, maps[i].count);
	}
}

/* 300 ranges, as on large machines, unsorted */
static void large_maps_are_sorted(void)
{
	struct bzb_memory_range *ranges = test_alloc(300 * sizeof(*ranges));
	struct bzb_memory_range *expected = test_alloc(300 * sizeof(*expected));
	size_t i;

	for (i = 0; i < 300; i++) {
		uint64_t at = i * 7 % 300; /* 7 and 300 have no common divisor */

		ranges[i] = (struct bzb_memory_range){ at << 30, 0x1000, 1 + (uint32_t)at % 2 };
		expected[i] =
			(struct bzb_memory_range){ (uint64_t)i << 30, 0x1000, 1 + (uint32_t)i % 2 };
	}
	check_map(expected, 300, ranges, 300);
}

/* e820 */

static struct bzb_memory_range *some_ranges(size_t count)
{
	struct bzb_memory_range *ranges = test_alloc(count * sizeof(*ranges));
	size_t i;

	for (i = 0; i < count; i++)
		ranges[i] = (struct bzb_memory_range){ 0x123400000000 + i * 0x10000,
						       0x560000001000 + i, 1 + (uint32_t)i % 7 };
	return ranges;
}

/* zero-page.rst: entries of address, size (8 bytes each) and type (4). */
static void check_entries(const unsigned char *entries, size_t first, size_t count)
{
	for (; count--; first++, entries += 20) {
		CHECK_EQ(0x123400000000 + first * 0x10000, get(entries, 0, 8));
		CHECK_EQ(0x560000001000 + first, get(entries, 8, 8));
		CHECK_EQ(1 + first % 7, get(entries, 16, 4));
	}
}

static void small_maps_fit_in_boot_params(void)
{
	static const size_t counts[] = { 0, 1, 127, 128 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		unsigned char *bp = page(0xa5);

		CHECK_EQ(0, bzb_boot_params_e820_ext_size(counts[i]));
		CHECK_OK(bzb_boot_params_set_e820(params(bp), some_ranges(counts[i]), counts[i],
						  NULL, 0, 0));
		CHECK_EQ(counts[i], bp[0x1e8]);
		check_entries(bp + 0x2d0, 0, counts[i]);
		CHECK(test_only(bp, 0xa5, 0x1e8));
		CHECK(test_only(bp + 0x1e9, 0xa5, 0x2d0 - 0x1e9));
		CHECK(test_only(bp + 0xcd0, 0xa5, 0x1000 - 0xcd0));
	}
}

/* boot.rst, setup_data: next, type, len, data; SETUP_E820_EXT is 1. */
static void large_maps_go_on_in_setup_data(void)
{
	static const size_t counts[] = { 129, 130, 300 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		size_t more = counts[i] - 128, size = 16 + 20 * more;
		unsigned char *bp = page(0), *ext = test_alloc(size);

		CHECK_EQ(size, bzb_boot_params_e820_ext_size(counts[i]));
		put(bp, 0x250, 8, 0x1122334455667788);
		CHECK_OK(bzb_boot_params_set_e820(params(bp), some_ranges(counts[i]), counts[i],
						  ext, size, 0x9900aabbccddeeff));
		CHECK_EQ(128, bp[0x1e8]);
		check_entries(bp + 0x2d0, 0, 128);
		CHECK_EQ(0x9900aabbccddeeff, get(bp, 0x250, 8));
		CHECK_EQ(0x1122334455667788, get(ext, 0, 8));
		CHECK_EQ(1, get(ext, 8, 4));
		CHECK_EQ(20 * more, get(ext, 12, 4));
		check_entries(ext + 16, 128, more);
		CHECK(test_only(bp + 0xcd0, 0, 0x1000 - 0xcd0));
	}
}

/* boot.rst, setup_data: the newest node is the first. */
static void data_is_put_in_front(void)
{
	unsigned char *bp = page(0xa5), *node = test_alloc(16);

	put(bp, 0x250, 8, 0x1122334455667788);
	bzb_boot_params_add_data(params(bp), (struct bzb_setup_data *)node, 0x99aabbccddeeff00, 3,
				 0x12345678);
	CHECK_EQ(0x99aabbccddeeff00, get(bp, 0x250, 8));
	CHECK_EQ(0x1122334455667788, get(node, 0, 8));
	CHECK_EQ(3, get(node, 8, 4));
	CHECK_EQ(0x12345678, get(node, 12, 4));
	CHECK(test_only(bp, 0xa5, 0x250));
	CHECK(test_only(bp + 0x258, 0xa5, 0x1000 - 0x258));
}

/* Linux, include/uapi/linux/screen_info.h: 1: skip quirks; 2: 64-bit base */
static void screens_have_capabilities(void)
{
	static const struct {
		struct bzb_framebuffer fb;
		uint32_t capabilities;
	} screens[] = {
		{ { .base = 0xc0000000, .type = BZB_VIDEO_TYPE_EFI }, 1 },
		{ { .base = 0x1c0000000, .type = BZB_VIDEO_TYPE_EFI }, 3 },
		{ { .base = 0xc0000000, .type = BZB_VIDEO_TYPE_VLFB }, 0 },
		{ { .base = 0x1c0000000, .type = BZB_VIDEO_TYPE_VLFB }, 2 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(screens); i++) {
		unsigned char *bp = page(0xa5);

		bzb_boot_params_set_framebuffer(params(bp), &screens[i].fb);
		CHECK_EQ(screens[i].capabilities, get(bp, 0x36, 4));
		CHECK_EQ(screens[i].fb.base >> 32, get(bp, 0x3a, 4));
	}
}

static void maps_without_room_are_refused(void)
{
	size_t size = bzb_boot_params_e820_ext_size(200) - 1;
	unsigned char *bp = page(0xa5), *ext = test_alloc(size);

	CHECK_ERR(BZB_ERR_NOSPACE,
		  bzb_boot_params_set_e820(params(bp), some_ranges(200), 200, ext, size, 0x1000));
	CHECK(test_only(bp, 0xa5, 4096));
	CHECK_ERR(BZB_ERR_NOSPACE,
		  bzb_boot_params_set_e820(params(bp), some_ranges(129), 129, NULL, 0, 0));
	CHECK(test_only(bp, 0xa5, 4096));
}

/* The length of a node has 32 bits, like sizes on some machines: 214,748,364 entries of 20 bytes
 * fit, after a header of 16. */
static void maps_longer_than_a_node_are_refused(void)
{
	static const uint64_t counts[] = { 128 + 214748364, 128 + 429496729, SIZE_MAX / 20 + 128,
					   SIZE_MAX };
	unsigned char *bp = page(0xa5);
	struct bzb_handoff known = { 0 };
	struct bzb_load load = { 0 };

	CHECK_EQ(16 + 20 * 214748363ull, bzb_boot_params_e820_ext_size(128 + 214748363));
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		known.map_count = (size_t)counts[i];
		known.ext_size = SIZE_MAX - 1;
		CHECK_EQ(SIZE_MAX, bzb_boot_params_e820_ext_size(known.map_count));
		CHECK_ERR(BZB_ERR_NOSPACE,
			  bzb_boot_params_set_e820(params(bp), NULL, known.map_count, NULL,
						   SIZE_MAX - 1, 0));
		CHECK_ERR(BZB_ERR_NOSPACE, bzb_load_params(&load, &known, params(bp)));
		CHECK(test_only(bp, 0xa5, 4096));
	}
}

/* Linux 6.12, arch/x86/include/asm/bootparam_utils.h: ranges that are kept, first and last byte */
static const struct {
	size_t first, last;
} kept[] = {
	{ 0x000, 0x053 }, /* screen_info, apm_bios_info */
	{ 0x058, 0x06f }, /* tboot_addr, ist_info */
	{ 0x080, 0x0bf }, /* hd0_info, hd1_info, sys_desc_table, olpc_ofw_header */
	/* except cc_blob_address, which Linux clears next */
	{ 0x1c0, 0x1ea }, /* efi_info .. edd_mbr_sig_buf_entries */
	{ 0x1ec, 0x1ec }, /* secure_boot */
	{ 0x1f1, 0x26b }, /* hdr */
	{ 0x290, 0xccf }, /* edd_mbr_sig_buffer, e820_table */
	{ 0xd00, 0xeeb }, /* eddbuf */
};

static bool is_kept(size_t offset)
{
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		if (offset >= kept[i].first && offset <= kept[i].last)
			return true;
	return false;
}

static void a_sentinel_clears_what_linux_clears(void)
{
	unsigned char *bp = page(0xa5);

	bzb_boot_params_sanitize(params(bp));
	for (size_t i = 0; i < 4096; i++)
		CHECK_EQ(is_kept(i) ? 0xa5 : 0, bp[i]);
}

static void without_a_sentinel_one_field_is_cleared(void)
{
	unsigned char *bp = page(0xa5);

	bp[0x1ef] = 0;
	bzb_boot_params_sanitize(params(bp));
	CHECK_EQ(0, get(bp, 0x13c, 4));
	CHECK(test_only(bp, 0xa5, 0x13c));
	CHECK(test_only(bp + 0x140, 0xa5, 0x1ef - 0x140));
	CHECK(test_only(bp + 0x1f0, 0xa5, 4096 - 0x1f0));
}

/* boot.rst, xloadflags: 0x236, bit 7 */
static void encryption_is_one_flag(void)
{
	unsigned char *bp = page(0x25);

	bzb_boot_params_set_encryption(params(bp));
	CHECK_EQ(0x25a5, get(bp, 0x236, 2));
	CHECK(test_only(bp, 0x25, 0x236));
	CHECK(test_only(bp + 0x237, 0x25, 4096 - 0x237));
}

static void halves_are_joined(void)
{
	unsigned char *bp = page(0);
	struct bzb_memory_range initrd;

	put(bp, 0x228, 4, 0x11223344);
	put(bp, 0x0c8, 4, 0x5566);
	put(bp, 0x218, 4, 0x99aabbcc);
	put(bp, 0x0c0, 4, 0x77);
	put(bp, 0x21c, 4, 0xddeeff00);
	put(bp, 0x0c4, 4, 0x1);
	initrd = bzb_boot_params_initrd(params(bp));
	CHECK_EQ(0x556611223344, bzb_boot_params_cmdline(params(bp)));
	CHECK_EQ(0x7799aabbcc, initrd.addr);
	CHECK_EQ(0x1ddeeff00, initrd.size);
}

static const struct test tests[] = {
	{ "fields are where the kernel reads them", fields_are_where_the_kernel_reads_them },
	{ "boot_params start with the header, without the loader's fields",
	  init_takes_the_header_without_the_loaders_fields },
	{ "boot_params start with zeros outside the header", init_clears_the_rest },
	{ "the command line's address is split, nothing else changes", cmdline_is_split },
	{ "the initrd's address and size are split, nothing else changes", initrd_is_split },
	{ "low addresses clear the high halves", low_addresses_clear_the_high_halves },
	{ "EFI is described in efi_info, nothing else changes", efi_is_described_in_efi_info },
	{ "memory ranges are sorted and joined", memory_is_sorted_and_joined },
	{ "large memory maps are sorted", large_maps_are_sorted },
	{ "up to 128 ranges fit in boot_params", small_maps_fit_in_boot_params },
	{ "more ranges continue in setup_data, before existing nodes",
	  large_maps_go_on_in_setup_data },
	{ "setup_data nodes are added at the front", data_is_put_in_front },
	{ "the capabilities of a screen", screens_have_capabilities },
	{ "more ranges without room for them are refused", maps_without_room_are_refused },
	{ "a map that is longer than a node is refused", maps_longer_than_a_node_are_refused },
	{ "with a sentinel, the same fields are cleared as by Linux",
	  a_sentinel_clears_what_linux_clears },
	{ "without a sentinel, only cc_blob_address is cleared",
	  without_a_sentinel_one_field_is_cleared },
	{ "encryption is one flag, nothing else changes", encryption_is_one_flag },
	{ "halves of addresses and sizes are joined", halves_are_joined },
};

int main(void)
{
	return RUN_TESTS(tests);
}
