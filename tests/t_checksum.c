/* SPDX-License-Identifier: BSD-2-Clause */
/* The low half of XXH64 against published vectors: bzboot/checksum.h. t_decoders.c compares it with
 * libzstd's. */
#include "test.h"

#define LONGEST 100u			/* three stripes and a rest */

static struct bzb_span numbers(size_t size)
{
	unsigned char *bytes = test_alloc(size);

	for (size_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)(i * 7);
	return (struct bzb_span){ bytes, size };
}

/* From less than 4 bytes to more than a stripe of 32, and one that uses every step */
static void is_as_published(void)
{
	static const struct {
		uint64_t checksum;
		struct bzb_span text;
	} rows[] = {
		{ 0xef46db3751d8e999, TEXT("") },
		{ 0xd24ec4f1a98c6e5b, TEXT("a") },
		{ 0x44bc2cf5ad770999, TEXT("abc") },
		{ 0x415872f599cea71e, TEXT("asdf") },
		{ 0xfbcea83c8a378bf1, TEXT("Nobody inspects the spammish repetition") },
		{ 0x02a2e85470d6fd96,
		  TEXT("Call me Ishmael. Some years ago--never mind how long precisely-") },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CHECK_EQ((uint32_t)rows[i].checksum, bzb_checksum(exact(rows[i].text)));
		CHECK_EQ((uint32_t)rows[i].checksum, bzb_checksum(unaligned(rows[i].text)));
	}
}

static void nothing_at_all_has_one(void)
{
	CHECK_EQ(0x51d8e999, bzb_checksum((struct bzb_span){ NULL, 0 }));
}

static void alignment_does_not_matter(void)
{
	struct bzb_span bytes = numbers(LONGEST);
	unsigned char *moved = test_alloc(LONGEST + 8);

	for (size_t size = 0; size <= LONGEST; size++)
		for (size_t at = 0; at < 8; at++) {
			memcpy(moved + at, bytes.data, size);
			CHECK_EQ(bzb_checksum(exact(prefix(bytes, size))),
				 bzb_checksum((struct bzb_span){ moved + at, size }));
		}
}

static void every_bit_counts(void)
{
	for (size_t size = 1; size <= LONGEST; size++) {
		struct test_block *before = test_state.blocks;
		struct bzb_span good = numbers(size);

		for (size_t i = 0; i < 8 * size; i++) {
			unsigned int byte = good.data[i / 8] ^ 1u << i % 8;
			struct bzb_span bad = CHANGED(good, { i / 8, 1, byte });

			if (bzb_checksum(good) == bzb_checksum(bad))
				FAIL("bit %zu of %zu bytes", i, size);
		}
		test_free(before);
	}
}

static void so_does_the_length(void)
{
	unsigned char zeros[LONGEST] = { 0 };

	for (size_t a = 0; a <= LONGEST; a++)
		for (size_t b = 0; b < a; b++)
			CHECK(bzb_checksum(prefix(SPAN(zeros), a)) !=
			      bzb_checksum(prefix(SPAN(zeros), b)));
}

static const struct test tests[] = {
	{ "the checksum is half of XXH64, as published", is_as_published },
	{ "nothing at all has a checksum", nothing_at_all_has_one },
	{ "the alignment of bytes does not matter", alignment_does_not_matter },
	{ "every bit changes the checksum", every_bit_counts },
	{ "the number of zeros changes the checksum", so_does_the_length },
};

int main(void)
{
	return RUN_TESTS(tests);
}
