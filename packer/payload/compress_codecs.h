/* SPDX-License-Identifier: BSD-2-Clause */
/* What compress.c has in its table, a file each; and what these files share. */
#ifndef PACKER_COMPRESS_CODECS_H
#define PACKER_COMPRESS_CODECS_H

#include "compress.h"

/* Bytes between two reports of progress: some tens of milliseconds at the slowest level. */
#define COMPRESS_CHUNK ((size_t)256 << 10)

/*
 * What a part costs is that it cannot refer to what is before it. So much to each, or more, makes two
 * of Debian's kernels (docs/format.md, "Parts", has what that costs).
 */
#define PART_DEFAULT ((size_t)16 << 20)

extern const struct compressor compressor_zstd, compressor_xz, compressor_lzma, compressor_gzip,
	compressor_lz4, compressor_none;

#endif
