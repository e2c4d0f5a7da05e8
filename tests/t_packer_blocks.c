/* SPDX-License-Identifier: BSD-2-Clause */
/* Blocks have all bytes of the matches, in order, and end where data changes. */
#include "test.h"

#include "../packer/payload/zstd_fewer.h"

#define KIB ((size_t)1 << 10)

static const struct zstd_prices prices = { 200 * ZSTD_BIT, 7 * ZSTD_BIT / 2 };

/* Bytes in which every match is a copy from @DISTANCE back, for any list of matches */
#define DISTANCE 7u

static struct bzb_span make_bytes(size_t size)
{
	static unsigned char bytes[1024 * KIB];

	for (size_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)(i % DISTANCE);
	return (struct bzb_span){ bytes, size };
}

static struct zstd_matches one(size_t literals, size_t length, bool choose)
{
	struct zstd_matches ret = zstd_matches_room(zstd_blocks_room(literals + length, choose), 1);

	ret.list[ret.count++] = (struct zstd_match){
		.distance = length ? DISTANCE : 0,
		.literals = (unsigned int)literals,
		.length = (unsigned int)length,
	};
	return ret;
}

/* returns: the number of blocks; all matches have the same distance and at least three bytes */
static size_t check_blocks(const struct zstd_matches *blocks, size_t size)
{
	size_t count = 0, in_block = 0, all = 0;

	for (size_t i = 0; i < blocks->count; i++) {
		const struct zstd_match *match = &blocks->list[i];

		CHECK(!match->length || (match->length >= 3 && match->distance == DISTANCE));
		in_block += match->literals + match->length;
		CHECK(in_block <= ZSTD_BLOCK_BYTES);
		if (match->length)
			continue;
		all += in_block;
		in_block = 0;
		count++;
	}
	CHECK_EQ(0, in_block);
	CHECK_EQ(size, all);
	return count;
}

static size_t count_blocks(size_t literals, size_t length, bool choose)
{
	const size_t size = literals + length;
	struct zstd_matches matches = one(literals, length, choose);
	size_t count;

	zstd_blocks(make_bytes(size), &matches, choose ? &prices : NULL);
	count = check_blocks(&matches, size);
	blob_free(&matches.memory);
	return count;
}

/* Of any length, a match and literals are cut as often as is necessary. */
static void long_matches_are_cut(void)
{
	static const size_t sizes[] = { 3, 1023, 1024, 1025, 2048, 2051, 131071, 131072, 1000000 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		const size_t least = (sizes[i] + 8 + ZSTD_BLOCK_BYTES - 1) / ZSTD_BLOCK_BYTES;

		for (int choose = 0; choose < 2; choose++) {
			size_t count = count_blocks(8, sizes[i], choose);

			CHECK(count >= least && count <= least + 1);
			CHECK(count_blocks(sizes[i], 3, choose) >= least);
			CHECK(count_blocks(sizes[i], 0, choose));
		}
	}
}

/* 40 KiB of literals of one kind, then as many of another one */
static struct zstd_matches divide_kinds(const struct zstd_prices *with)
{
	static unsigned char bytes[80 * KIB];
	const struct bzb_span span = { bytes, sizeof(bytes) };
	struct zstd_matches matches = one(sizeof(bytes), 0, with != NULL);

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)((i * 2654435761u >> 13) % 8 +
					   (i < sizeof(bytes) / 2 ? 0 : 100));
	zstd_blocks(span, &matches, with);
	return matches;
}

static void a_block_ends_where_data_changes(void)
{
	struct zstd_matches matches = divide_kinds(&prices);

	CHECK_EQ(2, matches.count);
	CHECK_EQ(40 * KIB, matches.list[0].literals);
	blob_free(&matches.memory);
	matches = divide_kinds(NULL);
	CHECK_EQ(1, matches.count);
	blob_free(&matches.memory);
}

/* One block for both kinds needs one bit more for each of the 80 KiB. */
static void a_block_is_worth_its_price(void)
{
	struct zstd_prices high = prices;
	struct zstd_matches matches;

	high.block = 78 * KIB * ZSTD_BIT;
	matches = divide_kinds(&high);
	CHECK_EQ(2, matches.count);
	blob_free(&matches.memory);
	high.block = 82 * KIB * ZSTD_BIT;
	matches = divide_kinds(&high);
	CHECK_EQ(1, matches.count);
	blob_free(&matches.memory);
}

/* --- fewer matches ------------------------------------------------------------------ */

/* Rounds of a literal and a match at one of many distances: its bytes are as common as can be, or
 * as rare. The last match of each round is longer than any that is left out. */
#define ROUNDS 200u
#define LONG 40u

static struct zstd_matches make_rounds(unsigned int rounds, unsigned int short_length)
{
	struct zstd_matches ret = zstd_matches_room(0, 2 * ROUNDS + 1);

	for (unsigned int i = 0; i < rounds; i++) {
		const struct zstd_match at = { 1000 + i * 37, 1, short_length, 0 };

		ret.list[ret.count++] = at;
		ret.list[ret.count++] = (struct zstd_match){ 9001 + i * 41, 1, LONG, 0 };
	}
	ret.list[ret.count++] = (struct zstd_match){ 0 };
	return ret;
}

static size_t bytes_of(const struct zstd_matches *matches)
{
	size_t ret = 0;

	for (size_t i = 0; i < matches->count; i++)
		ret += matches->list[i].literals + matches->list[i].length;
	return ret;
}

/* returns: how many are left out; checks that bytes and the end of the block stay */
static size_t leave_out_for(struct bzb_span bytes, struct zstd_matches *matches, int64_t price)
{
	const size_t before = matches->count, size = bytes_of(matches);

	zstd_fewer(bytes, 1 + 3 + 1 + LONG + 1, matches, price);
	CHECK_EQ(size, bytes_of(matches));
	CHECK(!matches->list[matches->count - 1].length);
	for (size_t i = 0; i + 1 < matches->count; i++)
		CHECK(matches->list[i].length);
	return before - matches->count;
}

static size_t leave_out(struct bzb_span bytes, struct zstd_matches *matches)
{
	return leave_out_for(bytes, matches, prices.match);
}

/* Literals of one value cost nothing. */
static void cheap_bytes_need_no_match(void)
{
	static unsigned char bytes[ROUNDS * (LONG + 8)];
	struct zstd_matches matches = make_rounds(ROUNDS, 3);

	CHECK_EQ(ROUNDS - 2, leave_out(SPAN(bytes), &matches));
	CHECK_EQ(3, matches.list[0].length);
	CHECK_EQ(3, matches.list[2].length);
	CHECK_EQ(1 + 3 + 1, matches.list[4].literals);
	blob_free(&matches.memory);
}

/* Six literals that are all different cost 48 bits. */
static void rare_bytes_need_one(void)
{
	static unsigned char bytes[ROUNDS * (LONG + 8)];
	struct zstd_matches matches = make_rounds(ROUNDS, 6);

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 2654435761u >> 13);
	CHECK_EQ(0, leave_out(SPAN(bytes), &matches));
	CHECK_EQ(ROUNDS - 1, leave_out_for(SPAN(bytes), &matches, 48 * (int64_t)ZSTD_BIT));
	blob_free(&matches.memory);
}

/* The match after it would have to spell the distance. */
static void a_distance_that_is_repeated_stays(void)
{
	static unsigned char bytes[ROUNDS * (LONG + 8)];
	struct zstd_matches matches = make_rounds(ROUNDS, 3);

	for (size_t i = 0; i + 1 < matches.count; i += 2)
		matches.list[i + 1].distance = matches.list[i].distance;
	CHECK_EQ(0, leave_out(SPAN(bytes), &matches));
	blob_free(&matches.memory);
}

static const struct test tests[] = {
	{ "matches of cheap bytes are left out", cheap_bytes_need_no_match },
	{ "matches of rare bytes stay", rare_bytes_need_one },
	{ "matches whose distance is repeated stay", a_distance_that_is_repeated_stays },
	{ "long matches and literals are cut", long_matches_are_cut },
	{ "a block ends where data changes", a_block_ends_where_data_changes },
	{ "a block saves what it costs", a_block_is_worth_its_price },
};

int main(void)
{
	return RUN_TESTS(tests);
}
