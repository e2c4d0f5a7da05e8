/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gzip: one member without a name or a time (RFC 1952: FLG and MTIME are 0, as zlib writes
 * by default), so that the same bytes come out every time.
 */
#include <zlib.h>

#include "compressor.h"

struct settings {
	int level, memory, strategy;
};

/* "zlib -9" as gzip has it; more or fewer symbols to a block; short matches taken or not. */
static const struct settings trials[] = {
	/* clang-format off */
	{ 9, 8, Z_DEFAULT_STRATEGY },
	{ 9, 9, Z_DEFAULT_STRATEGY },
	{ 9, 7, Z_DEFAULT_STRATEGY },
	{ 9, 8, Z_FILTERED },
	{ 9, 9, Z_FILTERED },
	/* clang-format on */
};

/* The output has deflateBound() bytes, which is enough. */
static int deflate_all(z_stream *z, size_t total, compress_progress *progress)
{
	size_t done = 0;
	int result;

	do {
		size_t left = total - done;

		z->avail_in = (uInt)(left > COMPRESS_CHUNK ? COMPRESS_CHUNK : left);
		done += z->avail_in;
		result = deflate(z, done == total ? Z_FINISH : Z_NO_FLUSH);
		progress(done, total);
	} while (result == Z_OK && done < total);
	return result;
}

static int compress_with(struct bzb_span bytes, const struct settings *settings,
			 compress_progress *progress, struct compressed *ret, struct why *why)
{
	z_stream z = { .next_in = (Bytef *)bytes.data };
	struct blob stream;
	int result;

	/* + 16: gzip */
	result = deflateInit2(&z, settings->level, Z_DEFLATED, MAX_WBITS + 16, settings->memory,
			      settings->strategy);
	if (result != Z_OK)
		return explain(why, "cannot compress: zlib error %d", result);
	stream = blob_room(deflateBound(&z, bytes.size));
	z.next_out = stream.data;
	z.avail_out = (uInt)stream.size;
	result = deflate_all(&z, bytes.size, progress);
	blob_resize(&stream, z.total_out);
	deflateEnd(&z);
	if (result != Z_STREAM_END) {
		blob_free(&stream);
		return explain(why, "cannot compress: zlib error %d", result);
	}
	*ret = (struct compressed){ stream, parts_whole(stream.size, bytes.size) };
	return 0;
}

static int compress_gzip(struct bzb_span bytes, const struct compress_how *how,
			 const struct cuts *cuts, compress_progress *progress,
			 struct compressed *ret, struct why *why)
{
	struct settings settings = trials[0];

	(void)cuts;
	settings.level = how->level;
	return compress_with(bytes, &settings, progress, ret, why);
}

static int try_gzip(struct bzb_span bytes, const struct compress_how *how, int trial,
		    const struct cuts *cuts, compress_progress *progress, struct compressed *ret,
		    struct why *why)
{
	(void)how;
	(void)cuts;
	return compress_with(bytes, &trials[trial], progress, ret, why);
}

/* RFC 1952, 2.3.1: the CRC-32 is before the size. The decoder of the only part leaves it out. */
static bool is_framed(struct bzb_span stream, struct bzb_span bytes, const struct parts *parts)
{
	(void)parts;
	return bzb_get32(stream.data + stream.size - 8) == crc32_z(0, bytes.data, bytes.size);
}

const struct compressor compressor_gzip = {
	.codec = BZB_CODEC_GZIP,
	.level_min = 1,
	.level_max = 9,
	.level_default = 9,
	.level_fast = 1,
	.trials = BZB_ARRAY_SIZE(trials),
	.is_framed = is_framed,
	.run = compress_gzip,
	.try = try_gzip,
};
