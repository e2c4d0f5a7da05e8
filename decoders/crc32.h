/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CRC-32 as gzip and xz have it (RFC 1952, section 8). The libraries have their own, with 8 KiB of
 * tables, which would be part of every stub: here they are made when needed.
 *
 * Words of 32 bits go in turn into LANES sums that do not depend on each other, so that the processor
 * can work on all of them at once. Each skips what goes into the others: after a word come
 * STRIDE - 4 bytes that are zero to it. The last words of all lanes then go into one sum.
 */
#ifndef DECODERS_CRC32_H
#define DECODERS_CRC32_H

#include <bzboot/bytes.h>

#define CRC32_POLYNOMIAL 0xedb88320u
#define CRC32_LANES 4
#define CRC32_STRIDE (4 * CRC32_LANES)

struct crc32_tables {
	uint32_t next[256];		/* what a byte does to the sum */
	uint32_t lane[4][256];		/* what each byte of a word does to that of its lane */
};

/* The sum moves on by a byte that has been put into it. */
static inline uint32_t crc32_without_tables(uint32_t sum)
{
	for (int bit = 0; bit < 8; bit++)
		sum = sum >> 1 ^ (sum & 1 ? CRC32_POLYNOMIAL : 0);
	return sum;
}

static inline uint32_t crc32_next(const struct crc32_tables *tables, uint32_t sum)
{
	return sum >> 8 ^ tables->next[sum & 0xff];
}

static inline void crc32_make_tables(struct crc32_tables *tables)
{
	for (uint32_t byte = 0; byte < 256; byte++)
		tables->next[byte] = crc32_without_tables(byte);
	for (uint32_t byte = 0; byte < 256; byte++) {
		uint32_t sum = byte;

		for (int n = 1; n <= CRC32_STRIDE; n++) {
			sum = crc32_next(tables, sum);
			if (n > CRC32_STRIDE - 4)
				tables->lane[CRC32_STRIDE - n][byte] = sum;
		}
	}
}

static inline uint32_t crc32_lane(const struct crc32_tables *tables, uint32_t sum,
				  const unsigned char *word)
{
	sum ^= bzb_get32(word);
	return tables->lane[0][sum & 0xff] ^ tables->lane[1][sum >> 8 & 0xff] ^
	       tables->lane[2][sum >> 16 & 0xff] ^ tables->lane[3][sum >> 24];
}

/* @sum: of what is in front, 0 for nothing */
static inline uint32_t crc32_add(const struct crc32_tables *tables, uint32_t sum,
				 const unsigned char *data, size_t size)
{
	uint32_t lane[CRC32_LANES] = { ~sum };

	for (; size >= 2 * CRC32_STRIDE; size -= CRC32_STRIDE, data += CRC32_STRIDE) {
		lane[0] = crc32_lane(tables, lane[0], data);
		lane[1] = crc32_lane(tables, lane[1], data + 4);
		lane[2] = crc32_lane(tables, lane[2], data + 8);
		lane[3] = crc32_lane(tables, lane[3], data + 12);
	}
	sum = lane[0];
	for (size_t i = 0; i < size; i++) {
		if (i && i % 4 == 0 && i < CRC32_STRIDE)
			sum ^= lane[i / 4];
		sum = crc32_next(tables, sum ^ data[i]);
	}
	return ~sum;
}

#endif
