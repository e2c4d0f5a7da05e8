/* SPDX-License-Identifier: BSD-2-Clause */
/* Compressed kernels and the size after them: bzboot/payload.h */
#include "test.h"

/* The magic numbers of boot.rst, payload_offset, each with some more bytes */
static const struct {
	const char *name;
	unsigned char bytes[12];
	enum bzb_codec codec;
} streams[] = {
	{ "gzip", "\x1f\x8b\x08\x00\x01\x02\x03\x04", BZB_CODEC_GZIP },
	{ "bzip2", "BZh91AY&SY", BZB_CODEC_BZIP2 },
	{ "lzma", "\x5d\x00\x00\x80\x00\xff\xff\xff", BZB_CODEC_LZMA },
	{ "xz",
	  "\xfd"
	  "7zXZ\0\0\x01",
	  BZB_CODEC_XZ },
	{ "lzo", "\x89LZO\0\r\n\x1a\n", BZB_CODEC_LZO },
	{ "lz4", "\x02\x21\x4c\x18\x11\x22\x33\x44", BZB_CODEC_LZ4 },
	{ "zstd", "\x28\xb5\x2f\xfd\xa4\x00\x01\x02", BZB_CODEC_ZSTD },
	{ "none",
	  "\x7f"
	  "ELF\2\1\1",
	  BZB_CODEC_NONE },
};

static void knows_streams_by_their_magic(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(streams); i++) {
		enum bzb_codec codec = BZB_CODEC_COUNT;

		CHECK_OK(bzb_codec_from_magic(exact(SPAN(streams[i].bytes)), &codec));
		CHECK_EQ(streams[i].codec, codec);
		CHECK_OK(bzb_codec_from_magic(unaligned(SPAN(streams[i].bytes)), &codec));
		CHECK_EQ(streams[i].codec, codec);
	}
}

static void refuses_unknown_magic(void)
{
	static const char unknown[][8] = {
		"\x1f\x8c\x08",
		"\x28\xb5\x2f\xfe",
		"\x04\x22\x4d\x18",
		"\x50\x2a\x4d\x18",
		"\xfd"
		"6zXZ",
		"\x7f"
		"ELG",
		"MZ",
		"",
	};
	enum bzb_codec codec;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(unknown); i++)
		CHECK_ERR(BZB_ERR_BADCODEC,
			  WATCHED(&codec, bzb_codec_from_magic(exact(SPAN(unknown[i])), &codec)));
}

/* The first bytes of a stream may be enough, but no byte is read past them. */
static void short_streams_are_not_read_past(void)
{
	enum bzb_codec codec;
	size_t i, size;

	for (i = 0; i < ARRAY_SIZE(streams); i++)
		for (size = 0; size < sizeof(streams[i].bytes); size++) {
			struct bzb_span some = exact(prefix(SPAN(streams[i].bytes), size));
			int err = WATCHED(&codec, bzb_codec_from_magic(some, &codec));

			if (size < 2)
				CHECK_EQ(-BZB_ERR_BADCODEC, err);
			else if (!err)
				CHECK_EQ(streams[i].codec, codec);
			else
				CHECK_EQ(-BZB_ERR_BADCODEC, err);
		}
}

static void names_are_those_of_zboot_headers(void)
{
	static const char *const names[] = {
		[BZB_CODEC_NONE] = "none", [BZB_CODEC_GZIP] = "gzip", [BZB_CODEC_LZMA] = "lzma",
		[BZB_CODEC_LZ4] = "lz4",   [BZB_CODEC_ZSTD] = "zstd", [BZB_CODEC_LZO] = "lzo",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i])
			CHECK(strcmp(names[i], bzb_codec_name((enum bzb_codec)i)) == 0);
}

static void every_name_is_understood(void)
{
	int i;

	for (i = 0; i < BZB_CODEC_COUNT; i++) {
		const char *name = bzb_codec_name((enum bzb_codec)i);
		struct bzb_span text = { (const void *)name, strlen(name) };
		enum bzb_codec codec = BZB_CODEC_COUNT;

		CHECK_OK(bzb_codec_from_name(exact(text), &codec));
		CHECK_EQ(i, codec);
	}
}

static void names_of_older_kernels_are_understood(void)
{
	enum bzb_codec codec;

	CHECK_OK(bzb_codec_from_name(TEXT("zstd22"), &codec));
	CHECK_EQ(BZB_CODEC_ZSTD, codec);
	CHECK_OK(bzb_codec_from_name(TEXT("xzkern"), &codec));
	CHECK_EQ(BZB_CODEC_XZ, codec);
}

static void refuses_unknown_names(void)
{
	static const struct bzb_span unknown[] = {
		{ NULL, 0 },	TEXT("zst"),  TEXT("zstd2"), TEXT("zstd223"),
		TEXT("gzip\0"), TEXT("GZIP"), TEXT("l"),     TEXT("brotli"),
	};
	enum bzb_codec codec;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(unknown); i++)
		CHECK_ERR(BZB_ERR_BADCODEC,
			  WATCHED(&codec, bzb_codec_from_name(exact(unknown[i]), &codec)));
}

static void the_size_follows_the_stream(void)
{
	struct bzb_span file = exact(TEXT("\x28\xb5\x2f\xfd"
					  "stream"
					  "\x78\x56\x34\x12"));
	struct bzb_payload payload;

	CHECK_OK(bzb_payload_parse(file, &payload));
	CHECK_EQ(BZB_CODEC_ZSTD, payload.codec);
	CHECK(payload.stream.data == file.data);
	CHECK_EQ(10, payload.stream.size);
	CHECK_EQ(0x12345678, payload.size);
	CHECK_OK(bzb_payload_parse(unaligned(file), &payload));
	CHECK_EQ(0x12345678, payload.size);
}

/* RFC 1952: the last four bytes of a member are ISIZE. */
static void gzip_streams_end_in_their_size(void)
{
	struct bzb_span file = exact(TEXT("\x1f\x8b\x08\0"
					  "stream"
					  "\x78\x56\x34\xf2"));
	struct bzb_payload payload;

	CHECK_OK(bzb_payload_parse(file, &payload));
	CHECK_EQ(BZB_CODEC_GZIP, payload.codec);
	CHECK(payload.stream.data == file.data);
	CHECK_EQ(14, payload.stream.size);
	CHECK_EQ(0xf2345678, payload.size);
}

static void an_elf_has_no_size_after_it(void)
{
	struct bzb_span file = exact(IMAGE(elf_linux));
	struct bzb_payload payload;

	CHECK_OK(bzb_payload_parse(file, &payload));
	CHECK_EQ(BZB_CODEC_NONE, payload.codec);
	CHECK(payload.stream.data == file.data);
	CHECK_EQ(0x400, payload.stream.size);
	CHECK_EQ(0x400, payload.size);
}

static int parse(struct bzb_span file)
{
	struct bzb_payload payload;

	return WATCHED(&payload, bzb_payload_parse(file, &payload));
}

/* A loader of x86-64 takes no such kernel. */
static void a_pe_image_is_not_compressed(void)
{
	struct bzb_span file = exact(IMAGE(pe_x86_64));
	struct bzb_payload payload;

#ifdef BZB_ALL_MACHINES
	CHECK_OK(bzb_payload_parse(file, &payload));
	CHECK_EQ(BZB_CODEC_NONE, payload.codec);
	CHECK(payload.stream.data == file.data);
	CHECK_EQ(file.size, payload.stream.size);
	CHECK_EQ(file.size, payload.size);
	CHECK_ERR(BZB_ERR_BADCODEC, parse(prefix(file, 1)));
#else
	CHECK_ERR(BZB_ERR_BADCODEC, WATCHED(&payload, bzb_payload_parse(file, &payload)));
#endif
}

static void refuses_payloads_too_short(void)
{
	CHECK_ERR(BZB_ERR_TRUNCATED, parse(exact(TEXT("\x1f\x8b\x08"))));
	CHECK_ERR(BZB_ERR_TRUNCATED, parse(exact(TEXT("\x5d\0\0"))));
}

/* The test needs no 4 GiB: only the magic number is read. */
static void refuses_payloads_too_long(void)
{
#if SIZE_MAX > UINT32_MAX
	struct bzb_span elf = exact(TEXT("\177ELF"));

	elf.size = UINT32_MAX;
	CHECK_OK(parse(elf));
	elf.size++;
	CHECK_ERR(BZB_ERR_BADSIZE, parse(elf));
#endif
}

static void refuses_unknown_payloads(void)
{
	CHECK_ERR(BZB_ERR_BADCODEC, parse(exact(TEXT(""))));
	CHECK_ERR(BZB_ERR_BADCODEC, parse(exact(TEXT("\x28"))));
	CHECK_ERR(BZB_ERR_BADCODEC, parse(exact(TEXT("ZM\0\0zimg"))));
}

/* A stream found in a truncated payload lies within it. */
static void truncated_payloads_are_not_read_past(void)
{
	size_t i, size;

	for (i = 0; i < ARRAY_SIZE(streams); i++)
		for (size = 0; size < sizeof(streams[i].bytes); size++) {
			struct bzb_span some = exact(prefix(SPAN(streams[i].bytes), size));
			struct bzb_payload payload;
			int err = WATCHED(&payload, bzb_payload_parse(some, &payload));

			if (err)
				CHECK(err == -BZB_ERR_TRUNCATED || err == -BZB_ERR_BADCODEC);
			else
				CHECK(payload.stream.data == some.data &&
				      payload.stream.size <= size);
		}
}

static const struct test tests[] = {
	{ "a stream is identified by its magic number", knows_streams_by_their_magic },
	{ "unknown magic numbers are refused", refuses_unknown_magic },
	{ "no byte after a short stream is read", short_streams_are_not_read_past },
	{ "codecs have their names of zboot headers", names_are_those_of_zboot_headers },
	{ "every such name is recognised", every_name_is_understood },
	{ "names of older kernels are recognised", names_of_older_kernels_are_understood },
	{ "unknown names are refused, also beginnings of known ones", refuses_unknown_names },
	{ "the size of the ELF follows the stream", the_size_follows_the_stream },
	{ "a gzip stream ends with the size", gzip_streams_end_in_their_size },
	{ "an uncompressed ELF has no size after it", an_elf_has_no_size_after_it },
	{ "an uncompressed PE image has no size after it", a_pe_image_is_not_compressed },
	{ "payloads too short for the size are refused", refuses_payloads_too_short },
	{ "an uncompressed ELF of 4 GiB is refused", refuses_payloads_too_long },
	{ "unknown payloads are refused", refuses_unknown_payloads },
	{ "no byte after a truncated payload is read", truncated_payloads_are_not_read_past },
};

int main(void)
{
	return RUN_TESTS(tests);
}
