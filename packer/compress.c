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

int compressor_run(const struct compressor *compressor, struct bzb_span bytes, int level,
		   compress_progress *progress, struct blob *ret, struct why *why)
{
	return compressor->run(bytes, level, progress, ret, why);
}

int compressor_run_best(const struct compressor *compressor, struct bzb_span bytes,
			compress_progress *progress, struct blob *ret, struct why *why)
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
	*ret = best;
	return 0;
}
