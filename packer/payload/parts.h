/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parts: pieces of a stream that do not refer to each other, so that several processors can
 * decompress it. An ELF is cut before it is compressed; the codec that compresses it finds the
 * parts in its stream.
 */
#ifndef PACKER_PARTS_H
#define PACKER_PARTS_H

#include <bzboot/manifest.h>

/* Parts begin at multiples of this: no two processors write to one page. */
#define PART_UNIT ((size_t)64 << 10)

/* Where an ELF is cut: part n ends at end[n], where the next one begins; the last one with the
 * ELF. */
struct cuts {
	unsigned int count;
	size_t end[BZB_PARTS_MAX];
};

struct parts {
	uint32_t count;
	uint32_t start; /* of the first one, in the stream */
	struct bzb_manifest_part table[BZB_PARTS_MAX];
};

/* Bytes of a stream that leave a decoder in an unusual state, and their decompressed size. */
struct false_start {
	struct bzb_span coded;
	size_t size;
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

/* The parts of an ELF with these cuts, without their ends in the stream. */
static inline struct parts parts_of(const struct cuts *cuts)
{
	struct parts parts = { .count = cuts->count };

	for (unsigned int i = 0; i < cuts->count; i++)
		parts.table[i].elf_end = bzb_st32((uint32_t)cuts->end[i]);
	return parts;
}

/* Bytes of an ELF that its loaded parts decompress to, if @loaded bytes are before its symbols. */
static inline size_t parts_loaded(const struct parts *parts, size_t loaded)
{
	size_t end = 0;

	for (unsigned int i = 0; i < parts->count && end < loaded; i++)
		end = bzb_ld32(parts->table[i].elf_end);
	return end;
}

/* One part, the whole stream. */
static inline struct parts parts_whole(size_t stream_size, size_t elf_size)
{
	return (struct parts){ 1,
			       0,
			       { { .end = bzb_st32((uint32_t)stream_size),
				   .elf_end = bzb_st32((uint32_t)elf_size) } } };
}

/**
 * parts_cut() - cut an ELF into parts that take about as long to decompress as each other
 * @bytes: the ELF
 * @count: the maximum number of parts, up to BZB_PARTS_MAX
 * @unit: parts begin at multiples of this many bytes, which is a multiple of PART_UNIT; 0: one part
 * @early: of two, the first one takes less time by the estimate, rather than more, if that breaks
 *	fewer matches
 * @ret: the cuts; depends on the other arguments only
 */
void parts_cut(struct bzb_span bytes, unsigned int count, size_t unit, bool early,
	       struct cuts *ret);

/**
 * parts_cut_first() - cut off the start of the first of several parts
 * @size: bytes to cut off: a part of their own, before the others
 * @unit: as of parts_cut()
 * @cuts: fewer than BZB_PARTS_MAX; unchanged if there is one part, or if @size is not a
 *	multiple of @unit or leaves too little of the first part
 */
void parts_cut_first(size_t size, size_t unit, struct cuts *cuts);

/**
 * parts_cut_cheaply() - cut an ELF where that costs little
 * @bytes: the ELF
 * @unit: as of parts_cut()
 * @ret: the cuts; depends on the other arguments only
 *
 * Of all sets of cuts that make the stream larger by 0.04 % at most, by an estimate that is low, it
 * is the one with which 2, 4 and 8 processors take the least time.
 */
void parts_cut_cheaply(struct bzb_span bytes, size_t unit, struct cuts *ret);

/**
 * parts_times() - estimate how long parts take to decompress, as they are estimated to cut an ELF
 * @bytes: the ELF
 * @cuts: into parts
 * @ret: the time of each, in proportion to each other
 */
void parts_times(struct bzb_span bytes, const struct cuts *cuts, uint32_t ret[BZB_PARTS_MAX]);

/**
 * parts_try() - decompress each part by itself, by the decoder that the stub has
 * @codec: of the stream
 * @start: NULL, or bytes of a part that leave the decoder in a state unlike that at the start of a
 *	   stream; every part but the first is decompressed after them
 * @stream: the compressed @bytes
 * @bytes: the ELF
 * @threads: the maximum that run at the same time, at least 1
 * @parts: of the stream; gets their checksums
 *
 * A part that decompresses correctly at the start of a stream may still depend on the decoder's
 * state: of zstd, it may repeat a distance that the first sequences of a frame may repeat, but
 * which is another one after the part before it. One that is correct after @start depends on no
 * state at all, so that it is correct by itself and after any other part.
 *
 * returns: 0, or -1 if a part is not in the stream or does not decompress to its share of @bytes
 */
int parts_try(enum bzb_codec codec, const struct false_start *start, struct bzb_span stream,
	      struct bzb_span bytes, unsigned int threads, struct parts *parts);

#endif
