/* SPDX-License-Identifier: BSD-2-Clause */
/* zstd, by libzstd: one frame, whose checksum is verified, or parts of a frame. */
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>
#include <zstd_errors.h>

#include <bzboot/decode.h>

static size_t workspace_size(struct bzb_span stream)
{
	(void)stream;
	return ZSTD_estimateDCtxSize();
}

/* libzstd itself accepts several frames in a row, and skippable ones. */
static bool is_one_frame(struct bzb_span stream)
{
	enum bzb_codec codec;

	return !bzb_codec_from_magic(stream, &codec) && codec == BZB_CODEC_ZSTD &&
	       ZSTD_findFrameCompressedSize(stream.data, stream.size) == stream.size;
}

static int decode(struct bzb_span stream, void *to, size_t size, void *workspace,
		  size_t workspace_size)
{
	ZSTD_DCtx *dctx = ZSTD_initStaticDCtx(workspace, workspace_size);
	size_t result;

	if (!dctx)
		return -BZB_ERR_NOSPACE;
	if (!is_one_frame(stream))
		return -BZB_ERR_BADDATA;
	/* This function, unlike ZSTD_decompressDCtx(), does not need libzstd's dictionaries. */
	result = ZSTD_decompress_usingDict(dctx, to, size, stream.data, stream.size, NULL, 0);
	if (ZSTD_getErrorCode(result) == ZSTD_error_dstSize_tooSmall)
		return -BZB_ERR_BADSIZE;
	if (ZSTD_isError(result))
		return -BZB_ERR_BADDATA;
	return result == size ? 0 : -BZB_ERR_BADSIZE;
}

/* --- a part of a frame, decoded as a frame of its own -------------------------- */

/*
 * RFC 8878, 3.1.1.1, without the magic number: a descriptor without flags, and a window of 128 MiB
 * (exponent 17, mantissa 0), the largest that Linux accepts. It has no size and no checksum.
 */
static const unsigned char frame_header[] = { 0, 17 << 3 };

/* RFC 8878, 3.1.1.2 */
#define BLOCK_HEADER 3u
#define BLOCK_LAST 1u
#define BLOCK_RLE 1u

struct output {
	ZSTD_DCtx *dctx;
	unsigned char *to;
	size_t left;
};

/* Decodes @bytes, which have to be exactly those that the decoder expects next. */
static int feed(struct output *out, const void *bytes, size_t size)
{
	size_t result;

	if (size != ZSTD_nextSrcSizeToDecompress(out->dctx))
		return -BZB_ERR_BADDATA;
	result = ZSTD_decompressContinue(out->dctx, out->to, out->left, bytes, size);
	if (ZSTD_getErrorCode(result) == ZSTD_error_dstSize_tooSmall)
		return -BZB_ERR_BADSIZE;
	if (ZSTD_isError(result))
		return -BZB_ERR_BADDATA;
	out->to += result;
	out->left -= result;
	return 0;
}

static int feed_frame_header(struct output *out)
{
	size_t first = ZSTD_nextSrcSizeToDecompress(out->dctx);
	int err = first < sizeof(frame_header) ? feed(out, frame_header, first) : -BZB_ERR_BADDATA;

	return err ? err : feed(out, frame_header + first, sizeof(frame_header) - first);
}

/* Decodes the block at *at and moves *at past it. The last block of the part ends the frame. */
static int feed_block(struct output *out, struct bzb_span bytes, size_t *at)
{
	unsigned char header[BLOCK_HEADER];
	struct bzb_span block;
	uint32_t value;
	size_t size;
	int err;

	if (bzb_slice(bytes, *at, BLOCK_HEADER, &block))
		return -BZB_ERR_BADDATA;
	memcpy(header, block.data, BLOCK_HEADER);
	value = header[0] | (uint32_t)header[1] << 8 | (uint32_t)header[2] << 16;
	size = (value >> 1 & 3) == BLOCK_RLE ? 1 : value >> 3;
	if (bzb_slice(bytes, *at + BLOCK_HEADER, size, &block))
		return -BZB_ERR_BADDATA;
	*at += BLOCK_HEADER + size;
	if (*at == bytes.size)
		header[0] |= BLOCK_LAST;
	err = feed(out, header, BLOCK_HEADER);
	return err || !size ? err : feed(out, block.data, size);
}

/* The decoder uses @to as its window, so there is no other copy. */
static int decode_part(struct bzb_span bytes, void *to, size_t size, void *workspace,
		       size_t workspace_size)
{
	struct output out = { ZSTD_initStaticDCtx(workspace, workspace_size), to, size };
	size_t at = 0;
	int err;

	if (!out.dctx)
		return -BZB_ERR_NOSPACE;
	if (ZSTD_isError(ZSTD_DCtx_setParameter(out.dctx, ZSTD_d_format, ZSTD_f_zstd1_magicless)) ||
	    ZSTD_isError(ZSTD_decompressBegin(out.dctx)))
		return -BZB_ERR_BADDATA;
	err = feed_frame_header(&out);
	while (!err && at < bytes.size)
		err = feed_block(&out, bytes, &at);
	if (err)
		return err;
	if (!at || ZSTD_nextSrcSizeToDecompress(out.dctx))
		return -BZB_ERR_BADDATA;
	return out.left ? -BZB_ERR_BADSIZE : 0;
}

const struct bzb_decoder bzb_decoder_zstd = {
	.codec = BZB_CODEC_ZSTD,
	.workspace_size = workspace_size,
	.decode = decode,
	.decode_part = decode_part,
};
