/* SPDX-License-Identifier: BSD-2-Clause */
/* Compressing. To add a compression, write a function and a row of the table for it. */
#ifndef PACKER_COMPRESS_H
#define PACKER_COMPRESS_H

#include <bzboot/payload.h>

#include "blob.h"
#include "diag.h"

/* Called now and then with the number of bytes done so far; the last time with all. */
typedef void compress_progress(size_t done, size_t total);

struct compressor {
	enum bzb_codec codec;
	int level_min, level_max, level_default;
	int (*run)(struct bzb_span bytes, int level, compress_progress *progress,
		   struct blob *ret, struct why *why);
};

/**
 * compressor_find() - how to compress with a codec
 * @codec: which
 *
 * returns: the compressor; NULL if there is none
 */
const struct compressor *compressor_find(enum bzb_codec codec);

/**
 * compress() - make a stream that the strictest reader takes
 * @compressor: how
 * @bytes: what
 * @level: from compressor->level_min to compressor->level_max
 * @progress: told how far it is
 * @ret: the stream, without trailer; untouched on error; depends on @bytes and @level only
 * @why: what went wrong
 *
 * returns: 0, or -1 on error
 */
int compress(const struct compressor *compressor, struct bzb_span bytes, int level,
	     compress_progress *progress, struct blob *ret, struct why *why);

#endif
