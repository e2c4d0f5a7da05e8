/* SPDX-License-Identifier: BSD-2-Clause */
/* Bitmaps for the splash screen: stub/uki/bitmap.h. */
#include "test.h"

#include "uki/bitmap.h"

#define HEADERS 54u	/* the file's and the smallest of a bitmap */

/* A bitmap of 2 x 2 pixels, or as the test says */
struct picture {
	unsigned int depth, compression, info_size, colours;
	unsigned int width, height;
	const void *rest; /* masks, palette and rows */
	size_t rest_size, rows;
};

static struct bzb_span draw(const struct picture *p)
{
	const size_t size = HEADERS + p->rest_size;
	unsigned char *file = test_alloc(size);
	const struct change fields[] = {
		{ 0, 2, 0x4d42 },
		{ 2, 4, size },
		{ 10, 4, p->rows },
		{ 14, 4, p->info_size ? p->info_size : 40 },
		{ 18, 4, p->width ? p->width : 2 },
		{ 22, 4, p->height ? p->height : 2 },
		{ 26, 2, 1 },
		{ 28, 2, p->depth },
		{ 30, 4, p->compression },
		{ 46, 4, p->colours },
	};

	memset(file, 0, size);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		put(file, fields[i].offset, fields[i].width, fields[i].value);
	memcpy(file + HEADERS, p->rest, p->rest_size);
	return (struct bzb_span){ file, size };
}

#define REST(array) .rest = array, .rest_size = sizeof(array)

TEST_PARSER(struct bitmap, bitmap_parse)

/* Pixels as 0xRRGGBB */
static void check_row(const struct bitmap *bitmap, uint32_t y, struct bitmap_pixel background,
		      const uint32_t *expected)
{
	struct bitmap_pixel *row = test_alloc(bitmap->width * sizeof(*row));

	bitmap_row(bitmap, y, background, row);
	for (uint32_t x = 0; x < bitmap->width; x++)
		CHECK_EQ(expected[x],
			 (uint32_t)(row[x].red << 16 | row[x].green << 8 | row[x].blue));
}

static void check_pixels(const struct picture *picture, const uint32_t *expected)
{
	const struct bitmap bitmap = parsed(draw(picture));

	for (uint32_t y = 0; y < bitmap.height; y++)
		check_row(&bitmap, y, (struct bitmap_pixel){ 0 }, expected + y * bitmap.width);
}

static const unsigned char with_two_colours[] = {
	3,    2, 1, 0, 6,    5,	   4, 0, /* the palette */
	0x80, 0, 0, 0, 0x7f, 0x80, 0, 0, /* two rows */
};
static const struct picture bits = { .depth = 1, .width = 9, .rows = 62, REST(with_two_colours) };

static void reads_one_bit(void)
{
	static const uint32_t pixels[] = {
		0x10203, 0x40506, 0x40506, 0x40506, 0x40506, 0x40506, 0x40506, 0x40506, 0x40506,
		0x40506, 0x10203, 0x10203, 0x10203, 0x10203, 0x10203, 0x10203, 0x10203, 0x10203,
	};

	check_pixels(&bits, pixels);
}

static void reads_four_bits_with_a_short_palette(void)
{
	static const unsigned char rest[] = {
		3,    2,    1, 0, 6,	5,    4, 0, 9, 8, 7, 0, /* three colours */
		0x12, 0x00, 0, 0, 0x0f, 0x20, 0, 0,
	};
	static const struct picture picture = {
		.depth = 4, .colours = 3, .width = 3, .rows = 66, REST(rest)
	};
	static const uint32_t pixels[] = { 0x10203, 0, 0x70809, 0x40506, 0x70809, 0x10203 };

	check_pixels(&picture, pixels);
}

static void reads_eight_bits(void)
{
	static unsigned char rest[256 * 4 + 8] = { [4 * 255] = 3, 2, 1, 9, 255, 0, 0, 0, 0, 255 };
	static const struct picture picture = { .depth = 8, .rows = HEADERS + 1024, REST(rest) };
	static const uint32_t pixels[] = { 0, 0x10203, 0x10203, 0 };

	check_pixels(&picture, pixels);
}

static void reads_sixteen_bits(void)
{
	static const unsigned char rest[] = { 0xff, 0x7f, 0x00, 0x7c, 0xe0, 0x03, 0x1f, 0x00 };
	static const struct picture picture = { .depth = 16, .rows = HEADERS, REST(rest) };
	static const uint32_t pixels[] = { 0x00ff00, 0x0000ff, 0xffffff, 0xff0000 };

	check_pixels(&picture, pixels);
}

static void reads_twenty_four_bits(void)
{
	static const unsigned char rest[] = { 3, 2, 1, 6, 5, 4, 0, 0, 9, 8, 7, 12, 11, 10, 0, 0 };
	static const struct picture picture = { .depth = 24, .rows = HEADERS, REST(rest) };
	static const uint32_t pixels[] = { 0x70809, 0xa0b0c, 0x10203, 0x40506 };

	check_pixels(&picture, pixels);
}

static void reads_thirty_two_bits_with_masks(void)
{
	static const unsigned char rest[] = {
		0xff, 0, 0, 0,	  0, 0xff, 0, 0,    0, 0, 0xff, 0, /* red is lowest */
		1,    2, 3, 0xff, 4, 5,	   6, 0xff, 7, 8, 9,	0xff, 10, 11, 12, 0,
	};
	static const struct picture picture = {
		.depth = 32, .compression = 3, .rows = HEADERS + 12, REST(rest)
	};
	static const uint32_t pixels[] = { 0x70809, 0xa0b0c, 0x10203, 0x40506 };

	check_pixels(&picture, pixels);
}

/* Masks of red, green, blue, alpha, as in a header of version 3 */
static const unsigned char with_alpha[] = {
	0,   0, 0xff, 0,    0,	 0xff, 0,   0, 0xff, 0, 0,   0,	 0,   0, 0,   0xff,
	100, 0, 200,  0xff, 100, 0,    200, 0, 100,  0, 200, 51, 100, 0, 200, 0xff,
};
static const struct picture transparent = {
	.depth = 32, .compression = 3, .info_size = 56, .rows = HEADERS + 16, REST(with_alpha)
};

static void blends_with_the_background(void)
{
	static const uint32_t first[] = { 0x284844, 0xc80064 }, second[] = { 0xc80064, 0x5a3c };
	const struct bitmap_pixel background = { .red = 0, .green = 90, .blue = 60 };
	const struct bitmap bitmap = parsed(draw(&transparent));

	CHECK_EQ(2, bitmap.width);
	check_row(&bitmap, 0, background, first);
	check_row(&bitmap, 1, background, second);
}

static const struct defect defects[] = {
	{ "no magic number", { { 0, 1, 'A' } }, BZB_ERR_BADMAGIC },
	{ "a smaller size of the file", { { 2, 4, 69 } }, BZB_ERR_BADSIZE },
	{ "rows at the end of the file", { { 10, 4, 70 } }, BZB_ERR_TRUNCATED },
	{ "rows one byte too late", { { 10, 4, 63 } }, BZB_ERR_TRUNCATED },
	{ "rows after the end of the file", { { 10, 4, UINT32_MAX } }, BZB_ERR_TRUNCATED },
	{ "a header of OS/2", { { 14, 4, 12 } }, BZB_ERR_BADVERSION },
	{ "a header beyond the file", { { 14, 4, UINT32_MAX } }, BZB_ERR_TRUNCATED },
	{ "no width", { { 18, 4, 0 } }, BZB_ERR_BADHEADER },
	{ "a width of -1", { { 18, 4, UINT32_MAX } }, BZB_ERR_TOOLARGE },
	{ "a row more", { { 22, 4, 3 } }, BZB_ERR_TRUNCATED },
	{ "no height", { { 22, 4, 0 } }, BZB_ERR_BADHEADER },
	{ "rows from the top", { { 22, 4, (uint32_t)-2 } }, BZB_ERR_TOOLARGE },
	{ "2^32 - 1 of both", { { 18, 4, UINT32_MAX }, { 22, 4, UINT32_MAX } }, BZB_ERR_TOOLARGE },
	{ "no depth", { { 28, 2, 0 } }, BZB_ERR_BADVERSION },
	{ "a depth of 2", { { 28, 2, 2 } }, BZB_ERR_BADVERSION },
	{ "a depth of 64", { { 28, 2, 64 } }, BZB_ERR_BADVERSION },
	{ "run lengths", { { 30, 4, 1 } }, BZB_ERR_BADVERSION },
	{ "masks with a palette", { { 30, 4, 3 } }, BZB_ERR_BADVERSION },
	{ "more colours than numbers", { { 46, 4, 3 } }, BZB_ERR_BADHEADER },
	{ "a palette beyond the file", { { 14, 4, 49 } }, BZB_ERR_TRUNCATED },
};

static const struct defect mask_defects[] = {
	{ "no red", { { HEADERS, 4, 0 } }, BZB_ERR_BADHEADER },
	{ "no green", { { HEADERS + 4, 4, 0 } }, BZB_ERR_BADHEADER },
	{ "no blue", { { HEADERS + 8, 4, 0 } }, BZB_ERR_BADHEADER },
	{ "a mask with a hole", { { HEADERS, 4, 0x5 } }, BZB_ERR_BADHEADER },
	{ "a hole in alpha", { { HEADERS + 12, 4, 0x80000001 } }, BZB_ERR_BADHEADER },
};

static void refuses_defects(void)
{
	check_defects(draw(&bits), defects, ARRAY_SIZE(defects), parse);
	check_defects(draw(&transparent), mask_defects, ARRAY_SIZE(mask_defects), parse);
}

/* The size in the header follows, or all would be refused for it. */
static void refuses_every_beginning(void)
{
	const struct bzb_span pictures[] = { draw(&bits), draw(&transparent) };

	for (size_t i = 0; i < ARRAY_SIZE(pictures); i++)
		for (size_t size = 6; size < pictures[i].size; size++) {
			const struct bzb_span file = exact(prefix(pictures[i], size));

			put((void *)(uintptr_t)file.data, 2, 4, size);
			CHECK_EQ(-BZB_ERR_TRUNCATED, parse(file));
		}
}

static const struct test tests[] = {
	{ "one bit of a pixel", reads_one_bit },
	{ "four bits, and fewer colours", reads_four_bits_with_a_short_palette },
	{ "eight bits", reads_eight_bits },
	{ "sixteen bits", reads_sixteen_bits },
	{ "twenty-four bits", reads_twenty_four_bits },
	{ "thirty-two bits with masks", reads_thirty_two_bits_with_masks },
	{ "alpha is blended with the background", blends_with_the_background },
	{ "bitmaps with a defect are refused", refuses_defects },
	{ "every beginning of a bitmap is refused", refuses_every_beginning },
};

int main(void)
{
	return RUN_TESTS(tests);
}
