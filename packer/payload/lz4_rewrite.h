/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An LZ4 block with fewer sequences. liblz4 takes each match as it finds it; with all of them
 * known, a match that its neighbours can replace is left out, and bytes that repeat every few bytes
 * are copied by large steps. The decoder takes about 41 instructions for a sequence.
 */
#ifndef PACKER_LZ4_REWRITE_H
#define PACKER_LZ4_REWRITE_H

#include <bzboot/bytes.h>

/**
 * lz4_rewrite() - write a block again
 * @bytes: what it decompresses to, by LZ4_decompress_safe()
 * @pieces: the block, as liblz4 made it: each of them decompresses to the bytes after those of the
 *	one before, which its matches may refer to
 * @count: of pieces
 * @to: the new block
 * @room: bytes at @to
 *
 * returns: the size of the new block; 0 if it does not fit: @to is then undefined
 */
size_t lz4_rewrite(struct bzb_span bytes, const struct bzb_span *pieces, size_t count,
		   unsigned char *to, size_t room);

#endif
