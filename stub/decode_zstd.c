/* SPDX-License-Identifier: BSD-2-Clause */
/* zstd, by libzstd: one frame, decompressed in one go, checksum verified. */
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>
#include <zstd_errors.h>

#include "decode.h"

size_t decoder_workspace_size(void)
{
	return ZSTD_estimateDCtxSize();
}

int decode(struct bzb_span stream, void *to, size_t size, void *workspace,
	   size_t workspace_size)
{
	ZSTD_DCtx *dctx = ZSTD_initStaticDCtx(workspace, workspace_size);
	size_t result;

	if (!dctx)
		return -BZB_ERR_NOSPACE;
	result = ZSTD_decompressDCtx(dctx, to, size, stream.data, stream.size);
	if (ZSTD_getErrorCode(result) == ZSTD_error_dstSize_tooSmall)
		return -BZB_ERR_BADSIZE;
	if (ZSTD_isError(result))
		return -BZB_ERR_BADDATA;
	return result == size ? 0 : -BZB_ERR_BADSIZE;
}
