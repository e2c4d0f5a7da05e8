/* SPDX-License-Identifier: BSD-2-Clause */
#include "stream.h"

#include <lz4.h>
#include <lz4frame.h>
#include <lzma.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

/* As of packer/payload/payload_decompress.c. */
#define LZMA_MEMORY_MAX ((uint64_t)1 << 30)

/* The output buffer begins with this size, and doubles. A small one is enough for
 * limits->wanted(). */
#define FIRST_ROOM ((size_t)4 << 10)

/* lz4_Frame_format.md: "Legacy frame" */
#define LZ4_LEGACY_MAGIC "\x02\x21\x4c\x18"
#define LZ4_FRAME_MAGIC "\x04\x22\x4d\x18"
#define LZ4_MAGIC_SIZE 4u
#define LZ4_LEGACY_BLOCK ((size_t)8 << 20)

struct output {
	struct blob *room;
	size_t size;
};

/* Blocks of a legacy frame are decompressed as a whole. */
struct lz4_legacy {
	struct blob block;
	size_t size, given; /* bytes in @block, and those of them that have been copied */
};

struct stream {
	const struct stream_format *format;
	struct bzb_span in;
	unsigned char *out;
	size_t room; /* bytes at @out */
	union {
		z_stream z;
		lzma_stream lzma;
		ZSTD_DStream *zstd;
		LZ4F_dctx *lz4;
		struct lz4_legacy legacy;
	};
};

/*
 * step() reads some of @in and writes some of @out each time.
 *
 * returns: 1 at the end of the stream, 0 to be called again, -1 if it is broken
 */
struct stream_format {
	enum bzb_codec codec;
	const char *magic; /* NULL: that of bzb_codec_from_magic() */
	int (*begin)(struct stream *s);
	int (*step)(struct stream *s);
	void (*end)(struct stream *s);
};

static int begin_gzip(struct stream *s)
{
	s->z = (z_stream){ 0 };
	return inflateInit2(&s->z, MAX_WBITS + 16) == Z_OK ? 0 : -1;
}

/* zlib counts in 32 bits. */
static uInt at_most_uint(size_t size)
{
	return size < UINT32_MAX ? (uInt)size : UINT32_MAX;
}

static int step_gzip(struct stream *s)
{
	uInt in = at_most_uint(s->in.size), room = at_most_uint(s->room);
	int result;

	s->z.next_in = (Bytef *)s->in.data;
	s->z.avail_in = in;
	s->z.next_out = s->out;
	s->z.avail_out = room;
	result = inflate(&s->z, Z_NO_FLUSH);
	s->in = (struct bzb_span){ s->z.next_in, s->in.size - (in - s->z.avail_in) };
	s->out = s->z.next_out;
	s->room -= room - s->z.avail_out;
	return result == Z_STREAM_END ? 1 : result == Z_OK || result == Z_BUF_ERROR ? 0 : -1;
}

static void end_gzip(struct stream *s)
{
	inflateEnd(&s->z);
}

static int begin_xz(struct stream *s)
{
	s->lzma = (lzma_stream)LZMA_STREAM_INIT;
	return lzma_stream_decoder(&s->lzma, LZMA_MEMORY_MAX, 0) == LZMA_OK ? 0 : -1;
}

static int begin_lzma(struct stream *s)
{
	s->lzma = (lzma_stream)LZMA_STREAM_INIT;
	return lzma_alone_decoder(&s->lzma, LZMA_MEMORY_MAX) == LZMA_OK ? 0 : -1;
}

static int step_lzma(struct stream *s)
{
	lzma_ret result;

	s->lzma.next_in = s->in.data;
	s->lzma.avail_in = s->in.size;
	s->lzma.next_out = s->out;
	s->lzma.avail_out = s->room;
	result = lzma_code(&s->lzma, LZMA_RUN);
	s->in = (struct bzb_span){ s->lzma.next_in, s->lzma.avail_in };
	s->out = s->lzma.next_out;
	s->room = s->lzma.avail_out;
	return result == LZMA_STREAM_END ? 1 : result == LZMA_OK ? 0 : -1;
}

static void end_lzma(struct stream *s)
{
	lzma_end(&s->lzma);
}

static int begin_zstd(struct stream *s)
{
	s->zstd = ZSTD_createDStream();
	return s->zstd ? 0 : -1;
}

static int step_zstd(struct stream *s)
{
	ZSTD_inBuffer in = { s->in.data, s->in.size, 0 };
	ZSTD_outBuffer out = { s->out, s->room, 0 };
	size_t result = ZSTD_decompressStream(s->zstd, &out, &in);

	s->in = (struct bzb_span){ s->in.data + in.pos, s->in.size - in.pos };
	s->out += out.pos;
	s->room -= out.pos;
	return ZSTD_isError(result) ? -1 : !result;
}

static void end_zstd(struct stream *s)
{
	ZSTD_freeDStream(s->zstd);
}

static int begin_lz4(struct stream *s)
{
	return LZ4F_isError(LZ4F_createDecompressionContext(&s->lz4, LZ4F_VERSION)) ? -1 : 0;
}

static int step_lz4(struct stream *s)
{
	size_t in = s->in.size, out = s->room;
	size_t result = LZ4F_decompress(s->lz4, s->out, &out, s->in.data, &in, NULL);

	if (LZ4F_isError(result))
		return -1;
	s->in = (struct bzb_span){ s->in.data + in, s->in.size - in };
	s->out += out;
	s->room -= out;
	return !result;
}

static void end_lz4(struct stream *s)
{
	LZ4F_freeDecompressionContext(s->lz4);
}

static int begin_legacy(struct stream *s)
{
	s->legacy = (struct lz4_legacy){ 0 };
	return bzb_slice(s->in, LZ4_MAGIC_SIZE, s->in.size - LZ4_MAGIC_SIZE, &s->in);
}

/* The next block, less its size; empty at the end of the frame and where the file ends too
 * early. */
static struct bzb_span next_block(const struct stream *s)
{
	struct bzb_span field, block = { 0 };
	uint32_t size;

	if (bzb_slice(s->in, 0, 4, &field))
		return block;
	size = bzb_get32(field.data);
	if (size <= LZ4_COMPRESSBOUND(LZ4_LEGACY_BLOCK))
		(void)bzb_slice(s->in, 4, size, &block);
	return block;
}

/* A kernel's build appends the decompressed size to the frame. */
static bool is_end_of_legacy(const struct stream *s)
{
	return !s->in.size || s->in.size == BZB_PAYLOAD_TRAILER_SIZE ||
	       stream_format(s->in) == s->format;
}

static int decode_block(struct lz4_legacy *legacy, struct bzb_span block)
{
	int size;

	if (!legacy->block.size)
		legacy->block = blob_room(LZ4_LEGACY_BLOCK);
	size = LZ4_decompress_safe((const char *)block.data, (char *)legacy->block.data,
				   (int)block.size, (int)LZ4_LEGACY_BLOCK);
	if (size <= 0)
		return -1;
	legacy->size = (size_t)size;
	legacy->given = 0;
	return 0;
}

static void give_block(struct stream *s)
{
	struct lz4_legacy *legacy = &s->legacy;
	size_t size = legacy->size - legacy->given;

	if (size > s->room)
		size = s->room;
	if (size)
		memcpy(s->out, legacy->block.data + legacy->given, size);
	legacy->given += size;
	s->out += size;
	s->room -= size;
}

static int step_legacy(struct stream *s)
{
	struct bzb_span block;

	if (s->legacy.given == s->legacy.size) {
		if (is_end_of_legacy(s))
			return 1;
		block = next_block(s);
		if (!block.size)
			return 0;
		if (decode_block(&s->legacy, block) ||
		    bzb_slice(s->in, 4 + block.size, s->in.size - 4 - block.size, &s->in))
			return -1;
	}
	give_block(s);
	return 0;
}

static void end_legacy(struct stream *s)
{
	blob_free(&s->legacy.block);
}

static const struct stream_format formats[] = {
	{ BZB_CODEC_GZIP, NULL, begin_gzip, step_gzip, end_gzip },
	{ BZB_CODEC_LZMA, NULL, begin_lzma, step_lzma, end_lzma },
	{ BZB_CODEC_XZ, NULL, begin_xz, step_lzma, end_lzma },
	{ BZB_CODEC_ZSTD, NULL, begin_zstd, step_zstd, end_zstd },
	{ BZB_CODEC_LZ4, LZ4_LEGACY_MAGIC, begin_legacy, step_legacy, end_legacy },
	{ BZB_CODEC_LZ4, LZ4_FRAME_MAGIC, begin_lz4, step_lz4, end_lz4 },
};

static bool begins_with(struct bzb_span bytes, const struct stream_format *format)
{
	enum bzb_codec codec;

	if (format->magic)
		return bytes.size >= LZ4_MAGIC_SIZE &&
		       !memcmp(bytes.data, format->magic, LZ4_MAGIC_SIZE);
	return !bzb_codec_from_magic(bytes, &codec) && codec == format->codec;
}

const struct stream_format *stream_format(struct bzb_span bytes)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(formats); i++)
		if (begins_with(bytes, &formats[i]))
			return &formats[i];
	return NULL;
}

/* The second byte of the magic number that begins with this one, and a mark that there is one. */
#define SECOND(byte) (0x100u | (byte))

static const uint16_t second_bytes[256] = {
	[0x1f] = SECOND(0x8b), [0x5d] = SECOND(0x00), [0xfd] = SECOND(0x37),
	[0x28] = SECOND(0xb5), [0x02] = SECOND(0x21), [0x04] = SECOND(0x22),
};

size_t stream_search(struct bzb_span bytes, size_t at)
{
	while (at + 1 < bytes.size && second_bytes[bytes.data[at]] != SECOND(bytes.data[at + 1]))
		at++;
	return at + 1 < bytes.size ? at : bytes.size;
}

enum bzb_codec stream_codec(const struct stream_format *format)
{
	return format->codec;
}

bool stream_has_end(const struct stream_format *format)
{
	return format->step != step_legacy;
}

/* The budget never falls below zero. */
static void pay(const struct stream_limits *limits, uint64_t cost)
{
	if (limits->cost_left)
		*limits->cost_left -= cost < *limits->cost_left ? cost : *limits->cost_left;
}

static int make_room(const struct stream_limits *limits, struct output *out)
{
	if (limits->cost_left && !*limits->cost_left)
		return -BZB_ERR_TOOLARGE;
	if (out->size < out->room->size)
		return 0;
	if (out->size > limits->max_size)
		return -BZB_ERR_TOOLARGE;
	blob_resize(out->room, out->size ? out->size * 2 : FIRST_ROOM);
	return 0;
}

/* However large the room is, the first step is a small one, for limits->wanted(). */
static size_t step_room(const struct output *out)
{
	size_t left = out->room->size - out->size;
	size_t step = out->size > FIRST_ROOM ? out->size : FIRST_ROOM;

	return left < step ? left : step;
}

/* returns: 1 at the end of the stream, 0 to be called again, or an error */
static int run_step(struct stream *s, const struct stream_limits *limits, struct output *out)
{
	size_t left = s->in.size, before = out->size, room;
	int result = make_room(limits, out);

	if (result)
		return result;
	room = step_room(out);
	s->out = out->room->data + out->size;
	s->room = room;
	result = s->format->step(s);
	out->size += room - s->room;
	pay(limits, left - s->in.size + (out->size - before));
	if (!limits->wanted((struct bzb_span){ out->room->data, out->size }))
		return -BZB_ERR_NOTFOUND;
	if (result < 0)
		return -BZB_ERR_BADDATA;
	if (!result && left == s->in.size && before == out->size)
		return -BZB_ERR_TRUNCATED;
	return result;
}

static int run_stream(struct stream *s, const struct stream_limits *limits, struct output *out)
{
	int result = s->format->begin(s) ? -BZB_ERR_BADDATA : 0;

	if (result)
		return result;
	while (!result)
		result = run_step(s, limits, out);
	s->format->end(s);
	if (result < 0)
		return result;
	return out->size > limits->max_size ? -BZB_ERR_TOOLARGE : 0;
}

int stream_decompress(const struct stream_format *format, const struct stream_limits *limits,
		      struct bzb_span *stream, struct blob *room, size_t *ret)
{
	struct output out = { .room = room };
	struct stream s = { .format = format, .in = *stream };
	int err;

	do
		err = run_stream(&s, limits, &out);
	while (!err && limits->joined && stream_format(s.in) == format);
	if (err)
		return err;
	stream->size -= s.in.size;
	*ret = out.size;
	return 0;
}
