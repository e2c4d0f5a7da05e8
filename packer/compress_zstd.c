/* SPDX-License-Identifier: BSD-2-Clause */
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

#include "compress_codecs.h"

#define LEVEL_MAX 22

struct feed {
	ZSTD_CCtx *cctx;
	ZSTD_inBuffer in;
	ZSTD_outBuffer out;
	size_t total, room;		/* of all bytes; in and out end with the next chunk */
	compress_progress *progress;
};

static size_t next_chunk(size_t at, size_t end)
{
	return end - at > COMPRESS_CHUNK ? at + COMPRESS_CHUNK : end;
}

/* Jobs that have been made, each of a segment. */
static unsigned int count_jobs(const struct feed *f)
{
	return ZSTD_getFrameProgression(f->cctx).currentJobID;
}

/*
 * Hands over the bytes up to @end, where the segment with this number ends or, if they are the last
 * ones, the frame; 0, or a zstd error code. Whoever compresses in threads is ahead of them: to flush
 * makes a job, and would wait for it if there were room for what it makes. While there are too many
 * jobs there is none for this segment yet: then room is given for those.
 */
static size_t feed_segment(struct feed *f, unsigned int number, size_t end)
{
	const bool last = end == f->total;
	bool stuck = false;
	size_t left;

	do {
		size_t before = f->in.pos;
		ZSTD_EndDirective how = last ? ZSTD_e_end : ZSTD_e_flush;

		f->in.size = next_chunk(before, end);
		if (f->in.size < end || stuck)
			how = ZSTD_e_continue;
		f->out.size = how == ZSTD_e_flush ? f->out.pos : next_chunk(f->out.pos, f->room);
		left = ZSTD_compressStream2(f->cctx, &f->out, &f->in, how);
		if (ZSTD_isError(left))
			return left;
		stuck = how == ZSTD_e_flush && f->in.pos == before;
		if (left)
			f->progress(ZSTD_getFrameProgression(f->cctx).consumed, f->total);
	} while (f->in.pos < end || (last ? left : count_jobs(f) <= number));
	return 0;
}

static size_t feed_all(struct feed *f, const struct cuts *cuts)
{
	size_t result = 0;

	for (unsigned int i = 0; i < cuts->count && !result; i++)
		result = feed_segment(f, i, cuts->end[i]);
	f->progress(f->total, f->total);
	return result;
}

/*
 * Jobs of the multi-threaded compressor that do not look back (overlapLog 1; matches at a long distance,
 * which come with large windows, would) are segments. None needs a larger window than itself; the
 * tables for a smaller one take less memory, once a thread.
 */
static void set_segments(ZSTD_CCtx *cctx, const struct cuts *cuts, int level,
			 unsigned int threads)
{
	size_t total = cuts->end[cuts->count - 1], largest = cuts_largest(cuts);
	int window = (int)ZSTD_getCParams(level, total, 0).windowLog;

	while (window > ZSTD_WINDOWLOG_MIN && (size_t)1 << (window - 1) >= largest)
		window--;
	ZSTD_CCtx_setParameter(cctx, ZSTD_c_windowLog, window);
	ZSTD_CCtx_setParameter(cctx, ZSTD_c_nbWorkers,
			       (int)(threads < cuts->count ? threads : cuts->count));
	ZSTD_CCtx_setParameter(cctx, ZSTD_c_jobSize, (int)largest);
	ZSTD_CCtx_setParameter(cctx, ZSTD_c_overlapLog, 1);
	ZSTD_CCtx_setParameter(cctx, ZSTD_c_enableLongDistanceMatching, ZSTD_ps_disable);
}

/*
 * For the highest level. By itself it takes the first match of 999 bytes; to look on up to here costs
 * no time. And it goes over the first block twice, to begin with statistics (btultra2): without that
 * Debian's 6.12 is smaller by 0.07 %.
 */
#define TARGET_LENGTH 4096
#define STRATEGY ZSTD_btultra

static ZSTD_CCtx *make_context(size_t total, int level)
{
	ZSTD_CCtx *cctx = ZSTD_createCCtx();

	if (!cctx)
		diag_no_memory(total);
	ZSTD_CCtx_setParameter(cctx, ZSTD_c_compressionLevel, level);
	ZSTD_CCtx_setParameter(cctx, ZSTD_c_contentSizeFlag, 1);
	ZSTD_CCtx_setParameter(cctx, ZSTD_c_checksumFlag, 1);
	if (level == LEVEL_MAX) {
		ZSTD_CCtx_setParameter(cctx, ZSTD_c_targetLength, TARGET_LENGTH);
		ZSTD_CCtx_setParameter(cctx, ZSTD_c_strategy, STRATEGY);
	}
	ZSTD_CCtx_setPledgedSrcSize(cctx, total);
	return cctx;
}

/*
 * One frame with its content size, for readers that allocate by it (systemd) and readers that stop
 * behind the first frame (Linux, Xen), and with a checksum, for readers that know of no other.
 * Level 22 has a window of 128 MiB, the most that Linux takes. Frees @cctx.
 */
static int make_frame(ZSTD_CCtx *cctx, struct bzb_span bytes, const struct cuts *cuts,
		      compress_progress *progress, struct blob *ret, struct why *why)
{
	struct blob stream = blob_alloc(ZSTD_compressBound(bytes.size));
	struct feed feed = {
		.cctx = cctx,
		.in = { .src = bytes.data },
		.out = { .dst = stream.data },
		.total = bytes.size,
		.room = stream.size,
		.progress = progress,
	};
	size_t result = feed_all(&feed, cuts);

	ZSTD_freeCCtx(cctx);
	if (ZSTD_isError(result)) {
		blob_free(&stream);
		return explain(why, "cannot compress: %s", ZSTD_getErrorName(result));
	}
	blob_resize(&stream, feed.out.pos);
	*ret = stream;
	return 0;
}

static int compress_zstd(struct bzb_span bytes, const struct compress_how *how,
			 const struct cuts *cuts, compress_progress *progress, struct blob *ret,
			 struct why *why)
{
	ZSTD_CCtx *cctx = make_context(bytes.size, how->level);

	if (cuts->count > 1)
		set_segments(cctx, cuts, how->level, how->threads);
	return make_frame(cctx, bytes, cuts, progress, ret, why);
}

static int try_zstd(struct bzb_span bytes, int trial, compress_progress *progress,
		    struct blob *ret, struct why *why)
{
	const struct cuts whole = cuts_none(bytes);

	(void)trial;
	return make_frame(make_context(bytes.size, LEVEL_MAX), bytes, &whole, progress, ret, why);
}

/* Where the segment that has been found last ends, if it ends here. */
static void see_boundary(struct segments *s, uint32_t *found, size_t in, size_t done)
{
	if (!*found && !s->start)
		s->start = (uint32_t)in;
	if (*found < s->count && done == bzb_ld32(s->table[*found].elf_end))
		s->table[(*found)++].end = bzb_st32((uint32_t)in);
}

/*
 * How much of a block comes out is in the block, not in its header, so all of the stream is
 * decompressed.
 */
static int scan(ZSTD_DCtx *dctx, struct bzb_span stream, struct blob *out, struct segments *s)
{
	size_t in = 0, done = 0, piece;
	uint32_t found = 0;

	while ((piece = ZSTD_nextSrcSizeToDecompress(dctx))) {
		ZSTD_nextInputType_e next = ZSTD_nextInputType(dctx);
		struct bzb_span bytes;
		size_t result;

		if (next == ZSTDnit_blockHeader || next == ZSTDnit_checksum)
			see_boundary(s, &found, in, done);
		if (bzb_slice(stream, in, piece, &bytes))
			return -1;
		result = ZSTD_decompressContinue(dctx, out->data + done, out->size - done,
						 bytes.data, piece);
		if (ZSTD_isError(result))
			return -1;
		in += piece;
		done += result;
	}
	return found == s->count && in == stream.size ? 0 : -1;
}

static int find_segments(struct bzb_span stream, struct segments *segments)
{
	struct blob out = blob_alloc(bzb_ld32(segments->table[segments->count - 1].elf_end));
	ZSTD_DCtx *dctx = ZSTD_createDCtx();
	int err;

	if (!dctx)
		diag_no_memory(out.size);
	ZSTD_decompressBegin(dctx);
	err = scan(dctx, stream, &out, segments);
	ZSTD_freeDCtx(dctx);
	blob_free(&out);
	return err;
}

const struct compressor compressor_zstd = {
	.codec = BZB_CODEC_ZSTD,
	.level_min = 1,
	.level_max = LEVEL_MAX,
	.level_default = 19,
	.level_fast = 3,
	.trials = 1,
	.segment_unit = SEGMENT_UNIT,
	.segment_default = SEGMENT_DEFAULT,
	.find_segments = find_segments,
	.run = compress_zstd,
	.try = try_zstd,
};
