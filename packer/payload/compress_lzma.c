/* SPDX-License-Identifier: BSD-2-Clause */
/* xz and LZMA alone. Both contain LZMA; the containers differ. */
#include <lzma.h>
#include <stdint.h>
#include <stdlib.h>

#include "io/alloc.h"
#include "compressor.h"

/*
 * Levels are xz's own, which are dictionaries of 8, 16, 32, 64 MiB from 6 up. To boot, the stub
 * takes a dictionary's worth of memory beside the kernel: 32 MiB is what Linux 6.1 has in its
 * images, and 128 MiB is what 6.12 has.
 */
#define LEVEL_MAX 9
#define LEVEL_DEFAULT 8
#define DICTIONARY_BEST ((uint32_t)128 << 20)

/*
 * Readers tell LZMA alone by its first bytes: 5d, for lc/lp/pb = 3/0/2, and the dictionary's size,
 * of which scripts/extract-vmlinux wants the lowest three bytes to be zero.
 */
#define LZMA_ALONE_DICTIONARY_UNIT ((uint32_t)16 << 20)

struct settings {
	uint32_t preset;
	uint32_t lc, lp, pb;
	bool filters; /* xz only: calls and jumps, if there is a filter for the machine's */
};

#define BEST (LEVEL_MAX | LZMA_PRESET_EXTREME)

/*
 * Of Debian's kernels, some come out smallest with the first and some with the second; the filter
 * is worth 7 %. Tried and larger for all: pb = 0 (tables of numbers are aligned), pb = 3, lp > 0.
 */
static const struct settings xz_trials[] = {
	{ BEST, 3, 0, 2, true },
	{ BEST, 4, 0, 2, true },
	{ BEST, 2, 0, 2, true },
	{ BEST, 3, 0, 2, false },
};

static const struct settings lzma_trials[] = {
	{ BEST, 3, 0, 2, false },
	{ LEVEL_MAX, 3, 0, 2, false },
};

/* No more than @bytes need. xz itself takes LZMA alone with 2^n and 2^n + 2^(n-1) only. */
static uint32_t dictionary_for(size_t bytes, uint32_t unit, uint32_t most)
{
	uint32_t size = unit;

	while ((size < bytes && size < most) || size % unit)
		size += size & (size - 1) ? size / 3 : size / 2;
	return size;
}

static lzma_options_lzma options_of(const struct settings *settings, size_t bytes, uint32_t unit)
{
	lzma_options_lzma options = { 0 };

	/* An unknown preset; the encoder refuses empty options. */
	if (lzma_lzma_preset(&options, settings->preset))
		return (lzma_options_lzma){ 0 };
	if (settings->preset == BEST)
		options.dict_size = DICTIONARY_BEST;
	options.dict_size = dictionary_for(bytes, unit, options.dict_size);
	options.lc = settings->lc;
	options.lp = settings->lp;
	options.pb = settings->pb;
	return options;
}

static void *get_memory(void *opaque, size_t count, size_t size)
{
	(void)opaque;
	return size && count > SIZE_MAX / size ? NULL : alloc_bytes(count * size);
}

static void free_memory(void *opaque, void *memory)
{
	(void)opaque;
	free(memory);
}

static const lzma_allocator allocator = { get_memory, free_memory, NULL };

static lzma_stream make_stream(void)
{
	lzma_stream lzma = LZMA_STREAM_INIT;

	lzma.allocator = &allocator;
	return lzma;
}

/* Passes a chunk to the encoder, which ends a block after it or not; LZMA_OK if it needs more. */
static lzma_ret encode(lzma_stream *lzma, size_t size, lzma_action action)
{
	lzma_ret result;

	lzma->avail_in = size;
	do
		result = lzma_code(lzma, action);
	while (result == LZMA_OK && action == LZMA_FULL_BARRIER);
	return result == LZMA_STREAM_END && action == LZMA_FULL_BARRIER ? LZMA_OK : result;
}

/* Runs a liblzma encoder that was initialised with the result @ready. */
static int run_coder(lzma_stream *lzma, lzma_ret ready, struct bzb_span bytes,
		     const struct cuts *cuts, compress_progress *progress, struct blob *ret,
		     struct why *why)
{
	/* That is for one block; each of several has a header, a check and a record. */
	struct blob stream = blob_room(lzma_stream_buffer_bound(bytes.size) +
				       cuts->count * LZMA_BLOCK_HEADER_SIZE_MAX);
	unsigned int block = 0;
	lzma_ret result = ready;
	size_t done = 0;

	lzma->next_in = bytes.data;
	lzma->next_out = stream.data;
	lzma->avail_out = stream.size;
	while (result == LZMA_OK) {
		size_t left = cuts->end[block] - done;
		size_t size = left > COMPRESS_CHUNK ? COMPRESS_CHUNK : left;
		bool at_cut = size == left && block + 1 < cuts->count;

		done += size;
		block += at_cut;
		result = encode(lzma, size,
				done == bytes.size ? LZMA_FINISH :
				at_cut		   ? LZMA_FULL_BARRIER :
						     LZMA_RUN);
		progress(done, bytes.size);
	}
	blob_resize(&stream, stream.size - lzma->avail_out);
	lzma_end(lzma);
	if (result == LZMA_STREAM_END) {
		*ret = stream;
		return 0;
	}
	blob_free(&stream);
	if (result == LZMA_MEM_ERROR)
		return explain(why, "cannot compress: out of memory; try a lower level");
	return explain(why, "cannot compress: liblzma error %d", result);
}

/* --- xz ---------------------------------------------------------------------- */

static lzma_index *read_index(struct bzb_span stream)
{
	uint64_t memory = UINT64_MAX;
	lzma_index *index = NULL;
	lzma_stream_flags footer;
	struct bzb_span bytes;
	size_t at = 0;

	if (bzb_slice(stream, stream.size - LZMA_STREAM_HEADER_SIZE, LZMA_STREAM_HEADER_SIZE,
		      &bytes) ||
	    lzma_stream_footer_decode(&footer, bytes.data) != LZMA_OK ||
	    bzb_slice(stream, stream.size - LZMA_STREAM_HEADER_SIZE - footer.backward_size,
		      footer.backward_size, &bytes) ||
	    lzma_index_buffer_decode(&index, &memory, NULL, bytes.data, &at, bytes.size) != LZMA_OK)
		return NULL;
	return index;
}

/* A part is a block. */
static int find_parts(struct bzb_span stream, struct parts *parts)
{
	lzma_index *index = read_index(stream);
	lzma_index_iter block;
	uint32_t count = 0;
	bool same = true;

	if (!index)
		return -1;
	parts->start = LZMA_STREAM_HEADER_SIZE;
	lzma_index_iter_init(&block, index);
	while (!lzma_index_iter_next(&block, LZMA_INDEX_ITER_BLOCK) && count < parts->count) {
		struct bzb_manifest_part *s = &parts->table[count++];

		s->end = bzb_st32((uint32_t)(block.block.compressed_stream_offset +
					     block.block.total_size));
		same &= bzb_ld32(s->elf_end) ==
			block.block.uncompressed_stream_offset + block.block.uncompressed_size;
	}
	same &= lzma_index_block_count(index) == parts->count;
	lzma_index_end(index, NULL);
	return same ? 0 : -1;
}

/* The stub for the machine has to have it, too (decoders/rules.mk). liblzma has that for arm64 since
 * 5.4. */
static lzma_vli filter_of(enum bzb_machine machine)
{
	switch (machine) {
	case BZB_MACHINE_X86_64:
		return LZMA_FILTER_X86;
#ifdef LZMA_FILTER_ARM64
	case BZB_MACHINE_ARM64:
		return LZMA_FILTER_ARM64;
#endif
	default:
		return LZMA_VLI_UNKNOWN;
	}
}

/* One stream, of a block for each part. Linux verifies CRC-32 and no other check. */
static int run_xz(struct bzb_span bytes, enum bzb_machine machine, const struct settings *settings,
		  const struct cuts *cuts, unsigned int threads, compress_progress *progress,
		  struct compressed *ret, struct why *why)
{
	lzma_stream lzma = make_stream();
	size_t largest = cuts_largest(cuts);
	lzma_options_lzma options = options_of(settings, largest, LZMA_DICT_SIZE_MIN);
	const lzma_filter filters[] = {
		{ filter_of(machine), NULL },
		{ LZMA_FILTER_LZMA2, &options },
		{ LZMA_VLI_UNKNOWN, NULL },
	};
	const lzma_mt mt = {
		.threads = threads < cuts->count ? threads : cuts->count,
		.block_size = largest,
		.filters = settings->filters && filters[0].id != LZMA_VLI_UNKNOWN ? filters :
										    filters + 1,
		.check = LZMA_CHECK_CRC32,
	};
	/* The encoder for several blocks would write sizes into the header of a single block, which
	 * readers do not need. */
	lzma_ret ready = cuts->count > 1 ? lzma_stream_encoder_mt(&lzma, &mt) :
					   lzma_stream_encoder(&lzma, mt.filters, mt.check);
	struct compressed made = { .parts = parts_of(cuts) };

	if (run_coder(&lzma, ready, bytes, cuts, progress, &made.stream, why))
		return -1;
	if (find_parts(blob_span(&made.stream), &made.parts)) {
		blob_free(&made.stream);
		return explain(why, "internal error: liblzma made other blocks than parts");
	}
	*ret = made;
	return 0;
}

/* In the order of a stream: header, blocks, index, footer. find_parts() has read the index. */
static bool is_framed(struct bzb_span stream, struct bzb_span bytes, const struct parts *parts)
{
	size_t start = 0, end = parts->start;
	lzma_stream_flags header, footer;
	bool same;

	if (lzma_stream_header_decode(&header, stream.data) != LZMA_OK ||
	    lzma_stream_footer_decode(&footer, stream.data + stream.size -
						       LZMA_STREAM_HEADER_SIZE) != LZMA_OK)
		return false;
	same = header.check == LZMA_CHECK_CRC32 &&
	       lzma_stream_flags_compare(&header, &footer) == LZMA_OK;
	for (unsigned int i = 0; i < parts->count; i++) {
		const size_t part_end = bzb_ld32(parts->table[i].elf_end);

		end = bzb_ld32(parts->table[i].end);
		same &= lzma_crc32(bytes.data + start, part_end - start, 0) ==
			bzb_get32(stream.data + end - sizeof(bzb_le32));
		start = part_end;
	}
	return same && end + footer.backward_size + LZMA_STREAM_HEADER_SIZE == stream.size;
}

static int compress_xz(struct bzb_span bytes, const struct compress_how *how,
		       const struct cuts *cuts, compress_progress *progress, struct compressed *ret,
		       struct why *why)
{
	const struct settings settings = { (uint32_t)how->level, 3, 0, 2, true };

	return run_xz(bytes, how->machine, &settings, cuts, how->threads, progress, ret, why);
}

static int try_xz(struct bzb_span bytes, const struct compress_how *how, int trial,
		  const struct cuts *cuts, compress_progress *progress, struct compressed *ret,
		  struct why *why)
{
	return run_xz(bytes, how->machine, &xz_trials[trial], cuts, 1, progress, ret, why);
}

const struct compressor compressor_xz = {
	.codec = BZB_CODEC_XZ,
	.level_min = 0,
	.level_max = LEVEL_MAX,
	.level_default = LEVEL_DEFAULT,
	.trials = BZB_ARRAY_SIZE(xz_trials),
	.part_unit = PART_UNIT,
	.symbols_unit = 1,
	.part_default = PART_DEFAULT,
	.cuts_early = true,
	.is_framed = is_framed,
	.run = compress_xz,
	.try = try_xz,
};

/* --- LZMA alone -------------------------------------------------------------- */

/* Of unknown size, with a mark at its end: so "lzma" makes them, so all readers have seen them. */
static int run_lzma(struct bzb_span bytes, const struct settings *settings,
		    compress_progress *progress, struct compressed *ret, struct why *why)
{
	lzma_stream lzma = make_stream();
	lzma_options_lzma options = options_of(settings, bytes.size, LZMA_ALONE_DICTIONARY_UNIT);
	const struct cuts cuts = cuts_none(bytes);
	lzma_ret ready = lzma_alone_encoder(&lzma, &options);
	struct blob stream;

	if (run_coder(&lzma, ready, bytes, &cuts, progress, &stream, why))
		return -1;
	*ret = (struct compressed){ stream, parts_whole(stream.size, bytes.size) };
	return 0;
}

static int compress_lzma(struct bzb_span bytes, const struct compress_how *how,
			 const struct cuts *cuts, compress_progress *progress,
			 struct compressed *ret, struct why *why)
{
	const struct settings settings = { (uint32_t)how->level, 3, 0, 2, false };

	(void)cuts;
	return run_lzma(bytes, &settings, progress, ret, why);
}

static int try_lzma(struct bzb_span bytes, const struct compress_how *how, int trial,
		    const struct cuts *cuts, compress_progress *progress, struct compressed *ret,
		    struct why *why)
{
	(void)how;
	(void)cuts;
	return run_lzma(bytes, &lzma_trials[trial], progress, ret, why);
}

const struct compressor compressor_lzma = {
	.codec = BZB_CODEC_LZMA,
	.level_min = 0,
	.level_max = LEVEL_MAX,
	.level_default = LEVEL_DEFAULT,
	.trials = BZB_ARRAY_SIZE(lzma_trials),
	.run = compress_lzma,
	.try = try_lzma,
};
