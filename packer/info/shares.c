/* SPDX-License-Identifier: BSD-2-Clause */
#include "shares.h"

#include <zstd.h>

#include "io/diag.h"
#include "file_pieces.h"

/* A quarter of a second for a kernel; what other levels make of the shares has not been
 * measured. */
#define LEVEL 1

static void compress_piece(ZSTD_CCtx *ctx, struct bzb_span bytes, bool last, uint64_t *ret_size)
{
	ZSTD_inBuffer in = { bytes.data, bytes.size, 0 };
	unsigned char buffer[1 << 16];
	size_t left;

	do {
		ZSTD_outBuffer out = { buffer, sizeof(buffer), 0 };

		left = ZSTD_compressStream2(ctx, &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
		if (ZSTD_isError(left))
			diag_no_memory(0);
		*ret_size += out.pos;
	} while (last ? left : in.pos < in.size);
}

/* Of all pieces of a kind, one after another */
static uint64_t compressed_size(ZSTD_CCtx *ctx, const struct pieces *pieces, enum piece_kind kind,
				struct bzb_span kernel)
{
	uint64_t size = 0;

	ZSTD_CCtx_reset(ctx, ZSTD_reset_session_only);
	ZSTD_CCtx_setParameter(ctx, ZSTD_c_compressionLevel, LEVEL);
	for (size_t i = 0; i < pieces->count; i++) {
		const struct piece *piece = &pieces->list[i];

		if (piece->kind == kind)
			compress_piece(ctx,
				       (struct bzb_span){ kernel.data + piece->offset,
							  (size_t)piece->size },
				       false, &size);
	}
	compress_piece(ctx, (struct bzb_span){ kernel.data, 0 }, true, &size);
	return size;
}

/* Divides @total in proportion to .compressed; what rounding leaves goes to the largest. */
static void divide(struct shares *shares, uint64_t total)
{
	uint64_t sum = 0, left = total;
	size_t largest = 0;

	for (size_t i = 0; i < PIECE_KINDS; i++)
		sum += shares->kinds[i].compressed;
	for (size_t i = 0; i < PIECE_KINDS && sum; i++) {
		struct share *share = &shares->kinds[i];

		share->compressed =
			(uint64_t)((double)total * (double)share->compressed / (double)sum);
		left -= share->compressed;
		if (share->compressed > shares->kinds[largest].compressed)
			largest = i;
	}
	shares->kinds[largest].compressed += left;
}

struct shares shares_estimate(const struct anatomy *anatomy)
{
	const struct bzb_span kernel = blob_span(&anatomy->kernel);
	struct shares shares = { .is_exact = anatomy->payload.codec == BZB_CODEC_NONE };
	struct pieces pieces = elf_pieces_make(&anatomy->elf, kernel);
	ZSTD_CCtx *ctx = ZSTD_createCCtx();

	if (!ctx)
		diag_no_memory(0);
	for (size_t i = 0; i < pieces.count; i++)
		shares.kinds[pieces.list[i].kind].size += pieces.list[i].size;
	for (size_t i = 0; i < PIECE_KINDS; i++) {
		struct share *share = &shares.kinds[i];

		if (share->size)
			share->compressed =
				shares.is_exact ?
					share->size :
					compressed_size(ctx, &pieces, (enum piece_kind)i, kernel);
	}
	divide(&shares, anatomy->payload.stream.size);
	ZSTD_freeCCtx(ctx);
	pieces_free(&pieces);
	return shares;
}
