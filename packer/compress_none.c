/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "compress_codecs.h"

static int compress_none(struct bzb_span bytes, int level, compress_progress *progress,
			 struct blob *ret, struct why *why)
{
	struct blob stream = blob_alloc(bytes.size);

	(void)level;
	(void)why;
	memcpy(stream.data, bytes.data, bytes.size);
	progress(bytes.size, bytes.size);
	*ret = stream;
	return 0;
}

const struct compressor compressor_none = {
	.codec = BZB_CODEC_NONE,
	.trials = 1,
	.run = compress_none,
	.try = compress_none,
};
