/* SPDX-License-Identifier: BSD-2-Clause */
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

#include "compress_codecs.h"

#define LEVEL_MAX 22

/* Of a job, and so of a segment: ZSTDMT_JOBSIZE_MIN, which zstd.h does not tell. */
#define SEGMENT_MIN ((size_t)512 << 10)

/*
 * Decompressed bytes of a segment unless told. What a segment costs is that it cannot refer to what
 * is before it: of 16 MiB at most 0.2 % of Debian's kernels at level 22, of 12 MiB 0.5 % already at
 * level 19 (docs/format.md, "Segments").
 */
#define SEGMENT_DEFAULT ((size_t)16 << 20)

/* Segments begin on a page: processors do not write to one cache line. */
#define SEGMENT_UNIT 4096u

/* Runs over all of @in; 0, or a zstd error code. Whoever compresses in threads is ahead of them. */
static size_t zstd_stream(ZSTD_CCtx *cctx, ZSTD_inBuffer *in, ZSTD_outBuffer *out,
			  compress_progress *progress)
{
	const size_t total = in->size, room = out->size;
	size_t left;

	do {
		ZSTD_EndDirective end;

		in->size = total - in->pos > COMPRESS_CHUNK ? in->pos + COMPRESS_CHUNK : total;
		out->size = room - out->pos > COMPRESS_CHUNK ? out->pos + COMPRESS_CHUNK : room;
		end = in->size == total ? ZSTD_e_end : ZSTD_e_continue;
		left = ZSTD_compressStream2(cctx, out, in, end);
		if (ZSTD_isError(left))
			return left;
		if (left)
			progress(ZSTD_getFrameProgression(cctx).consumed, total);
	} while (in->pos < total || left);
	progress(total, total);
	return 0;
}

/*
 * Jobs of the multi-threaded compressor that do not look back (overlapLog 1) are segments. None
 * needs a larger window than itself; the tables for a smaller one take less memory, once a thread.
 */
static void set_segments(ZSTD_CCtx *cctx, size_t total, size_t segment, int level,
			 unsigned int threads)
{
	int window = ZSTD_getCParams(level, total, 0).windowLog;

	while (window > ZSTD_WINDOWLOG_MIN && (size_t)1 << (window - 1) >= segment)
		window--;
	ZSTD_CCtx_setParameter(cctx, ZSTD_c_windowLog, window);
	ZSTD_CCtx_setParameter(cctx, ZSTD_c_nbWorkers, (int)threads);
	ZSTD_CCtx_setParameter(cctx, ZSTD_c_jobSize, (int)segment);
	ZSTD_CCtx_setParameter(cctx, ZSTD_c_overlapLog, 1);
}

/* The highest level takes the first match of 999 bytes; to look on up to here costs no time and
 * makes Debian's 6.12 0.05 % smaller. */
#define TARGET_LENGTH 4096

static ZSTD_CCtx *make_context(size_t total, int level)
{
	ZSTD_CCtx *cctx = ZSTD_createCCtx();

	if (!cctx)
		diag_no_memory(total);
	ZSTD_CCtx_setParameter(cctx, ZSTD_c_compressionLevel, level);
	ZSTD_CCtx_setParameter(cctx, ZSTD_c_contentSizeFlag, 1);
	ZSTD_CCtx_setParameter(cctx, ZSTD_c_checksumFlag, 1);
	if (level == LEVEL_MAX)
		ZSTD_CCtx_setParameter(cctx, ZSTD_c_targetLength, TARGET_LENGTH);
	ZSTD_CCtx_setPledgedSrcSize(cctx, total);
	return cctx;
}

/*
 * One frame with its content size, for readers that allocate by it (systemd) and readers that stop
 * behind the first frame (Linux, Xen), and with a checksum: the stub has nothing else to tell a
 * payload that rotted on the disk. Level 22 has a window of 128 MiB, the most that Linux takes.
 * Frees @cctx.
 */
static int make_frame(ZSTD_CCtx *cctx, struct bzb_span bytes, compress_progress *progress,
		      struct blob *ret, struct why *why)
{
	struct blob stream = blob_alloc(ZSTD_compressBound(bytes.size));
	ZSTD_inBuffer in = { bytes.data, bytes.size, 0 };
	ZSTD_outBuffer out = { stream.data, stream.size, 0 };
	size_t result = zstd_stream(cctx, &in, &out, progress);

	ZSTD_freeCCtx(cctx);
	if (ZSTD_isError(result)) {
		blob_free(&stream);
		return explain(why, "cannot compress: %s", ZSTD_getErrorName(result));
	}
	blob_resize(&stream, out.pos);
	*ret = stream;
	return 0;
}

static int compress_whole(struct bzb_span bytes, int level, compress_progress *progress,
			  struct blob *ret, struct why *why)
{
	return make_frame(make_context(bytes.size, level), bytes, progress, ret, why);
}

/* returns: as many bytes as @total has if there is to be one segment */
static size_t segment_size(size_t total, unsigned int segments)
{
	size_t size = segments ? (total + segments - 1) / segments : SEGMENT_DEFAULT;
	size_t least = (total + BZB_SEGMENTS_MAX - 1) / BZB_SEGMENTS_MAX;

	size = size < SEGMENT_MIN ? SEGMENT_MIN : size;
	size = (size_t)bzb_align_up(size < least ? least : size, SEGMENT_UNIT);
	return size < total ? size : total;
}

static int compress_segments(struct bzb_span bytes, const struct compress_how *how,
			     compress_progress *progress, struct compressed *ret, struct why *why)
{
	size_t size = segment_size(bytes.size, how->segments);
	unsigned int count = bytes.size ? (unsigned int)((bytes.size - 1) / size + 1) : 1;
	struct compressed out = { 0 };
	ZSTD_CCtx *cctx;

	if (count > 1) {
		cctx = make_context(bytes.size, how->level);
		set_segments(cctx, bytes.size, size, how->level,
			     how->threads < count ? how->threads : count);
		if (make_frame(cctx, bytes, progress, &out.stream, why))
			return -1;
		if (!segments_find(blob_span(&out.stream), bytes, (uint32_t)size,
				   &out.segments)) {
			*ret = out;
			return 0;
		}
		blob_free(&out.stream);
	}
	if (compress_whole(bytes, how->level, progress, &out.stream, why))
		return -1;
	*ret = out;
	return 0;
}

static int try_zstd(struct bzb_span bytes, int trial, compress_progress *progress,
		    struct blob *ret, struct why *why)
{
	(void)trial;
	return compress_whole(bytes, LEVEL_MAX, progress, ret, why);
}

const struct compressor compressor_zstd = {
	.codec = BZB_CODEC_ZSTD,
	.level_min = 1,
	.level_max = LEVEL_MAX,
	.level_default = 19,
	.level_fast = 3,
	.trials = 1,
	.run = compress_whole,
	.run_segments = compress_segments,
	.try = try_zstd,
};
