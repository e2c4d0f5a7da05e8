/* SPDX-License-Identifier: BSD-2-Clause */
#define ZSTD_STATIC_LINKING_ONLY
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <bzboot/checksum.h>

#include "io/alloc.h"
#include "compressor.h"
#include "meter.h"
#include "threads.h"
#include "zstd_part.h"

#define LEVEL_MAX 22
#define LEVEL_DEFAULT 19

/* Logarithm; the most that Linux takes. */
#define WINDOW_MAX 27

/* --- one context ---------------------------------------------------------------- */

struct setting {
	ZSTD_cParameter parameter;
	int value;
};

#define SET(cctx, settings) set_all(cctx, settings, BZB_ARRAY_SIZE(settings))

/* returns: 0, or a zstd error code, as all functions here whose result is a size_t */
static size_t set_all(ZSTD_CCtx *cctx, const struct setting *settings, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t result =
			ZSTD_CCtx_setParameter(cctx, settings[i].parameter, settings[i].value);

		if (ZSTD_isError(result))
			return result;
	}
	return 0;
}

/*
 * For the highest level. By itself it takes the first match of 999 bytes; to look on up to here
 * costs no time. And it goes over the first block twice, to begin with statistics (btultra2):
 * without that Debian's 6.12 is smaller by 0.07 %. Its tables would have 2^25 trees and all bytes
 * of the window; with a sixteenth of the trees, and half of the bytes, that is larger by 0.002 %
 * and takes 0.43 of the memory.
 */
static size_t set_highest(ZSTD_CCtx *cctx, int window)
{
	const struct setting settings[] = {
		{ ZSTD_c_targetLength, 4096 },
		{ ZSTD_c_strategy, ZSTD_btultra },
		{ ZSTD_c_hashLog, 21 },
		{ ZSTD_c_chainLog, window }, /* two numbers for each byte */
	};

	return SET(cctx, settings);
}

/* @window: the logarithm of its bytes */
static size_t set_level(ZSTD_CCtx *cctx, int level, int window)
{
	const struct setting settings[] = { { ZSTD_c_compressionLevel, level } };
	size_t result = SET(cctx, settings);

	return result || level < LEVEL_MAX ? result : set_highest(cctx, window);
}

static void *get_memory(void *opaque, size_t size)
{
	(void)opaque;
	return alloc_bytes(size);
}

static void free_memory(void *opaque, void *memory)
{
	(void)opaque;
	free(memory);
}

static ZSTD_CCtx *make_context(void)
{
	const ZSTD_customMem memory = { get_memory, free_memory, NULL };
	ZSTD_CCtx *cctx = ZSTD_createCCtx_advanced(memory);

	if (!cctx)
		diag_no_memory(sizeof(cctx));
	return cctx;
}

/* A context, and what it has made. */
struct coder {
	ZSTD_CCtx *cctx;
	struct blob made;
	ZSTD_outBuffer out; /* into @made; ends with the next chunk */
	struct meter *meter;
	size_t consumed; /* as the meter knows */
};

static struct coder coder_make(size_t size, struct meter *meter)
{
	struct coder coder = {
		.cctx = make_context(),
		.made = blob_room(ZSTD_compressBound(size)),
		.meter = meter,
	};

	coder.out.dst = coder.made.data;
	return coder;
}

static void coder_free(struct coder *coder)
{
	ZSTD_freeCCtx(coder->cctx);
	blob_free(&coder->made);
}

static void report(struct coder *coder)
{
	size_t consumed = ZSTD_getFrameProgression(coder->cctx).consumed;

	if (consumed <= coder->consumed)
		return;
	meter_add(coder->meter, consumed - coder->consumed);
	coder->consumed = consumed;
}

static size_t next_chunk(size_t at, size_t end)
{
	return end - at > COMPRESS_CHUNK ? at + COMPRESS_CHUNK : end;
}

/* Compresses bytes; all output is written. @how is ZSTD_e_flush or ZSTD_e_end. */
static size_t code(struct coder *coder, struct bzb_span bytes, ZSTD_EndDirective how)
{
	ZSTD_inBuffer in = { .src = bytes.data };
	size_t left;

	do {
		bool full = coder->out.pos == coder->made.size;

		in.size = next_chunk(in.pos, bytes.size);
		coder->out.size = next_chunk(coder->out.pos, coder->made.size);
		left = ZSTD_compressStream2(coder->cctx, &coder->out, &in,
					    in.size < bytes.size ? ZSTD_e_continue : how);
		if (ZSTD_isError(left))
			return left;
		if (left && full)
			return (size_t)-ZSTD_error_dstSize_tooSmall;
		report(coder);
	} while (left || in.pos < bytes.size);
	return 0;
}

/* RFC 8878, 3.1.1: the checksum of the decompressed bytes, after the last block. */
#define CHECKSUM_SIZE 4u

/* --- one part ------------------------------------------------------------------ */

static size_t run_whole(struct coder *coder, struct bzb_span bytes, int level)
{
	static const struct setting frame[] = {
		{ ZSTD_c_contentSizeFlag, 1 },
		{ ZSTD_c_checksumFlag, 1 },
	};
	const int window = (int)ZSTD_getCParams(level, bytes.size, 0).windowLog;
	size_t result;

	if ((result = set_level(coder->cctx, level, window)) ||
	    (result = SET(coder->cctx, frame)) ||
	    (result = ZSTD_CCtx_setPledgedSrcSize(coder->cctx, bytes.size)))
		return result;
	return code(coder, bytes, ZSTD_e_end);
}

/*
 * One frame with its content size, for readers that allocate by it (systemd) and readers that stop
 * after the first frame (Linux, Xen), and with a checksum, for readers that know of no other.
 * Level 22 has a window of 128 MiB, the most that Linux takes.
 */
static size_t make_whole(struct bzb_span bytes, int level, struct meter *meter,
			 struct compressed *ret)
{
	struct coder coder = coder_make(bytes.size, meter);
	size_t result = run_whole(&coder, bytes, level);

	if (!result) {
		blob_resize(&coder.made, coder.out.pos);
		ret->parts = parts_whole(coder.made.size - CHECKSUM_SIZE, bytes.size);
		ret->parts.start = (uint32_t)ZSTD_frameHeaderSize(coder.made.data, coder.made.size);
		ret->stream = coder.made;
		coder.made = (struct blob){ 0 };
	}
	coder_free(&coder);
	return result;
}

/* --- several -------------------------------------------------------------------------- */

/* RFC 8878, 3.1.1.1: a content size of four bytes, a checksum, and the window as a power of two. */
#define HEADER_SIZE 10u
#define HEADER_DESCRIPTOR (2 << 6 | 1 << 2)
#define HEADER_WINDOW(log) (((log) - 10) << 3)

struct jobs {
	struct bzb_span bytes;
	const struct cuts *cuts;
	int level, window; /* logarithm of bytes */
	const struct zstd_prices *prices;
	struct meter *meter;
	struct blob blocks[BZB_PARTS_MAX];
	size_t results[BZB_PARTS_MAX];
};

/* A part does not need a larger window than itself; the tables for a smaller one take less
 * memory. */
static size_t set_part(ZSTD_CCtx *cctx, const struct jobs *jobs)
{
	const struct setting settings[] = {
		{ ZSTD_c_windowLog, jobs->window },
		{ ZSTD_c_enableLongDistanceMatching, ZSTD_ps_disable },
	};
	size_t result = set_level(cctx, jobs->level, jobs->window);

	return result ? result : SET(cctx, settings);
}

static size_t find_matches(const struct jobs *jobs, struct bzb_span bytes, struct zstd_matches *ret)
{
	ZSTD_CCtx *cctx = make_context();
	size_t result = set_part(cctx, jobs);

	if (!result)
		result = zstd_find_matches(cctx, bytes, jobs->prices != NULL, ret);
	ZSTD_freeCCtx(cctx);
	return result;
}

static size_t write_part(const struct jobs *jobs, struct bzb_span bytes,
			 struct zstd_matches *matches, struct blob *ret)
{
	ZSTD_CCtx *cctx = make_context();
	size_t result = set_part(cctx, jobs);

	if (!result)
		result = zstd_write_part(cctx, bytes, matches, jobs->prices, ret);
	ZSTD_freeCCtx(cctx);
	return result;
}

static void make_part(void *context, unsigned int number)
{
	struct jobs *jobs = context;
	size_t start = number ? jobs->cuts->end[number - 1] : 0;
	const struct bzb_span bytes = {
		jobs->bytes.data + start,
		jobs->cuts->end[number] - start,
	};
	struct zstd_matches matches;
	size_t result = find_matches(jobs, bytes, &matches);

	if (!result) {
		result = write_part(jobs, bytes, &matches, &jobs->blocks[number]);
		blob_free(&matches.memory);
	}
	jobs->results[number] = result;
	meter_add(jobs->meter, bytes.size);
}

/* The header of the last block; NULL if none of these is marked as the last one. */
static unsigned char *last_block(struct blob *blocks)
{
	struct zstd_block block;

	for (size_t at = 0, next; (next = zstd_block_read(blob_span(blocks), at, &block));
	     at = next)
		if (block.is_last)
			return next == blocks->size ? blocks->data + at : NULL;
	return NULL;
}

static void write_header(unsigned char *to, const struct jobs *jobs)
{
	static const unsigned char magic[] = { 0x28, 0xb5, 0x2f, 0xfd };
	const bzb_le32 size = bzb_st32((uint32_t)jobs->bytes.size);

	memcpy(to, magic, sizeof(magic));
	to[4] = HEADER_DESCRIPTOR;
	to[5] = (unsigned char)HEADER_WINDOW(jobs->window);
	memcpy(to + 6, &size, sizeof(size));
}

/* The frame's checksum is the one that our parts have: bzboot/checksum.h. */
static void write_checksum(unsigned char *to, const struct jobs *jobs)
{
	const bzb_le32 checksum = bzb_st32(bzb_checksum(jobs->bytes));

	memcpy(to, &checksum, sizeof(checksum));
}

/* One frame of all blocks: of the last one only, the last block is the last. */
static size_t join(struct jobs *jobs, struct compressed *ret)
{
	size_t size = HEADER_SIZE + CHECKSUM_SIZE, at = HEADER_SIZE;
	struct parts parts = parts_of(jobs->cuts);
	struct blob stream;

	for (unsigned int i = 0; i < jobs->cuts->count; i++) {
		unsigned char *header = last_block(&jobs->blocks[i]);

		if (!header)
			return (size_t)-ZSTD_error_GENERIC;
		if (i + 1 < jobs->cuts->count)
			*header &= (unsigned char)~ZSTD_BLOCK_LAST;
		size += jobs->blocks[i].size;
	}
	stream = blob_room(size);
	write_header(stream.data, jobs);
	for (unsigned int i = 0; i < jobs->cuts->count; i++) {
		memcpy(stream.data + at, jobs->blocks[i].data, jobs->blocks[i].size);
		at += jobs->blocks[i].size;
		blob_free(&jobs->blocks[i]);
		parts.table[i].end = bzb_st32((uint32_t)at);
	}
	parts.start = HEADER_SIZE;
	write_checksum(stream.data + at, jobs);
	*ret = (struct compressed){ stream, parts };
	return 0;
}

static int choose_window(const struct cuts *cuts, int level)
{
	size_t largest = cuts_largest(cuts);
	int window = (int)ZSTD_getCParams(level, cuts->end[cuts->count - 1], 0).windowLog;

	while (window > ZSTD_WINDOWLOG_MIN && (size_t)1 << (window - 1) >= largest)
		window--;
	return window;
}

/* As libzstd looks for halves of blocks. */
static bool is_thorough(int level, size_t size)
{
	return ZSTD_getCParams(level, size, 0).strategy >= ZSTD_btopt;
}

/*
 * Of Debian's 6.12 for arm64 at level 22: 1000 bits for a block in place of 200, so that there are
 * fewer tables to build, save 1.9 % of the instructions for 0.09 % of size; then two bits for a match
 * in place of 3.5 save 0.08 % of size for 0.5 % of the instructions.
 */
static const struct zstd_prices *prices_for(enum bzb_machine machine)
{
	static const struct zstd_prices x86 = { 200 * ZSTD_BIT, 7 * ZSTD_BIT / 2 },
					others = { 1000 * ZSTD_BIT, 2 * ZSTD_BIT };

	return machine == BZB_MACHINE_X86_64 ? &x86 : &others;
}

static size_t make_parts(struct bzb_span bytes, const struct compress_how *how,
			 const struct cuts *cuts, struct meter *meter, struct compressed *ret)
{
	struct jobs jobs = {
		.bytes = bytes,
		.cuts = cuts,
		.level = how->level,
		.window = choose_window(cuts, how->level),
		.prices = is_thorough(how->level, bytes.size) ? prices_for(how->machine) : NULL,
		.meter = meter,
	};
	size_t result = 0;

	threads_run(how->threads, cuts->count, make_part, &jobs);
	for (unsigned int i = 0; i < cuts->count && !result; i++)
		result = jobs.results[i];
	if (!result)
		result = join(&jobs, ret);
	for (unsigned int i = 0; i < cuts->count; i++)
		blob_free(&jobs.blocks[i]);
	return result;
}

/* --- the proof ------------------------------------------------------------------------ */

/*
 * RFC 8878, 3.1.1.2 and 3.1.1.3: a block of 64 KiB of one byte, and a compressed block: three
 * literals as they are, and three sequences, each of one literal and the least match, by codes that
 * are the same for all. So the three distances that may be repeated are about 32 KiB, into bytes
 * that no kernel has there; the tables for codes that may be repeated have one useless code; and
 * none for literals may be repeated.
 */
static const unsigned char unlike_a_frame[] = {
	0x02, 0x00, 0x08, 0xa5,		    /* RLE, 0x10000 bytes */
	0x7c, 0x00, 0x00,		    /* compressed, 15 bytes */
	0x18, 0xa5, 0xa5, 0xa5,		    /* raw literals */
	0x03, 0x54, 0x01, 0x0f, 0x00,	    /* sequences; RLE: literals 1, distance 2^15, match 3 */
	0x45, 0xa3, 0xab, 0xc9, 0x48, 0x20, /* 1, and 15 bits more of each distance */
};

static const struct false_start start = {
	{ unlike_a_frame, sizeof(unlike_a_frame) },
	0x10000 + 3 * (1 + 3),
};

/* ZSTD_findFrameCompressedSize() goes from block to block up to the last one. */
static bool is_framed(struct bzb_span stream, struct bzb_span bytes, const struct parts *parts)
{
	const size_t end = bzb_ld32(parts->table[parts->count - 1].end);
	ZSTD_frameHeader header;

	return !ZSTD_getFrameHeader(&header, stream.data, stream.size) &&
	       header.frameType == ZSTD_frame && header.frameContentSize == bytes.size &&
	       header.windowSize <= (size_t)1 << WINDOW_MAX && header.checksumFlag &&
	       !header.dictID && header.headerSize == parts->start &&
	       ZSTD_findFrameCompressedSize(stream.data, stream.size) == stream.size &&
	       stream.size == end + CHECKSUM_SIZE &&
	       bzb_get32(stream.data + end) == bzb_checksum(bytes);
}

/* Whether libzstd alone makes the stream. Kernels for other machines than x86-64 have one part by
 * default, and our blocks are better than those of libzstd. */
static bool is_whole(struct bzb_span bytes, const struct compress_how *how, const struct cuts *cuts)
{
	return cuts->count == 1 &&
	       (how->machine == BZB_MACHINE_X86_64 || !is_thorough(how->level, bytes.size));
}

static int compress_zstd(struct bzb_span bytes, const struct compress_how *how,
			 const struct cuts *cuts, compress_progress *progress,
			 struct compressed *ret, struct why *why)
{
	struct meter meter = meter_of(bytes.size, progress);
	size_t result = is_whole(bytes, how, cuts) ? make_whole(bytes, how->level, &meter, ret) :
						     make_parts(bytes, how, cuts, &meter, ret);

	meter_end(&meter);
	return result ? explain(why, "cannot compress: libzstd: %s", ZSTD_getErrorName(result)) : 0;
}

/* The highest level is the best for a kernel, but not always for a few hundred KiB. */
static const int best_levels[] = { LEVEL_MAX, LEVEL_DEFAULT };

static int try_zstd(struct bzb_span bytes, const struct compress_how *how, int trial,
		    const struct cuts *cuts, compress_progress *progress, struct compressed *ret,
		    struct why *why)
{
	const struct compress_how best = {
		.level = best_levels[trial],
		.threads = 1,
		.machine = how->machine,
	};

	return compress_zstd(bytes, &best, cuts, progress, ret, why);
}

const struct compressor compressor_zstd = {
	.codec = BZB_CODEC_ZSTD,
	.level_min = 1,
	.level_max = LEVEL_MAX,
	.level_default = LEVEL_DEFAULT,
	.level_fast = 3,
	.trials = BZB_ARRAY_SIZE(best_levels),
	.part_unit = PART_UNIT,
	.symbols_unit = 1,
	.part_default = PART_DEFAULT,
	.is_framed = is_framed,
	.start = &start,
	.cuts_cheaply = true,
	.run = compress_zstd,
	.try = try_zstd,
};
