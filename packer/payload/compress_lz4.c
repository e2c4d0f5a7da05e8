/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LZ4 in the legacy frame, as "lz4 -l" makes it: Linux's decoder supports no other frame, and
 * requires 8 MiB in every block but the last one.
 */
#include <lz4.h>
#include <lz4hc.h>

#include "compressor.h"

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

static int make_frame(struct bzb_span bytes, int level, const struct cuts *cuts,
		      compress_progress *progress, struct compressed *ret, struct why *why)
{
	size_t blocks = (bytes.size + BLOCK - 1) / BLOCK;
	struct blob stream = blob_room(FIELD + blocks * (FIELD + LZ4_COMPRESSBOUND(BLOCK)));
	size_t end = FIELD;

	put_number(stream.data, MAGIC);
	for (size_t at = 0; at < bytes.size; at += BLOCK) {
		struct bzb_span block = { bytes.data + at, bytes.size - at };
		size_t size;

		if (block.size > BLOCK)
			block.size = BLOCK;
		size = compress_block(block, stream.data + end + FIELD, level);
		if (!size) {
			blob_free(&stream);
			return explain(why, "cannot compress: LZ4 ran out of memory");
		}
		put_number(stream.data + end, size);
		end += FIELD + size;
		progress(at + block.size, bytes.size);
	}
	blob_resize(&stream, end);
	*ret = (struct compressed){ stream, find_parts(&stream, cuts) };
	return 0;
}

static int compress_lz4(struct bzb_span bytes, const struct compress_how *how,
			const struct cuts *cuts, compress_progress *progress,
			struct compressed *ret, struct why *why)
{
	return make_frame(bytes, how->level, cuts, progress, ret, why);
}

static int try_lz4(struct bzb_span bytes, int trial, const struct cuts *cuts,
		   compress_progress *progress, struct compressed *ret, struct why *why)
{
	return make_frame(bytes, LZ4HC_CLEVEL_MAX - trial, cuts, progress, ret, why);
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
	.run = compress_lz4,
	.try = try_lz4,
};
