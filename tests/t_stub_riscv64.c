/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions that the stub of riscv64 has in place of a C library: stub/riscv64/. */
#define memcpy riscv64_memcpy
#define memmove riscv64_memmove
#define memset riscv64_memset
#define memcmp riscv64_memcmp
#define __clzdi2 riscv64_clzdi2
#define __ctzdi2 riscv64_ctzdi2
#define __bswapsi2 riscv64_bswapsi2
#define __bswapdi2 riscv64_bswapdi2
#include "riscv64/riscv64_builtins.c"
#include "riscv64/riscv64_mem.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp

#include "test.h"

/* The largest copy that is tested. Each size is copied to and from each alignment. */
#define SIZE_MAX_TESTED 150u
#define PLACES 20u		/* offsets; the pieces overlap with most of them */

static unsigned char expected[512], actual[512];

/* Bytes that differ from their neighbours, in a word aligned array with space around the pieces. */
static void fill(void)
{
	for (size_t i = 0; i < sizeof(actual); i++)
		actual[i] = (unsigned char)(i * 7 + i / 251);
	memcpy(expected, actual, sizeof(actual));
}

static void check_same(void)
{
	CHECK(!memcmp(expected, actual, sizeof(actual)));
}

static void for_each_case(void (*run)(size_t to, size_t from, size_t size))
{
	for (size_t size = 0; size < SIZE_MAX_TESTED; size++)
		for (size_t to = 0; to < PLACES; to++)
			for (size_t from = 0; from < PLACES; from++) {
				fill();
				run(to, from, size);
				check_same();
			}
}

static void copy(size_t to, size_t from, size_t size)
{
	memcpy(expected + 16 + to, expected + 256 + from, size);
	CHECK(riscv64_memcpy(actual + 16 + to, actual + 256 + from, size) == actual + 16 + to);
}

static void copies(void)
{
	for_each_case(copy);
}

static void move(size_t to, size_t from, size_t size)
{
	memmove(expected + 100 + 3 * to, expected + 100 + 3 * from, size);
	CHECK(riscv64_memmove(actual + 100 + 3 * to, actual + 100 + 3 * from, size) ==
	      actual + 100 + 3 * to);
}

static void moves(void)
{
	for_each_case(move);
}

static void set(size_t to, size_t from, size_t size)
{
	memset(expected + 16 + to, (int)(0xf0 + from), size);
	CHECK(riscv64_memset(actual + 16 + to, (int)(0xf0 + from), size) == actual + 16 + to);
}

static void sets(void)
{
	for_each_case(set);
}

static void compares(void)
{
	CHECK(!riscv64_memcmp("abc", "abd", 2));
	CHECK(riscv64_memcmp("abc", "abd", 3) < 0);
	CHECK(riscv64_memcmp("ab\xff", "abd", 3) > 0);
	CHECK(!riscv64_memcmp("a", "b", 0));
}

static void counts_zeros(void)
{
	for (int i = 0; i < 64; i++) {
		CHECK(riscv64_ctzdi2((uint64_t)1 << i) == i);
		CHECK(riscv64_ctzdi2(UINT64_MAX << i) == i);
		CHECK(riscv64_clzdi2((uint64_t)1 << i) == 63 - i);
		CHECK(riscv64_clzdi2(UINT64_MAX >> i) == i);
	}
}

static void swaps_bytes(void)
{
	CHECK(riscv64_bswapsi2(0x01020304) == 0x04030201);
	CHECK(riscv64_bswapdi2(0x0102030405060708) == 0x0807060504030201);
}

static const struct test tests[] = {
	{ "memcpy() copies any number of bytes between any alignments", copies },
	{ "memmove() does so where they overlap", moves },
	{ "memset() sets any number of bytes", sets },
	{ "memcmp() compares as unsigned bytes", compares },
	{ "leading and trailing zeros are counted", counts_zeros },
	{ "bytes are swapped", swaps_bytes },
};

int main(void)
{
	return RUN_TESTS(tests);
}
