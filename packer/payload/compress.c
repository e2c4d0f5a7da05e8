/* SPDX-License-Identifier: BSD-2-Clause */
#include "compress.h"

#include <string.h>

#include "io/lap.h"

/* In the order of --help. */
static const struct compressor *const compressors[] = {
	&compressor_zstd, &compressor_xz,  &compressor_lzma,
	&compressor_gzip, &compressor_lz4, &compressor_none,
};

const struct compressor *compressor_at(size_t index)
{
	return index < BZB_ARRAY_SIZE(compressors) ? compressors[index] : NULL;
}

const struct compressor *compressor_by_name(const char *name)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(compressors); i++)
		if (!strcmp(name, bzb_codec_name(compressors[i]->codec)))
			return compressors[i];
	return NULL;
}

/* The only proof of a stream: by itself and among the others, each part is its share of @bytes, and
 * what is around the parts is correct. */
static bool is_proven(const struct compressor *compressor, struct bzb_span bytes,
		      unsigned int threads, struct compressed *made)
{
	const struct bzb_span stream = blob_span(&made->stream);

	return !parts_try(compressor->codec, compressor->start, stream, bytes, threads,
			  &made->parts) &&
	       (!compressor->is_framed || compressor->is_framed(stream, bytes, &made->parts));
}

/* Moves a stream to *ret after it is proven. */
static int publish(const struct compressor *compressor, struct bzb_span bytes, unsigned int threads,
		   struct compressed *made, struct compressed *ret, struct why *why)
{
	if (!is_proven(compressor, bytes, threads, made)) {
		blob_free(&made->stream);
		return explain(why, "internal error: the %s stream does not decompress",
			       bzb_codec_name(compressor->codec));
	}
	lap("decompress it again");
	*ret = *made;
	return 0;
}

/* @count: 0: by default */
static unsigned int count_parts(const struct compressor *compressor, size_t size,
				unsigned int count)
{
	if (count || !compressor->part_default)
		return count;
	size /= compressor->part_default;
	return size < BZB_PARTS_MAX ? (unsigned int)size : BZB_PARTS_MAX;
}

/* @bytes: that are loaded, and those after them up to where symbols can begin */
static struct cuts cut_kernel(const struct compressor *compressor, struct bzb_span bytes,
			      const struct compress_how *how, unsigned int count, unsigned int most)
{
	const unsigned int wanted = count_parts(compressor, how->loaded, count);
	struct cuts cuts;

	if (!count && wanted > 1 && compressor->cuts_cheaply)
		parts_cut_cheaply(bytes, compressor->part_unit, &cuts);
	else
		parts_cut(bytes, wanted < most ? wanted : most, compressor->part_unit,
			  compressor->cuts_early, &cuts);
	if (cuts.count < most)
		parts_cut_first(how->gap, compressor->part_unit, &cuts);
	return cuts;
}

/* If the codec has parts, symbols are a part that is not loaded. If it has several for the kernel,
 * the gap is one, too: the tables of the fields that move are in it, so that fields can move as
 * soon as their part is decompressed. */
static struct cuts make_cuts(const struct compressor *compressor, struct bzb_span bytes,
			     const struct compress_how *how, unsigned int count)
{
	struct bzb_span loaded = bytes;
	struct cuts cuts;

	if (compressor->symbols_unit)
		loaded.size = bzb_align_up(how->loaded, compressor->symbols_unit);
	if (loaded.size >= bytes.size)
		return cut_kernel(compressor, bytes, how, count, BZB_PARTS_MAX);
	cuts = cut_kernel(compressor, loaded, how, count, BZB_PARTS_MAX - 1);
	cuts.end[cuts.count++] = bytes.size;
	return cuts;
}

struct cuts compressor_cut(const struct compressor *compressor, struct bzb_span bytes,
			   const struct compress_how *how)
{
	return make_cuts(compressor, bytes, how, how->parts);
}

int compressor_run(const struct compressor *compressor, struct bzb_span bytes,
		   const struct compress_how *how, compress_progress *progress,
		   struct compressed *ret, struct why *why)
{
	struct compressed made;
	struct cuts cuts;

	cuts = compressor_cut(compressor, bytes, how);
	lap("choose the cuts");
	if (compressor->run(bytes, how, &cuts, progress, &made, why))
		return -1;
	lap("compress");
	return publish(compressor, bytes, how->threads, &made, ret, why);
}

int compressor_run_best(const struct compressor *compressor, struct bzb_span bytes,
			const struct compress_how *how, compress_progress *progress,
			struct compressed *ret, struct why *why)
{
	const struct cuts cuts = make_cuts(compressor, bytes, how, 1);
	struct compressed best = { 0 };

	for (int trial = 0; trial < compressor->trials; trial++) {
		struct compressed made;

		if (compressor->try(bytes, how, trial, &cuts, progress, &made, why)) {
			blob_free(&best.stream);
			return -1;
		}
		if (!best.stream.data || made.stream.size < best.stream.size) {
			struct compressed worse = best;

			best = made;
			made = worse;
		}
		blob_free(&made.stream);
	}
	lap("compress");
	return publish(compressor, bytes, 1, &best, ret, why);
}
