/* SPDX-License-Identifier: BSD-2-Clause */
/* Compressed streams of unknown length and unknown decompressed size. */
#ifndef PACKER_STREAM_H
#define PACKER_STREAM_H

#include <bzboot/payload.h>

#include "io/blob.h"

/* How a stream is compressed: gzip, xz, LZMA alone, zstd, LZ4 in a frame or in a legacy frame. */
struct stream_format;

struct stream_limits {
	size_t max_size;     /* the limit of the decompressed size, bytes */
	uint64_t *cost_left; /* reduced by all bytes read and decompressed; NULL: no limit */
	bool joined;	     /* a stream of the same format may follow: they are one */
	/* Whether to go on after the first decompressed bytes. */
	bool (*wanted)(struct bzb_span start);
};

/**
 * stream_format() - how the stream that some bytes begin with is compressed
 * @bytes: any
 *
 * returns: the format; NULL if it is none of these
 */
const struct stream_format *stream_format(struct bzb_span bytes);

/**
 * stream_search() - where the next stream may begin
 * @bytes: any
 * @at: the offset to begin at
 *
 * returns: the first offset from @at on for which stream_format() may return a format; @bytes.size
 * if there is none
 */
size_t stream_search(struct bzb_span bytes, size_t at);

/**
 * stream_codec() - the codec of a format
 * @format: any
 *
 * returns: the codec; BZB_CODEC_LZ4 for both kinds of frames
 */
enum bzb_codec stream_codec(const struct stream_format *format);

/**
 * stream_has_end() - whether a format marks the end of a stream
 * @format: any
 *
 * returns: false for legacy frames of LZ4, which end with the file
 */
bool stream_has_end(const struct stream_format *format);

/**
 * stream_decompress() - decompress a stream
 * @format: as stream_format() returns it for @stream
 * @limits: of memory and time
 * @stream: from its first byte on; its size becomes that of the stream
 * @room: for the decompressed bytes; grows; may be empty, or have been used before
 * @ret: the number of decompressed bytes, at the start of @room; untouched on error
 *
 * Bytes after the stream are ignored.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADDATA, it is broken
 *	-BZB_ERR_TRUNCATED, the stream does not end in @stream
 *	-BZB_ERR_NOTFOUND, @limits->wanted() returned false
 *	-BZB_ERR_TOOLARGE, it goes beyond @limits
 */
int stream_decompress(const struct stream_format *format, const struct stream_limits *limits,
		      struct bzb_span *stream, struct blob *room, size_t *ret);

#endif
