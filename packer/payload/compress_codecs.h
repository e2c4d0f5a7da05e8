/* SPDX-License-Identifier: BSD-2-Clause */
/* The codecs in the table of compress.c, each in a file of its own; and the definitions they share. */
#ifndef PACKER_COMPRESS_CODECS_H
#define PACKER_COMPRESS_CODECS_H

#include "compress.h"

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
