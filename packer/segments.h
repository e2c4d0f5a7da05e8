/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Segments: parts of one zstd frame that do not refer to each other, so that several processors
 * can decompress it. libzstd's multi-threaded compressor makes such parts, but does not say where
 * they are.
 */
#ifndef PACKER_SEGMENTS_H
#define PACKER_SEGMENTS_H

#include <bzboot/manifest.h>

struct segments {
	uint32_t count;			/* 0: there are none */
	uint32_t size;			/* decompressed; the last one has what is left */
	uint32_t start;			/* of the first one, in the stream */
	struct bzb_manifest_segment table[BZB_SEGMENTS_MAX];
};

/**
 * segments_find() - find the segments of a zstd frame, and try each
 * @stream: the frame
 * @bytes: what it decompresses to
 * @size: of a segment, decompressed; at most BZB_SEGMENTS_MAX of them make @bytes
 * @ret: the segments; untouched on error
 *
 * Each is decompressed by itself, by the decoder that the stub has.
 *
 * returns: 0, or -1 if one of them does not decompress by itself
 */
int segments_find(struct bzb_span stream, struct bzb_span bytes, uint32_t size,
		  struct segments *ret);

#endif
