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

/* @room: for all streams of a file, because new memory costs more than most streams */
static int try_stream(const struct stream_format *format, const struct stream_limits *limits,
		      struct bzb_span *stream, struct blob *room)
{
	size_t size;

	if (stream_decompress(format, limits, stream, room, &size) ||
	    !is_kernel((struct bzb_span){ room->data, size }))
		return -1;
	blob_resize(room, size);
	return 0;
}

static int try_all(struct bzb_span file, const struct stream_limits *limits, struct blob *room,
		   struct scan_hit *ret)
{
	for (size_t at = stream_search(file, 0); at < file.size; at = stream_search(file, at + 1)) {
		struct bzb_span stream = { file.data + at, file.size - at };
		const struct stream_format *format = stream_format(stream);

		if (!format || !stream_has_end(format))
			continue;
		if (!*limits->cost_left)
			break;
		*limits->cost_left -= COST_OF_STREAM < *limits->cost_left ? COST_OF_STREAM :
									    *limits->cost_left;
		if (try_stream(format, limits, &stream, room))
			continue;
		*ret = (struct scan_hit){ stream_codec(format), stream, *room };
		return 0;
	}
	return *limits->cost_left ? -BZB_ERR_NOTFOUND : -BZB_ERR_TOOLARGE;
}

int scan_find(struct bzb_span file, size_t max_size, struct scan_hit *ret)
{
	uint64_t cost_left = COST_MAX + file.size;
	const struct stream_limits limits = {
		.max_size = max_size,
		.cost_left = &cost_left,
		.wanted = may_be_kernel,
	};
	struct blob room = { 0 };
	int err = try_all(file, &limits, &room, ret);

	if (err)
		blob_free(&room);
	return err;
}
