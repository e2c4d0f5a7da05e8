/* SPDX-License-Identifier: BSD-2-Clause */
/* zstd, by libzstd: one frame, decompressed in one go, checksum verified. */
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>
#include <zstd_errors.h>

#include <bzboot/decode.h>

static size_t workspace_size(struct bzb_span stream)
{
	(void)stream;
	return ZSTD_estimateDCtxSize();
}

static int decode(struct bzb_span stream, void *to, size_t size, void *workspace,
		  size_t workspace_size)
{
	ZSTD_DCtx *dctx = ZSTD_initStaticDCtx(workspace, workspace_size);
	size_t result;

	if (!dctx)
		return -BZB_ERR_NOSPACE;
	/* Which does not even ask whether there is a dictionary. */
	result = ZSTD_decompress_usingDict(dctx, to, size, stream.data, stream.size, NULL, 0);
	if (ZSTD_getErrorCode(result) == ZSTD_error_dstSize_tooSmall)
		return -BZB_ERR_BADSIZE;
	if (ZSTD_isError(result))
		return -BZB_ERR_BADDATA;
	return result == size ? 0 : -BZB_ERR_BADSIZE;
}

const struct bzb_decoder bzb_decoder_zstd = { BZB_CODEC_ZSTD, workspace_size, decode };
