/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fewer matches in a zstd frame. The decoder takes about 100 instructions for a match, and few for
 * a literal, so a short match that saves next to nothing becomes literals.
 */
#ifndef PACKER_ZSTD_FEWER_H
#define PACKER_ZSTD_FEWER_H

#include "zstd_blocks.h"

/**
 * zstd_fewer() - leave out matches that save few bits
 * @bytes: that the matches are of
 * @start: matches that begin before here stay
 * @blocks: divided by zstd_blocks(); the blocks stay, of matches that are left out the bytes become
 *	    literals
 * @price: the bits that a match has to save, as in struct zstd_prices
 *
 * So do those whose distance is soon repeated.
 */
void zstd_fewer(struct bzb_span bytes, size_t start, struct zstd_matches *blocks, int64_t price);

#endif
