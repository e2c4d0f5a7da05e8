/* SPDX-License-Identifier: BSD-2-Clause */
/* The cost of a match in a zstd frame: RFC 8878, 3.1.1.3.2.1.1 and 3.1.1.5. */
#ifndef PACKER_ZSTD_CODES_H
#define PACKER_ZSTD_CODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZSTD_LEAST 3u /* bytes of a match */

/* Codes of literals lengths, match lengths and offsets */
#define ZSTD_LITERALS_CODES 36
#define ZSTD_LENGTH_CODES 53
#define ZSTD_DISTANCE_CODES 32

/* A code, and how many bits follow it. The code of a distance is the logarithm of the value that
 * stands for it, which is also the number of bits. */
struct zstd_code {
	unsigned int number, bits;
};

struct zstd_code zstd_literals_code(unsigned int literals);

/* @length: at least ZSTD_LEAST */
struct zstd_code zstd_length_code(unsigned int length);

/* The last three distances; 0 at the start, so that none is repeated. */
struct zstd_repeats {
	size_t distance[3];
};

/* returns: the value that stands for a distance: up to 3, a repeated one */
unsigned int zstd_use_distance(struct zstd_repeats *r, size_t distance, bool no_literals);

/* @value: not 0 */
unsigned int zstd_log2(unsigned int value);

/* Costs are in 2^-16 bits, and without floating point, the same everywhere. */
#define ZSTD_BIT ((uint64_t)1 << 16)

/* The logarithm of @value, which is not 0, as a cost */
uint64_t zstd_log2_fraction(uint32_t value);

#endif
