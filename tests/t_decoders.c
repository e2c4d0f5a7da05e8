/* SPDX-License-Identifier: BSD-2-Clause */
/* The promises of decode.h, for every decoder in decoders/ */
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
#include "../stub/x86/addresses.h"

#define SMALL 8000u			/* decompressed once per byte of the stream */
#define ZSTD_PART ((size_t)512 << 10)		/* libzstd makes no smaller ones */
#define TAIL 4000u			/* size of the last part: the same */
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

/* Data like code: some bytes are rare, calls (e8), repetitions from near and far. Long data are
 * repetitions, because others would take long to compress. */
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
				data[i] =
					(unsigned char)(next_random(&state) & next_random(&state));
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

/* Blocks have @block bytes; 0: a single block. */
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
	return run_lzma(&lzma, lzma_stream_encoder(&lzma, x86 ? filters : filters + 1, check), data,
			block);
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

/* --- parts of streams ------------------------------------------------------- */

#define PARTS_MAX 64u

struct parts {
	struct bzb_span data, stream;
	size_t size; /* of a decompressed part, except the last */
	unsigned int count;
	struct bzb_span part[PARTS_MAX];
};

static struct parts *start_parts(struct bzb_span data, struct bzb_span stream, size_t size)
{
	struct parts *s = test_alloc(sizeof(*s));

	*s = (struct parts){ .data = data, .stream = stream, .size = size };
	return s;
}

static void add_part(struct parts *s, size_t start, size_t end)
{
	CHECK(s->count < PARTS_MAX);
	s->part[s->count++] = exact((struct bzb_span){ s->stream.data + start, end - start });
}

static struct bzb_span part_of(struct bzb_span data, size_t at, size_t size)
{
	return (struct bzb_span){ data.data + at, data.size - at < size ? data.size - at : size };
}

/* The decompressed part @number */
static struct bzb_span data_of(const struct parts *s, unsigned int number)
{
	return part_of(s->data, number * s->size, s->size);
}

static struct bzb_span of_zstd_jobs(struct bzb_span data, size_t size)
{
	size_t room = ZSTD_compressBound(data.size), used;
	unsigned char *to = test_alloc(room);
	ZSTD_CCtx *c = ZSTD_createCCtx();

	ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, 1);
	ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
	ZSTD_CCtx_setParameter(c, ZSTD_c_nbWorkers, 2);
	ZSTD_CCtx_setParameter(c, ZSTD_c_jobSize, (int)size);
	ZSTD_CCtx_setParameter(c, ZSTD_c_overlapLog, 1);
	used = ZSTD_compress2(c, to, room, data.data, data.size);
	ZSTD_freeCCtx(c);
	CHECK(!ZSTD_isError(used));
	return (struct bzb_span){ to, used };
}

/* A job of the compressor that does not look back is a part: one begins at each multiple of the
 * size, and the checksum of the frame follows the last. */
static struct parts *cut_zstd(struct bzb_span data, size_t size)
{
	struct parts *s = start_parts(data, of_zstd_jobs(data, size), size);
	unsigned char *out = test_alloc(data.size);
	size_t in = 0, done = 0, start = 0, piece;
	ZSTD_DCtx *d = ZSTD_createDCtx();

	ZSTD_decompressBegin(d);
	while ((piece = ZSTD_nextSrcSizeToDecompress(d))) {
		ZSTD_nextInputType_e next = ZSTD_nextInputType(d);

		if (next == ZSTDnit_blockHeader && !start)
			start = in;
		if ((next == ZSTDnit_blockHeader && done == (s->count + 1) * size &&
		     done < data.size) ||
		    next == ZSTDnit_checksum) {
			add_part(s, start, in);
			start = in;
		}
		done += ZSTD_decompressContinue(d, out + done, data.size - done,
						s->stream.data + in, piece);
		in += piece;
	}
	ZSTD_freeDCtx(d);
	return s;
}

/* Each block, with its padding, is a part. */
static struct parts *cut_xz_stream(struct bzb_span data, struct bzb_span stream, size_t size)
{
	struct parts *s = start_parts(data, stream, size);
	lzma_stream_flags footer;
	lzma_index *index = NULL;
	uint64_t memory = UINT64_MAX;
	lzma_index_iter block;
	size_t at = 0, start;

	CHECK(lzma_stream_footer_decode(&footer, stream.data + stream.size -
							 LZMA_STREAM_HEADER_SIZE) == LZMA_OK);
	start = stream.size - LZMA_STREAM_HEADER_SIZE - (size_t)footer.backward_size;
	CHECK(lzma_index_buffer_decode(&index, &memory, NULL, stream.data + start, &at,
				       (size_t)footer.backward_size) == LZMA_OK);
	lzma_index_iter_init(&block, index);
	while (!lzma_index_iter_next(&block, LZMA_INDEX_ITER_BLOCK))
		add_part(s, (size_t)block.block.compressed_stream_offset,
			 (size_t)(block.block.compressed_stream_offset + block.block.total_size));
	lzma_index_end(index, NULL);
	return s;
}

static struct parts *cut_xz(struct bzb_span data, size_t size)
{
	return cut_xz_stream(data, of_xz_with(data, LZMA_CHECK_CRC32, DICTIONARY, true, size),
			     size);
}

/* The blocks, without the magic number, of every @size bytes are a part. */
static struct parts *cut_lz4(struct bzb_span data, size_t size)
{
	struct parts *s = start_parts(data, of_lz4(data), size);
	size_t at = 4, start = at;

	for (size_t done = 0; done < data.size;) {
		at += 4 + (size_t)get(s->stream.data, at, 4);
		done += LZ4_BLOCK;
		if (done % size == 0 || done >= data.size) {
			add_part(s, start, at);
			start = at;
		}
	}
	CHECK_EQ(s->stream.size, at);
	return s;
}

static struct parts *whole(struct bzb_span data, struct bzb_span stream)
{
	struct parts *s = start_parts(data, stream, data.size);

	add_part(s, 0, stream.size);
	return s;
}

static struct parts *cut_lzma(struct bzb_span data, size_t size)
{
	(void)size;
	return whole(data, of_lzma(data));
}

static struct parts *cut_gzip(struct bzb_span data, size_t size)
{
	(void)size;
	return whole(data, of_gzip(data));
}

static struct parts *cut_none(struct bzb_span data, size_t size)
{
	(void)size;
	return whole(data, as_it_is(data));
}

/* --- all codecs ----------------------------------------------------------------- */

static const struct codec {
	const char *name;
	const struct bzb_decoder *decoder;
	struct bzb_span (*make)(struct bzb_span data);
	bool checksum;	/* has one, over all of the output */
	int junk_error; /* of a byte after the stream or a part */
	struct parts *(*cut)(struct bzb_span data, size_t size);
	size_t part; /* size of a part; 0: only one part */
} codecs[] = {
	{ "zstd", &bzb_decoder_zstd, of_zstd, true, BZB_ERR_BADDATA, cut_zstd, ZSTD_PART },
	{ "xz", &bzb_decoder_xz, of_xz, true, BZB_ERR_BADDATA, cut_xz, 3 * SMALL },
	{ "lzma", &bzb_decoder_lzma, of_lzma, false, BZB_ERR_BADDATA, cut_lzma, 0 },
	{ "gzip", &bzb_decoder_gzip, of_gzip, true, BZB_ERR_BADDATA, cut_gzip, 0 },
	{ "lz4", &bzb_decoder_lz4, of_lz4, false, BZB_ERR_BADDATA, cut_lz4, LZ4_BLOCK },
	{ "none", &bzb_decoder_none, as_it_is, false, BZB_ERR_BADSIZE, cut_none, 0 },
};

#define FOR_EACH_CODEC(c)                                                                          \
	for (const struct codec *c = codecs; c < codecs + ARRAY_SIZE(codecs) &&                    \
					     (test_state.subject = c->name); c++)

/* --- running a decoder -------------------------------------------------------- */

/* The libraries are not built with a sanitizer: guards find writes past the end. */
#define GUARD 64u

#define GUARDED(size) ((size) + GUARD + 63)

static unsigned char *aligned(unsigned char *block)
{
	return block + 63 - ((uintptr_t)block + 63) % 64;
}

static unsigned char *guarded(size_t size)
{
	unsigned char *block = aligned(test_alloc(GUARDED(size)));

	memset(block, 0xaf, size + GUARD);
	return block;
}

/* The one before, if it has the same size: new pages take longer than most decoders. */
static unsigned char *workspace_of(size_t size)
{
	static unsigned char *block;
	static size_t block_size;

	if (!block || block_size != size) {
		free(block);
		block = malloc(GUARDED(size));
		if (!block)
			abort();
		block_size = size;
		memset(aligned(block), 0xaf, size);
	}
	memset(aligned(block) + size, 0xaf, GUARD);
	return aligned(block);
}

static void check_guard(const unsigned char *block, size_t size)
{
	CHECK(test_only(block + size, 0xaf, GUARD));
}

/* *ret_out is valid even after an error. */
static int decode_with(const struct bzb_decoder *decoder, struct bzb_span stream, size_t size,
		       size_t workspace_size, unsigned char **ret_out)
{
	unsigned char *out = guarded(size), *workspace = workspace_of(workspace_size);
	int err = RETURNED(decoder->decode(stream, out, size, workspace, workspace_size));

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

static void has_the_number_of_its_codec(void)
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

/* Without a checksum, the size is still right, and nothing outside is touched. */
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

static void junk_after_a_stream(void)
{
	FOR_EACH_CODEC(c) {
		struct bzb_span good = c->make(make_data(SMALL));

		CHECK_ERR(c->junk_error, decode(c->decoder, followed_by(good, TEXT("x")), SMALL));
		CHECK(decode(c->decoder, followed_by(good, TEXT("\0\0\0\0")), SMALL));
		CHECK(decode(c->decoder, followed_by(good, good), SMALL));
	}
}

/* Data that a codec's own program accepts as more of the same, or ignores: each stream is good by
 * itself, or skipped. */
static const struct addition {
	const struct bzb_decoder *decoder;
	struct bzb_span bytes;
} additions[] = {
	{ &bzb_decoder_zstd, TEXT("\x50\x2a\x4d\x18\4\0\0\0skip") },
	{ &bzb_decoder_zstd, TEXT("\x5f\x2a\x4d\x18\0\0\0\0") },
	{ &bzb_decoder_xz, TEXT("\0\0\0\0") },
	{ &bzb_decoder_xz, TEXT("\0\0\0\0\0\0\0\0\0\0\0\0") },
	{ &bzb_decoder_gzip, TEXT("\0\0\0\0\0\0\0\0") },
	{ &bzb_decoder_lzma, TEXT("\0\0\0\0") },
	{ &bzb_decoder_lz4, TEXT("\0\0\0\0") },
	{ &bzb_decoder_lz4, TEXT("\1\0\0\0\0") },
	{ &bzb_decoder_lz4, TEXT("\2\x21\x4c\x18") },
};

static void check_not_one(const struct bzb_decoder *decoder, struct bzb_span a, struct bzb_span b,
			  size_t size)
{
	CHECK_ERR(BZB_ERR_BADDATA, decode(decoder, exact(followed_by(a, b)), size));
}

static void not_one_stream(void)
{
	FOR_EACH_CODEC(c) {
		struct bzb_span good = c->make(make_data(SMALL)), empty = c->make(make_data(0));

		if (c->decoder == &bzb_decoder_none)
			continue;
		check_not_one(c->decoder, good, good, SMALL);
		check_not_one(c->decoder, good, good, 2 * SMALL);
		check_not_one(c->decoder, good, empty, SMALL);
		check_not_one(c->decoder, empty, good, SMALL);
		for (size_t i = 0; i < ARRAY_SIZE(additions); i++)
			if (additions[i].decoder == c->decoder) {
				check_not_one(c->decoder, good, additions[i].bytes, SMALL);
				check_not_one(c->decoder, additions[i].bytes, good, SMALL);
			}
	}
}

/* A block with x86's filter alone, which LZMA2 must follow: liblzma gives no memory size for it. */
static void xz_filters_do_not_go_together(void)
{
	struct bzb_span good = of_xz(make_data(SMALL));
	unsigned char header[12] = { 2, 0, 4, 0 };
	struct bzb_span bad;

	put(header, 8, 4, crc32(0, header, 8));
	bad = followed_by(prefix(good, LZMA_STREAM_HEADER_SIZE), SPAN(header));
	bad = followed_by(bad, (struct bzb_span){ good.data + bad.size, good.size - bad.size });
	CHECK(bzb_decoder_xz.workspace_size(bad) <= 64u << 10);
	CHECK_ERR(BZB_ERR_BADDATA, decode(&bzb_decoder_xz, bad, SMALL));
}

static void no_stream_at_all(void)
{
	FOR_EACH_CODEC(c)
		for (size_t size = 0; size < 64; size++) {
			struct bzb_span zeros =
				exact((struct bzb_span){ (const unsigned char[64]){ 0 }, size });

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
		CHECK_ERR(BZB_ERR_NOSPACE, decode_with(c->decoder, stream, SMALL, size - 1, &out));
		CHECK_ERR(BZB_ERR_NOSPACE, decode_with(c->decoder, stream, SMALL, 0, &out));
	}
}

/* --- the memory that the libraries really allocate ---------------------------- */

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

/* Nothing is allocated after initialisation; beside the window, it gets 8 KiB. */
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

/* At least as much as the library allocates, and at most a few KiB more */
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

		check_bound(&bzb_decoder_xz, of_xz_with(data, LZMA_CHECK_CRC32, size, true, 0),
			    ask_xz);
		check_bound(&bzb_decoder_xz, of_xz_with(data, LZMA_CHECK_CRC64, size, false, 0),
			    ask_xz);
		check_bound(&bzb_decoder_lzma, of_lzma_with(data, size), ask_lzma);
	}
	check_bound(&bzb_decoder_gzip, of_gzip(data), ask_gzip);
}

/* --- streams of other compressors --------------------------------------------- */

static void other_xz(void)
{
	static const lzma_check checks[] = {
		LZMA_CHECK_NONE,
		LZMA_CHECK_CRC32,
		LZMA_CHECK_CRC64,
		LZMA_CHECK_SHA256,
	};
	struct bzb_span data = make_data(SMALL);

	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		check_decodes(&bzb_decoder_xz, of_xz_with(data, checks[i], DICTIONARY, false, 0),
			      data);
		check_decodes(&bzb_decoder_xz,
			      of_xz_with(data, checks[i], DICTIONARY, true, SMALL / 3), data);
	}
	/* The headers of that many do not fit into the workspace together. */
	check_decodes(&bzb_decoder_xz, of_xz_with(data, LZMA_CHECK_CRC32, 4096, true, 10), data);
}

/* Every byte of a stream is covered by a CRC-32, or present twice. */
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

/* Changes a byte of the index, and updates its CRC-32. */
static struct bzb_span with_index_byte(struct bzb_span good, size_t at, unsigned int value)
{
	size_t size = xz_index_size(good), start = good.size - XZ_FOOTER - size;
	unsigned char *bad = test_alloc(good.size);

	memcpy(bad, good.data, good.size);
	bad[start + at] = (unsigned char)value;
	put(bad, start + size - 4, 4, crc32(0, bad + start, (uInt)(size - 4)));
	return (struct bzb_span){ bad, good.size };
}

/* Changes both copies of the flags' second byte, the check, and updates their CRC-32. */
static struct bzb_span with_checks(struct bzb_span good, unsigned int header, unsigned int footer)
{
	unsigned char *bad = test_alloc(good.size), *end = bad + good.size - XZ_FOOTER;

	memcpy(bad, good.data, good.size);
	bad[7] = (unsigned char)header;
	put(bad, 8, 4, crc32(0, bad + 6, 2));
	end[9] = (unsigned char)footer;
	put(end, 0, 4, crc32(0, end + 4, 6));
	return (struct bzb_span){ bad, good.size };
}

static void xz_ends_say_the_same(void)
{
	struct bzb_span data = make_data(SMALL), good = of_xz(data);
	struct bzb_span none = { data.data, 0 }, empty = of_xz(none);

	check_decodes(&bzb_decoder_xz, empty, none);
	check_decodes(&bzb_decoder_xz, with_checks(good, LZMA_CHECK_CRC32, LZMA_CHECK_CRC32), data);
	CHECK_ERR(BZB_ERR_BADDATA,
		  decode(&bzb_decoder_xz, with_checks(good, LZMA_CHECK_CRC32, LZMA_CHECK_NONE),
			 SMALL));
	CHECK_ERR(BZB_ERR_BADDATA,
		  decode(&bzb_decoder_xz, with_checks(good, LZMA_CHECK_NONE, LZMA_CHECK_CRC32),
			 SMALL));
	for (unsigned int bit = 4; bit < 8; bit++) {
		unsigned int check = LZMA_CHECK_CRC32 | 1u << bit;

		CHECK_ERR(BZB_ERR_BADDATA,
			  decode(&bzb_decoder_xz, with_checks(empty, check, check), 0));
	}
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
	CHECK_ERR(BZB_ERR_BADDATA, decode(&bzb_decoder_xz, with_index_byte(good, 0, 1), data.size));
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
		.text = 1,
		.time = 1,
		.os = 3,
		.extra = (Bytef *)"ab",
		.extra_len = 3,
		.name = (Bytef *)"vmlinux",
		.comment = (Bytef *)"as it is",
		.hcrc = 1,
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
		.extra = (Bytef *)"ab",
		.extra_len = 3,
		.name = (Bytef *)"vmlinux",
		.comment = (Bytef *)"as it is",
		.hcrc = 1,
	};
	struct bzb_span good = of_gzip_with(data, &all);

	CHECK_EQ(0x1e, good.data[3]);
	CHECK_ERR(BZB_ERR_BADDATA, decode(&bzb_decoder_gzip, CHANGED(good, { 4, 1, 1 }), SMALL));
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

/* Nothing follows the last block, not even a block of size 0. */
static void other_lz4(void)
{
	struct bzb_span data = make_data(2 * LZ4_BLOCK);

	check_decodes(&bzb_decoder_lz4, of_lz4(data), data);
}

static void gzip_trailer_is_wrong(void)
{
	struct bzb_span good = of_gzip(make_data(SMALL));

	struct bzb_span longer = CHANGED(good, { good.size - 4, 4, SMALL + 1 });
	struct bzb_span other_crc =
		CHANGED(good, { good.size - 8, 1, good.data[good.size - 8] ^ 1u });

	CHECK_ERR(BZB_ERR_BADSIZE, decode(&bzb_decoder_gzip, longer, SMALL + 1));
	CHECK_ERR(BZB_ERR_BADDATA, decode(&bzb_decoder_gzip, other_crc, SMALL));
}

/* A block whose size is larger than the file; one whose size is larger than int */
static void lz4_block_past_end(void)
{
	struct bzb_span good = of_lz4(make_data(SMALL));

	CHECK_ERR(BZB_ERR_BADDATA,
		  decode(&bzb_decoder_lz4, CHANGED(good, { 4, 4, good.size - 7 }), SMALL));
	CHECK_ERR(BZB_ERR_BADDATA,
		  decode(&bzb_decoder_lz4, CHANGED(good, { 4, 4, 0xffffffff }), SMALL));
}

/* --- parts ------------------------------------------------------------------- */

/* *ret_out is valid even after an error. */
static int decode_part_with(const struct bzb_decoder *decoder, struct bzb_span bytes, size_t size,
			    size_t workspace_size, unsigned char **ret_out)
{
	unsigned char *out = guarded(size), *workspace = workspace_of(workspace_size);
	int err = RETURNED(decoder->decode_part(bytes, out, size, workspace, workspace_size));

	check_guard(out, size);
	check_guard(workspace, workspace_size);
	*ret_out = out;
	return err;
}

/* The workspace has the size for the whole stream. */
static int decode_part(const struct bzb_decoder *decoder, const struct parts *s,
		       struct bzb_span bytes, size_t size)
{
	unsigned char *out;

	return decode_part_with(decoder, bytes, size, decoder->workspace_size(s->stream), &out);
}

/* The last part first: none depends on the bytes before it. */
static void check_parts(const struct bzb_decoder *decoder, const struct parts *s)
{
	const size_t workspace_size = decoder->workspace_size(s->stream);

	CHECK_EQ((s->data.size - 1) / s->size + 1, s->count);
	for (unsigned int i = s->count; i--;) {
		struct test_block *before = test_state.blocks;
		struct bzb_span expected = data_of(s, i);
		unsigned char *out;

		CHECK_OK(decode_part_with(decoder, s->part[i], expected.size, workspace_size,
					  &out));
		CHECK_BYTES(expected.data, out, expected.size);
		CHECK_OK(decode_part_with(decoder, unaligned(s->part[i]), expected.size,
					  workspace_size, &out));
		CHECK_BYTES(expected.data, out, expected.size);
		test_free(before);
	}
}

/* Three parts, or one if the codec has none; the last one has TAIL bytes. */
static struct parts *some_parts(const struct codec *c)
{
	return c->cut(make_data(2 * c->part + TAIL), c->part);
}

static struct bzb_span last_part(const struct parts *s)
{
	return s->part[s->count - 1];
}

static void parts_of_every_codec(void)
{
	FOR_EACH_CODEC(c) {
		struct parts *s = some_parts(c);

		CHECK_EQ(c->part ? 3 : 1, s->count);
		check_parts(c->decoder, s);
		check_parts(c->decoder, c->cut(make_data(LARGE), c->part ? LZ4_BLOCK : 0));
	}
}

/* The same stream as a whole, for readers that do not support parts */
static void parts_are_one_stream(void)
{
	FOR_EACH_CODEC(c) {
		struct parts *s = some_parts(c);

		check_decodes(c->decoder, s->stream, s->data);
	}
}

static void zstd_parts(void)
{
	static const unsigned int counts[] = { 2, 3, 4, 7, 33, 63, 64 };

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		struct test_block *before = test_state.blocks;
		struct bzb_span data = make_data(counts[i] * ZSTD_PART);

		check_parts(&bzb_decoder_zstd, cut_zstd(data, ZSTD_PART));
		/* The last one has one byte. */
		data.size -= ZSTD_PART - 1;
		check_parts(&bzb_decoder_zstd, cut_zstd(data, ZSTD_PART));
		test_free(before);
	}
}

static void zstd_parts_of_an_odd_size(void)
{
	struct bzb_span data = make_data(LARGE);

	check_parts(&bzb_decoder_zstd, cut_zstd(data, ZSTD_PART + 4096));
	check_parts(&bzb_decoder_zstd, cut_zstd(data, (LARGE / 2 + 4095) / 4096 * 4096));
}

/* Sizes that leave a byte for the last block, and give any padding */
static void xz_parts(void)
{
	static const size_t sizes[] = { SMALL - 1, SMALL / 2, 4096, 999, 333 };
	struct bzb_span data = make_data(SMALL);

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		check_parts(&bzb_decoder_xz, cut_xz(data, sizes[i]));
		check_parts(&bzb_decoder_xz, cut_xz_stream(data,
							   of_xz_with(data, LZMA_CHECK_CRC32,
								      DICTIONARY, false, sizes[i]),
							   sizes[i]));
	}
}

/* Compressors with threads write sizes into the headers of blocks. */
static void xz_parts_with_sizes(void)
{
	struct bzb_span data = make_data(LARGE);
	lzma_stream lzma = LZMA_STREAM_INIT;
	lzma_mt mt = {
		.threads = 2,
		.block_size = 3 << 20,
		.preset = 1,
		.check = LZMA_CHECK_CRC32,
	};
	struct parts *s =
		cut_xz_stream(data, run_lzma(&lzma, lzma_stream_encoder_mt(&lzma, &mt), data, 0),
			      3 << 20);
	const struct bzb_decoder *xz = &bzb_decoder_xz;

	check_parts(xz, s);
	CHECK_ERR(BZB_ERR_BADSIZE, decode_part(xz, s, s->part[0], s->size - 1));
	CHECK_ERR(BZB_ERR_BADSIZE, decode_part(xz, s, s->part[0], s->size + 1));
}

/* Parts of one block or of several; the last block of the stream is full, too. */
static void lz4_parts(void)
{
	struct bzb_span data = make_data(4 * LZ4_BLOCK);

	check_parts(&bzb_decoder_lz4, cut_lz4(data, LZ4_BLOCK));
	check_parts(&bzb_decoder_lz4, cut_lz4(data, 2 * LZ4_BLOCK));
	check_parts(&bzb_decoder_lz4, cut_lz4(data, 3 * LZ4_BLOCK));
	data.size = 3 * LZ4_BLOCK + 1;
	check_parts(&bzb_decoder_lz4, cut_lz4(data, LZ4_BLOCK));
	check_parts(&bzb_decoder_lz4, cut_lz4(data, 3 * LZ4_BLOCK));
}

/* The output may be wrong, but nothing outside is touched. */
static void damaged_part(void)
{
	FOR_EACH_CODEC(c) {
		struct parts *s = some_parts(c);
		struct bzb_span good = last_part(s);
		struct test_block *before = test_state.blocks;

		for (size_t i = 0; i < good.size; i++) {
			struct bzb_span bad = CHANGED(good, { i, 1, good.data[i] ^ 1u << i % 8 });
			int err = decode_part(c->decoder, s, bad, TAIL);

			/* A damaged header may ask for any dictionary. */
			if (err && err != -BZB_ERR_BADDATA && err != -BZB_ERR_BADSIZE &&
			    !(err == -BZB_ERR_NOSPACE && c->decoder == &bzb_decoder_lzma))
				FAIL("byte %zu of %zu: %d", i, good.size, err);
			test_free(before);
		}
	}
}

static void truncated_part(void)
{
	FOR_EACH_CODEC(c) {
		struct parts *s = some_parts(c);
		struct bzb_span good = last_part(s);
		struct test_block *before = test_state.blocks;

		for (size_t size = 0; size < good.size; size++) {
			int err = decode_part(c->decoder, s, exact(prefix(good, size)), TAIL);

			if (err != -BZB_ERR_BADDATA && err != -BZB_ERR_BADSIZE)
				FAIL("%zu of %zu bytes: %d", size, good.size, err);
			test_free(before);
		}
	}
}

static void part_of_another_size(void)
{
	static const size_t sizes[] = { 0, 1, TAIL / 2, TAIL - 1, TAIL + 1, 2 * TAIL };

	FOR_EACH_CODEC(c) {
		struct parts *s = some_parts(c);

		for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
			CHECK_ERR(BZB_ERR_BADSIZE,
				  decode_part(c->decoder, s, last_part(s), sizes[i]));
	}
}

static void junk_after_a_part(void)
{
	FOR_EACH_CODEC(c) {
		struct parts *s = some_parts(c);
		struct bzb_span good = last_part(s);

		CHECK_ERR(c->junk_error,
			  decode_part(c->decoder, s, followed_by(good, TEXT("x")), TAIL));
		CHECK(decode_part(c->decoder, s, followed_by(good, TEXT("\0\0\0\0")), TAIL));
		CHECK(decode_part(c->decoder, s, followed_by(good, good), TAIL));
	}
}

/* The bytes before and after parts do not belong to any part. */
static void a_stream_of_parts_is_not_a_part(void)
{
	FOR_EACH_CODEC(c) {
		struct parts *s = some_parts(c);

		if (c->part)
			CHECK_ERR(BZB_ERR_BADDATA,
				  decode_part(c->decoder, s, s->stream, s->data.size));
	}
}

/* Starting or ending some bytes too late; several at once */
static void zstd_parts_are_where_blocks_are(void)
{
	const struct bzb_decoder *zstd = &bzb_decoder_zstd;
	struct parts *s = cut_zstd(make_data(2 * ZSTD_PART + SMALL), ZSTD_PART);
	struct bzb_span first = s->part[0], both = followed_by(first, s->part[1]);

	CHECK(decode_part(zstd, s, part_of(first, 1, first.size), s->size));
	CHECK(decode_part(zstd, s, part_of(both, 0, first.size + 1), s->size));
	CHECK(decode_part(zstd, s, part_of(both, 0, first.size + 3), s->size));
	CHECK_ERR(BZB_ERR_BADSIZE, decode_part(zstd, s, both, s->size));
	CHECK_ERR(BZB_ERR_BADSIZE, decode_part(zstd, s, both, 2 * s->size - 1));
	CHECK_ERR(BZB_ERR_BADDATA, decode_part(zstd, s, prefix(first, 0), 0));
}

/* The last block of a frame ends a part; otherwise the parts would not be one frame. */
static void nothing_follows_the_last_block(void)
{
	struct parts *s = cut_zstd(make_data(2 * ZSTD_PART + SMALL), ZSTD_PART);

	CHECK_ERR(BZB_ERR_BADDATA, decode_part(&bzb_decoder_zstd, s,
					       followed_by(s->part[2], s->part[2]), 2 * SMALL));
}

/* Two blocks are two parts, even if their sizes fit. */
static void xz_part_is_one_block(void)
{
	struct parts *s = cut_xz(make_data(SMALL), SMALL / 2);
	struct bzb_span both = followed_by(s->part[0], s->part[1]);

	CHECK_ERR(BZB_ERR_BADDATA, decode_part(&bzb_decoder_xz, s, both, SMALL / 2));
	CHECK_ERR(BZB_ERR_BADDATA, decode_part(&bzb_decoder_xz, s, both, SMALL));
}

/* The manifest's checksum has already found any damage. */
static void crc32_of_a_part_does_not_matter(void)
{
	struct bzb_span data = make_data(SMALL), gzip = of_gzip(data);
	struct parts *xz = cut_xz(data, SMALL / 2);
	struct bzb_span block = xz->part[1];

	gzip = CHANGED(gzip, { gzip.size - 8, 4, ~get(gzip.data, gzip.size - 8, 4) });
	CHECK_ERR(BZB_ERR_BADDATA, decode(&bzb_decoder_gzip, gzip, SMALL));
	CHECK_OK(decode_part(&bzb_decoder_gzip, whole(data, gzip), gzip, SMALL));
	block = CHANGED(block, { block.size - 4, 4, ~get(block.data, block.size - 4, 4) });
	CHECK_OK(decode_part(&bzb_decoder_xz, xz, block, SMALL / 2));
}

/* xz asks for more than it needs, but not for a second dictionary. */
static void part_workspace_too_small(void)
{
	FOR_EACH_CODEC(c) {
		struct parts *s = some_parts(c);
		size_t size = c->decoder->workspace_size(s->stream);
		unsigned char *out;

		if (!size)
			continue;
		size = c->decoder == &bzb_decoder_xz ? DICTIONARY : size - 1;
		CHECK_ERR(BZB_ERR_NOSPACE,
			  decode_part_with(c->decoder, last_part(s), TAIL, size, &out));
		CHECK_ERR(BZB_ERR_NOSPACE,
			  decode_part_with(c->decoder, last_part(s), TAIL, 0, &out));
	}
}

/* The end of a frame of @data alone */
static uint32_t xxh64_of(struct bzb_span data)
{
	struct bzb_span frame = of_zstd(data);

	return bzb_ld32(*(const bzb_le32 *)(frame.data + frame.size - 4));
}

static void checksum_is_that_of_zstd(void)
{
	static const size_t large[] = { 4095, SMALL, ZSTD_PART + 1, 3 * ZSTD_PART + 31 };
	struct bzb_span data = make_data(large[ARRAY_SIZE(large) - 1] + 1);

	for (size_t i = 0; i <= 200 + ARRAY_SIZE(large); i++) {
		struct test_block *before = test_state.blocks;
		struct bzb_span bytes = part_of(data, i % 2, i <= 200 ? i : large[i - 201]);
		uint32_t sum = xxh64_of(bytes);

		if (bzb_checksum(exact(bytes)) != sum || bzb_checksum(unaligned(bytes)) != sum)
			FAIL("%zu bytes", bytes.size);
		test_free(before);
	}
}

/* --- stack -------------------------------------------------------------------- */

#define STACK_AREA (256u << 10)
#define PAINT 0x5a

static struct {
	const struct bzb_decoder *decoder;
	struct bzb_span stream;
	unsigned char *out;
	size_t size; /* of @out */
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
	job.err = job.decoder->decode(job.stream, job.out, job.size, job.workspace,
				      job.workspace_size);
	return unused;
}

/* The stack used by a thread, including the C library's own data */
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

/* Checks the stack for job.stream, which is @whole or a part of it. */
static void check_stack(const struct codec *c, void *(*run)(void *), struct bzb_span whole)
{
	size_t used;

	job.decoder = c->decoder;
	job.out = test_alloc(job.size);
	job.workspace_size = c->decoder->workspace_size(whole);
	job.workspace = guarded(job.workspace_size);
	/* The first time, the dynamic linker uses the stack, too. */
	run(NULL);
	CHECK_OK(job.err);
	used = stack_of(run) - stack_of(run_nothing);
	CHECK_OK(job.err);
	printf("# %s: %zu bytes of stack\n", c->name, used);
	if (used > DECODER_STACK_SIZE)
		FAIL("%zu bytes of stack", used);
}

static void stack_is_small(void)
{
	FOR_EACH_CODEC(c) {
		job.stream = c->make(make_data(LARGE));
		job.size = LARGE;
		check_stack(c, run_job, job.stream);
	}
}

/* Other processors run on a stack of the firmware's: OVMF's has 32 KiB. */
static void *run_part(void *unused)
{
	job.err = job.decoder->decode_part(job.stream, job.out, job.size, job.workspace,
					   job.workspace_size);
	return unused;
}

static void stack_of_a_part_is_small(void)
{
	FOR_EACH_CODEC(c) {
		struct parts *s = c->cut(make_data(LARGE), c->part ? LZ4_BLOCK : 0);

		job.stream = s->part[0];
		job.size = s->size;
		check_stack(c, run_part, s->stream);
	}
}

static const struct test tests[] = {
	{ "good streams are decompressed", good_streams },
	{ "a decoder has the number of its codec", has_the_number_of_its_codec },
	{ "every truncated stream is refused", truncated },
	{ "a checksum finds every damaged byte", damaged },
	{ "a stream of another size than stated is refused", another_size },
	{ "bytes after a stream are refused", junk_after_a_stream },
	{ "more than one stream, skippable data and padding are refused", not_one_stream },
	{ "xz: incompatible filters are refused", xz_filters_do_not_go_together },
	{ "zeros are not a stream", no_stream_at_all },
	{ "a workspace that is one byte too small is refused", workspace_too_small },
	{ "the workspace has the size that the library needs", workspace_is_what_is_asked_for },
	{ "xz: any check, any number of blocks", other_xz },
	{ "xz: any byte may be wrong", xz_any_byte_is_wrong },
	{ "xz: the header and the footer agree", xz_ends_say_the_same },
	{ "xz: an index with a wrong number or size", xz_index_is_wrong },
	{ "CRC-32 of any number of bytes", crc32_is_that_of_others },
	{ "gzip: all fields of a header", other_gzip },
	{ "gzip: a broken header", gzip_header_is_wrong },
	{ "lzma: the size in the header", other_lzma },
	{ "zstd: no content size", other_zstd },
	{ "lz4: a full last block", other_lz4 },
	{ "gzip: the size or the CRC-32 is wrong, and nothing else", gzip_trailer_is_wrong },
	{ "lz4: a block past the end", lz4_block_past_end },
	{ "parts of every codec, the last one first", parts_of_every_codec },
	{ "parts are one stream, too", parts_are_one_stream },
	{ "zstd: 2 to 64 parts, the last one full or of one byte", zstd_parts },
	{ "zstd: parts of any size", zstd_parts_of_an_odd_size },
	{ "xz: parts of any size", xz_parts },
	{ "xz: parts with sizes in their headers", xz_parts_with_sizes },
	{ "lz4: parts of one block, of several, of one byte", lz4_parts },
	{ "parts: a damaged byte never makes a decoder write outside", damaged_part },
	{ "parts: every truncated one is refused", truncated_part },
	{ "parts: one of another size than stated is refused", part_of_another_size },
	{ "parts: bytes after a part are refused", junk_after_a_part },
	{ "parts: a stream of several parts is not a part", a_stream_of_parts_is_not_a_part },
	{ "parts: a workspace that is too small is refused", part_workspace_too_small },
	{ "parts: CRC-32 does not matter", crc32_of_a_part_does_not_matter },
	{ "zstd: a part begins and ends with a block", zstd_parts_are_where_blocks_are },
	{ "parts: zstd: bytes after the last block of a frame are refused",
	  nothing_follows_the_last_block },
	{ "xz: a part is one block", xz_part_is_one_block },
	{ "a manifest and a zstd frame have the same checksum", checksum_is_that_of_zstd },
	{ "a decoder needs no more stack than stub/x86/addresses.h sets aside", stack_is_small },
	{ "a part needs no more stack than stub/x86/addresses.h sets aside",
	  stack_of_a_part_is_small },
};

int main(void)
{
	return RUN_TESTS(tests);
}
