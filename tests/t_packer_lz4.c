/* SPDX-License-Identifier: BSD-2-Clause */
/* A block that is written again has the same bytes in fewer sequences, as the format wants them. */
#include "test.h"

#include <lz4.h>
#include <lz4hc.h>

#include "../packer/payload/compressor.h"
#include "../packer/payload/lz4_rewrite.h"

#define SIZE ((size_t)512 << 10)

struct block {
	unsigned char bytes[LZ4_COMPRESSBOUND(SIZE)];
	size_t size;
};

static unsigned char original[SIZE];

static struct bzb_span span_of(const struct block *block)
{
	return (struct bzb_span){ block->bytes, block->size };
}

static uint32_t next(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 16;
}

/* Pieces of what is before, of 3 to 18 bytes, and new bytes between them */
static void fill_pieces(unsigned char *to, size_t size)
{
	uint32_t state = 1;

	for (size_t at = 0; at < size;) {
		size_t length = 3 + next(&state) % 16, from = next(&state) % 1024;

		if (at > 2048 && next(&state) % 4)
			for (; length-- && at < size; at++)
				to[at] = to[at - 1024 - from];
		else
			to[at++] = (unsigned char)next(&state);
	}
}

static void fill_random(unsigned char *to, size_t size)
{
	uint32_t state = 2;

	for (size_t i = 0; i < size; i++)
		to[i] = (unsigned char)next(&state);
}

/* Bytes of four values: matches overlap */
static void fill_few(unsigned char *to, size_t size)
{
	fill_random(to, size);
	for (size_t i = 0; i < size; i++)
		to[i] &= 3;
}

static void fill_pattern(unsigned char *to, size_t size, size_t period)
{
	for (size_t i = 0; i < size; i++)
		to[i] = (unsigned char)(i % period);
}

static void compress(size_t size, struct block *ret)
{
	ret->size = (size_t)LZ4_compress_HC((const char *)original, (char *)ret->bytes, (int)size,
					    sizeof(ret->bytes), LZ4HC_CLEVEL_DEFAULT);
}

static void check_same(const struct block *block, size_t size)
{
	static unsigned char to[SIZE];

	CHECK_EQ(size, LZ4_decompress_safe((const char *)block->bytes, (char *)to, (int)block->size,
					   (int)size));
	CHECK(!memcmp(to, original, size));
}

struct facts {
	size_t sequences, small_steps; /* bytes of matches from less than 16 bytes back */
};

static size_t number_at(const unsigned char **at, size_t number)
{
	unsigned char byte = number < 15 ? 0 : 255;

	for (; byte == 255; number += byte)
		byte = *(*at)++;
	return number;
}

/* Reads a block, and checks the rules of its end. */
static struct facts read_block(const struct block *block, size_t size)
{
	const unsigned char *at = block->bytes, *end = at + block->size;
	struct facts ret = { 0 };
	size_t done = 0, start = 0;

	for (;; ret.sequences++) {
		const unsigned char token = *at++;
		const size_t literals = number_at(&at, token >> 4);
		size_t distance, length;

		at += literals;
		done += literals;
		if (at == end) {
			CHECK_EQ(size, done);
			CHECK(!ret.sequences || (literals >= 5 && size - start >= 12));
			return ret;
		}
		distance = (size_t)(at[0] | at[1] << 8);
		at += 2;
		length = 4 + number_at(&at, token & 15);
		start = done;
		done += length;
		ret.small_steps += distance < 16 ? length : 0;
	}
}

static void rewrite(const struct block *from, size_t size, size_t room, struct block *ret)
{
	const struct bzb_span piece = exact(span_of(from));
	unsigned char *to = test_alloc(room);

	ret->size = lz4_rewrite(exact((struct bzb_span){ original, size }), &piece, 1, to, room);
	memcpy(ret->bytes, to, ret->size);
}

static void has_fewer_sequences(void)
{
	static struct block before, after;
	struct facts facts_before, facts_after;

	fill_few(original, SIZE);
	compress(SIZE, &before);
	rewrite(&before, SIZE, before.size, &after);
	check_same(&after, SIZE);
	facts_before = read_block(&before, SIZE);
	facts_after = read_block(&after, SIZE);
	CHECK(after.size <= before.size);
	CHECK(facts_after.sequences < facts_before.sequences - facts_before.sequences / 100);
}

/* Compresses the original, and writes the block again, with some more room. */
static struct facts write_again(size_t size)
{
	static struct block before, after;

	compress(size, &before);
	rewrite(&before, size, before.size + 8, &after);
	check_same(&after, size);
	return read_block(&after, size);
}

static void copies_patterns_by_large_steps(void)
{
	static const size_t periods[] = { 1, 2, 3, 4, 5, 7, 8, 12, 15, 16, 17 };

	for (size_t i = 0; i < ARRAY_SIZE(periods); i++) {
		fill_pattern(original, SIZE, periods[i]);
		CHECK(write_again(SIZE).small_steps <= 16);
	}
}

/* The literals before a match, and after the last one, are more than a segment. */
static void keeps_random_bytes(void)
{
	static struct block before, after;

	fill_random(original, SIZE);
	memcpy(original + SIZE / 2, original + SIZE / 2 - 5000, 3000);
	compress(SIZE, &before);
	rewrite(&before, SIZE, before.size, &after);
	check_same(&after, SIZE);
	CHECK_EQ(1, read_block(&after, SIZE).sequences);
}

static void takes_any_size(void)
{
	for (size_t size = 1; size < 600; size++) {
		size_t half = size / 2;

		fill_pieces(original, size);
		fill_pattern(original + half, size - half, 1 + size % 20);
		(void)write_again(size);
	}
}

static void leaves_the_end(void)
{
	for (size_t size = 1; size < 4000; size++) {
		fill_few(original, size);
		(void)write_again(size);
	}
}

/* The bytes from @start to @end, whose matches may be in those before. */
static struct bzb_span compress_piece(size_t start, size_t end)
{
	static struct block block;
	LZ4_streamHC_t *stream = LZ4_createStreamHC();

	LZ4_loadDictHC(stream, (const char *)original, (int)start);
	block.size = (size_t)LZ4_compress_HC_continue(stream, (const char *)original + start,
						      (char *)block.bytes, (int)(end - start),
						      sizeof(block.bytes));
	LZ4_freeStreamHC(stream);
	return exact(span_of(&block));
}

/* The first and the last one end with literals, and the second one is nothing else. */
static void joins_pieces(void)
{
	static struct block whole, after;
	const size_t size = 60000, ends[] = { 20000, 20010, size };
	struct bzb_span pieces[ARRAY_SIZE(ends)];

	fill_pieces(original, size);
	fill_random(original + 20000, 10);
	compress(size, &whole);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		pieces[i] = compress_piece(i ? ends[i - 1] : 0, ends[i]);
	after.size = lz4_rewrite(exact((struct bzb_span){ original, size }), pieces,
				 ARRAY_SIZE(pieces), after.bytes, sizeof(after.bytes));
	check_same(&after, size);
	(void)read_block(&after, size);
	CHECK(after.size <= whole.size + whole.size / 1000);
}

static void says_that_room_is_too_small(void)
{
	static struct block before, after;
	size_t size;

	fill_few(original, 4096);
	compress(4096, &before);
	rewrite(&before, 4096, before.size, &after);
	size = after.size;
	for (size_t room = 0; room < size; room++) {
		rewrite(&before, 4096, room, &after);
		CHECK_EQ(0, after.size);
	}
	rewrite(&before, 4096, size, &after);
	CHECK_EQ(size, after.size);
}

static void ignore(size_t done, size_t total)
{
	(void)done;
	(void)total;
}

/* Runs become longer by more than there is room for. */
static void keeps_a_block_that_becomes_larger(void)
{
	const struct bzb_span bytes = { original, SIZE };
	const struct compress_how how = { .level = LZ4HC_CLEVEL_DEFAULT, .threads = 2 };
	const struct cuts cuts = { .count = 1, .end = { SIZE } };
	static struct block whole;
	struct compressed made;
	struct why why;

	fill_random(original, SIZE);
	for (size_t at = 0; at + 1100 <= SIZE; at += 1100)
		memset(original + at, original[at], 1100);
	compress(SIZE, &whole);
	CHECK(!compressor_lz4.run(bytes, &how, &cuts, ignore, &made, &why));
	CHECK_EQ(8 + whole.size, made.stream.size);
	CHECK(!memcmp(made.stream.data + 8, whole.bytes, whole.size));
	blob_free(&made.stream);
}

static const struct test tests[] = {
	{ "a block has fewer sequences, and is not larger", has_fewer_sequences },
	{ "a pattern is copied by large steps", copies_patterns_by_large_steps },
	{ "random bytes stay literals", keeps_random_bytes },
	{ "a block of any size is the same", takes_any_size },
	{ "a block has the end that the format wants", leaves_the_end },
	{ "pieces of a block are joined", joins_pieces },
	{ "a block that does not fit is not written", says_that_room_is_too_small },
	{ "a block that would become larger is as liblz4 makes it",
	  keeps_a_block_that_becomes_larger },
};

int main(void)
{
	return RUN_TESTS(tests);
}
