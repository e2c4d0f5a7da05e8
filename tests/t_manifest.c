/* SPDX-License-Identifier: BSD-2-Clause */
/* The manifest of an image: bzboot/manifest.h */
#include "test.h"

/* Offsets from the comments of the header */
enum {
	MAGIC = 0x00,
	IMAGE_SIZE = 0x08,
	CODEC = 0x0c,
	PAYLOAD_OFFSET = 0x10,
	PAYLOAD_SIZE = 0x14,
	ELF_SIZE = 0x18,
	ALIGNMENT = 0x1c,
	MEMORY_SIZE = 0x28,
	GAP = 0x30,
	CMDLINE_OFFSET = 0x34,
	CMDLINE_SIZE = 0x38,
	INITRD_OFFSET = 0x3c,
	INITRD_SIZE = 0x40,
	SETUP = 0x44,
	FLAGS = 0xbf,
	VIRTUAL_ADDRESS = 0xc0,
	PART_COUNT = 0xc8,
	PART_START = 0xcc,
	SYMBOLS_SIZE = 0xd0,
	SHUFFLE_SIZE = 0xd4,
	PARTS = 0x100,
};

#define PART_SIZE 12u
#define PARTS_MAX 64u

/* Fields of a part */
#define END(n) (PARTS + PART_SIZE * (n) + 4)
#define ELF_END(n) (PARTS + PART_SIZE * (n) + 8)

static int parse(struct bzb_span bytes)
{
	struct bzb_manifest manifest;

	return WATCHED(&manifest, bzb_manifest_parse(bytes, &manifest));
}

static int parse_blank(struct bzb_span bytes)
{
	struct bzb_stub_info info;

	return WATCHED(&info, bzb_manifest_parse_blank(bytes, &info));
}

static void check_good(struct bzb_span bytes)
{
	struct bzb_manifest manifest;

	CHECK_OK(bzb_manifest_parse(bytes, &manifest));
	CHECK_EQ(0x6000, manifest.image_size);
	CHECK_EQ(BZB_CODEC_ZSTD, manifest.codec);
	CHECK_EQ(0x3000, manifest.payload_offset);
	CHECK_EQ(0x1ff0, manifest.payload_size);
	CHECK_EQ(0x400000, manifest.elf_size);
	CHECK_EQ(0x200000, manifest.alignment);
	CHECK_EQ(0x1000000, manifest.load_address);
	CHECK_EQ(0x600000, manifest.memory_size);
	CHECK_EQ(0x200000, manifest.gap);
	CHECK_EQ(0x5000, manifest.cmdline_offset);
	CHECK_EQ(0x80, manifest.cmdline_size);
	CHECK_EQ(0x5800, manifest.initrd_offset);
	CHECK_EQ(0x800, manifest.initrd_size);
	CHECK_BYTES(bytes.data + SETUP, &manifest.setup, 0x26c - 0x1f1);
	CHECK_EQ(1, manifest.part_count);
	CHECK_EQ(9, manifest.part_start);
	CHECK_EQ(0, manifest.symbols_size);
	CHECK_EQ(0, manifest.shuffle_size);
	CHECK(manifest.parts == (const void *)(bytes.data + PARTS));
	CHECK_EQ(0xfedcba98, bzb_ld32(manifest.parts[0].checksum));
	CHECK_EQ(0x1fec, bzb_ld32(manifest.parts[0].end));
	CHECK_EQ(0x400000, bzb_ld32(manifest.parts[0].elf_end));
}

static void reads_a_manifest(void)
{
	check_good(exact(IMAGE(manifest_zstd)));
	check_good(unaligned(IMAGE(manifest_zstd)));
}

/* Addresses of Linux, of a kernel that runs at its physical address, and others */
static void reads_the_virtual_address(void)
{
	static const uint64_t addresses[] = { 0xffffffff81000000, 0x1000000, 0, 0x123456789abcdef };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(addresses); i++) {
		struct bzb_span bytes =
			CHANGED(IMAGE(manifest_zstd), { VIRTUAL_ADDRESS, 8, addresses[i] });
		struct bzb_manifest manifest;

		CHECK_OK(bzb_manifest_parse(bytes, &manifest));
		CHECK_EQ(addresses[i], manifest.virtual_address);
		CHECK_EQ(0x1000000, manifest.load_address);
	}
}

/* Each by itself; images made before the last two flags existed have neither. */
static void reads_the_flags(void)
{
	static const uint8_t flags[] = {
		0, BZB_MANIFEST_FIXED, BZB_MANIFEST_CMDLINE_DECIDED, BZB_MANIFEST_INITRD_DECIDED, 7,
	};
	size_t i;

	CHECK_EQ(1, BZB_MANIFEST_FIXED);
	CHECK_EQ(2, BZB_MANIFEST_CMDLINE_DECIDED);
	CHECK_EQ(4, BZB_MANIFEST_INITRD_DECIDED);
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		struct bzb_span bytes = CHANGED(IMAGE(manifest_zstd), { FLAGS, 1, flags[i] });
		struct bzb_manifest manifest;

		CHECK_OK(bzb_manifest_parse(bytes, &manifest));
		CHECK_EQ(flags[i], manifest.flags);
	}
}

static void none_may_be_decided(void)
{
	CHECK_OK(parse(CHANGED(IMAGE(manifest_zstd), { CMDLINE_OFFSET, 8, 0 },
			       { INITRD_OFFSET, 8, 0 }, { FLAGS, 1, 6 })));
}

static void cmdline_and_initrd_may_be_missing(void)
{
	CHECK_OK(parse(CHANGED(IMAGE(manifest_zstd), { CMDLINE_OFFSET, 8, 0 })));
	CHECK_OK(parse(CHANGED(IMAGE(manifest_zstd), { INITRD_OFFSET, 8, 0 })));
}

static void elf_may_fill_its_memory(void)
{
	CHECK_OK(parse(CHANGED(IMAGE(manifest_zstd), { ELF_SIZE, 4, 0x600000 },
			       { ELF_END(0), 4, 0x600000 })));
}

/* The ends in the ELF of the four parts of with_parts() */
static const uint32_t elf_ends[] = { 0x10000, 0x200001, 0x3fffff, 0x400000 };

/* manifest_zstd with four parts, the last of which ends @end bytes before the stream does */
static struct bzb_span with_parts(uint32_t end)
{
	const size_t size = PARTS + 4 * PART_SIZE;
	unsigned char *bytes = test_alloc(size);

	memcpy(bytes, IMAGE(manifest_zstd).data, PARTS);
	put(bytes, PART_COUNT, 4, 4);
	for (uint32_t i = 0; i < 4; i++) {
		put(bytes, PARTS + PART_SIZE * i, 4, 0xfedcba90 + i);
		put(bytes, END(i), 4, i < 3 ? 0x100 * (i + 1) : 0x1ff0 - end);
		put(bytes, ELF_END(i), 4, elf_ends[i]);
	}
	return (struct bzb_span){ bytes, size };
}

static void reads_parts(void)
{
	struct bzb_manifest manifest;
	struct bzb_span bytes = with_parts(4);

	CHECK_OK(bzb_manifest_parse(exact(bytes), &manifest));
	CHECK_OK(bzb_manifest_parse(bytes, &manifest));
	CHECK_EQ(4, manifest.part_count);
	CHECK_EQ(9, manifest.part_start);
	CHECK(manifest.parts == (const void *)(bytes.data + PARTS));
	for (uint32_t i = 0; i < 4; i++) {
		CHECK_EQ(0xfedcba90 + i, bzb_ld32(manifest.parts[i].checksum));
		CHECK_EQ(elf_ends[i], bzb_ld32(manifest.parts[i].elf_end));
	}
	CHECK_EQ(0x200, bzb_ld32(manifest.parts[1].end));
	CHECK_EQ(0x1fec, bzb_ld32(manifest.parts[3].end));
}

static void parts_may_begin_and_end_with_the_stream(void)
{
	CHECK_OK(parse(with_parts(0)));
	CHECK_OK(parse(CHANGED(with_parts(0), { PART_START, 4, 0 })));
}

/* Parts of one byte each, of the stream and of the ELF */
static struct bzb_span with_small_parts(uint32_t count)
{
	const size_t size = PARTS + PART_SIZE * count;
	unsigned char *bytes = test_alloc(size);

	memcpy(bytes, IMAGE(manifest_zstd).data, PARTS);
	put(bytes, ELF_SIZE, 4, count);
	put(bytes, PART_COUNT, 4, count);
	put(bytes, PART_START, 4, 0);
	for (uint32_t i = 0; i < count; i++) {
		put(bytes, PARTS + PART_SIZE * i, 4, 0);
		put(bytes, END(i), 4, i + 1);
		put(bytes, ELF_END(i), 4, i + 1);
	}
	return (struct bzb_span){ bytes, size };
}

static void as_many_parts_as_there_may_be(void)
{
	CHECK_OK(parse(with_small_parts(PARTS_MAX)));
	CHECK_ERR(BZB_ERR_BADHEADER, parse(with_small_parts(PARTS_MAX + 1)));
}

static void there_is_a_part(void)
{
	CHECK_OK(parse(with_small_parts(1)));
	CHECK_ERR(BZB_ERR_BADHEADER, parse(with_small_parts(0)));
	CHECK_ERR(BZB_ERR_BADHEADER, parse(CHANGED(IMAGE(manifest_zstd), { PART_COUNT, 4, 0 })));
}

static const struct defect part_defects[] = {
	{ "manifest_parts_missing", { { PART_COUNT, 4, 5 } }, BZB_ERR_TRUNCATED },
	{ "manifest_parts_4g", { { PART_COUNT, 4, 0xffffffff } }, BZB_ERR_BADHEADER },
	{ "manifest_parts_one_too_few", { { PART_COUNT, 4, 3 } }, BZB_ERR_BADHEADER },
	{ "manifest_first_part_empty", { { PART_START, 4, 0x100 } }, BZB_ERR_BADHEADER },
	{ "manifest_first_part_negative", { { PART_START, 4, 0x101 } }, BZB_ERR_BADHEADER },
	{ "manifest_part_start_4g", { { PART_START, 4, 0xffffffff } }, BZB_ERR_BADHEADER },
	{ "manifest_part_empty", { { END(1), 4, 0x100 } }, BZB_ERR_BADHEADER },
	{ "manifest_parts_descend", { { END(1), 4, 0xff } }, BZB_ERR_BADHEADER },
	{ "manifest_parts_cross", { { END(1), 4, 0x301 } }, BZB_ERR_BADHEADER },
	{ "manifest_part_past_stream", { { END(3), 4, 0x1ff1 } }, BZB_ERR_BADHEADER },
	{ "manifest_part_past_4g", { { END(3), 4, 0xffffffff } }, BZB_ERR_BADHEADER },
	{ "manifest_first_part_no_elf", { { ELF_END(0), 4, 0 } }, BZB_ERR_BADHEADER },
	{ "manifest_part_no_elf", { { ELF_END(1), 4, 0x10000 } }, BZB_ERR_BADHEADER },
	{ "manifest_part_elf_descends", { { ELF_END(1), 4, 0xffff } }, BZB_ERR_BADHEADER },
	{ "manifest_part_elf_crosses", { { ELF_END(1), 4, 0x400000 } }, BZB_ERR_BADHEADER },
	{ "manifest_parts_too_little_elf", { { ELF_SIZE, 4, 0x400001 } }, BZB_ERR_BADHEADER },
	{ "manifest_parts_too_much_elf", { { ELF_END(3), 4, 0x400001 } }, BZB_ERR_BADHEADER },
	{ "manifest_part_elf_past_4g", { { ELF_END(3), 4, 0xffffffff } }, BZB_ERR_BADHEADER },
};

static void refuses_part_defects(void)
{
	check_defects(with_parts(0), part_defects, ARRAY_SIZE(part_defects), parse);
}

static void refuses_truncated_parts(void)
{
	struct bzb_span good = with_parts(0);

	for (size_t size = PARTS; size < good.size; size++)
		CHECK_ERR(BZB_ERR_TRUNCATED, parse(exact(prefix(good, size))));
}

static void writes_back_parts(void)
{
	struct bzb_span good = with_parts(4);
	unsigned char *again = test_alloc(good.size);
	struct bzb_manifest manifest;

	CHECK_OK(bzb_manifest_parse(good, &manifest));
	memset(again, 0x3c, good.size);
	bzb_manifest_write((void *)again, &manifest);
	CHECK_BYTES(good.data, again, good.size);
}

static const struct defect defects[] = {
	{ "manifest_magic_missing", { { MAGIC, 8, 0 } }, BZB_ERR_BADMAGIC },
	{ "manifest_version_2", { { MAGIC + 7, 1, 2 } }, BZB_ERR_BADMAGIC },
	{ "manifest_version_4", { { MAGIC + 7, 1, 4 } }, BZB_ERR_BADMAGIC },
	{ "manifest_version_0", { { MAGIC + 7, 1, 0 } }, BZB_ERR_BADMAGIC },
	{ "manifest_codec_unknown", { { CODEC, 4, BZB_CODEC_COUNT } }, BZB_ERR_BADCODEC },
	{ "manifest_codec_4g", { { CODEC, 4, 0xffffffff } }, BZB_ERR_BADCODEC },
	{ "manifest_payload_past_end", { { PAYLOAD_OFFSET, 4, 0x6001 } }, BZB_ERR_TRUNCATED },
	{ "manifest_payload_size_past_end", { { PAYLOAD_SIZE, 4, 0x3001 } }, BZB_ERR_TRUNCATED },
	{ "manifest_payload_wraps", { { PAYLOAD_OFFSET, 4, 0xffffffff } }, BZB_ERR_TRUNCATED },
	{ "manifest_payload_of_4g", { { PAYLOAD_SIZE, 4, 0xffffffff } }, BZB_ERR_TRUNCATED },
	{ "manifest_image_of_no_size", { { IMAGE_SIZE, 4, 0 } }, BZB_ERR_TRUNCATED },
	{ "manifest_cmdline_past_end", { { CMDLINE_OFFSET, 4, 0x5f81 } }, BZB_ERR_TRUNCATED },
	{ "manifest_cmdline_wraps", { { CMDLINE_OFFSET, 4, 0xffffffa0 } }, BZB_ERR_TRUNCATED },
	{ "manifest_cmdline_of_4g", { { CMDLINE_SIZE, 4, 0xffffffff } }, BZB_ERR_TRUNCATED },
	{ "manifest_initrd_past_end", { { INITRD_OFFSET, 4, 0x5801 } }, BZB_ERR_TRUNCATED },
	{ "manifest_initrd_wraps", { { INITRD_OFFSET, 4, 0xfffff900 } }, BZB_ERR_TRUNCATED },
	{ "manifest_initrd_of_4g", { { INITRD_SIZE, 4, 0xffffffff } }, BZB_ERR_TRUNCATED },
	{ "manifest_alignment_zero", { { ALIGNMENT, 4, 0 } }, BZB_ERR_BADHEADER },
	{ "manifest_alignment_of_3_mib", { { ALIGNMENT, 4, 0x300000 } }, BZB_ERR_BADHEADER },
	{ "manifest_gap_of_no_size", { { GAP, 4, 0 } }, BZB_ERR_BADHEADER },
	{ "manifest_gap_of_a_page", { { GAP, 4, 0x1000 } }, BZB_ERR_BADHEADER },
	{ "manifest_gap_of_3_mib", { { GAP, 4, 0x300000 } }, BZB_ERR_BADHEADER },
	{ "manifest_gap_above_memory", { { GAP, 4, 0x800000 } }, BZB_ERR_BADHEADER },
	{ "manifest_more_elf_than_memory", { { ELF_SIZE, 4, 0x600001 } }, BZB_ERR_BADHEADER },
	{ "manifest_elf_of_4g", { { ELF_SIZE, 4, 0xffffffff } }, BZB_ERR_BADHEADER },
	{ "manifest_more_symbols_than_elf", { { SYMBOLS_SIZE, 4, 0x400001 } }, BZB_ERR_BADHEADER },
	{ "manifest_symbols_of_4g", { { SYMBOLS_SIZE, 4, 0xffffffff } }, BZB_ERR_BADHEADER },
};

/* Symbols are not loaded: with them, the ELF may be larger than its memory. */
static void symbols_need_no_memory(void)
{
	struct bzb_manifest manifest;

	CHECK_OK(bzb_manifest_parse(CHANGED(IMAGE(manifest_zstd), { MEMORY_SIZE, 8, 0x280000 },
					    { SYMBOLS_SIZE, 4, 0x180000 }),
				    &manifest));
	CHECK_EQ(0x180000, manifest.symbols_size);
	CHECK_ERR(BZB_ERR_BADHEADER,
		  parse(CHANGED(IMAGE(manifest_zstd), { MEMORY_SIZE, 8, 0x280000 },
				{ SYMBOLS_SIZE, 4, 0x17ffff })));
}

static void takes_a_gap_as_the_load_address_wants_it(void)
{
	enum { LOAD_ADDRESS_FIELD = 0x20 };
	struct bzb_manifest manifest;

	CHECK_OK(bzb_manifest_parse(CHANGED(IMAGE(manifest_zstd),
					    { LOAD_ADDRESS_FIELD, 8, 0x1110000 },
					    { GAP, 4, 0x310000 }),
				    &manifest));
	CHECK_EQ(0x310000, manifest.gap);
	CHECK_ERR(BZB_ERR_BADHEADER,
		  parse(CHANGED(IMAGE(manifest_zstd), { LOAD_ADDRESS_FIELD, 8, 0x1110000 })));
}

static void refuses_defects(void)
{
	check_defects(IMAGE(manifest_zstd), defects, ARRAY_SIZE(defects), parse);
}

/*
 * A stub's own manifest: magic number, codec, the features of its entries, and room for parts. The
 * handover entry of the setup header is 0x200 before the 64-bit one (boot.rst).
 */
static struct bzb_span blank(void)
{
	const size_t size = PARTS + PARTS_MAX * PART_SIZE;
	unsigned char *bytes = test_alloc(size);

	memset(bytes, 0, size);
	memcpy(bytes, "bzboot\0\3", 8);
	put(bytes, CODEC, 4, 3);
	put(bytes, SETUP + 0x236 - 0x1f1, 2, 0x7b);
	put(bytes, SETUP + 0x264 - 0x1f1, 4, 0x190);
	put(bytes, SETUP + 0x268 - 0x1f1, 4, 0x2340);
	return (struct bzb_span){ bytes, size };
}

static void refuses_truncated_manifests(void)
{
	check_truncations(IMAGE(manifest_zstd), 8, parse);
	check_truncations(blank(), 8, parse_blank);
}

static void writes_byte_for_byte(void)
{
	static const struct bzb_manifest_part part = {
		{ { 0x98, 0xba, 0xdc, 0xfe } },
		{ { 0xec, 0x1f } },
		{ { 0, 0, 0x40 } },
	};
	struct bzb_manifest manifest = {
		.image_size = 0x6000,
		.codec = BZB_CODEC_ZSTD,
		.payload_offset = 0x3000,
		.payload_size = 0x1ff0,
		.elf_size = 0x400000,
		.alignment = 0x200000,
		.load_address = 0x1000000,
		.memory_size = 0x600000,
		.gap = 0x200000,
		.cmdline_offset = 0x5000,
		.cmdline_size = 0x80,
		.initrd_offset = 0x5800,
		.initrd_size = 0x800,
		.virtual_address = 0xffffffff81000000,
		.part_count = 1,
		.part_start = 9,
		.symbols_size = 0x1230,
		.shuffle_size = 0xfedcba98,
		.parts = &part,
	};
	struct bzb_span expected =
		CHANGED(IMAGE(manifest_zstd), { VIRTUAL_ADDRESS, 8, 0xffffffff81000000 },
			{ SYMBOLS_SIZE, 4, 0x1230 }, { SHUFFLE_SIZE, 4, 0xfedcba98 });
	struct bzb_manifest_header *to = test_alloc(expected.size);

	put(&manifest.setup, 0, 1, 7);
	put(&manifest.setup, 0x236 - 0x1f1, 2, 0x3b);
	put(&manifest.setup, 0x264 - 0x1f1, 4, 0x190);
	put(&manifest.setup, 0x268 - 0x1f1, 4, 0x80);
	memset(to, 0xa5, expected.size);
	bzb_manifest_write(to, &manifest);
	CHECK_BYTES(expected.data, to, expected.size);
}

static void writes_back_what_it_read(void)
{
	const size_t size = IMAGE(manifest_zstd).size;
	unsigned char *bytes = test_alloc(size), *again = test_alloc(size);
	struct bzb_manifest manifest;

	memcpy(bytes, IMAGE(manifest_zstd).data, size);
	memcpy(bytes + SETUP, IMAGE(bzimage_2_15).data + 0x1f1, 0x26c - 0x1f1);
	put(bytes, FLAGS, 1, 5);
	put(bytes, VIRTUAL_ADDRESS, 8, 0xfedcba9876543210);
	put(bytes, SHUFFLE_SIZE, 4, 0x87654321);
	CHECK_OK(bzb_manifest_parse((struct bzb_span){ bytes, size }, &manifest));
	CHECK_EQ(0x87654321, manifest.shuffle_size);
	memset(again, 0xa5, size);
	bzb_manifest_write((void *)again, &manifest);
	CHECK_BYTES(bytes, again, size);
}

static void reads_the_features_of_a_stub(void)
{
	struct bzb_stub_info info;

	CHECK_OK(bzb_manifest_parse_blank(blank(), &info));
	CHECK_EQ(BZB_CODEC_XZ, info.codec);
	CHECK_EQ(0x7b, info.xloadflags);
	CHECK_EQ(0x390, info.handover_entry);
	CHECK_EQ(0x2340, info.kernel_info_offset);
	CHECK_EQ(0, info.flags);
	CHECK(!info.shuffles);
}

static void reads_whether_a_stub_shuffles(void)
{
	struct bzb_stub_info info;

	CHECK_OK(bzb_manifest_parse_blank(CHANGED(blank(), { SHUFFLE_SIZE, 4, 1 }), &info));
	CHECK(info.shuffles);
}

static void reads_the_decisions_a_stub_obeys(void)
{
	struct bzb_stub_info info;

	CHECK_OK(bzb_manifest_parse_blank(CHANGED(blank(), { FLAGS, 1, 6 }), &info));
	CHECK_EQ(BZB_MANIFEST_CMDLINE_DECIDED | BZB_MANIFEST_INITRD_DECIDED, info.flags);
}

static void a_stub_may_have_no_handover_entry(void)
{
	struct bzb_stub_info info;

	CHECK_OK(bzb_manifest_parse_blank(CHANGED(blank(), { SETUP + 0x264 - 0x1f1, 8, 0 }),
					  &info));
	CHECK_EQ(0, info.handover_entry);
	CHECK_EQ(0, info.kernel_info_offset);
}

static void a_blank_manifest_is_not_a_filled_one(void)
{
	CHECK_ERR(BZB_ERR_BADHEADER, parse(blank()));
}

static const struct defect blank_defects[] = {
	{ "manifest_blank_magic_missing", { { MAGIC, 8, 0 } }, BZB_ERR_BADMAGIC },
	{ "manifest_blank_version_2", { { MAGIC + 7, 1, 2 } }, BZB_ERR_BADMAGIC },
	{ "manifest_blank_version_4", { { MAGIC + 7, 1, 4 } }, BZB_ERR_BADMAGIC },
	{ "manifest_blank_codec_unknown", { { CODEC, 4, BZB_CODEC_COUNT } }, BZB_ERR_BADCODEC },
	{ "manifest_blank_handover_entry_above_4g",
	  { { SETUP + 0x264 - 0x1f1, 4, 0xfffffe00 } },
	  BZB_ERR_BADHEADER },
	{ "manifest_blank_codec_4g", { { CODEC, 4, 0xffffffff } }, BZB_ERR_BADCODEC },
};

static void refuses_blank_defects(void)
{
	check_defects(blank(), blank_defects, ARRAY_SIZE(blank_defects), parse_blank);
}

static int find(struct bzb_span image)
{
	struct bzb_span data;

	return WATCHED(&data, bzb_manifest_find(image, &data));
}

/* IMAGE(pe_x86_64) has .text, .data and .payload. */
static void is_found_in_the_section_data(void)
{
	struct bzb_span image = exact(IMAGE(pe_x86_64)), data;

	CHECK_OK(bzb_manifest_find(image, &data));
	CHECK(data.data == image.data + 0x300);
	CHECK_EQ(0x80, data.size);
}

static void is_not_found_elsewhere(void)
{
	const struct bzb_span image = IMAGE(pe_x86_64);

	CHECK_ERR(BZB_ERR_NOTFOUND, find(CHANGED(image, { 0xf8 + 0x28 + 1, 1, 'D' })));
	CHECK_ERR(BZB_ERR_BADMAGIC, find(CHANGED(image, { 0, 1, 'm' })));
	CHECK_ERR(BZB_ERR_BADVERSION, find(CHANGED(image, { 0x58, 2, 0 })));
	CHECK_ERR(BZB_ERR_BADHEADER, find(CHANGED(image, { 0x40 + 0x14, 2, 4 })));
	CHECK_ERR(BZB_ERR_TRUNCATED, find(prefix(image, 0x340)));
}

static const struct test tests[] = {
	{ "a manifest is found in the section .data", is_found_in_the_section_data },
	{ "a manifest is not found elsewhere", is_not_found_elsewhere },
	{ "a manifest is read", reads_a_manifest },
	{ "the virtual address is read, whatever it is", reads_the_virtual_address },
	{ "the flags are read", reads_the_flags },
	{ "the absence of a command line or an initrd may be decided", none_may_be_decided },
	{ "command line and initrd may be missing", cmdline_and_initrd_may_be_missing },
	{ "the ELF may fill its memory", elf_may_fill_its_memory },
	{ "parts are read", reads_parts },
	{ "parts may be all of the stream", parts_may_begin_and_end_with_the_stream },
	{ "64 parts are read, 65 are refused", as_many_parts_as_there_may_be },
	{ "one part is read, a manifest without parts is refused", there_is_a_part },
	{ "defective parts are refused", refuses_part_defects },
	{ "every truncated table of parts is refused", refuses_truncated_parts },
	{ "parts are written back unchanged", writes_back_parts },
	{ "symbols need no memory", symbols_need_no_memory },
	{ "the gap matches the load address", takes_a_gap_as_the_load_address_wants_it },
	{ "defective manifests are refused", refuses_defects },
	{ "every truncated manifest is refused, and one without room for parts",
	  refuses_truncated_manifests },
	{ "a manifest is written byte for byte", writes_byte_for_byte },
	{ "what was read is written back unchanged", writes_back_what_it_read },
	{ "the features of a stub are read from its blank manifest", reads_the_features_of_a_stub },
	{ "a blank manifest says whether the stub shuffles", reads_whether_a_stub_shuffles },
	{ "a blank manifest has the decisions that the stub obeys",
	  reads_the_decisions_a_stub_obeys },
	{ "a stub may have no handover entry", a_stub_may_have_no_handover_entry },
	{ "a blank manifest is not accepted as a filled one",
	  a_blank_manifest_is_not_a_filled_one },
	{ "defective blank manifests are refused", refuses_blank_defects },
};

int main(void)
{
	return RUN_TESTS(tests);
}
