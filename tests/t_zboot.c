/* SPDX-License-Identifier: BSD-2-Clause */
/* EFI zboot headers: bzboot/zboot.h */
#include "test.h"

enum { OFFSET = 0x08, SIZE = 0x0c, CODEC = 0x18, LINUX_MAGIC = 0x38, PE_OFFSET = 0x3c };

static int parse(struct bzb_span file)
{
	struct bzb_zboot zboot;

	return WATCHED(&zboot, bzb_zboot_parse(file, &zboot));
}

static void check_zstd(struct bzb_span file)
{
	struct bzb_zboot zboot;

	CHECK_OK(bzb_zboot_parse(file, &zboot));
	CHECK_EQ(BZB_CODEC_ZSTD, zboot.codec);
	CHECK_TEXT("zstd", zboot.codec_name);
	CHECK_EQ(0x60, zboot.payload_offset);
	CHECK(zboot.stream.data == file.data + 0x60);
	CHECK_EQ(0x24, zboot.stream.size);
	CHECK_EQ(0x40, zboot.pe_offset);
}

static void reads_an_image(void)
{
	check_zstd(exact(IMAGE(zboot_zstd)));
	check_zstd(unaligned(IMAGE(zboot_zstd)));
}

static void payload_may_follow_the_header(void)
{
	CHECK_OK(parse(CHANGED(IMAGE(zboot_zstd), { OFFSET, 4, 0x40 })));
}

static void reads_names_of_older_kernels(void)
{
	static const struct {
		char name[8];
		enum bzb_codec codec;
	} rows[] = {
		{ "gzip", BZB_CODEC_GZIP }, { "lzma", BZB_CODEC_LZMA },
		{ "lzo", BZB_CODEC_LZO },   { "lz4", BZB_CODEC_LZ4 },
		{ "xzkern", BZB_CODEC_XZ }, { "zstd22", BZB_CODEC_ZSTD },
	};
	struct bzb_zboot zboot;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t name = get(rows[i].name, 0, 8);

		CHECK_OK(bzb_zboot_parse(CHANGED(IMAGE(zboot_zstd), { CODEC, 8, name }), &zboot));
		CHECK_EQ(rows[i].codec, zboot.codec);
		CHECK_TEXT(rows[i].name, zboot.codec_name);
	}
}

static int find_magic(struct bzb_span file)
{
	enum bzb_zboot_magic magic;

	return WATCHED(&magic, bzb_zboot_find_magic(file, &magic));
}

static void reads_both_magic_numbers(void)
{
	struct bzb_span zelf = CHANGED(IMAGE(zboot_zstd), { 4, 4, get("zelf", 0, 4) });
	enum bzb_zboot_magic magic;
	struct bzb_zboot zboot;

	CHECK_OK(bzb_zboot_parse(exact(IMAGE(zboot_zstd)), &zboot));
	CHECK_EQ(BZB_ZBOOT_ZIMG, zboot.magic);
	CHECK_OK(bzb_zboot_parse(zelf, &zboot));
	CHECK_EQ(BZB_ZBOOT_ZELF, zboot.magic);
	CHECK_OK(bzb_zboot_find_magic(exact(prefix(zelf, 8)), &magic));
	CHECK_EQ(BZB_ZBOOT_ZELF, magic);
	CHECK_ERR(BZB_ERR_BADMAGIC, find_magic(exact(prefix(zelf, 7))));
	CHECK_ERR(BZB_ERR_BADMAGIC, find_magic(CHANGED(zelf, { 0, 1, 'm' })));
	CHECK_ERR(BZB_ERR_BADMAGIC, find_magic(CHANGED(zelf, { 7, 1, 'F' })));
}

static void writes_both_magic_numbers(void)
{
	const struct bzb_zboot zboot = { .magic = BZB_ZBOOT_ZELF, .codec = BZB_CODEC_XZ };
	struct bzb_zboot_header to;

	bzb_zboot_write(&to, &zboot);
	CHECK_BYTES("zelf", to.magic, 4);
	CHECK(strcmp("zimg", bzb_zboot_magic_name(BZB_ZBOOT_ZIMG)) == 0);
	CHECK(strcmp("zelf", bzb_zboot_magic_name(BZB_ZBOOT_ZELF)) == 0);
}

static const struct defect defects[] = {
	{ "zboot_mz_missing", { { 0, 2, 0 } }, BZB_ERR_BADMAGIC },
	{ "zboot_zm", { { 0, 2, 0x4d5a } }, BZB_ERR_BADMAGIC },
	{ "zboot_zimg_missing", { { 4, 4, 0 } }, BZB_ERR_BADMAGIC },
	{ "zboot_zimg_last_byte", { { 7, 1, 'G' } }, BZB_ERR_BADMAGIC },
	{ "zboot_payload_inside_header", { { OFFSET, 4, 0x3f } }, BZB_ERR_BADHEADER },
	{ "zboot_payload_at_0", { { OFFSET, 4, 0 } }, BZB_ERR_BADHEADER },
	{ "zboot_payload_past_end", { { OFFSET, 4, 0x84 } }, BZB_ERR_TRUNCATED },
	{ "zboot_payload_last_byte_past_end", { { OFFSET, 4, 0x61 } }, BZB_ERR_TRUNCATED },
	{ "zboot_payload_size_past_end", { { SIZE, 4, 0x25 } }, BZB_ERR_TRUNCATED },
	{ "zboot_payload_size_4g", { { SIZE, 4, 0xffffffff } }, BZB_ERR_TRUNCATED },
	{ "zboot_payload_wraps", { { OFFSET, 4, 0xffffffff }, { SIZE, 4, 1 } }, BZB_ERR_TRUNCATED },
	{ "zboot_payload_wraps_to_0x60",
	  { { OFFSET, 4, 0xfffffff0 }, { SIZE, 4, 0x70 } },
	  BZB_ERR_TRUNCATED },
	{ "zboot_codec_empty", { { CODEC, 4, 0 } }, BZB_ERR_BADCODEC },
	{ "zboot_codec_prefix", { { CODEC, 4, 0x00747a } }, BZB_ERR_BADCODEC },
	{ "zboot_codec_longer", { { CODEC + 4, 1, 'x' } }, BZB_ERR_BADCODEC },
	{ "zboot_codec_unterminated",
	  { { CODEC, 8, 0x6969696969696969 },
	    { CODEC + 8, 8, 0x6969696969696969 },
	    { CODEC + 16, 8, 0x6969696969696969 },
	    { CODEC + 24, 8, 0x6969696969696969 } },
	  BZB_ERR_BADCODEC },
};

static void refuses_defects(void)
{
	check_defects(IMAGE(zboot_zstd), defects, ARRAY_SIZE(defects), parse);
}

static void refuses_truncated_files(void)
{
	check_truncations(IMAGE(zboot_zstd), 8, parse);
}

/* Linux, drivers/firmware/efi/libstub/zboot-header.S. */
static void writes_the_header(void)
{
	static const struct bzb_zboot zboot = {
		.codec = BZB_CODEC_ZSTD,
		.payload_offset = 0x60,
		.stream = { NULL, 0x24 },
		.pe_offset = 0x40,
	};
	struct bzb_zboot_header *to = test_alloc(0x40);

	memset(to, 0xa5, 0x40);
	bzb_zboot_write(to, &zboot);
	CHECK_BYTES(IMAGE(zboot_zstd).data, to, 0x40);
}

static void writes_names_that_loaders_compare(void)
{
	static const struct {
		enum bzb_codec codec;
		char name[32];
	} rows[] = {
		{ BZB_CODEC_GZIP, "gzip" }, { BZB_CODEC_LZMA, "lzma" }, { BZB_CODEC_XZ, "xz" },
		{ BZB_CODEC_LZ4, "lz4" },   { BZB_CODEC_ZSTD, "zstd" },
	};
	struct bzb_zboot_header *to = test_alloc(0x40);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct bzb_zboot zboot = { .codec = rows[i].codec, .pe_offset = 0x40 };

		memset(to, 0xa5, 0x40);
		bzb_zboot_write(to, &zboot);
		CHECK_BYTES(rows[i].name, (const unsigned char *)to + CODEC, 32);
	}
}

static void reads_what_it_wrote(void)
{
	unsigned char *file = test_alloc(0x1000);
	struct bzb_zboot zboot = { .codec = BZB_CODEC_XZ,
				   .payload_offset = 0x123,
				   .stream = { file + 0x123, 0xedd },
				   .pe_offset = 0x290 };
	struct bzb_zboot again;

	memset(file, 0, 0x1000);
	bzb_zboot_write((void *)file, &zboot);
	CHECK_OK(bzb_zboot_parse((struct bzb_span){ file, 0x1000 }, &again));
	CHECK_EQ(zboot.codec, again.codec);
	CHECK_EQ(0x123, again.payload_offset);
	CHECK(again.stream.data == file + 0x123);
	CHECK_EQ(0xedd, again.stream.size);
	CHECK_EQ(0x290, again.pe_offset);
}

static const struct test tests[] = {
	{ "both magic numbers are read", reads_both_magic_numbers },
	{ "both magic numbers are written", writes_both_magic_numbers },
	{ "an image is read", reads_an_image },
	{ "the payload may begin directly after the header", payload_may_follow_the_header },
	{ "older kernels' names of codecs are read", reads_names_of_older_kernels },
	{ "defective headers are refused", refuses_defects },
	{ "every truncated file is refused", refuses_truncated_files },
	{ "the header is written byte for byte", writes_the_header },
	{ "codecs are written with the names that loaders compare",
	  writes_names_that_loaders_compare },
	{ "what was written is read back", reads_what_it_wrote },
};

int main(void)
{
	return RUN_TESTS(tests);
}
