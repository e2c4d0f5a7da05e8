/* SPDX-License-Identifier: BSD-2-Clause */
/* XXH64: four independent sums take 8 bytes each in turn. */
#include <bzboot/checksum.h>

#define PRIME_1 0x9e3779b185ebca87u
#define PRIME_2 0xc2b2ae3d27d4eb4fu
#define PRIME_3 0x165667b19e3779f9u
#define PRIME_4 0x85ebca77c2b2ae63u
#define PRIME_5 0x27d4eb2f165667c5u

#define STRIPE 32u		/* bytes for the four sums together */

static uint64_t rotate(uint64_t value, unsigned int bits)
{
	return value << bits | value >> (64 - bits);
}

/*
 * The loop over all words is 43 instructions for two stripes. A sum in place of the difference
 * would cost gcc 12 a copy of each word, and merge_all() inline one of each sum: 51.
 */
static uint64_t add(uint64_t sum, uint64_t word)
{
	sum -= word * (0 - PRIME_2);
	sum = rotate(sum, 31);
	return sum * PRIME_1;
}

static uint64_t merge(uint64_t all, uint64_t sum)
{
	return (all ^ add(0, sum)) * PRIME_1 + PRIME_4;
}

__attribute__((noinline)) static uint64_t merge_all(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	uint64_t all = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);

	return merge(merge(merge(merge(all, a), b), c), d);
}

/* Sums all whole stripes and removes them from @bytes. */
static uint64_t add_stripes(struct bzb_span *bytes)
{
	uint64_t a = PRIME_1 + PRIME_2, b = PRIME_2, c = 0, d = 0 - PRIME_1;
	const unsigned char *p = bytes->data;
	const unsigned char *end = p + (bytes->size - bytes->size % STRIPE);

#pragma GCC unroll 2
	for (; p != end; p += STRIPE) {
		a = add(a, bzb_get64(p));
		b = add(b, bzb_get64(p + 8));
		c = add(c, bzb_get64(p + 16));
		d = add(d, bzb_get64(p + 24));
	}
	*bytes = (struct bzb_span){ p, bytes->size % STRIPE };
	return merge_all(a, b, c, d);
}

/* Adds the rest, which is less than a stripe. */
static uint64_t add_rest(uint64_t all, struct bzb_span rest)
{
	const unsigned char *p = rest.data, *end = p + rest.size;

	for (; end - p >= 8; p += 8)
		all = rotate(all ^ add(0, bzb_get64(p)), 27) * PRIME_1 + PRIME_4;
	if (end - p >= 4) {
		all ^= bzb_get32(p) * PRIME_1;
		all = rotate(all, 23) * PRIME_2 + PRIME_3;
		p += 4;
	}
	for (; p != end; p++)
		all = rotate(all ^ *p * PRIME_5, 11) * PRIME_1;
	return all;
}

uint32_t bzb_checksum(struct bzb_span bytes)
{
	const uint64_t size = bytes.size;
	uint64_t all = PRIME_5;

	if (size >= STRIPE)
		all = add_stripes(&bytes);
	all = add_rest(all + size, bytes);
	all = (all ^ all >> 33) * PRIME_2;
	all = (all ^ all >> 29) * PRIME_3;
	return (uint32_t)(all ^ all >> 32);
}
