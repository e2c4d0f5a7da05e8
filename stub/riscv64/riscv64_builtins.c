/* SPDX-License-Identifier: BSD-2-Clause */
/* Functions that the compiler of the libraries calls where the processor may lack the instruction
 * (Zbb), with the names and types of libgcc. */
#include <bzboot/env.h>

int __clzdi2(uint64_t x);
int __ctzdi2(uint64_t x);
uint32_t __bswapsi2(uint32_t x);
uint64_t __bswapdi2(uint64_t x);

/* A de Bruijn sequence of order 6: each six bits in it, from the top, are another number. */
#define SEQUENCE 0x03f79d71b4cb0a89u

/* The number of a bit by the six bits that it shifts to the top. */
static const unsigned char bits[64] = {
	0,  1,	48, 2,	57, 49, 28, 3,	61, 58, 50, 42, 38, 29, 17, 4,	62, 55, 59, 36, 53, 51,
	43, 22, 45, 39, 33, 30, 24, 18, 12, 5,	63, 47, 56, 27, 60, 41, 37, 16, 54, 35, 52, 21,
	44, 32, 23, 11, 46, 26, 40, 15, 34, 20, 31, 10, 25, 14, 19, 9,	13, 8,	7,  6,
};

/* Trailing zeros; undefined for 0. */
int __ctzdi2(uint64_t x)
{
	return bits[(x & -x) * SEQUENCE >> 58];
}

/* Leading zeros; undefined for 0. */
int __clzdi2(uint64_t x)
{
	for (unsigned int i = 1; i < 64; i *= 2)
		x |= x >> i;
	return 63 - bits[(x ^ x >> 1) * SEQUENCE >> 58];
}

uint32_t __bswapsi2(uint32_t x)
{
	return x << 24 | (x & 0xff00) << 8 | (x >> 8 & 0xff00) | x >> 24;
}

uint64_t __bswapdi2(uint64_t x)
{
	return (uint64_t)__bswapsi2((uint32_t)x) << 32 | __bswapsi2((uint32_t)(x >> 32));
}
