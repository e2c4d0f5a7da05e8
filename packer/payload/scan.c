/* SPDX-License-Identifier: BSD-2-Clause */
#include "scan.h"

#include <string.h>

#include <bzboot/probe.h>

#include "input/stream.h"

/*
 * The budget of a file: bytes read and bytes decompressed, by all streams together; to begin one
 * counts as much as the memory of its decoder. That is enough for a kernel of the largest size and
 * an impostor before it, or for 32,768 false hits.
 */
#define COST_MAX ((uint64_t)2 << 30)
#define COST_OF_STREAM ((uint64_t)64 << 10)

static bool is_kernel(struct bzb_span bytes)
{
	return bzb_probe(bytes) & (BZB_IS_ELF | BZB_IS_PE);
}

/* Most hits are false, which the first bytes show. */
static bool may_be_kernel(struct bzb_span start)
{
	return start.size < 4 || !memcmp(start.data, "\177ELF", 4) || !memcmp(start.data, "MZ", 2);
}

static int try_stream(const struct stream_format *format, const struct stream_limits *limits,
		      struct bzb_span *stream, struct blob *ret)
{
	struct blob kernel;

	if (stream_decompress(format, limits, stream, &kernel))
		return -1;
	if (!is_kernel(blob_span(&kernel))) {
		blob_free(&kernel);
		return -1;
	}
	*ret = kernel;
	return 0;
}

int scan_find(struct bzb_span file, size_t max_size, struct scan_hit *ret)
{
	uint64_t cost_left = COST_MAX + file.size;
	const struct stream_limits limits = {
		.max_size = max_size,
		.cost_left = &cost_left,
		.wanted = may_be_kernel,
	};

	for (size_t at = 0; at < file.size; at++) {
		struct bzb_span stream = { file.data + at, file.size - at };
		const struct stream_format *format = stream_format(stream);
		struct blob kernel;

		if (!format || !stream_has_end(format))
			continue;
		if (!cost_left)
			break;
		cost_left -= COST_OF_STREAM < cost_left ? COST_OF_STREAM : cost_left;
		if (try_stream(format, &limits, &stream, &kernel))
			continue;
		*ret = (struct scan_hit){ stream_codec(format), stream, kernel };
		return 0;
	}
	return cost_left ? -BZB_ERR_NOTFOUND : -BZB_ERR_TOOLARGE;
}
