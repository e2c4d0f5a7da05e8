/* SPDX-License-Identifier: BSD-2-Clause */
#include <zstd.h>

#include "compress_codecs.h"

#define LEVEL_MAX 22

/* Runs over all of @in; 0, or a zstd error code. */
static size_t zstd_stream(ZSTD_CCtx *cctx, ZSTD_inBuffer *in, ZSTD_outBuffer *out,
			  compress_progress *progress)
{
	const size_t total = in->size;
	size_t left;

	do {
		ZSTD_EndDirective end;

		in->size = total - in->pos > COMPRESS_CHUNK ? in->pos + COMPRESS_CHUNK : total;
		end = in->size == total ? ZSTD_e_end : ZSTD_e_continue;
		left = ZSTD_compressStream2(cctx, out, in, end);
		if (ZSTD_isError(left))
			return left;
		progress(in->pos, total);
	} while (in->pos < total || left);
	return 0;
}

/*
 * One frame with its content size, for readers that allocate by it (systemd) and readers that stop
 * behind the first frame (Linux, Xen), and with a checksum: the stub has nothing else to tell a
 * payload that rotted on the disk. Level 22 has a window of 128 MiB, the most that Linux takes.
 */
static int compress_zstd(struct bzb_span bytes, int level, compress_progress *progress,
			 struct blob *ret, struct why *why)
{
	struct blob stream = blob_alloc(ZSTD_compressBound(bytes.size));
	ZSTD_inBuffer in = { bytes.data, bytes.size, 0 };
	ZSTD_outBuffer out = { stream.data, stream.size, 0 };
	ZSTD_CCtx *cctx = ZSTD_createCCtx();
	size_t result;

	if (!cctx)
		diag_no_memory(bytes.size);
	ZSTD_CCtx_setParameter(cctx, ZSTD_c_compressionLevel, level);
	ZSTD_CCtx_setParameter(cctx, ZSTD_c_contentSizeFlag, 1);
	ZSTD_CCtx_setParameter(cctx, ZSTD_c_checksumFlag, 1);
	ZSTD_CCtx_setPledgedSrcSize(cctx, bytes.size);
	result = zstd_stream(cctx, &in, &out, progress);
	ZSTD_freeCCtx(cctx);
	if (ZSTD_isError(result)) {
		blob_free(&stream);
		return explain(why, "cannot compress: %s", ZSTD_getErrorName(result));
	}
	blob_resize(&stream, out.pos);
	*ret = stream;
	return 0;
}

static int try_zstd(struct bzb_span bytes, int trial, compress_progress *progress,
		    struct blob *ret, struct why *why)
{
	(void)trial;
	return compress_zstd(bytes, LEVEL_MAX, progress, ret, why);
}

const struct compressor compressor_zstd = {
	.codec = BZB_CODEC_ZSTD,
	.level_min = 1,
	.level_max = LEVEL_MAX,
	.level_default = 19,
	.trials = 1,
	.run = compress_zstd,
	.try = try_zstd,
};
