/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 (FIPS 180-4, 6.2), for the random seed. Tests run this on the host. */
#ifndef STUB_SHA256_H
#define STUB_SHA256_H

#include <bzboot/bytes.h>

#define SHA256_SIZE 32u
#define SHA256_BLOCK 64u

struct sha256 {
	uint32_t state[8];
	uint64_t size; /* bytes so far */
	unsigned char block[SHA256_BLOCK];
};

/**
 * sha256_begin() - begin a hash
 * @hash: is set
 */
void sha256_begin(struct sha256 *hash);

/**
 * sha256_add() - add bytes
 * @hash: as begun
 * @bytes: the bytes
 */
void sha256_add(struct sha256 *hash, struct bzb_span bytes);

/**
 * sha256_end() - end a hash
 * @hash: as begun; not to be used any more
 * @ret: the result
 */
void sha256_end(struct sha256 *hash, unsigned char ret[SHA256_SIZE]);

#endif
