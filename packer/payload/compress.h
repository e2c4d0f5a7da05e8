/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compressing. To add a compression, write a struct compressor in a file of its own
 * (compress_*.c) and a row of the table in compress.c for it.
 */
#ifndef PACKER_COMPRESS_H
#define PACKER_COMPRESS_H

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
	parts_find *find_parts;		/* NULL: the whole stream is one */

	/* These make a stream, untouched on error, that depends on @bytes, the level or the number,
	   and the cuts only. */
	int (*run)(struct bzb_span bytes, const struct compress_how *how, const struct cuts *cuts,
		   compress_progress *progress, struct blob *ret, struct why *why);
	int (*try)(struct bzb_span bytes, int trial, compress_progress *progress,
		   struct blob *ret, struct why *why);
};

/**
 * compressor_at() - one compressor after the other
 * @index: from 0 up; 0 is the default
 *
 * returns: the compressor; NULL after the last one
 */
const struct compressor *compressor_at(size_t index);

/**
 * compressor_by_name() - find a compressor
 * @name: of its codec
 *
 * returns: the compressor; NULL if there is none
 */
const struct compressor *compressor_by_name(const char *name);

/**
 * compressor_run() - make a stream that the strictest reader takes
 * @compressor: how
 * @bytes: what
 * @how: how hard, how many threads, how many parts
 * @progress: told how far it is
 * @ret: the stream; untouched on error; depends on @bytes, level and parts only
 * @why: what went wrong
 *
 * returns: 0, or -1 on error
 */
int compressor_run(const struct compressor *compressor, struct bzb_span bytes,
		   const struct compress_how *how, compress_progress *progress,
		   struct compressed *ret, struct why *why);

/**
 * compressor_run_best() - the same, in as many ways as make sense; the smallest stream stays
 * @compressor: how
 * @bytes: what
 * @progress: told how far it is, from the start again for each way
 * @ret: the stream, one part; untouched on error; depends on @bytes only
 * @why: what went wrong
 *
 * returns: 0, or -1 on error
 */
int compressor_run_best(const struct compressor *compressor, struct bzb_span bytes,
			compress_progress *progress, struct compressed *ret,
			struct why *why);

#endif
