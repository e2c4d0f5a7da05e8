/* SPDX-License-Identifier: BSD-2-Clause */
#include "scan.h"

#include <lzma.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include <bzboot/probe.h>

#include "diag.h"

/* As of packer/decompress.c. */
#define LZMA_MEMORY_MAX ((uint64_t)1 << 30)

/* The output grows by doubling, from here: a little tells whether it is a kernel. */
#define FIRST_ROOM ((size_t)4 << 10)

/*
 * The budget of a file: bytes read and bytes decompressed, by all streams together; to begin one counts
 * as much as the memory of its decoder. That is enough for a kernel of the largest size
 * and an impostor before it, or for 32,768 streams that are none.
 */
#define COST_MAX ((uint64_t)2 << 30)
#define COST_OF_STREAM ((uint64_t)64 << 10)

struct output {
	struct blob room;
	size_t size, max_size;
	uint64_t cost_left;
};

/*
 * A decoder takes some of @in and gives some of @out, as often as it is called.
 *
 * returns: 1 at the end of the stream, 0 to be called again, -1 if it is broken
 */
struct stream {
	struct bzb_span in;
	unsigned char *out;
	size_t room;		/* bytes at @out */
	union {
		z_stream z;
		lzma_stream lzma;
		ZSTD_DStream *zstd;
	};
};

static int begin_gzip(struct stream *s)
{
	s->z = (z_stream){ 0 };
	return inflateInit2(&s->z, MAX_WBITS + 16) == Z_OK ? 0 : -1;
}

static int step_gzip(struct stream *s)
{
	int result;

	s->z.next_in = (Bytef *)s->in.data;
	s->z.avail_in = (uInt)s->in.size;
	s->z.next_out = s->out;
	s->z.avail_out = (uInt)s->room;
	result = inflate(&s->z, Z_NO_FLUSH);
	s->in = (struct bzb_span){ s->z.next_in, s->z.avail_in };
	s->out = s->z.next_out;
	s->room = s->z.avail_out;
	return result == Z_STREAM_END ? 1 : result == Z_OK ? 0 : -1;
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
	if (ZSTD_isError(result) || (result && !s->in.size && s->room))
		return -1;
	return !result;
}

static void end_zstd(struct stream *s)
{
	ZSTD_freeDStream(s->zstd);
}

/* lz4 is left out: its legacy frames do not say where they end. */
static const struct decoder {
	int (*begin)(struct stream *s);
	int (*step)(struct stream *s);
	void (*end)(struct stream *s);
} decoders[BZB_CODEC_COUNT] = {
	[BZB_CODEC_GZIP] = { begin_gzip, step_gzip, end_gzip },
	[BZB_CODEC_LZMA] = { begin_lzma, step_lzma, end_lzma },
	[BZB_CODEC_XZ] = { begin_xz, step_lzma, end_lzma },
	[BZB_CODEC_ZSTD] = { begin_zstd, step_zstd, end_zstd },
};

static bool is_kernel(struct bzb_span bytes)
{
	return bzb_probe(bytes) & (BZB_IS_ELF | BZB_IS_PE);
}

/* Most hits are none: the first bytes tell. */
static bool may_be_kernel(const struct output *out)
{
	return out->size < 4 || !memcmp(out->room.data, "\177ELF", 4) ||
	       !memcmp(out->room.data, "MZ", 2);
}

/* The budget never becomes negative. */
static void pay(uint64_t *left, uint64_t cost)
{
	*left -= cost < *left ? cost : *left;
}

static int run(const struct decoder *decoder, struct stream *s, struct output *out)
{
	int result = 0;

	while (!result) {
		size_t left = s->in.size, before = out->size;

		if (!out->cost_left)
			return -1;
		if (out->size == out->room.size) {
			if (out->size > out->max_size)
				return -1;
			blob_resize(&out->room, out->size * 2);
		}
		s->out = out->room.data + out->size;
		s->room = out->room.size - out->size;
		result = decoder->step(s);
		out->size = out->room.size - s->room;
		pay(&out->cost_left, left - s->in.size + (out->size - before));
		if (!may_be_kernel(out) || (!result && left == s->in.size && before == out->size))
			return -1;
	}
	return result < 0 || out->size > out->max_size ? -1 : 0;
}

/* @stream: from its magic number to the end of the file; becomes as long as it is */
static int try_stream(const struct decoder *decoder, size_t max_size, uint64_t *cost_left,
		      struct bzb_span *stream, struct blob *ret)
{
	struct output out = { .max_size = max_size, .cost_left = *cost_left };
	struct stream s = { .in = *stream };
	int err;

	if (decoder->begin(&s))
		return -1;
	out.room = blob_alloc(FIRST_ROOM);
	err = run(decoder, &s, &out);
	decoder->end(&s);
	*cost_left = out.cost_left;
	if (err || !is_kernel((struct bzb_span){ out.room.data, out.size })) {
		blob_free(&out.room);
		return -1;
	}
	stream->size -= s.in.size;
	blob_resize(&out.room, out.size);
	*ret = out.room;
	return 0;
}

int scan_find(struct bzb_span file, size_t max_size, struct scan_hit *ret)
{
	uint64_t cost_left = COST_MAX + file.size;

	for (size_t at = 0; at < file.size; at++) {
		struct bzb_span stream = { file.data + at, file.size - at };
		enum bzb_codec codec;
		struct blob kernel;

		if (bzb_codec_from_magic(stream, &codec) || !decoders[codec].begin)
			continue;
		if (!cost_left)
			break;
		pay(&cost_left, COST_OF_STREAM);
		if (try_stream(&decoders[codec], max_size, &cost_left, &stream, &kernel))
			continue;
		*ret = (struct scan_hit){ codec, stream, kernel };
		return 0;
	}
	return cost_left ? -BZB_ERR_NOTFOUND : -BZB_ERR_TOOLARGE;
}
