/* SPDX-License-Identifier: BSD-2-Clause */
/* The block function of ChaCha20: RFC 8439, 2.1 to 2.3. */
#include <bzboot/chacha.h>
#include <bzboot/wipe.h>

#define DOUBLE_ROUNDS 10

#define INLINE static inline __attribute__((always_inline))

/* A row of the matrix that a block is */
typedef uint32_t row __attribute__((vector_size(16)));

INLINE void mix(row *to, const row *from, unsigned int bits)
{
	*to ^= *from;
	*to = *to << bits | *to >> (32 - bits);
}

/* A quarter round of each column */
INLINE void mix_columns(row x[4])
{
	x[0] += x[1];
	mix(&x[3], &x[0], 16);
	x[2] += x[3];
	mix(&x[1], &x[2], 12);
	x[0] += x[1];
	mix(&x[3], &x[0], 8);
	x[2] += x[3];
	mix(&x[1], &x[2], 7);
}

/* For the second half, the diagonals become columns. */
INLINE void double_round(row x[4])
{
	mix_columns(x);
	x[1] = __builtin_shufflevector(x[1], x[1], 1, 2, 3, 0);
	x[2] = __builtin_shufflevector(x[2], x[2], 2, 3, 0, 1);
	x[3] = __builtin_shufflevector(x[3], x[3], 3, 0, 1, 2);
	mix_columns(x);
	x[1] = __builtin_shufflevector(x[1], x[1], 3, 0, 1, 2);
	x[2] = __builtin_shufflevector(x[2], x[2], 2, 3, 0, 1);
	x[3] = __builtin_shufflevector(x[3], x[3], 1, 2, 3, 0);
}

static uint32_t word(const unsigned char *bytes, unsigned int number)
{
	return bzb_get32(bytes + 4 * number);
}

void bzb_chacha20_block(const unsigned char *key, uint32_t counter, const unsigned char *nonce,
			uint32_t ret[BZB_CHACHA20_WORDS])
{
	row input[4] = {
		{ 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 }, /* "expand 32-byte k" */
		{ word(key, 0), word(key, 1), word(key, 2), word(key, 3) },
		{ word(key, 4), word(key, 5), word(key, 6), word(key, 7) },
		{ counter, word(nonce, 0), word(nonce, 1), word(nonce, 2) },
	};
	row x[4] = { input[0], input[1], input[2], input[3] };

	for (unsigned int i = 0; i < DOUBLE_ROUNDS; i++)
		double_round(x);
	for (unsigned int i = 0; i < 4; i++)
		x[i] += input[i];
	memcpy(ret, x, sizeof(x));
	bzb_wipe(input, sizeof(input)); /* it has the key */
}
