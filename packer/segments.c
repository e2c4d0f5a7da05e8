/* SPDX-License-Identifier: BSD-2-Clause */
#define ZSTD_STATIC_LINKING_ONLY
#include "segments.h"

#include <string.h>
#include <zstd.h>

#include <bzboot/decode.h>

#include "blob.h"
#include "diag.h"

/* RFC 8878, 3.1.1: a frame ends with the low half of XXH64 of what was compressed. */
#define CHECKSUM_SIZE 4u

#define WORKSPACE_ALIGN 64u

/*
 * How much of a block comes out is in the block, not in its header, so all of the stream is
 * decompressed. A segment ends where a block does, at a multiple of its size.
 */
static int scan(ZSTD_DCtx *dctx, struct bzb_span stream, struct blob *out, struct segments *s)
{
	size_t in = 0, done = 0, piece;
	uint32_t starts = 0;		/* of segments, that have been found */

	while ((piece = ZSTD_nextSrcSizeToDecompress(dctx))) {
		ZSTD_nextInputType_e next = ZSTD_nextInputType(dctx);
		struct bzb_span bytes;
		size_t result;

		if (next == ZSTDnit_blockHeader && starts < s->count &&
		    done == (uint64_t)starts * s->size) {
			if (starts)
				s->table[starts - 1].end = bzb_st32((uint32_t)in);
			else
				s->start = (uint32_t)in;
			starts++;
		}
		if (next == ZSTDnit_checksum)
			s->table[s->count - 1].end = bzb_st32((uint32_t)in);
		if (bzb_slice(stream, in, piece, &bytes))
			return -1;
		result = ZSTD_decompressContinue(dctx, out->data + done, out->size - done,
						 bytes.data, piece);
		if (ZSTD_isError(result))
			return -1;
		in += piece;
		done += result;
	}
	return starts == s->count && done == out->size && in == stream.size ? 0 : -1;
}

static struct bzb_span segment_of(struct bzb_span bytes, const struct segments *s, uint32_t number)
{
	size_t offset = (size_t)number * s->size, left = bytes.size - offset;

	return (struct bzb_span){ bytes.data + offset, left < s->size ? left : s->size };
}

/* libzstd has XXH64 but keeps it to itself: so what it puts at the end of a frame is taken. */
static bzb_le32 checksum_of(struct bzb_span bytes)
{
	struct blob frame = blob_alloc(ZSTD_compressBound(bytes.size));
	ZSTD_CCtx *cctx = ZSTD_createCCtx();
	bzb_le32 checksum;
	size_t size;

	if (!cctx)
		diag_no_memory(bytes.size);
	ZSTD_CCtx_setParameter(cctx, ZSTD_c_compressionLevel, ZSTD_minCLevel());
	ZSTD_CCtx_setParameter(cctx, ZSTD_c_checksumFlag, 1);
	size = ZSTD_compress2(cctx, frame.data, frame.size, bytes.data, bytes.size);
	ZSTD_freeCCtx(cctx);
	if (ZSTD_isError(size))
		diag_no_memory(bytes.size);
	memcpy(&checksum, frame.data + size - CHECKSUM_SIZE, CHECKSUM_SIZE);
	blob_free(&frame);
	return checksum;
}

/* Always to the start of @out: what comes before a segment in the ELF is not there. */
static bool is_independent(struct bzb_span stream, struct bzb_span bytes, const struct segments *s,
			   uint32_t number, struct blob *out)
{
	const struct bzb_decoder *decoder = &bzb_decoder_zstd;
	size_t size = decoder->workspace_size(stream);
	struct blob workspace = blob_alloc(size + WORKSPACE_ALIGN);
	uintptr_t aligned = (uintptr_t)bzb_align_up((uintptr_t)workspace.data, WORKSPACE_ALIGN);
	struct bzb_span part = segment_of(bytes, s, number), coded;
	uint32_t start = number ? bzb_ld32(s->table[number - 1].end) : s->start;
	bool same;

	same = !bzb_slice(stream, start, bzb_ld32(s->table[number].end) - start, &coded) &&
	       !decoder->decode_segment(coded, bzb_ld32(s->table[number].checksum), out->data,
					part.size, (void *)aligned, size) &&
	       !memcmp(out->data, part.data, part.size);
	blob_free(&workspace);
	return same;
}

int segments_find(struct bzb_span stream, struct bzb_span bytes, uint32_t size,
		  struct segments *ret)
{
	struct segments s = { .count = (uint32_t)((bytes.size - 1) / size + 1), .size = size };
	struct blob out = blob_alloc(bytes.size);
	ZSTD_DCtx *dctx = ZSTD_createDCtx();
	int err;

	if (!dctx)
		diag_no_memory(bytes.size);
	ZSTD_decompressBegin(dctx);
	err = scan(dctx, stream, &out, &s);
	ZSTD_freeDCtx(dctx);
	for (uint32_t i = 0; i < s.count && !err; i++) {
		s.table[i].checksum = checksum_of(segment_of(bytes, &s, i));
		err = is_independent(stream, bytes, &s, i, &out) ? 0 : -1;
	}
	blob_free(&out);
	if (!err)
		*ret = s;
	return err;
}
