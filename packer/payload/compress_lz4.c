/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LZ4 in the legacy frame, as "lz4 -l" makes it: Linux's decoder supports no other frame, and
 * requires 8 MiB in every block but the last one.
 */
#include <lz4.h>
#include <lz4hc.h>
#include <string.h>

#include "compressor.h"
#include "lz4_rewrite.h"
#include "meter.h"
#include "threads.h"

#define MAGIC 0x184c2102u
#define BLOCK ((size_t)8 << 20)
#define FIELD sizeof(bzb_le32)

/* Threads share a block by pieces. Each begins with the bytes that a match can refer to. */
#define PIECE ((size_t)512 << 10)
#define PIECES (BLOCK / PIECE)
#define WINDOW ((size_t)64 << 10)

static void put_number(unsigned char *to, size_t number)
{
	bzb_put32(to, (uint32_t)number);
}

/* As in the lz4 program, levels below LZ4HC_CLEVEL_MIN are those of the fast compressor. */
static bool is_fast(int level)
{
	return level < LZ4HC_CLEVEL_MIN;
}

static size_t compress_block(struct bzb_span bytes, unsigned char *to, int level)
{
	const char *from = (const char *)bytes.data;
	int size = (int)bytes.size, room = LZ4_COMPRESSBOUND((int)BLOCK);

	return (size_t)(is_fast(level) ? LZ4_compress_default(from, (char *)to, size, room) :
					 LZ4_compress_HC(from, (char *)to, size, room, level));
}

/* @start: of the piece, which ends with @bytes. returns: empty if liblz4 fails */
static struct blob compress_piece(struct bzb_span bytes, size_t start, int level)
{
	const int size = (int)(bytes.size - start), before = (int)(start < WINDOW ? start : WINDOW);
	const char *from = (const char *)bytes.data + start;
	struct blob memory = blob_room(sizeof(LZ4_streamHC_t));
	struct blob made = blob_room((size_t)LZ4_compressBound(size));
	LZ4_streamHC_t *stream = LZ4_initStreamHC(memory.data, memory.size);

	LZ4_resetStreamHC_fast(stream, level);
	LZ4_loadDictHC(stream, from - before, before);
	blob_resize(&made, (size_t)LZ4_compress_HC_continue(stream, from, (char *)made.data, size,
							    (int)made.size));
	blob_free(&memory);
	return made;
}

/* Cuts lie between blocks, and do not change the stream. */
static struct parts find_parts(const struct blob *stream, const struct cuts *cuts)
{
	struct parts parts = parts_of(cuts);
	size_t at = FIELD, done = 0;

	parts.start = FIELD;
	for (unsigned int i = 0; i < cuts->count; i++) {
		for (; done < cuts->end[i]; done += BLOCK)
			at += FIELD + bzb_get32(stream->data + at);
		parts.table[i].end = bzb_st32((uint32_t)at);
	}
	return parts;
}

/* A frame while its blocks are compressed, each to a slot that is large enough for any. */
#define SLOT (FIELD + LZ4_COMPRESSBOUND(BLOCK))

struct frame {
	struct bzb_span bytes;
	int level;
	struct meter meter;
	struct blob slots; /* after the magic number */
	unsigned int count;
	bool failed;	      /* any thread */
	struct block *blocks; /* if they are made of pieces */
};

struct block {
	struct blob pieces[PIECES];
	unsigned int left; /* that are not compressed yet */
};

static unsigned char *slot_at(const struct frame *frame, unsigned int number)
{
	return frame->slots.data + FIELD + number * SLOT;
}

static struct bzb_span block_at(const struct frame *frame, unsigned int number)
{
	size_t at = number * BLOCK, left = frame->bytes.size - at;

	return (struct bzb_span){ frame->bytes.data + at, left < BLOCK ? left : BLOCK };
}

/* As liblz4 makes it. */
static void compress_slot(struct frame *frame, unsigned int number)
{
	unsigned char *slot = slot_at(frame, number);
	const size_t size = compress_block(block_at(frame, number), slot + FIELD, frame->level);

	put_number(slot, size);
	if (!size)
		__atomic_store_n(&frame->failed, true, __ATOMIC_RELAXED);
}

static void fill_slot(void *context, unsigned int number)
{
	struct frame *frame = context;

	compress_slot(frame, number);
	meter_add(&frame->meter, block_at(frame, number).size);
}

static unsigned int count_pieces(size_t size)
{
	return (unsigned int)((size + PIECE - 1) / PIECE);
}

/* For a few long matches, a block with fewer bytes of others may become larger by some.
 *
 * returns: 0 if it becomes larger still, or liblz4 has failed
 */
static size_t rewrite(struct bzb_span bytes, const struct block *block, unsigned char *to)
{
	const unsigned int count = count_pieces(bytes.size);
	const size_t most = LZ4_COMPRESSBOUND(BLOCK);
	struct bzb_span pieces[PIECES];
	size_t room = 0;

	for (unsigned int i = 0; i < count; i++) {
		pieces[i] = blob_span(&block->pieces[i]);
		room += pieces[i].size;
		if (!pieces[i].size)
			return 0;
	}
	room += room / 1024;
	return lz4_rewrite(bytes, pieces, count, to, room < most ? room : most);
}

static void join_pieces(struct frame *frame, unsigned int number)
{
	unsigned char *slot = slot_at(frame, number);
	struct block *block = &frame->blocks[number];
	size_t size = rewrite(block_at(frame, number), block, slot + FIELD);

	for (unsigned int i = 0; i < PIECES; i++)
		blob_free(&block->pieces[i]);
	if (size)
		put_number(slot, size);
	else
		compress_slot(frame, number);
}

/* Whoever has compressed the last piece of a block joins them. */
static void make_piece(void *context, unsigned int number)
{
	struct frame *frame = context;
	struct bzb_span bytes = block_at(frame, number / PIECES);
	struct block *block = &frame->blocks[number / PIECES];
	const size_t start = number % PIECES * PIECE;

	if (bytes.size - start > PIECE)
		bytes.size = start + PIECE;
	block->pieces[number % PIECES] = compress_piece(bytes, start, frame->level);
	meter_add(&frame->meter, bytes.size - start);
	if (!__atomic_sub_fetch(&block->left, 1, __ATOMIC_ACQ_REL))
		join_pieces(frame, number / PIECES);
}

static void make_blocks(struct frame *frame, unsigned int threads)
{
	struct blob memory;

	if (is_fast(frame->level)) {
		threads_run(threads, frame->count, fill_slot, frame);
		return;
	}
	memory = blob_alloc(frame->count * sizeof(struct block));
	frame->blocks = (struct block *)memory.data;
	for (unsigned int i = 0; i < frame->count; i++)
		frame->blocks[i].left = count_pieces(block_at(frame, i).size);
	threads_run(threads, count_pieces(frame->bytes.size), make_piece, frame);
	blob_free(&memory);
}

/* The blocks without the room between them. */
static void close_up(struct frame *frame)
{
	size_t end = FIELD;

	for (unsigned int i = 0; i < frame->count; i++) {
		unsigned char *slot = slot_at(frame, i);
		size_t size = FIELD + bzb_get32(slot);

		memmove(frame->slots.data + end, slot, size);
		end += size;
	}
	blob_resize(&frame->slots, end);
}

static int make_frame(struct bzb_span bytes, const struct compress_how *how,
		      const struct cuts *cuts, compress_progress *progress, struct compressed *ret,
		      struct why *why)
{
	struct frame frame = {
		.bytes = bytes,
		.level = how->level,
		.meter = meter_of(bytes.size, progress),
		.count = (unsigned int)((bytes.size + BLOCK - 1) / BLOCK),
	};

	frame.slots = blob_room(FIELD + frame.count * SLOT);
	put_number(frame.slots.data, MAGIC);
	make_blocks(&frame, how->threads);
	meter_end(&frame.meter);
	if (frame.failed) {
		blob_free(&frame.slots);
		return explain(why, "cannot compress: LZ4 ran out of memory");
	}
	close_up(&frame);
	*ret = (struct compressed){ frame.slots, find_parts(&frame.slots, cuts) };
	return 0;
}

static bool is_framed(struct bzb_span stream, struct bzb_span bytes, const struct parts *parts)
{
	(void)bytes;
	return bzb_get32(stream.data) == MAGIC && parts->start == FIELD &&
	       bzb_ld32(parts->table[parts->count - 1].end) == stream.size;
}

static int try_lz4(struct bzb_span bytes, const struct compress_how *how, int trial,
		   const struct cuts *cuts, compress_progress *progress, struct compressed *ret,
		   struct why *why)
{
	const struct compress_how best = { .level = LZ4HC_CLEVEL_MAX - trial, .threads = 1 };

	(void)how;
	return make_frame(bytes, &best, cuts, progress, ret, why);
}

const struct compressor compressor_lz4 = {
	.codec = BZB_CODEC_LZ4,
	.level_min = 1,
	.level_max = LZ4HC_CLEVEL_MAX,
	.level_default = LZ4HC_CLEVEL_DEFAULT,
	.level_fast = 1,
	.trials = 2,
	.part_unit = BLOCK,
	.symbols_unit = BLOCK,
	.part_default = BLOCK,
	.is_framed = is_framed,
	.run = make_frame,
	.try = try_lz4,
};
