/* SPDX-License-Identifier: BSD-2-Clause */
/* What decode.h promises of every decoder in decoders/. */
#include "test.h"

#include <lz4.h>
#include <lz4hc.h>
#include <lzma.h>
#include <pthread.h>
#include <zlib.h>
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

#include <bzboot/decode.h>

#include "../decoders/crc32.h"

#define SMALL 20000u			/* decompressed as often as the stream has bytes */
#define LARGE ((17u << 20) + 12345)	/* three blocks of LZ4 */
#define PERIOD (500u << 10)
#define LZ4_BLOCK ((size_t)8 << 20)
#define DICTIONARY (1u << 20)

/* --- streams ------------------------------------------------------------------ */

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1103515245u + 12345u;
	return *state >> 16;
}

/* As code is: bytes of which some are rare, calls (e8), repetitions from near and far. What is long
 * is so by repetition, or else it would take long to compress. */
static struct bzb_span make_data(size_t size)
{
	unsigned char *data = test_alloc(size);
	uint32_t state = 1;
	size_t i = 0;

	while (i < size && i < PERIOD) {
		uint32_t what = next_random(&state), length = 3 + what / 4 % 29;
		size_t distance = i ? 1 + next_random(&state) * 37 % i : 0;

		for (; length && i < size; length--, i++)
			if (what % 4 && distance)
				data[i] = data[i - distance];
			else if (length == 5)
				data[i] = 0xe8;
			else
				data[i] = (unsigned char)(next_random(&state) &
							  next_random(&state));
	}
	for (; i < size; i++)
		data[i] = data[i - PERIOD];
	return (struct bzb_span){ data, size };
}

static struct bzb_span of_zstd(struct bzb_span data)
{
	size_t room = ZSTD_compressBound(data.size), used;
	unsigned char *to = test_alloc(room);
	ZSTD_CCtx *c = ZSTD_createCCtx();

	ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
	used = ZSTD_compress2(c, to, room, data.data, data.size);
	ZSTD_freeCCtx(c);
	CHECK(!ZSTD_isError(used));
	return exact((struct bzb_span){ to, used });
}

static struct bzb_span of_gzip_with(struct bzb_span data, gz_header *header)
{
	z_stream z = { .next_in = (Bytef *)data.data, .avail_in = (uInt)data.size };
	unsigned char *to;

	CHECK(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
	if (header)
		CHECK(deflateSetHeader(&z, header) == Z_OK);
	z.avail_out = (uInt)deflateBound(&z, data.size);
	to = test_alloc(z.avail_out);
	z.next_out = to;
	CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
	deflateEnd(&z);
	return exact((struct bzb_span){ to, z.total_out });
}

static struct bzb_span of_gzip(struct bzb_span data)
{
	return of_gzip_with(data, NULL);
}

static struct bzb_span run_lzma(lzma_stream *lzma, lzma_ret ready, struct bzb_span data,
				size_t block)
{
	size_t blocks = block ? (data.size - 1) / block : 0;
	size_t room = lzma_stream_buffer_bound(data.size) + blocks * 100;
	unsigned char *to = test_alloc(room);

	CHECK(ready == LZMA_OK);
	lzma->next_in = data.data;
	lzma->next_out = to;
	lzma->avail_out = room;
	for (size_t i = 0; i < blocks; i++) {
		lzma->avail_in = block;
		CHECK(lzma_code(lzma, LZMA_FULL_FLUSH) == LZMA_STREAM_END);
	}
	lzma->avail_in = data.size - blocks * block;
	CHECK(lzma_code(lzma, LZMA_FINISH) == LZMA_STREAM_END);
	lzma_end(lzma);
	return exact((struct bzb_span){ to, room - lzma->avail_out });
}

/* Blocks are of @block bytes; 0: there is one. */
static struct bzb_span of_xz_with(struct bzb_span data, lzma_check check, uint32_t dictionary,
				  bool x86, size_t block)
{
	lzma_stream lzma = LZMA_STREAM_INIT;
	lzma_options_lzma options;
	lzma_filter filters[] = {
		{ LZMA_FILTER_X86, NULL },
		{ LZMA_FILTER_LZMA2, &options },
		{ LZMA_VLI_UNKNOWN, NULL },
	};

	lzma_lzma_preset(&options, 1);
	options.dict_size = dictionary;
	return run_lzma(&lzma, lzma_stream_encoder(&lzma, x86 ? filters : filters + 1, check),
			data, block);
}

static struct bzb_span of_xz(struct bzb_span data)
{
	return of_xz_with(data, LZMA_CHECK_CRC32, DICTIONARY, true, 0);
}

static struct bzb_span of_lzma_with(struct bzb_span data, uint32_t dictionary)
{
	lzma_stream lzma = LZMA_STREAM_INIT;
	lzma_options_lzma options;

	lzma_lzma_preset(&options, 1);
	options.dict_size = dictionary;
	return run_lzma(&lzma, lzma_alone_encoder(&lzma, &options), data, 0);
}

static struct bzb_span of_lzma(struct bzb_span data)
{
	return of_lzma_with(data, DICTIONARY);
}

static struct bzb_span of_lz4(struct bzb_span data)
{
	size_t blocks = data.size / LZ4_BLOCK + 1;
	unsigned char *to = test_alloc(4 + blocks * (4 + (size_t)LZ4_COMPRESSBOUND(LZ4_BLOCK)));
	size_t end = 4;

	put(to, 0, 4, 0x184c2102);
	for (size_t at = 0; at < data.size; at += LZ4_BLOCK) {
		size_t left = data.size - at, block = left < LZ4_BLOCK ? left : LZ4_BLOCK;
		int size = LZ4_compress_default((const char *)data.data + at, (char *)to + end + 4,
						(int)block, LZ4_COMPRESSBOUND(LZ4_BLOCK));

		put(to, end, 4, (uint64_t)size);
		end += 4 + (size_t)size;
	}
	return exact((struct bzb_span){ to, end });
}

static struct bzb_span as_it_is(struct bzb_span data)
{
	return exact(data);
}

static const struct codec {
	const char *name;
	const struct bzb_decoder *decoder;
	struct bzb_span (*make)(struct bzb_span data);
	bool checksum;			/* has one, over all that comes out */
	int junk_error;			/* of a byte behind the stream */
} codecs[] = {
	{ "zstd", &bzb_decoder_zstd, of_zstd, true, BZB_ERR_BADDATA },
	{ "xz", &bzb_decoder_xz, of_xz, true, BZB_ERR_BADDATA },
	{ "lzma", &bzb_decoder_lzma, of_lzma, false, BZB_ERR_BADDATA },
	{ "gzip", &bzb_decoder_gzip, of_gzip, true, BZB_ERR_BADDATA },
	{ "lz4", &bzb_decoder_lz4, of_lz4, false, BZB_ERR_BADDATA },
	{ "none", &bzb_decoder_none, as_it_is, false, BZB_ERR_BADSIZE },
};

#define FOR_EACH_CODEC(c)                                                                          \
	for (const struct codec *c = codecs; c < codecs + ARRAY_SIZE(codecs) &&                    \
					     (test_state.subject = c->name); c++)

/* --- running a decoder -------------------------------------------------------- */

/* The libraries are not built with a sanitizer: what they write too far is seen here. */
#define GUARD 64u

static unsigned char *guarded(size_t size)
{
	unsigned char *block = test_alloc(size + GUARD + 63);

	block += 63 - ((uintptr_t)block + 63) % 64;
	memset(block, 0xaf, size + GUARD);
	return block;
}

static void check_guard(const unsigned char *block, size_t size)
{
	CHECK(test_only(block + size, 0xaf, GUARD));
}

/* *ret_out is valid whatever comes back. */
static int decode_with(const struct bzb_decoder *decoder, struct bzb_span stream, size_t size,
		       size_t workspace_size, unsigned char **ret_out)
{
	unsigned char *out = guarded(size), *workspace = guarded(workspace_size);
	int err = decoder->decode(stream, out, size, workspace, workspace_size);

	check_guard(out, size);
	check_guard(workspace, workspace_size);
	*ret_out = out;
	return err;
}

static int decode(const struct bzb_decoder *decoder, struct bzb_span stream, size_t size)
{
	unsigned char *out;

	return decode_with(decoder, stream, size, decoder->workspace_size(stream), &out);
}

static void check_decodes(const struct bzb_decoder *decoder, struct bzb_span stream,
			  struct bzb_span data)
{
	unsigned char *out;

	CHECK_OK(decode_with(decoder, stream, data.size, decoder->workspace_size(stream), &out));
	CHECK_BYTES(data.data, out, data.size);
}

/* --- tests -------------------------------------------------------------------- */

static void good_streams(void)
{
	FOR_EACH_CODEC(c) {
		struct bzb_span small = make_data(SMALL), large = make_data(LARGE);

		check_decodes(c->decoder, c->make(small), small);
		check_decodes(c->decoder, unaligned(c->make(small)), small);
		check_decodes(c->decoder, c->make(large), large);
	}
}

static void codec_is_told(void)
{
	FOR_EACH_CODEC(c)
		CHECK(!strcmp(bzb_codec_name(c->decoder->codec), c->name));
}

static void truncated(void)
{
	FOR_EACH_CODEC(c) {
		struct bzb_span good = c->make(make_data(SMALL));
		struct test_block *before = test_state.blocks;

		for (size_t size = 0; size < good.size; size++) {
			int err = decode(c->decoder, exact(prefix(good, size)), SMALL);

			test_free(before);
			if (err != -BZB_ERR_BADDATA && err != -BZB_ERR_BADSIZE)
				FAIL("%zu of %zu bytes: %d", size, good.size, err);
		}
	}
}

/* Where there is no checksum, the size still holds, and nothing outside is touched. */
static void damaged(void)
{
	FOR_EACH_CODEC(c) {
		struct bzb_span data = make_data(SMALL), good = c->make(data);
		struct test_block *before = test_state.blocks;

		for (size_t i = 0; i < good.size; i++) {
			struct bzb_span bad = CHANGED(good, { i, 1, good.data[i] ^ 1u << i % 8 });
			size_t workspace = c->decoder->workspace_size(bad);
			unsigned char *out;
			int err = -BZB_ERR_NOSPACE;

			/* A damaged header may ask for any dictionary. */
			if (workspace < (64u << 20))
				err = decode_with(c->decoder, bad, SMALL, workspace, &out);
			if (!err && c->checksum && memcmp(out, data.data, SMALL))
				FAIL("byte %zu of %zu", i, good.size);
			test_free(before);
		}
	}
}

static void another_size(void)
{
	FOR_EACH_CODEC(c) {
		struct bzb_span stream = c->make(make_data(SMALL));

		CHECK_ERR(BZB_ERR_BADSIZE, decode(c->decoder, stream, SMALL - 1));
		CHECK_ERR(BZB_ERR_BADSIZE, decode(c->decoder, stream, SMALL + 1));
		CHECK_ERR(BZB_ERR_BADSIZE, decode(c->decoder, stream, 2 * SMALL));
		CHECK_ERR(BZB_ERR_BADSIZE, decode(c->decoder, stream, SMALL / 2));
	}
}

static struct bzb_span followed_by(struct bzb_span a, struct bzb_span b)
{
	unsigned char *both = test_alloc(a.size + b.size);

	memcpy(both, a.data, a.size);
	memcpy(both + a.size, b.data, b.size);
	return (struct bzb_span){ both, a.size + b.size };
}

static void junk_behind(void)
{
	FOR_EACH_CODEC(c) {
		struct bzb_span good = c->make(make_data(SMALL));

		CHECK_ERR(c->junk_error, decode(c->decoder, followed_by(good, TEXT("x")), SMALL));
		CHECK(decode(c->decoder, followed_by(good, TEXT("\0\0\0\0")), SMALL));
		CHECK(decode(c->decoder, followed_by(good, good), SMALL));
	}
}

static void no_stream_at_all(void)
{
	FOR_EACH_CODEC(c)
		for (size_t size = 0; size < 64; size++) {
			struct bzb_span zeros = exact((struct bzb_span){
				(const unsigned char[64]){ 0 }, size });

			CHECK(decode(c->decoder, zeros, SMALL));
		}
}

static void workspace_too_small(void)
{
	FOR_EACH_CODEC(c) {
		struct bzb_span stream = c->make(make_data(SMALL));
		size_t size = c->decoder->workspace_size(stream);
		unsigned char *out;

		if (c->decoder == &bzb_decoder_none || c->decoder == &bzb_decoder_lz4) {
			CHECK_EQ(0, size);
			continue;
		}
		CHECK_ERR(BZB_ERR_NOSPACE,
			  decode_with(c->decoder, stream, SMALL, size - 1, &out));
		CHECK_ERR(BZB_ERR_NOSPACE, decode_with(c->decoder, stream, SMALL, 0, &out));
	}
}

/* --- how much the libraries really ask for ------------------------------------ */

static size_t asked;

static void *count_lzma(void *opaque, size_t count, size_t size)
{
	(void)opaque;
	asked += (count * size + 15) / 16 * 16;
	return malloc(count * size);
}

static void free_lzma(void *opaque, void *taken)
{
	(void)opaque;
	free(taken);
}

static lzma_allocator counting = { count_lzma, free_lzma, NULL };

static void ask_xz(struct bzb_span stream, void *to, size_t size)
{
	uint64_t memory = UINT64_MAX;
	size_t in = 0, out = 0;

	CHECK(lzma_stream_buffer_decode(&memory, 0, &counting, stream.data, &in, stream.size, to,
					&out, size) == LZMA_OK);
	asked += sizeof(struct crc32_tables);
}

static void ask_lzma(struct bzb_span stream, void *to, size_t size)
{
	lzma_stream lzma = LZMA_STREAM_INIT;

	lzma.allocator = &counting;
	lzma.next_in = stream.data;
	lzma.avail_in = stream.size;
	lzma.next_out = to;
	lzma.avail_out = size;
	CHECK(lzma_alone_decoder(&lzma, UINT64_MAX) == LZMA_OK);
	CHECK(lzma_code(&lzma, LZMA_FINISH) == LZMA_STREAM_END);
	lzma_end(&lzma);
}

static voidpf count_gzip(voidpf opaque, uInt items, uInt size)
{
	return count_lzma(opaque, items, size);
}

/* Nothing is taken once it is ready; beside the window, it gets 8 KiB. */
static void ask_gzip(struct bzb_span stream, void *to, size_t size)
{
	static unsigned char window[32u << 10];
	z_stream z = { .zalloc = count_gzip, .zfree = free_lzma };

	(void)stream;
	(void)to;
	(void)size;
	CHECK(inflateBackInit(&z, 15, window) == Z_OK);
	CHECK(asked <= 8u << 10);
	inflateBackEnd(&z);
	asked += sizeof(window) + sizeof(struct crc32_tables);
}

/* No less than the library asks for, and no more than a few KiB above that. */
static void check_bound(const struct bzb_decoder *decoder, struct bzb_span stream,
			void (*ask)(struct bzb_span stream, void *to, size_t size))
{
	size_t bound = decoder->workspace_size(stream);

	asked = 0;
	ask(stream, test_alloc(SMALL), SMALL);
	CHECK(asked <= bound);
	CHECK(bound - asked <= 96u << 10);
}

static void workspace_is_what_is_asked_for(void)
{
	static const uint32_t dictionaries[] = { 4096, 1 << 20, 3 << 19, 32 << 20, 64 << 20 };
	struct bzb_span data = make_data(SMALL);

	for (size_t i = 0; i < ARRAY_SIZE(dictionaries); i++) {
		uint32_t size = dictionaries[i];

		check_bound(&bzb_decoder_xz,
			    of_xz_with(data, LZMA_CHECK_CRC32, size, true, 0), ask_xz);
		check_bound(&bzb_decoder_xz,
			    of_xz_with(data, LZMA_CHECK_CRC64, size, false, 0), ask_xz);
		check_bound(&bzb_decoder_lzma, of_lzma_with(data, size), ask_lzma);
	}
	check_bound(&bzb_decoder_gzip, of_gzip(data), ask_gzip);
}

/* --- streams that others make ------------------------------------------------- */

static void other_xz(void)
{
	static const lzma_check checks[] = {
		LZMA_CHECK_NONE, LZMA_CHECK_CRC32, LZMA_CHECK_CRC64, LZMA_CHECK_SHA256,
	};
	struct bzb_span data = make_data(SMALL);

	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		check_decodes(&bzb_decoder_xz,
			      of_xz_with(data, checks[i], DICTIONARY, false, 0), data);
		check_decodes(&bzb_decoder_xz,
			      of_xz_with(data, checks[i], DICTIONARY, true, SMALL / 3), data);
	}
	/* Headers of that many do not fit into the workspace side by side. */
	check_decodes(&bzb_decoder_xz, of_xz_with(data, LZMA_CHECK_CRC32, 4096, true, 10), data);
}

/* All of a stream is under some CRC-32, or said twice. */
static void xz_any_byte_is_wrong(void)
{
	struct bzb_span data = make_data(SMALL);
	struct bzb_span good = of_xz_with(data, LZMA_CHECK_CRC32, DICTIONARY, true, SMALL / 3);
	struct test_block *before = test_state.blocks;

	for (size_t i = 0; i < good.size; i++) {
		struct bzb_span bad = CHANGED(good, { i, 1, good.data[i] ^ 1u << i % 8 });

		if (!decode(&bzb_decoder_xz, bad, SMALL))
			FAIL("byte %zu of %zu", i, good.size);
		test_free(before);
	}
}

#define XZ_FOOTER 12u

static size_t xz_index_size(struct bzb_span stream)
{
	return 4u + 4u * bzb_ld32(*(const bzb_le32 *)(stream.data + stream.size - 8));
}

/* Changes a byte of the index, and its CRC-32 accordingly. */
static struct bzb_span with_index_byte(struct bzb_span good, size_t at, unsigned int value)
{
	size_t size = xz_index_size(good), start = good.size - XZ_FOOTER - size;
	unsigned char *bad = test_alloc(good.size);

	memcpy(bad, good.data, good.size);
	bad[start + at] = (unsigned char)value;
	put(bad, start + size - 4, 4, crc32(0, bad + start, (uInt)(size - 4)));
	return (struct bzb_span){ bad, good.size };
}

/* | 0 | 2 | sizes of a block | sizes of a block | zeros | CRC-32 |, each size of two bytes */
static void xz_index_is_wrong(void)
{
	struct bzb_span data = make_data(2 * 5000);
	struct bzb_span good = of_xz_with(data, LZMA_CHECK_CRC32, DICTIONARY, false, 5000);
	const unsigned char *index = good.data + good.size - XZ_FOOTER - xz_index_size(good);

	CHECK_EQ(16, xz_index_size(good));
	CHECK_EQ(2, index[1]);
	check_decodes(&bzb_decoder_xz, with_index_byte(good, 0, 0), data);
	CHECK_ERR(BZB_ERR_BADDATA,
		  decode(&bzb_decoder_xz, with_index_byte(good, 0, 1), data.size));
	for (unsigned int count = 0; count < 128; count++)
		if (count != 2)
			CHECK(decode(&bzb_decoder_xz, with_index_byte(good, 1, count), data.size));
	for (size_t at = 2; at < 12; at++)
		for (unsigned int bit = 0; bit < 8; bit++)
			CHECK(decode(&bzb_decoder_xz,
				     with_index_byte(good, at, index[at] ^ 1u << bit), data.size));
}

static void other_gzip(void)
{
	struct bzb_span data = make_data(SMALL);
	gz_header all = {
		.text = 1, .time = 1, .os = 3, .extra = (Bytef *)"ab", .extra_len = 3,
		.name = (Bytef *)"vmlinux", .comment = (Bytef *)"as it is", .hcrc = 1,
	};

	for (unsigned int parts = 0; parts < 16; parts++) {
		gz_header some = all;

		some.extra = parts & 1 ? all.extra : NULL;
		some.name = parts & 2 ? all.name : NULL;
		some.comment = parts & 4 ? all.comment : NULL;
		some.hcrc = parts & 8 ? 1 : 0;
		check_decodes(&bzb_decoder_gzip, of_gzip_with(data, &some), data);
	}
}

/* 10 bytes, 2 + 3 of FEXTRA, the name from 15 to 22, the comment from 23 to 31, 2 of FHCRC */
static void gzip_header_is_wrong(void)
{
	struct bzb_span data = make_data(SMALL);
	gz_header all = {
		.extra = (Bytef *)"ab", .extra_len = 3, .name = (Bytef *)"vmlinux",
		.comment = (Bytef *)"as it is", .hcrc = 1,
	};
	struct bzb_span good = of_gzip_with(data, &all);

	CHECK_EQ(0x1e, good.data[3]);
	CHECK_ERR(BZB_ERR_BADDATA,
		  decode(&bzb_decoder_gzip, CHANGED(good, { 4, 1, 1 }), SMALL));
	CHECK_ERR(BZB_ERR_BADDATA,
		  decode(&bzb_decoder_gzip, CHANGED(good, { 32, 1, good.data[32] ^ 1u }), SMALL));
	CHECK_ERR(BZB_ERR_BADDATA,
		  decode(&bzb_decoder_gzip, CHANGED(good, { 10, 2, 0xffff }), SMALL));
	CHECK_ERR(BZB_ERR_BADDATA,
		  decode(&bzb_decoder_gzip, CHANGED(good, { 10, 2, good.size - 12 }), SMALL));
	for (unsigned int flag = 0x20; flag < 0x100; flag <<= 1)
		CHECK_ERR(BZB_ERR_BADDATA,
			  decode(&bzb_decoder_gzip, CHANGED(of_gzip(data), { 3, 1, flag }), SMALL));
}

static void crc32_is_that_of_others(void)
{
	struct bzb_span data = make_data(300);
	struct crc32_tables tables;

	crc32_make_tables(&tables);
	for (size_t from = 0; from < 4; from++)
		for (size_t size = 0; size <= data.size - from; size++) {
			uint32_t sum = (uint32_t)crc32(7, data.data + from, (uInt)size);

			if (crc32_add(&tables, 7, data.data + from, size) != sum)
				FAIL("%zu bytes from %zu", size, from);
		}
}

/* The size in the header, with the mark at the end (7-Zip) or without (LZMA SDK) */
static void other_lzma(void)
{
	struct bzb_span data = make_data(SMALL), unknown = of_lzma(data);

	check_decodes(&bzb_decoder_lzma, CHANGED(unknown, { 5, 8, SMALL }), data);
	CHECK(decode(&bzb_decoder_lzma, CHANGED(unknown, { 5, 8, SMALL - 1 }), SMALL));
	CHECK(decode(&bzb_decoder_lzma, CHANGED(unknown, { 5, 8, SMALL + 1 }), SMALL));
}

static void other_zstd(void)
{
	struct bzb_span data = make_data(SMALL);
	size_t room = ZSTD_compressBound(SMALL);
	ZSTD_CCtx *c = ZSTD_createCCtx();
	unsigned char *to = test_alloc(room);
	size_t used;

	ZSTD_CCtx_setParameter(c, ZSTD_c_contentSizeFlag, 0);
	used = ZSTD_compress2(c, to, room, data.data, data.size);
	ZSTD_freeCCtx(c);
	check_decodes(&bzb_decoder_zstd, exact((struct bzb_span){ to, used }), data);
}

/* Nothing follows it: no block of size 0. */
static void other_lz4(void)
{
	struct bzb_span data = make_data(2 * LZ4_BLOCK);

	check_decodes(&bzb_decoder_lz4, of_lz4(data), data);
}

static void gzip_trailer_is_wrong(void)
{
	struct bzb_span good = of_gzip(make_data(SMALL));

	struct bzb_span longer = CHANGED(good, { good.size - 4, 4, SMALL + 1 });
	struct bzb_span other_crc = CHANGED(good, { good.size - 8, 1,
						    good.data[good.size - 8] ^ 1u });

	CHECK_ERR(BZB_ERR_BADSIZE, decode(&bzb_decoder_gzip, longer, SMALL + 1));
	CHECK_ERR(BZB_ERR_BADDATA, decode(&bzb_decoder_gzip, other_crc, SMALL));
}

/* A block that says it is longer than the file; one that is longer than int. */
static void lz4_block_past_end(void)
{
	struct bzb_span good = of_lz4(make_data(SMALL));

	CHECK_ERR(BZB_ERR_BADDATA,
		  decode(&bzb_decoder_lz4, CHANGED(good, { 4, 4, good.size - 7 }), SMALL));
	CHECK_ERR(BZB_ERR_BADDATA,
		  decode(&bzb_decoder_lz4, CHANGED(good, { 4, 4, 0xffffffff }), SMALL));
}

/* --- segments ------------------------------------------------------------------- */

#define SEGMENT_LEAST (512u << 10)	/* libzstd makes no smaller ones */
#define SEGMENTS_MAX 64u

struct segments {
	struct bzb_span data, stream;
	size_t size;			/* of what a segment becomes */
	unsigned int count;
	struct { struct bzb_span bytes; uint32_t checksum; } part[SEGMENTS_MAX];
};

/* The end of a frame of its own. */
static uint32_t xxh64_of(struct bzb_span data)
{
	struct bzb_span frame = of_zstd(data);

	return bzb_ld32(*(const bzb_le32 *)(frame.data + frame.size - 4));
}

static struct bzb_span part_of(struct bzb_span data, size_t at, size_t size)
{
	return (struct bzb_span){ data.data + at, data.size - at < size ? data.size - at : size };
}

/* A job of the compressor that does not look back is a segment: one begins at each multiple of
 * the size, and the checksum of the frame ends the last. */
static struct segments *make_segments(struct bzb_span data, size_t size)
{
	size_t room = ZSTD_compressBound(data.size), in = 0, done = 0, piece, used;
	struct segments *s = test_alloc(sizeof(*s));
	unsigned char *to = test_alloc(room), *out = test_alloc(data.size);
	ZSTD_CCtx *c = ZSTD_createCCtx();
	ZSTD_DCtx *d = ZSTD_createDCtx();
	size_t start = 0;

	ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, 1);
	ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
	ZSTD_CCtx_setParameter(c, ZSTD_c_nbWorkers, 2);
	ZSTD_CCtx_setParameter(c, ZSTD_c_jobSize, (int)size);
	ZSTD_CCtx_setParameter(c, ZSTD_c_overlapLog, 1);
	used = ZSTD_compress2(c, to, room, data.data, data.size);
	CHECK(!ZSTD_isError(used));
	ZSTD_freeCCtx(c);
	*s = (struct segments){ .data = data, .stream = { to, used }, .size = size };
	ZSTD_decompressBegin(d);
	while ((piece = ZSTD_nextSrcSizeToDecompress(d))) {
		ZSTD_nextInputType_e next = ZSTD_nextInputType(d);

		if ((next == ZSTDnit_blockHeader && done == s->count * size && done < data.size) ||
		    next == ZSTDnit_checksum) {
			if (s->count)
				s->part[s->count - 1].bytes =
					exact((struct bzb_span){ to + start, in - start });
			start = in;
			if (next == ZSTDnit_blockHeader) {
				CHECK(s->count < SEGMENTS_MAX);
				s->part[s->count++].checksum = xxh64_of(part_of(data, done, size));
			}
		}
		done += ZSTD_decompressContinue(d, out + done, data.size - done, to + in, piece);
		in += piece;
	}
	ZSTD_freeDCtx(d);
	CHECK_EQ((data.size - 1) / size + 1, s->count);
	return s;
}

static int decode_part(struct bzb_span bytes, uint32_t checksum, size_t size, unsigned char **ret)
{
	size_t workspace_size = bzb_decoder_zstd.workspace_size(bytes);
	unsigned char *out = guarded(size), *workspace = guarded(workspace_size);
	int err = bzb_decoder_zstd.decode_segment(bytes, checksum, out, size, workspace,
						  workspace_size);

	check_guard(out, size);
	check_guard(workspace, workspace_size);
	*ret = out;
	return err;
}

/* The last one first: none has seen what is before it. */
static void check_parts(const struct segments *s)
{
	for (unsigned int i = s->count; i--;) {
		struct test_block *before = test_state.blocks;
		struct bzb_span expected = part_of(s->data, i * s->size, s->size);
		unsigned char *out;

		CHECK_OK(decode_part(s->part[i].bytes, s->part[i].checksum, expected.size, &out));
		CHECK_BYTES(expected.data, out, expected.size);
		CHECK_OK(decode_part(unaligned(s->part[i].bytes), s->part[i].checksum,
				     expected.size, &out));
		test_free(before);
	}
}

static void one_to_64_segments(void)
{
	static const unsigned int counts[] = { 2, 3, 4, 7, 33, 63, 64 };

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		struct test_block *before = test_state.blocks;
		struct bzb_span data = make_data(counts[i] * (size_t)SEGMENT_LEAST);

		check_parts(make_segments(data, SEGMENT_LEAST));
		/* The last one is as small as can be. */
		data.size -= SEGMENT_LEAST - 1;
		check_parts(make_segments(data, SEGMENT_LEAST));
		test_free(before);
	}
}

static void segments_of_an_odd_size(void)
{
	struct bzb_span data = make_data(LARGE);

	check_parts(make_segments(data, SEGMENT_LEAST + 4096));
	check_parts(make_segments(data, (LARGE / 2 + 4095) / 4096 * 4096));
}

/* The same stream as a whole, for whoever knows of no segments */
static void segments_are_one_frame(void)
{
	struct segments *s = make_segments(make_data(LARGE), 3 << 20);

	check_decodes(&bzb_decoder_zstd, s->stream, s->data);
}

static struct segments *three_segments(void)
{
	struct bzb_span data = make_data(2 * SEGMENT_LEAST + SMALL);

	return make_segments(data, SEGMENT_LEAST);
}

static void damaged_segment(void)
{
	struct segments *s = three_segments();
	struct bzb_span good = s->part[2].bytes;
	struct test_block *before = test_state.blocks;

	CHECK(good.size < SMALL);
	for (size_t i = 0; i < good.size; i++) {
		unsigned char *out;
		struct bzb_span bad = CHANGED(good, { i, 1, good.data[i] ^ 1u << i % 8 });
		int err = decode_part(bad, s->part[2].checksum, SMALL, &out);

		if (!err && memcmp(out, s->data.data + 2 * SEGMENT_LEAST, SMALL))
			FAIL("byte %zu of %zu", i, good.size);
		if (err && err != -BZB_ERR_BADDATA && err != -BZB_ERR_BADSIZE)
			FAIL("byte %zu of %zu: %d", i, good.size, err);
		test_free(before);
	}
}

static void truncated_segment(void)
{
	struct segments *s = three_segments();
	struct test_block *before = test_state.blocks;

	for (size_t size = 0; size < s->part[2].bytes.size; size++) {
		unsigned char *out;
		int err = decode_part(exact(prefix(s->part[2].bytes, size)), s->part[2].checksum,
				      SMALL, &out);

		if (err != -BZB_ERR_BADDATA && err != -BZB_ERR_BADSIZE)
			FAIL("%zu bytes: %d", size, err);
		test_free(before);
	}
}

/* From a block too far on, or to one; another segment; several; nothing. */
static void wrong_offsets(void)
{
	struct segments *s = three_segments();
	struct bzb_span first = s->part[0].bytes, second = s->part[1].bytes;
	struct bzb_span both = followed_by(first, second);
	uint32_t checksum = s->part[0].checksum;
	unsigned char *out;

	CHECK(decode_part(part_of(first, 1, first.size), checksum, s->size, &out));
	CHECK(decode_part(part_of(both, 0, first.size + 1), checksum, s->size, &out));
	CHECK(decode_part(part_of(both, 0, first.size + 3), checksum, s->size, &out));
	CHECK_ERR(BZB_ERR_BADSIZE, decode_part(both, checksum, s->size, &out));
	CHECK_ERR(BZB_ERR_BADSIZE, decode_part(first, checksum, s->size - 1, &out));
	CHECK_ERR(BZB_ERR_BADSIZE, decode_part(first, checksum, s->size + 1, &out));
	CHECK_ERR(BZB_ERR_BADSIZE, decode_part(both, checksum, 2 * s->size - 1, &out));
	CHECK_ERR(BZB_ERR_BADDATA, decode_part(second, checksum, s->size, &out));
	CHECK_ERR(BZB_ERR_BADDATA, decode_part(first, checksum ^ 1u << 31, s->size, &out));
	CHECK_ERR(BZB_ERR_BADDATA, decode_part((struct bzb_span){ first.data, 0 }, checksum, 0,
					       &out));
	CHECK_ERR(BZB_ERR_BADDATA, decode_part(s->stream, checksum, s->data.size, &out));
}

/* The last block of a frame is the last one of a segment, or the segments are not one frame. */
static void nothing_follows_the_last_block(void)
{
	struct segments *s = three_segments();
	struct bzb_span both = followed_by(s->part[2].bytes, s->part[2].bytes);
	unsigned char *out;

	CHECK_ERR(BZB_ERR_BADDATA, decode_part(both, 0, 2 * SMALL, &out));
}

static void segment_workspace_too_small(void)
{
	struct segments *s = three_segments();
	struct bzb_span bytes = s->part[0].bytes;
	size_t size = bzb_decoder_zstd.workspace_size(bytes);

	CHECK_ERR(BZB_ERR_NOSPACE,
		  bzb_decoder_zstd.decode_segment(bytes, s->part[0].checksum, guarded(s->size),
						  s->size, guarded(size), size - 1));
}

static void only_zstd_has_segments(void)
{
	FOR_EACH_CODEC(c)
		CHECK(!c->decoder->decode_segment == (c->decoder != &bzb_decoder_zstd));
}

/* --- stack -------------------------------------------------------------------- */

/* As stub/layout.h has it. */
#define STACK_MAX (3u << 10)
#define STACK_AREA (256u << 10)
#define PAINT 0x5a

static struct {
	const struct bzb_decoder *decoder;
	struct bzb_span stream;
	unsigned char *out;
	void *workspace;
	size_t workspace_size;
	int err;
} job;

static void *run_nothing(void *unused)
{
	return unused;
}

static void *run_job(void *unused)
{
	job.err = job.decoder->decode(job.stream, job.out, LARGE, job.workspace,
				      job.workspace_size);
	return unused;
}

/* Of a thread; the C library's own data are part of it. */
static size_t stack_of(void *(*run)(void *))
{
	static unsigned char area[STACK_AREA] __attribute__((aligned(4096)));
	size_t untouched = 0;
	pthread_attr_t attr;
	pthread_t thread;

	memset(area, PAINT, sizeof(area));
	CHECK(!pthread_attr_init(&attr));
	CHECK(!pthread_attr_setstack(&attr, area, sizeof(area)));
	CHECK(!pthread_create(&thread, &attr, run, NULL));
	CHECK(!pthread_join(thread, NULL));
	pthread_attr_destroy(&attr);
	while (untouched < sizeof(area) && area[untouched] == PAINT)
		untouched++;
	return sizeof(area) - untouched;
}

static void stack_is_small(void)
{
	FOR_EACH_CODEC(c) {
		size_t used;

		job.decoder = c->decoder;
		job.stream = c->make(make_data(LARGE));
		job.out = test_alloc(LARGE);
		job.workspace_size = c->decoder->workspace_size(job.stream);
		job.workspace = guarded(job.workspace_size);
		/* The first time, the dynamic linker is on the stack too. */
		run_job(NULL);
		CHECK_OK(job.err);
		used = stack_of(run_job) - stack_of(run_nothing);
		CHECK_OK(job.err);
		printf("# %s: %zu bytes of stack\n", c->name, used);
		if (used > STACK_MAX)
			FAIL("%zu bytes of stack", used);
	}
}

/* Another processor has what stack the firmware gave it: OVMF's is 32 KiB. */
static void *run_segment(void *unused)
{
	const struct segments *s = job.workspace;

	(void)unused;
	job.err = bzb_decoder_zstd.decode_segment(s->part[0].bytes, s->part[0].checksum, job.out,
						  s->size, job.out + LARGE, job.workspace_size);
	return NULL;
}

static void stack_of_a_segment_is_small(void)
{
	struct segments *s = make_segments(make_data(LARGE), 3 << 20);
	size_t used;

	job.workspace = s;
	job.workspace_size = bzb_decoder_zstd.workspace_size(s->stream);
	job.out = guarded(LARGE + 63 + job.workspace_size);
	job.out += 63 - ((uintptr_t)job.out + LARGE + 63) % 64;
	run_segment(NULL);
	CHECK_OK(job.err);
	used = stack_of(run_segment) - stack_of(run_nothing);
	CHECK_OK(job.err);
	printf("# a segment: %zu bytes of stack\n", used);
	if (used > STACK_MAX)
		FAIL("%zu bytes of stack", used);
}

static const struct test tests[] = {
	{ "good streams are decompressed", good_streams },
	{ "a decoder says which codec it is for", codec_is_told },
	{ "every truncated stream is refused", truncated },
	{ "no damaged byte gets past a checksum", damaged },
	{ "a stream of another size than stated is refused", another_size },
	{ "what follows a stream is refused", junk_behind },
	{ "zeros are no stream", no_stream_at_all },
	{ "a workspace that is one byte too small is refused", workspace_too_small },
	{ "the workspace is what the library asks for", workspace_is_what_is_asked_for },
	{ "xz: any check, any number of blocks", other_xz },
	{ "xz: any byte that is wrong", xz_any_byte_is_wrong },
	{ "xz: an index with another number or size", xz_index_is_wrong },
	{ "CRC-32 of any number of bytes", crc32_is_that_of_others },
	{ "gzip: all that there may be in a header", other_gzip },
	{ "gzip: a broken header", gzip_header_is_wrong },
	{ "lzma: the size in the header", other_lzma },
	{ "zstd: no content size", other_zstd },
	{ "lz4: a last block that is full", other_lz4 },
	{ "gzip: the size or the CRC-32 is wrong, and nothing else", gzip_trailer_is_wrong },
	{ "lz4: a block past the end", lz4_block_past_end },
	{ "only zstd has segments", only_zstd_has_segments },
	{ "segments: 2 to 64, full and of one byte at the end", one_to_64_segments },
	{ "segments of any size", segments_of_an_odd_size },
	{ "segments are one frame, too", segments_are_one_frame },
	{ "segments: no damaged byte gets past the checksum", damaged_segment },
	{ "segments: every truncated one is refused", truncated_segment },
	{ "segments: wrong offsets, sizes and checksums are refused", wrong_offsets },
	{ "segments: nothing follows the last block of a frame", nothing_follows_the_last_block },
	{ "segments: a workspace that is one byte too small is refused",
	  segment_workspace_too_small },
	{ "a decoder needs at most 4 KiB of stack", stack_is_small },
	{ "a segment needs at most 4 KiB of stack", stack_of_a_segment_is_small },
};

int main(void)
{
	return RUN_TESTS(tests);
}
