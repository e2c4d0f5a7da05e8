/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "compressor.h"

static int copy(struct bzb_span bytes, compress_progress *progress, struct compressed *ret)
{
	struct blob stream = blob_alloc(bytes.size);

	memcpy(stream.data, bytes.data, bytes.size);
	progress(bytes.size, bytes.size);
	*ret = (struct compressed){ stream, parts_whole(bytes.size, bytes.size) };
	return 0;
}

static int compress_none(struct bzb_span bytes, const struct compress_how *how,
			 const struct cuts *cuts, compress_progress *progress,
			 struct compressed *ret, struct why *why)
{
	(void)how;
	(void)cuts;
	(void)why;
	return copy(bytes, progress, ret);
}

static int try_none(struct bzb_span bytes, const struct compress_how *how, int trial,
		    const struct cuts *cuts, compress_progress *progress, struct compressed *ret,
		    struct why *why)
{
	(void)how;
	(void)cuts;
	(void)trial;
	(void)why;
	return copy(bytes, progress, ret);
}

const struct compressor compressor_none = {
	.codec = BZB_CODEC_NONE,
	.trials = 1,
	.run = compress_none,
	.try = try_none,
};
