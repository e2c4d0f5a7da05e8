/* SPDX-License-Identifier: BSD-2-Clause */
/* The block function of ChaCha20: RFC 8439, 2.3. */
#ifndef BZBOOT_CHACHA_H
#define BZBOOT_CHACHA_H

#include <bzboot/bytes.h>

enum {
	BZB_CHACHA20_KEY_SIZE = 32,
	BZB_CHACHA20_NONCE_SIZE = 12,
	BZB_CHACHA20_WORDS = 16, /* of a block */
};

/**
 * bzb_chacha20_block() - compute a block of the key stream
 * @key: BZB_CHACHA20_KEY_SIZE bytes
 * @counter: number of the block
 * @nonce: BZB_CHACHA20_NONCE_SIZE bytes
 * @ret: the words of the block; the RFC writes each as 4 bytes, little-endian
 */
void bzb_chacha20_block(const unsigned char *key, uint32_t counter, const unsigned char *nonce,
			uint32_t ret[BZB_CHACHA20_WORDS]);

#endif
