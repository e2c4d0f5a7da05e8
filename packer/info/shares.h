/* SPDX-License-Identifier: BSD-2-Clause */
/* The shares that the contents of a kernel have in its compressed stream. */
#ifndef PACKER_SHARES_H
#define PACKER_SHARES_H

#include "anatomy.h"
#include "pieces.h"

/* By kind: bytes in the kernel, and in the stream */
struct share {
	uint64_t size, compressed;
};

struct shares {
	struct share kinds[PIECE_KINDS];
	bool is_exact; /* the stream is not compressed */
};

/**
 * shares_estimate() - estimate the shares
 * @anatomy: with a payload, and an ELF in it
 *
 * A stream does not say which of its bytes are for what. So the bytes of each kind are compressed
 * by themselves, by zstd at level 1; the stream is divided in proportion to the results.
 *
 * returns: the shares: their sums are the sizes of the kernel and of the stream
 */
struct shares shares_estimate(const struct anatomy *anatomy);

#endif
