/* SPDX-License-Identifier: BSD-2-Clause */
/* A codec's side of compressing: the interface that each compress_*.c implements. */
#ifndef PACKER_COMPRESSOR_H
#define PACKER_COMPRESSOR_H

#include <bzboot/machine.h>
#include <bzboot/payload.h>

#include "io/blob.h"
#include "io/diag.h"
#include "parts.h"

/* How to compress. A codec without levels, threads or parts ignores the member. */
struct compress_how {
	int level;		  /* from level_min to level_max */
	unsigned int threads;	  /* the maximum, at least 1 */
	unsigned int parts;	  /* the maximum, of the kernel; 0: by the size of the ELF */
	size_t gap;		  /* bytes of the ELF before the kernel */
	size_t loaded;		  /* bytes of the ELF before its symbols */
	enum bzb_machine machine; /* whose code it is */
};

struct compressed {
	struct blob stream; /* without trailer */
	struct parts parts;
};

/* Called from time to time with the number of bytes done so far, by one thread at a time; at the
 * end, with all bytes. */
typedef void compress_progress(size_t done, size_t total);

struct compressor {
	enum bzb_codec codec;
	int level_min, level_max, level_default; /* all equal: it has no levels */
	int level_fast;				 /* of --fast */
	int trials;				 /* of --best */

	size_t part_unit;    /* a part may begin at any multiple; 0: there is one */
	size_t symbols_unit; /* so may that of symbols, which is not loaded */
	size_t part_default; /* by default, bytes of the ELF in each, or more */
	bool cuts_early;     /* of parts_cut() */
	bool cuts_cheaply;   /* by default, if there were two, parts_cut_cheaply() */

	/* Whether a stream is one of @bytes if its parts are theirs: the rest, like headers and
	   checksums, is correct, and nothing follows. NULL: the only part is the whole stream. */
	bool (*is_framed)(struct bzb_span stream, struct bzb_span bytes, const struct parts *parts);
	const struct false_start *start; /* for parts_try() */

	/* These make a stream that depends only on @bytes, their machine, the level or the number,
	   and the cuts, and find its parts. They do not decompress the parts. The result is untouched on
	   error. */
	int (*run)(struct bzb_span bytes, const struct compress_how *how, const struct cuts *cuts,
		   compress_progress *progress, struct compressed *ret, struct why *why);
	int (*try)(struct bzb_span bytes, const struct compress_how *how, int trial,
		   const struct cuts *cuts, compress_progress *progress, struct compressed *ret,
		   struct why *why);
};

/* Bytes between two reports of progress: some tens of milliseconds at the slowest level. */
#define COMPRESS_CHUNK ((size_t)256 << 10)

/*
 * By default, there is a part for each whole multiple of this size: two of xz for Debian's kernels.
 * A part costs size because it cannot refer to the bytes before it (docs/format.md, "Parts").
 */
#define PART_DEFAULT ((size_t)16 << 20)

extern const struct compressor compressor_zstd, compressor_xz, compressor_lzma, compressor_gzip,
	compressor_lz4, compressor_none;

#endif
