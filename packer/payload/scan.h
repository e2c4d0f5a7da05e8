/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the kernel in a file without a header for it, by the magic numbers of compressed
 * streams. */
#ifndef PACKER_SCAN_H
#define PACKER_SCAN_H

#include <bzboot/payload.h>

#include "io/blob.h"

struct scan_hit {
	enum bzb_codec codec;
	struct bzb_span stream; /* in the file that was scanned */
	struct blob kernel;	/* what it decompresses to, for blob_free() */
};

/**
 * scan_find() - the first stream in a file that is a kernel when decompressed
 * @file: any bytes
 * @max_size: that a kernel may have, bytes
 * @ret: what was found; untouched if nothing was
 *
 * Bytes after the stream are ignored. A kernel is an ELF, or a PE image.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOTFOUND, there is none
 *	-BZB_ERR_TOOLARGE, there is none among as many streams as are worth trying
 */
int scan_find(struct bzb_span file, size_t max_size, struct scan_hit *ret);

#endif
