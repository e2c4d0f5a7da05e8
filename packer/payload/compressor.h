/* SPDX-License-Identifier: BSD-2-Clause */
/* A codec's side of compressing: the interface that each compress_*.c implements. */
#ifndef PACKER_COMPRESSOR_H
#define PACKER_COMPRESSOR_H

#include <bzboot/payload.h>

#include "io/blob.h"
#include "io/diag.h"
#include "parts.h"

/* How to; a codec that has no levels, threads or parts does not look at them. */
struct compress_how {
	int level;			/* from level_min to level_max */
	unsigned int threads;		/* the most to use, at least 1 */
	unsigned int parts;		/* the most to make; 0: as suits the size */
};

struct compressed {
	struct blob stream;		/* without trailer */
	struct parts parts;
};

/* Called now and then with the number of bytes done so far, by one thread at a time; the last time
 * with all. */
typedef void compress_progress(size_t done, size_t total);

struct compressor {
	enum bzb_codec codec;
	int level_min, level_max, level_default;	/* all alike: it has no levels */
	int level_fast;					/* of --fast */
	int trials;					/* of --best */

	size_t part_unit;		/* a part may begin at any multiple; 0: there is one */
	size_t part_default;		/* by default, bytes of the ELF in each, or more */
	bool (*can_cut)(void);		/* whether the library can make several; NULL: it can */

	/* These make a stream, untouched on error, that depends on @bytes, the level or the number,
	   and the cuts only, and find its parts, but do not try them. */
	int (*run)(struct bzb_span bytes, const struct compress_how *how, const struct cuts *cuts,
		   compress_progress *progress, struct compressed *ret, struct why *why);
	int (*try)(struct bzb_span bytes, int trial, compress_progress *progress,
		   struct compressed *ret, struct why *why);
};

/* Bytes between two reports of progress: some tens of milliseconds at the slowest level. */
#define COMPRESS_CHUNK ((size_t)256 << 10)

/*
 * By default, there is a part for each whole multiple of this size: two for Debian's kernels. A part
 * costs size because it cannot refer to the bytes before it (docs/format.md, "Parts").
 */
#define PART_DEFAULT ((size_t)16 << 20)

extern const struct compressor compressor_zstd, compressor_xz, compressor_lzma, compressor_gzip,
	compressor_lz4, compressor_none;

#endif
