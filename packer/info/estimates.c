/* SPDX-License-Identifier: BSD-2-Clause */
#include "estimates.h"

#include <stdlib.h>

#include <bzboot/manifest.h>

/*
 * From docs/benchmarks.md; `make bench BENCH="instructions load estimates memory"` measures all of
 * it again, and tests/cli_budget.t compares.
 *
 *   instructions   "Instructions", those of the guest, of 6.12-cloud, which both bzboot and Linux
 *		    pack by zstd; for Linux's xz of 6.1, for its lz4 of 6.1-cloud. In units of
 *		    100,000
 *   size	    decompressed bytes of that payload: "Estimates"
 *   microseconds   "Estimates": CPU time on the host, to decompress, check and move
 */
static const struct measured {
	enum maker maker;
	enum bzb_codec codec;
	uint64_t instructions, size, microseconds;
} table[] = {
	{ MAKER_BZBOOT, BZB_CODEC_ZSTD, 5210, 42814344, 74600 },
	{ MAKER_BZBOOT, BZB_CODEC_XZ, 33226, 42814344, 818800 },
	{ MAKER_BZBOOT, BZB_CODEC_LZMA, 30804, 42814344, 802500 },
	{ MAKER_BZBOOT, BZB_CODEC_GZIP, 6814, 42814344, 184900 },
	{ MAKER_BZBOOT, BZB_CODEC_LZ4, 1193, 42814344, 20800 },
	{ MAKER_BZBOOT, BZB_CODEC_NONE, 423, 42814344, 16400 },
	{ MAKER_LINUX, BZB_CODEC_ZSTD, 7343, 57575404, 0 },
	{ MAKER_LINUX, BZB_CODEC_XZ, 44925, 65906612, 0 },
	{ MAKER_LINUX, BZB_CODEC_LZ4, 1007, 53243444, 0 },
};

#define INSTRUCTIONS_UNIT 100000u

/* "Memory at boot": all pages minus image, memory_size or the payload in units of 2 MiB, and
 * initrd */
static const uint64_t other_memory[MAKER_COUNT] = {
	[MAKER_BZBOOT] = (uint64_t)90 << 10,
	[MAKER_LINUX] = (uint64_t)58 << 10,
};

static uint64_t scale(uint64_t value, uint64_t size, uint64_t measured_size)
{
	return (uint64_t)((double)value * (double)size / (double)measured_size + 0.5);
}

struct cost estimate_boot(enum maker maker, enum bzb_codec codec, uint64_t size)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(table); i++) {
		const struct measured *row = &table[i];

		if (row->maker == maker && row->codec == codec)
			return (struct cost){
				scale(row->instructions * INSTRUCTIONS_UNIT, size, row->size),
				scale(row->microseconds, size, row->size),
			};
	}
	return (struct cost){ 0 };
}

uint64_t estimate_other_memory(enum maker maker)
{
	return other_memory[maker];
}

static int compare_down(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? 1 : x > y ? -1 : 0;
}

static size_t least_busy(const uint64_t *busy, size_t count)
{
	size_t least = 0;

	for (size_t i = 1; i < count; i++)
		if (busy[i] < busy[least])
			least = i;
	return least;
}

uint64_t estimate_path(uint32_t *work, size_t count, unsigned int processors)
{
	uint64_t busy[BZB_PARTS_MAX] = { 0 }, all = 0, most = 0;

	if (processors > BZB_PARTS_MAX)
		processors = BZB_PARTS_MAX;
	qsort(work, count, sizeof(*work), compare_down);
	for (size_t i = 0; i < count; i++) {
		uint64_t *taken = &busy[least_busy(busy, processors)];

		*taken += work[i];
		all += work[i];
		if (*taken > most)
			most = *taken;
	}
	return all ? most * 10000 / all : 10000;
}
