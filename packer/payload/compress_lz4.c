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

static void put_number(unsigned char *to, size_t number)
{
	bzb_put32(to, (uint32_t)number);
}

/* As in the lz4 program, levels below LZ4HC_CLEVEL_MIN are those of the fast compressor. */
static size_t compress_block(struct bzb_span bytes, unsigned char *to, int level)
{
	const char *from = (const char *)bytes.data;
	int size = (int)bytes.size, room = LZ4_COMPRESSBOUND((int)BLOCK);

	return (size_t)(level < LZ4HC_CLEVEL_MIN ?
				LZ4_compress_default(from, (char *)to, size, room) :
				LZ4_compress_HC(from, (char *)to, size, room, level));
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
	bool failed; /* any thread */
};

static unsigned char *slot_at(const struct frame *frame, unsigned int number)
{
	return frame->slots.data + FIELD + number * SLOT;
}

/* For a few long matches, a block with fewer bytes of others may become larger by some. */
static void rewrite_slot(unsigned char *slot, struct bzb_span bytes, size_t size)
{
	const size_t larger = size + size / 1024, room = LZ4_COMPRESSBOUND(BLOCK);
	struct blob made = blob_room(larger < room ? larger : room);

	size = lz4_rewrite(bytes, (struct bzb_span){ slot + FIELD, size }, made.data, made.size);
	if (size) {
		put_number(slot, size);
		memcpy(slot + FIELD, made.data, size);
	}
	blob_free(&made);
}

static void fill_slot(void *context, unsigned int number)
{
	struct frame *frame = context;
	unsigned char *slot = slot_at(frame, number);
	size_t at = number * BLOCK, left = frame->bytes.size - at, size;
	const struct bzb_span block = { frame->bytes.data + at, left < BLOCK ? left : BLOCK };

	size = compress_block(block, slot + FIELD, frame->level);
	put_number(slot, size);
	if (!size)
		__atomic_store_n(&frame->failed, true, __ATOMIC_RELAXED);
	else if (frame->level >= LZ4HC_CLEVEL_MIN)
		rewrite_slot(slot, block, size);
	meter_add(&frame->meter, block.size);
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
	threads_run(how->threads, frame.count, fill_slot, &frame);
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

static int try_lz4(struct bzb_span bytes, int trial, const struct cuts *cuts,
		   compress_progress *progress, struct compressed *ret, struct why *why)
{
	const struct compress_how how = { .level = LZ4HC_CLEVEL_MAX - trial, .threads = 1 };

	return make_frame(bytes, &how, cuts, progress, ret, why);
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
