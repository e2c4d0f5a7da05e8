/* SPDX-License-Identifier: BSD-2-Clause */
#include "zstd_codes.h"

#include <string.h>

unsigned int zstd_log2(unsigned int value)
{
	return 31 - (unsigned int)__builtin_clz(value);
}

/* RFC 8878: up to @direct, a code is a value; from 2^@from on, there is one code for each power of
 * 2; the codes between are in @between: how many bits each has. */
struct code_table {
	unsigned int direct, from, first;
	unsigned char between[12];
};

static const struct code_table literals_table = {
	16,
	6,
	25,
	{ 1, 1, 1, 1, 2, 2, 3, 3, 4 },
};
static const struct code_table length_table = {
	32,
	7,
	43,
	{ 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5 },
};

static struct zstd_code code_of(const struct code_table *table, unsigned int value)
{
	unsigned int at = table->direct, number = table->direct;

	if (value < table->direct)
		return (struct zstd_code){ value, 0 };
	if (value >> table->from) {
		unsigned int bits = zstd_log2(value);

		return (struct zstd_code){ table->first + bits - table->from, bits };
	}
	for (const unsigned char *bits = table->between;; bits++, number++) {
		at += 1u << *bits;
		if (value < at)
			return (struct zstd_code){ number, *bits };
	}
}

unsigned int zstd_use_distance(struct zstd_repeats *r, size_t distance, bool no_literals)
{
	unsigned int n = 0;

	while (n < 3 && r->distance[n] != distance)
		n++;
	if (!n && !no_literals)
		return 1;
	memmove(r->distance + 1, r->distance, (n < 2 ? n : 2) * sizeof(*r->distance));
	r->distance[0] = distance;
	return n == 3 || !n ? (unsigned int)distance + 3 : n + !no_literals;
}

struct zstd_code zstd_literals_code(unsigned int literals)
{
	return code_of(&literals_table, literals);
}

struct zstd_code zstd_length_code(unsigned int length)
{
	return code_of(&length_table, length - ZSTD_LEAST);
}

uint64_t zstd_log2_fraction(uint32_t value)
{
	unsigned int whole = zstd_log2(value);
	uint64_t x = (uint64_t)value << (31 - whole), ret = whole;

	for (int i = 0; i < 16; i++) {
		x = x * x >> 31;
		ret = ret << 1 | x >> 32;
		x >>= x >> 32;
	}
	return ret;
}
