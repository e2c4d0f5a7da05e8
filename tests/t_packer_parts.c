/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cuts become parts, wherever they are and whatever data is between them: packer/payload/parts.h.
 * The stream is the same for any number of threads.
 */
#define ZSTD_STATIC_LINKING_ONLY
#include "test.h"

#include <zstd.h>

#include <bzboot/checksum.h>

#include "../packer/payload/compressor.h"
#include "../packer/payload/payload_decompress.h"

#define PART ((size_t)512 << 10)

static void no_progress(size_t done, size_t total)
{
	(void)done, (void)total;
}

/* One part of @first bytes, then parts of PART bytes */
static struct cuts cut(size_t first, unsigned int count)
{
	struct cuts cuts = { .count = count };

	for (unsigned int i = 0; i < count; i++)
		cuts.end[i] = first + i * PART;
	return cuts;
}

/* Incompressible bytes */
static void fill(unsigned char *at, size_t size)
{
	uint32_t state = 0x2545f491;

	while (size--) {
		state = state * 1664525 + 1013904223;
		*at++ = (unsigned char)(state >> 24);
	}
}

/* xorshift64: unlike fill(), nothing in so many bytes is like anything before. */
static void fill_without_repeats(unsigned char *at, size_t size)
{
	uint64_t state = 0x9e3779b97f4a7c15;

	while (size--) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		*at++ = (unsigned char)(state >> 56);
	}
}

/* Words of four letters, few different ones: they take long to compress. */
static void write_text(unsigned char *at, size_t size)
{
	fill(at, size);
	for (size_t i = 0; i + 4 <= size; i += 4) {
		unsigned char word = at[i] / 3;

		at[i] = word % 5, at[i + 1] = word % 7, at[i + 2] = word % 11, at[i + 3] = ' ';
	}
}

static void check_whole(const struct compressor *compressor, struct bzb_span stream,
			struct bzb_span bytes)
{
	const struct bzb_payload payload = { compressor->codec, stream, (uint32_t)bytes.size };
	struct blob out;
	struct why why;

	CHECK_EQ(0, decompress(&payload, &out, &why));
	CHECK_EQ(bytes.size, out.size);
	CHECK(!memcmp(bytes.data, out.data, out.size));
	blob_free(&out);
}

/* returns: the checksum of the stream; it has a part for each part */
static uint32_t check_cuts(const struct compressor *compressor, struct bzb_span bytes,
			   const struct cuts *cuts, int level, unsigned int threads)
{
	const struct compress_how how = { .level = level, .threads = threads };
	struct compressed made;
	uint32_t checksum;
	struct why why;

	CHECK_EQ(0, compressor->run(bytes, &how, cuts, no_progress, &made, &why));
	CHECK_EQ(0, parts_try(compressor->codec, compressor->start, blob_span(&made.stream), bytes,
			      threads, &made.parts));
	CHECK(compressor->is_framed(blob_span(&made.stream), bytes, &made.parts));
	CHECK_EQ(cuts->count, made.parts.count);
	for (unsigned int i = 0; i < cuts->count; i++)
		CHECK_EQ(cuts->end[i], bzb_ld32(made.parts.table[i].elf_end));
	check_whole(compressor, blob_span(&made.stream), bytes);
	checksum = bzb_checksum(blob_span(&made.stream));
	blob_free(&made.stream);
	return checksum;
}

static void check_threads(const struct compressor *compressor, struct bzb_span bytes,
			  const struct cuts *cuts, int level)
{
	static const unsigned int threads[] = { 2, 13 };
	uint32_t first = check_cuts(compressor, bytes, cuts, level, 1);

	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		CHECK_EQ(first, check_cuts(compressor, bytes, cuts, level, threads[i]));
}

/* zstd, at levels with each way to search */
static void check_levels(struct bzb_span bytes, const struct cuts *cuts)
{
	static const int levels[] = { 1, 3, 16, 22 };

	for (size_t i = 0; i < ARRAY_SIZE(levels); i++)
		check_threads(&compressor_zstd, bytes, cuts, levels[i]);
}

/* The others wait for a thread. */
static void a_slow_part_before_many_quick_ones(void)
{
	const size_t first = 8 * PART;
	const struct cuts cuts = cut(first, 40);
	struct blob bytes = blob_alloc(cuts.end[39]);

	write_text(bytes.data, first);
	check_threads(&compressor_zstd, blob_span(&bytes), &cuts, 16);
	blob_free(&bytes);
}

/* With a window that includes both, the highest level would find matches in the other part. */
static void large_parts_do_not_look_back(void)
{
	const struct cuts cuts = { 2, { (size_t)66 << 20, (size_t)132 << 20 } };
	struct blob bytes = blob_alloc(cuts.end[1]);

	check_cuts(&compressor_zstd, blob_span(&bytes), &cuts, 22, 2);
	blob_free(&bytes);
}

static void parts_that_do_not_get_smaller(void)
{
	const struct cuts cuts = cut(PART, BZB_PARTS_MAX);
	struct blob bytes = blob_alloc(cuts.end[BZB_PARTS_MAX - 1]);

	fill(bytes.data, bytes.size);
	check_cuts(&compressor_zstd, blob_span(&bytes), &cuts, 3, 2);
	check_cuts(&compressor_xz, blob_span(&bytes), &cuts, 0, 2);
	blob_free(&bytes);
}

/*
 * Each part but the first begins with bytes that repeat at the distances that a frame may use at
 * its start (RFC 8878, 3.1.1.5: 1, 4 and 8), and ends with other bytes.
 */
static void parts_that_begin_like_frames(void)
{
	static const size_t distances[] = { 1, 4, 8 };
	const struct cuts cuts = cut(PART, 4);
	struct blob bytes = blob_alloc(cuts.end[3]);

	write_text(bytes.data, bytes.size);
	for (size_t i = 0; i < ARRAY_SIZE(distances); i++)
		for (size_t at = 0; at < 1000; at++)
			bytes.data[cuts.end[i] + at] = (unsigned char)(at % distances[i] * 37);
	check_levels(blob_span(&bytes), &cuts);
	blob_free(&bytes);
}

/*
 * The first matches are by chance in noise, which libzstd does not compress, so they do not replace
 * the distances at the start of a frame: after noise of less than a block, about one, and more.
 */
static void parts_that_begin_with_noise(void)
{
	static const size_t sizes[] = { 300, 130000, 300000 };
	const struct cuts cuts = cut(PART, 4);
	struct blob bytes = blob_alloc(cuts.end[3]);

	write_text(bytes.data, bytes.size);
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		unsigned char *at = bytes.data + cuts.end[i];

		fill_without_repeats(at, sizes[i]);
		for (size_t n = 0; n < 90000; n++)
			at[sizes[i] + n] = (unsigned char)(n / 30000 * 8 + n % 8);
		memset(at + sizes[i] + 90000, 0xa5, 1000);
	}
	check_levels(blob_span(&bytes), &cuts);
	blob_free(&bytes);
}

/* libzstd lists no matches of so few bytes. */
static void small_parts_after_a_large_one(void)
{
	static const size_t sizes[] = { 1, 2, 9, 1000, 70000, 200000, PART - 1, 5000 };
	struct cuts cuts = cut(PART, 1);
	struct blob bytes;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++, cuts.count++)
		cuts.end[i + 1] = cuts.end[i] + sizes[i];
	bytes = blob_alloc(cuts.end[cuts.count - 1]);
	write_text(bytes.data, bytes.size);
	check_threads(&compressor_zstd, blob_span(&bytes), &cuts, 3);
	check_threads(&compressor_zstd, blob_span(&bytes), &cuts, 19);
	check_threads(&compressor_xz, blob_span(&bytes), &cuts, 1);
	blob_free(&bytes);
}

/* Any one of the parts has bytes other than those to be compressed. */
static void a_part_that_is_another_one(void)
{
	const struct compress_how how = { .level = 3, .threads = 2 };
	const struct cuts cuts = cut(PART, 4);
	struct blob bytes = blob_alloc(cuts.end[3]);
	struct compressed made;
	struct why why;

	write_text(bytes.data, bytes.size);
	CHECK_EQ(0, compressor_zstd.run(blob_span(&bytes), &how, &cuts, no_progress, &made, &why));
	for (unsigned int threads = 1; threads <= 5; threads++) {
		for (unsigned int i = 0; i < cuts.count; i++) {
			bytes.data[cuts.end[i] - 1] ^= 1;
			CHECK_EQ(-1, parts_try(BZB_CODEC_ZSTD, compressor_zstd.start,
					       blob_span(&made.stream), blob_span(&bytes), threads,
					       &made.parts));
			bytes.data[cuts.end[i] - 1] ^= 1;
		}
	}
	blob_free(&made.stream);
	blob_free(&bytes);
}

/* Appends the blocks of a frame of these bytes alone. */
static void append_frame(struct blob *stream, struct bzb_span bytes)
{
	size_t at = stream->size, header, size;

	blob_resize(stream, at + ZSTD_compressBound(bytes.size));
	size = ZSTD_compress(stream->data + at, stream->size - at, bytes.data, bytes.size, 3);
	CHECK(!ZSTD_isError(size));
	header = ZSTD_frameHeaderSize(stream->data + at, size);
	memmove(stream->data + at, stream->data + at + header, size - header);
	blob_resize(stream, at + size - header);
}

/* Each part is decompressed correctly by itself, but would not be after the other one. */
static void parts_that_are_frames(void)
{
	const struct cuts cuts = cut(PART, 2);
	struct blob bytes = blob_alloc(cuts.end[1]), stream = { 0 };
	struct parts parts = parts_of(&cuts);

	write_text(bytes.data, bytes.size);
	memset(bytes.data + PART, 0, 1000);
	for (unsigned int i = 0; i < cuts.count; i++) {
		const struct bzb_span part = { bytes.data + i * PART, PART };

		append_frame(&stream, part);
		parts.table[i].end = bzb_st32((uint32_t)stream.size);
	}
	CHECK_EQ(0,
		 parts_try(BZB_CODEC_ZSTD, NULL, blob_span(&stream), blob_span(&bytes), 1, &parts));
	CHECK_EQ(-1, parts_try(BZB_CODEC_ZSTD, compressor_zstd.start, blob_span(&stream),
			       blob_span(&bytes), 1, &parts));
	blob_free(&stream);
	blob_free(&bytes);
}

/* The stream passes, but not with another byte @at. */
static void check_frame(const struct compressor *compressor, struct bzb_span bytes,
			struct blob *stream, const struct parts *parts, size_t at)
{
	CHECK(compressor->is_framed(blob_span(stream), bytes, parts));
	stream->data[at] ^= 1;
	CHECK(!compressor->is_framed(blob_span(stream), bytes, parts));
	stream->data[at] ^= 1;
}

/* The header, and the checksum at the end: for xz, before the index. */
static void frames_that_are_broken(void)
{
	static const struct compressor *const compressors[] = {
		&compressor_zstd,
		&compressor_xz,
	};
	const struct compress_how how = { .level = 1, .threads = 1 };
	const struct cuts cuts = cut(PART, 2);
	struct blob bytes = blob_alloc(cuts.end[1]);

	write_text(bytes.data, bytes.size);
	for (size_t i = 0; i < ARRAY_SIZE(compressors); i++) {
		const struct compressor *compressor = compressors[i];
		struct compressed made;
		struct why why;

		CHECK_EQ(0,
			 compressor->run(blob_span(&bytes), &how, &cuts, no_progress, &made, &why));
		check_frame(compressor, blob_span(&bytes), &made.stream, &made.parts, 0);
		check_frame(compressor, blob_span(&bytes), &made.stream, &made.parts,
			    made.stream.size - 1);
		check_frame(compressor, blob_span(&bytes), &made.stream, &made.parts,
			    bzb_ld32(made.parts.table[1].end) -
				    (compressor->codec == BZB_CODEC_XZ));
		blob_free(&made.stream);
	}
	blob_free(&bytes);
}

/* Noise, of which every other sixteen bytes are those half of a part before, if they are after
 * @start: a cut anywhere after it breaks thousands of matches. */
static void copy_often(unsigned char *bytes, size_t start, size_t end)
{
	for (size_t at = start + PART / 2; at < end; at += 32)
		memcpy(bytes + at, bytes + at - PART / 2, 16);
}

/* A fifth that has one thing in common, a half that has another, and the rest, a third. */
static void cheap_cuts_break_nothing(void)
{
	static const size_t ends[] = { 10 * PART, 35 * PART, 50 * PART };
	struct blob bytes = blob_alloc(ends[2]);
	struct cuts cuts;
	size_t start = 0;

	fill_without_repeats(bytes.data, bytes.size);
	for (size_t i = 0; i < ARRAY_SIZE(ends); start = ends[i++])
		copy_often(bytes.data, start, ends[i]);
	parts_cut_cheaply(blob_span(&bytes), PART_UNIT, &cuts);
	CHECK_EQ(3, cuts.count);
	for (unsigned int i = 0; i < cuts.count; i++)
		CHECK_EQ(ends[i], cuts.end[i]);
	blob_free(&bytes);
}

/* Two places of the middle break nothing, one before the half of the time and one after it. */
static void equal_parts_end_early_or_late(void)
{
	static const size_t ends[] = { 47 * PART / 2, 53 * PART / 2, 50 * PART };
	struct blob bytes = blob_alloc(ends[2]);
	size_t start = 0;

	fill_without_repeats(bytes.data, bytes.size);
	for (size_t i = 0; i < ARRAY_SIZE(ends); start = ends[i++])
		copy_often(bytes.data, start, ends[i]);
	for (unsigned int late = 0; late < 2; late++) {
		struct cuts cuts;

		parts_cut(blob_span(&bytes), 2, PART_UNIT, !late, &cuts);
		CHECK_EQ(2, cuts.count);
		CHECK_EQ(ends[late], cuts.end[0]);
		CHECK_EQ(bytes.size, cuts.end[1]);
	}
	blob_free(&bytes);
}

/* Too small for two parts, or not to be cut at all. */
static void some_elfs_are_not_cut(void)
{
	struct blob bytes = blob_alloc(2 * PART - 1);
	struct cuts cuts;

	parts_cut_cheaply(blob_span(&bytes), PART_UNIT, &cuts);
	CHECK_EQ(1, cuts.count);
	CHECK_EQ(bytes.size, cuts.end[0]);
	blob_free(&bytes);
}

static const struct test tests[] = {
	{ "cheap cuts break no matches", cheap_cuts_break_nothing },
	{ "of two equal parts, the first one is smaller or larger", equal_parts_end_early_or_late },
	{ "an ELF that is too small is not cut", some_elfs_are_not_cut },
	{ "zstd: a slow part before many quick ones", a_slow_part_before_many_quick_ones },
	{ "zstd: large parts do not refer to earlier ones", large_parts_do_not_look_back },
	{ "zstd, xz: incompressible parts", parts_that_do_not_get_smaller },
	{ "zstd: parts that begin like frames", parts_that_begin_like_frames },
	{ "zstd: parts that begin with noise", parts_that_begin_with_noise },
	{ "small parts do not look back, either", small_parts_after_a_large_one },
	{ "zstd: a part with other bytes is refused", a_part_that_is_another_one },
	{ "zstd: parts that are frames are refused", parts_that_are_frames },
	{ "zstd, xz: a broken header or checksum is found", frames_that_are_broken },
};

int main(void)
{
	return RUN_TESTS(tests);
}
