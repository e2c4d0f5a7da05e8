/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compressing. To add a codec, write a struct compressor in a file of its own (compress_*.c),
 * declare it in compressor.h and add a row to the table in compress.c.
 */
#ifndef PACKER_COMPRESS_H
#define PACKER_COMPRESS_H

#include "compressor.h"

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
 * compressor_cut() - where compressor_run() cuts an ELF
 * @compressor: how
 * @bytes: the ELF
 * @how: how many parts, where the kernel and symbols begin; the rest is ignored
 *
 * returns: the cuts; they depend on the arguments only
 */
struct cuts compressor_cut(const struct compressor *compressor, struct bzb_span bytes,
			   const struct compress_how *how);

/**
 * compressor_run() - make a stream that the strictest reader takes
 * @compressor: how
 * @bytes: what
 * @how: how hard, how many threads, how many parts, where symbols begin
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
 * compressor_run_best() - compress with all trials of the codec, and keep the smallest stream
 * @compressor: how
 * @bytes: what
 * @how: where symbols begin, and the machine; the rest is ignored
 * @progress: told how far it is, from the start again for each way
 * @ret: the stream, one part and one of symbols; untouched on error; depends on @bytes only
 * @why: what went wrong
 *
 * returns: 0, or -1 on error
 */
int compressor_run_best(const struct compressor *compressor, struct bzb_span bytes,
			const struct compress_how *how, compress_progress *progress,
			struct compressed *ret, struct why *why);

#endif
