/* SPDX-License-Identifier: BSD-2-Clause */
/* A part of a zstd frame: blocks that do not refer to those before them. */
#ifndef PACKER_ZSTD_PART_H
#define PACKER_ZSTD_PART_H

/* ZSTD_generateSequences() is deprecated since 1.5.7, but there is no other function yet. */
#define ZSTD_DISABLE_DEPRECATE_WARNINGS
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

#include "zstd_blocks.h"

/**
 * zstd_find_matches() - find the matches of a part
 * @cctx: with the level, and a window for the part
 * @bytes: the part
 * @choose: whether zstd_write_part() gets prices
 * @ret: its matches, and room before them for zstd_write_part(); blob_free() their memory;
 *	untouched on error
 *
 * returns: 0, or a zstd error code
 */
size_t zstd_find_matches(ZSTD_CCtx *cctx, struct bzb_span bytes, bool choose,
			 struct zstd_matches *ret);

/**
 * zstd_write_part() - compress a part
 * @cctx: another one, which needs little memory, with the same parameters
 * @bytes: the part
 * @matches: its matches; others afterwards
 * @prices: as of zstd_blocks(); of matches, too
 * @ret: the blocks, the last one with Last_Block; untouched on error
 *
 * The blocks begin a frame, or follow others: they repeat none of the distances that a frame may
 * repeat at its start (RFC 8878, 3.1.1.5: 1, 4 and 8), which others replace by theirs.
 *
 * returns: 0, or a zstd error code
 */
size_t zstd_write_part(ZSTD_CCtx *cctx, struct bzb_span bytes, struct zstd_matches *matches,
		       const struct zstd_prices *prices, struct blob *ret);

#endif
