/* SPDX-License-Identifier: BSD-2-Clause */
/* Little-endian fields, slices, alignment: bzboot/bytes.h */
#include "test.h"

static const unsigned char ladder[8] = { 0x81, 0x92, 0xa3, 0xb4, 0xc5, 0xd6, 0xe7, 0xf8 };

static void loads_little_endian(void)
{
	bzb_le16 le16;
	bzb_le32 le32;
	bzb_le64 le64;

	memcpy(&le16, ladder, sizeof(le16));
	memcpy(&le32, ladder, sizeof(le32));
	memcpy(&le64, ladder, sizeof(le64));
	CHECK_EQ(0x9281, bzb_ld16(le16));
	CHECK_EQ(0xb4a39281, bzb_ld32(le32));
	CHECK_EQ(0xf8e7d6c5b4a39281, bzb_ld64(le64));
}

static void loads_any_width(void)
{
	CHECK_EQ(0, bzb_get_number(ladder, 0));
	CHECK_EQ(0x81, bzb_get_number(ladder, 1));
	CHECK_EQ(0xa39281, bzb_get_number(ladder, 3));
	CHECK_EQ(0xf8e7d6c5b4a39281, bzb_get_number(ladder, 8));
}

static void stores_little_endian(void)
{
	bzb_le16 le16 = bzb_st16(0x9281);
	bzb_le32 le32 = bzb_st32(0xb4a39281);
	bzb_le64 le64 = bzb_st64(0xf8e7d6c5b4a39281);

	CHECK_BYTES(ladder, &le16, sizeof(le16));
	CHECK_BYTES(ladder, &le32, sizeof(le32));
	CHECK_BYTES(ladder, &le64, sizeof(le64));
}

static void fields_need_no_alignment(void)
{
	CHECK_EQ(1, _Alignof(bzb_le16));
	CHECK_EQ(1, _Alignof(bzb_le32));
	CHECK_EQ(1, _Alignof(bzb_le64));
	CHECK_EQ(14, sizeof(struct {
			 bzb_le16 a;
			 bzb_le32 b;
			 bzb_le64 c;
		 }));
}

static void slices_lie_within(void)
{
	static const struct {
		uint64_t offset, size;
	} parts[] = { { 0, 8 }, { 0, 0 }, { 3, 5 }, { 7, 1 }, { 8, 0 } };
	struct bzb_span part = { NULL, 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		CHECK_OK(bzb_slice(SPAN(ladder), parts[i].offset, parts[i].size, &part));
		CHECK(part.data == ladder + parts[i].offset);
		CHECK_EQ(parts[i].size, part.size);
	}
}

static void slices_past_the_end_are_refused(void)
{
	static const struct {
		uint64_t offset, size;
	} parts[] = {
		{ 0, 9 },
		{ 1, 8 },
		{ 8, 1 },
		{ 9, 0 },
		{ 0x100000000, 0 },
		{ 0x100000001, 1 },
		{ 0, 0x100000000 },
		{ 0, 0x100000001 },
		{ 1, UINT64_MAX },
		{ UINT64_MAX, 1 },
		{ UINT64_MAX, 2 },
		{ UINT64_MAX, UINT64_MAX },
		{ 0x8000000000000000, 1 },
		{ 0x8000000000000000, 0x8000000000000000 },
	};
	struct bzb_span part;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(parts); i++)
		CHECK_ERR(BZB_ERR_TRUNCATED, WATCHED(&part, bzb_slice(SPAN(ladder), parts[i].offset,
								      parts[i].size, &part)));
}

static void nothing_has_one_slice(void)
{
	struct bzb_span nothing = { NULL, 0 }, part;

	CHECK_OK(bzb_slice(nothing, 0, 0, &part));
	CHECK_EQ(0, part.size);
	CHECK_ERR(BZB_ERR_TRUNCATED, WATCHED(&part, bzb_slice(nothing, 0, 1, &part)));
	CHECK_ERR(BZB_ERR_TRUNCATED, WATCHED(&part, bzb_slice(nothing, 1, 0, &part)));
}

static void spans_are_compared_whole(void)
{
	CHECK(bzb_span_is(exact(TEXT("zstd")), "zstd"));
	CHECK(bzb_span_is(exact(TEXT("")), ""));
	CHECK(!bzb_span_is(exact(TEXT("zstd")), "zst"));
	CHECK(!bzb_span_is(exact(TEXT("zst")), "zstd"));
	CHECK(!bzb_span_is(exact(TEXT("zstD")), "zstd"));
	CHECK(!bzb_span_is(exact(TEXT("zstd\0")), "zstd"));
	CHECK(!bzb_span_is(exact(TEXT("\0")), ""));
	CHECK(!bzb_span_is(exact(TEXT("")), "z"));
}

static void aligns_up(void)
{
	static const struct {
		uint64_t value, align, result;
	} rows[] = {
		{ 0, 1, 0 },
		{ 5, 1, 5 },
		{ 0, 8, 0 },
		{ 1, 8, 8 },
		{ 8, 8, 8 },
		{ 9, 8, 16 },
		{ 0x1fffff, 0x200000, 0x200000 },
		{ 0x200001, 0x200000, 0x400000 },
		{ 0xffffffff, 0x1000, 0x100000000 },
		{ 0xffffffff00000001, 16, 0xffffffff00000010 },
		{ UINT64_MAX - 15, 16, UINT64_MAX - 15 },
		{ 1, 0x8000000000000000, 0x8000000000000000 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		CHECK_EQ(rows[i].result, bzb_align_up(rows[i].value, rows[i].align));
}

static void tells_powers_of_two(void)
{
	CHECK(!bzb_is_power_of_two(0));
	CHECK(bzb_is_power_of_two(1));
	CHECK(!bzb_is_power_of_two(3));
	CHECK(bzb_is_power_of_two(0x8000000000000000));
	CHECK(!bzb_is_power_of_two(0x8000000000000001));
}

static const struct test tests[] = {
	{ "fields are read low byte first", loads_little_endian },
	{ "fields of any width are, too", loads_any_width },
	{ "fields are written low byte first", stores_little_endian },
	{ "fields need no alignment and have no padding", fields_need_no_alignment },
	{ "a slice within a span is that part of it", slices_lie_within },
	{ "a slice past the end is refused, also where a sum wraps",
	  slices_past_the_end_are_refused },
	{ "an empty span has only an empty slice", nothing_has_one_slice },
	{ "a span equals a text only as a whole", spans_are_compared_whole },
	{ "alignment rounds up to the next multiple", aligns_up },
	{ "powers of two have one bit", tells_powers_of_two },
};

int main(void)
{
	return RUN_TESTS(tests);
}
