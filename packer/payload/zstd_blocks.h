/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The blocks of a zstd frame, and where they end. Each block has its own codes, so a block is best
 * a piece of one kind of data; libzstd cuts halves of 128 KiB only, and here any place is tried.
 */
#ifndef PACKER_ZSTD_BLOCKS_H
#define PACKER_ZSTD_BLOCKS_H

#include <bzboot/bytes.h>

#include "io/blob.h"
#include "zstd_codes.h"

/* RFC 8878, 3.1.1.2.4: the most bytes of a block. */
#define ZSTD_BLOCK_BYTES ((size_t)128 << 10)

/* As ZSTD_Sequence, in the form of ZSTD_compressSequences() with explicit delimiters: a match of
 * length 0 ends a block, after its literals. */
struct zstd_match {
	unsigned int distance, literals, length, repeated;
};

/* There are millions: a list becomes a longer one in its own memory, from an earlier place on. */
struct zstd_matches {
	struct zstd_match *list;
	size_t count;
	struct blob memory; /* of the list, and of the room before it */
};

/* What has to be saved so that there is one more, in units of 1/ZSTD_BIT bits: the time that the
 * decoder takes is weighed against the size of the stream. */
struct zstd_prices {
	uint64_t block; /* whose codes are counted besides */
	int64_t match;
};

/**
 * zstd_matches_room() - make an empty list
 * @before: the number of matches that have room before the list
 * @most: matches that it will have
 *
 * returns: the list; blob_free() its memory
 */
struct zstd_matches zstd_matches_room(size_t before, size_t most);

/**
 * zstd_matches_earlier() - an empty list that begins before another one
 * @matches: the other one, which keeps its matches until others are written over them
 * @by: how many matches earlier; the other list has as much room before it
 *
 * returns: the list; it has the memory of @matches, which is freed once
 */
struct zstd_matches zstd_matches_earlier(const struct zstd_matches *matches, size_t by);

/**
 * zstd_blocks_room() - the room before a list that zstd_blocks() needs
 * @size: of the bytes
 * @choose: whether zstd_blocks() gets prices
 *
 * returns: a number of matches
 */
size_t zstd_blocks_room(size_t size, bool choose);

/**
 * zstd_blocks() - divide matches into blocks
 * @bytes: that they are of
 * @matches: of all of @bytes; one of length 0 is literals only, and not the end of a block. Becomes
 *	the list with ends of blocks, in the same memory; a match or literals that are in two blocks
 *	are cut
 * @prices: with which to look for good places; NULL: blocks are as large as possible
 */
void zstd_blocks(struct bzb_span bytes, struct zstd_matches *matches,
		 const struct zstd_prices *prices);

/* RFC 8878, 3.1.1.2: a Last_Block is marked in the first byte of a block. */
#define ZSTD_BLOCK_LAST 1u

struct zstd_block {
	bool is_compressed, is_last;
};

/**
 * zstd_block_read() - read the header of a block
 * @blocks: the block, and others
 * @at: where it begins
 * @ret: the block; undefined if there is none
 *
 * returns: where it ends; 0 if that is not in @blocks
 */
size_t zstd_block_read(struct bzb_span blocks, size_t at, struct zstd_block *ret);

#endif
