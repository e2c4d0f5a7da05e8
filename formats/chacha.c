/* SPDX-License-Identifier: BSD-2-Clause */
/* The block function of ChaCha20: RFC 8439, 2.1 to 2.3. */
#include <bzboot/chacha.h>
#include <bzboot/wipe.h>

#define DOUBLE_ROUNDS 10

static uint32_t rotate(uint32_t value, unsigned int bits)
{
	return value << bits | value >> (32 - bits);
}

static inline __attribute__((always_inline)) void quarter_round(uint32_t *a, uint32_t *b,
								uint32_t *c, uint32_t *d)
{
	*a += *b;
	*d = rotate(*d ^ *a, 16);
	*c += *d;
	*b = rotate(*b ^ *c, 12);
	*a += *b;
	*d = rotate(*d ^ *a, 8);
	*c += *d;
	*b = rotate(*b ^ *c, 7);
}

void bzb_chacha20_block(const unsigned char *key, uint32_t counter, const unsigned char *nonce,
			uint32_t ret[BZB_CHACHA20_WORDS])
{
	/* "expand 32-byte k" */
	uint32_t input[BZB_CHACHA20_WORDS] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };
	uint32_t x[BZB_CHACHA20_WORDS];

	for (unsigned int i = 0; i < BZB_CHACHA20_KEY_SIZE / 4; i++)
		input[4 + i] = bzb_get32(key + 4 * i);
	input[12] = counter;
	for (unsigned int i = 0; i < BZB_CHACHA20_NONCE_SIZE / 4; i++)
		input[13 + i] = bzb_get32(nonce + 4 * i);
	memcpy(x, input, sizeof(x));
	for (unsigned int round = 0; round < DOUBLE_ROUNDS; round++) {
		quarter_round(&x[0], &x[4], &x[8], &x[12]); /* the columns */
		quarter_round(&x[1], &x[5], &x[9], &x[13]);
		quarter_round(&x[2], &x[6], &x[10], &x[14]);
		quarter_round(&x[3], &x[7], &x[11], &x[15]);
		quarter_round(&x[0], &x[5], &x[10], &x[15]); /* the diagonals */
		quarter_round(&x[1], &x[6], &x[11], &x[12]);
		quarter_round(&x[2], &x[7], &x[8], &x[13]);
		quarter_round(&x[3], &x[4], &x[9], &x[14]);
	}
	for (unsigned int i = 0; i < BZB_CHACHA20_WORDS; i++)
		ret[i] = x[i] + input[i];
	bzb_wipe(input, sizeof(input)); /* it has the key */
}
