/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parts: pieces of a stream that do not refer to each other, so that several processors can
 * decompress it. An ELF is cut before it is compressed; then the parts are looked for in the stream.
 */
#ifndef PACKER_PARTS_H
#define PACKER_PARTS_H

#include <bzboot/manifest.h>

/* Parts begin at multiples of this: no two processors write to one page. */
#define PART_UNIT ((size_t)64 << 10)

/* Where an ELF is cut: part n ends at end[n], where the next one begins; the last one with the ELF. */
struct cuts {
	unsigned int count;
	size_t end[BZB_PARTS_MAX];
};

struct parts {
	uint32_t count;
	uint32_t start;			/* of the first one, in the stream */
	struct bzb_manifest_part table[BZB_PARTS_MAX];
};

/* An ELF that is not cut: one part. */
static inline struct cuts cuts_none(struct bzb_span bytes)
{
	return (struct cuts){ 1, { bytes.size } };
}

/* Bytes of the largest part. */
static inline size_t cuts_largest(const struct cuts *cuts)
{
	size_t largest = 0, start = 0;

	for (unsigned int i = 0; i < cuts->count; start = cuts->end[i++])
		if (cuts->end[i] - start > largest)
			largest = cuts->end[i] - start;
	return largest;
}

/* Finds the parts in a stream: has count and elf_end, and sets start and end. 0, or -1 if it has
 * no such parts. */
typedef int parts_find(struct bzb_span stream, struct parts *parts);

/**
 * parts_cut() - cut an ELF into parts that take about as long to decompress as each other
 * @bytes: the ELF
 * @count: of parts, at most, up to BZB_PARTS_MAX
 * @unit: parts begin at multiples of this many bytes, itself one of PART_UNIT; 0: there is to be
 *	one part
 * @ret: the cuts; depends on the other arguments only
 */
void parts_cut(struct bzb_span bytes, unsigned int count, size_t unit, struct cuts *ret);

/**
 * parts_make() - find the parts in a stream, and try each
 * @codec: of the stream
 * @stream: what was made of @bytes
 * @bytes: the ELF
 * @cuts: of @bytes
 * @find: how; NULL: one part, the whole stream
 * @threads: the most that try them, at least 1
 * @ret: the parts; untouched on error
 *
 * Each is decompressed by itself, by the decoder that the stub has.
 *
 * returns: 0, or -1 if one of them is not found, or does not decompress by itself
 */
int parts_make(enum bzb_codec codec, struct bzb_span stream, struct bzb_span bytes,
	       const struct cuts *cuts, parts_find *find, unsigned int threads,
	       struct parts *ret);

#endif
