/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The CRC-32 of gzip and xz (RFC 1952, section 8). The libraries' own functions have 8 KiB of
 * tables, which would be part of every stub: these tables are computed when needed.
 *
 * Words of 32 bits go in turn into LANES independent sums, which the processor can compute in
 * parallel. For a lane the words of the other lanes are zeros: each of its words is followed by
 * STRIDE - 4 zero bytes. In the end the sums of all lanes are merged, with the last words.
 */
#ifndef DECODERS_CRC32_H
#define DECODERS_CRC32_H

#include <bzboot/bytes.h>

#define CRC32_POLYNOMIAL 0xedb88320u
#define CRC32_LANES 4
#define CRC32_STRIDE (4 * CRC32_LANES)

struct crc32_tables {
	uint32_t next[256];    /* the effect of a byte on a sum */
	uint32_t lane[4][256]; /* the effect of a word's bytes on the sum of its lane */
};

/* Advances a sum by a byte, which has been added to it by an XOR. */
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

/* @sum: of the bytes before @data; 0 if there are none */
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
