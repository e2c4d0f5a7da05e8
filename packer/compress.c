/* SPDX-License-Identifier: BSD-2-Clause */
#include "compress_codecs.h"

/* In the order of --help. */
static const struct compressor *const compressors[] = {
	&compressor_zstd, &compressor_xz,  &compressor_lzma,
	&compressor_gzip, &compressor_lz4, &compressor_none,
};

#define COMPRESSORS (sizeof(compressors) / sizeof(compressors[0]))

const struct compressor *compressor_at(size_t index)
{
	return index < COMPRESSORS ? compressors[index] : NULL;
}

int compressor_run(const struct compressor *compressor, struct bzb_span bytes,
		   const struct compress_how *how, compress_progress *progress,
		   struct compressed *ret, struct why *why)
{
	struct compressed whole = { 0 };

	if (compressor->run_segments)
		return compressor->run_segments(bytes, how, progress, ret, why);
	if (compressor->run(bytes, how->level, progress, &whole.stream, why))
		return -1;
	*ret = whole;
	return 0;
}

int compressor_run_best(const struct compressor *compressor, struct bzb_span bytes,
			compress_progress *progress, struct compressed *ret,
			struct why *why)
{
	struct blob best = { 0 };

	for (int trial = 0; trial < compressor->trials; trial++) {
		struct blob stream;

		if (compressor->try(bytes, trial, progress, &stream, why)) {
			blob_free(&best);
			return -1;
		}
		if (!best.data || stream.size < best.size) {
			struct blob worse = best;

			best = stream;
			stream = worse;
		}
		blob_free(&stream);
	}
	*ret = (struct compressed){ .stream = best };
	return 0;
}
