/* SPDX-License-Identifier: BSD-2-Clause */
/* Matches are copies, every copy is found, and no byte is left out. */
#include "test.h"

#include "../packer/payload/matches.h"

#define NOISE ((size_t)300 << 10)	/* more than the longest match */

struct found {
	struct bzb_span bytes;
	size_t at;     /* bytes processed */
	size_t copied; /* of these bytes */
};

static void check_match(void *context, struct match match)
{
	struct found *found = context;
	const unsigned char *data = found->bytes.data;

	CHECK(match.literals <= MATCH_LONGEST && match.length <= MATCH_LONGEST);
	CHECK(match.literals <= found->bytes.size - found->at);
	found->at += match.literals;
	CHECK(match.length <= found->bytes.size - found->at);
	if (match.length) {
		CHECK(match.distance && match.distance <= found->at);
		for (size_t i = 0; i < match.length; i++)
			CHECK(data[found->at + i] == data[found->at + i - match.distance]);
	}
	found->at += match.length;
	found->copied += match.length;
}

/* returns: the number of bytes that are copies */
static size_t find_copies(const unsigned char *data, size_t size)
{
	struct found found = { .bytes = exact((struct bzb_span){ data, size }) };

	matches_find(found.bytes, check_match, &found);
	CHECK_EQ(size, found.at);
	return found.copied;
}

static void fill(unsigned char *at, size_t size)
{
	uint32_t state = 0x2545f491;

	while (size--) {
		state = state * 1664525 + 1013904223;
		*at++ = (unsigned char)(state >> 24);
	}
}

static void few_bytes(void)
{
	static const unsigned char zeros[40];

	for (size_t size = 0; size < sizeof(zeros); size++) {
		size_t copied = find_copies(zeros, size);

		CHECK_EQ(size < 9 ? 0 : size - 1, copied);
	}
}

static void bytes_all_the_same(void)
{
	static unsigned char zeros[NOISE];

	CHECK_EQ(sizeof(zeros) - 1, find_copies(zeros, sizeof(zeros)));
}

static void noise_has_no_copies(void)
{
	static unsigned char noise[NOISE];

	fill(noise, sizeof(noise));
	CHECK(find_copies(noise, sizeof(noise)) < sizeof(noise) / 100);
}

static void noise_that_is_there_twice(void)
{
	static unsigned char noise[2 * NOISE];
	size_t copied;

	fill(noise, NOISE);
	memcpy(noise + NOISE, noise, NOISE);
	copied = find_copies(noise, sizeof(noise));
	CHECK(copied > NOISE * 9 / 10 && copied < NOISE * 11 / 10);
}

static const struct test tests[] = {
	{ "0 to 39 bytes, all the same", few_bytes },
	{ "many bytes, all the same: all but the first are a copy", bytes_all_the_same },
	{ "noise has no copies", noise_has_no_copies },
	{ "repeated noise is one copy", noise_that_is_there_twice },
};

int main(void)
{
	return RUN_TESTS(tests);
}
