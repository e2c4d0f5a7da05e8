/* SPDX-License-Identifier: BSD-2-Clause */
#include "decompress.h"

#include <lz4.h>
#include <lzma.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

/* Linux's own decoder takes dictionaries of 128 MiB at most; be generous, but not without end. */
#define LZMA_MEMORY_MAX ((uint64_t)1 << 30)

/* What "lz4 -l" and Linux's lib/decompress_unlz4.c call a block: so much comes out of one. */
#define LZ4_LEGACY_BLOCK ((size_t)8 << 20)
#define LZ4_LEGACY_MAGIC_SIZE 4

/*
 * A decoder fills @out from all of @in and counts what it wrote. An output that is full is an
 * output of the wrong size: it has room for one byte more than there should be.
 *
 * returns: 0, -BZB_ERR_BADDATA, or -BZB_ERR_BADSIZE when @out is full
 */
struct output {
	unsigned char *data;
	size_t room, size;
};

static int decode_none(struct bzb_span in, struct output *out)
{
	if (in.size > out->room)
		return -BZB_ERR_BADSIZE;
	memcpy(out->data, in.data, in.size);
	out->size = in.size;
	return 0;
}

static int decode_zstd(struct bzb_span in, struct output *out)
{
	size_t size = ZSTD_decompress(out->data, out->room, in.data, in.size);

	if (ZSTD_isError(size))
		return ZSTD_getErrorCode(size) == ZSTD_error_dstSize_tooSmall ? -BZB_ERR_BADSIZE :
										-BZB_ERR_BADDATA;
	out->size = size;
	return 0;
}

/* RFC 1952: a member ends with the CRC-32 and the size of what comes out. */
static bool gzip_crc_fits(struct bzb_span in, const struct output *out)
{
	struct bzb_span crc;

	return in.size > 8 && !bzb_slice(in, in.size - 8, 4, &crc) &&
	       crc32_z(0, out->data, out->size) == bzb_ld32(*(const bzb_le32 *)crc.data);
}

static int decode_gzip(struct bzb_span in, struct output *out)
{
	z_stream stream = {
		.next_in = (Bytef *)in.data, .avail_in = (uInt)in.size,
		.next_out = out->data, .avail_out = (uInt)out->room,
	};
	int result;

	/* + 16: a gzip header and trailer, nothing else */
	if (inflateInit2(&stream, MAX_WBITS + 16) != Z_OK)
		diag_no_memory(sizeof(stream));
	result = inflate(&stream, Z_FINISH);
	out->size = out->room - stream.avail_out;
	inflateEnd(&stream);
	if (result == Z_STREAM_END && !stream.avail_in)
		return 0;
	/* zlib compares the size as well, but calls all that does not fit broken data. */
	if (result == Z_DATA_ERROR && gzip_crc_fits(in, out))
		return 0;
	return result == Z_BUF_ERROR && !stream.avail_out ? -BZB_ERR_BADSIZE : -BZB_ERR_BADDATA;
}

/* Runs a liblzma decoder that was initialised with the result @ready. */
static int run_lzma(lzma_stream *stream, lzma_ret ready, struct bzb_span in, struct output *out)
{
	lzma_ret result = ready;

	stream->next_in = in.data;
	stream->avail_in = in.size;
	stream->next_out = out->data;
	stream->avail_out = out->room;
	if (ready == LZMA_OK)
		result = lzma_code(stream, LZMA_FINISH);
	out->size = out->room - stream->avail_out;
	lzma_end(stream);
	if (result == LZMA_MEM_ERROR)
		diag_no_memory(in.size);
	if (result == LZMA_STREAM_END && !stream->avail_in)
		return 0;
	return !stream->avail_out ? -BZB_ERR_BADSIZE : -BZB_ERR_BADDATA;
}

static int decode_xz(struct bzb_span in, struct output *out)
{
	lzma_stream stream = LZMA_STREAM_INIT;

	return run_lzma(&stream, lzma_stream_decoder(&stream, LZMA_MEMORY_MAX, 0), in, out);
}

static int decode_lzma(struct bzb_span in, struct output *out)
{
	lzma_stream stream = LZMA_STREAM_INIT;

	return run_lzma(&stream, lzma_alone_decoder(&stream, LZMA_MEMORY_MAX), in, out);
}

/* | magic | LE32 size, block | LE32 size, block ... |, every block but the last one full */
static int decode_lz4(struct bzb_span in, struct output *out)
{
	size_t at = LZ4_LEGACY_MAGIC_SIZE;

	while (at < in.size) {
		struct bzb_span field, block;
		size_t room = out->room - out->size;
		int size;

		if (bzb_slice(in, at, 4, &field) ||
		    bzb_slice(in, at + 4, bzb_ld32(*(const bzb_le32 *)field.data), &block) ||
		    block.size > INT32_MAX)
			return -BZB_ERR_BADDATA;
		if (room > LZ4_LEGACY_BLOCK)
			room = LZ4_LEGACY_BLOCK;
		size = LZ4_decompress_safe((const char *)block.data,
					   (char *)out->data + out->size, (int)block.size,
					   (int)room);
		/* A block that wants more than is left cannot be told from a broken one. */
		if (size < 0)
			return room < LZ4_LEGACY_BLOCK ? -BZB_ERR_BADSIZE : -BZB_ERR_BADDATA;
		out->size += (size_t)size;
		at += 4 + block.size;
	}
	return 0;
}

/* Every codec that can be unpacked; the others of enum bzb_codec have no row. */
static int (*const decoders[BZB_CODEC_COUNT])(struct bzb_span in, struct output *out) = {
	[BZB_CODEC_NONE] = decode_none,
	[BZB_CODEC_GZIP] = decode_gzip,
	[BZB_CODEC_LZMA] = decode_lzma,
	[BZB_CODEC_XZ] = decode_xz,
	[BZB_CODEC_LZ4] = decode_lz4,
	[BZB_CODEC_ZSTD] = decode_zstd,
};

static int explain_error(int err, const struct bzb_payload *payload, size_t size, struct why *why)
{
	const char *codec = bzb_codec_name(payload->codec);

	if (err != -BZB_ERR_BADSIZE)
		explain(why, "payload: %s (%s)", bzb_strerror(err), codec);
	else if (size > payload->size)
		explain(why, "payload: %s (%s, more than the %u bytes stated)", bzb_strerror(err),
			codec, payload->size);
	else
		explain(why, "payload: %s (%s, %zu bytes instead of %u)", bzb_strerror(err), codec,
			size, payload->size);
	return err;
}

int decompress(const struct bzb_payload *payload, struct blob *ret, struct why *why)
{
	struct blob bytes;
	struct output out;
	int err;

	if (!decoders[payload->codec])
		return explain_error(-BZB_ERR_BADCODEC, payload, 0, why);
	if (payload->size > DECOMPRESSED_MAX) {
		explain(why, "payload: %u bytes when decompressed, more than %zu", payload->size,
			DECOMPRESSED_MAX);
		return -BZB_ERR_BADSIZE;
	}
	bytes = blob_alloc((size_t)payload->size + 1);
	out = (struct output){ bytes.data, bytes.size, 0 };
	err = decoders[payload->codec](payload->stream, &out);
	if (err == -BZB_ERR_BADSIZE)
		out.size = out.room;
	else if (!err && out.size != payload->size)
		err = -BZB_ERR_BADSIZE;
	if (err) {
		blob_free(&bytes);
		return explain_error(err, payload, out.size, why);
	}
	bytes.size = payload->size;
	*ret = bytes;
	return 0;
}
