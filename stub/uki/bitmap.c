/* SPDX-License-Identifier: BSD-2-Clause */
/* Windows GDI, "Bitmap Header Types", "Bitmap Storage": BITMAPFILEHEADER, and BITMAPINFOHEADER or
 * one of its successors. */
#include "bitmap.h"

struct file_header {
	char magic[2]; /* "BM" */
	bzb_le32 size; /* bytes of the file */
	bzb_le16 unused[2];
	bzb_le32 rows; /* file offset */
};

struct info_header {
	bzb_le32 size; /* bytes of this header, with those below and more */
	bzb_le32 width, height;
	bzb_le16 planes, depth;
	bzb_le32 compression;
	bzb_le32 unused[3];
	bzb_le32 colours; /* in the palette; 0: all of the depth */
	bzb_le32 important;
};

/* After that header, with MASKED only; the last one if the header's size includes it */
struct masks {
	bzb_le32 red, green, blue, alpha;
};

#define COLOUR_SIZE 4u		/* of the palette */
#define ROW_ALIGNMENT 4u
#define WITH_ALPHA (sizeof(struct info_header) + sizeof(struct masks))

enum { PLAIN = 0, MASKED = 3 }; /* BI_RGB, BI_BITFIELDS */

struct headers {
	const struct file_header *file;
	const struct info_header *info;
	struct bzb_span bytes; /* of the file */
};

static int find_headers(struct bzb_span file, struct headers *ret)
{
	struct bzb_span head, info;

	if (bzb_slice(file, 0, sizeof(struct file_header), &head) ||
	    bzb_slice(file, sizeof(struct file_header), sizeof(struct info_header), &info))
		return -BZB_ERR_TRUNCATED;
	*ret = (struct headers){ (const void *)head.data, (const void *)info.data, file };
	if (memcmp(ret->file->magic, "BM", sizeof(ret->file->magic)))
		return -BZB_ERR_BADMAGIC;
	return bzb_ld32(ret->file->size) == file.size ? 0 : -BZB_ERR_BADSIZE;
}

static int check_format(const struct info_header *info)
{
	static const struct {
		unsigned int depth;
		bool masked; /* also possible */
	} formats[] = {
		{ 1, false }, { 4, false }, { 8, false }, { 16, true }, { 24, false }, { 32, true },
	};
	const uint32_t compression = bzb_ld32(info->compression);

	if (bzb_ld32(info->size) < sizeof(*info))
		return -BZB_ERR_BADVERSION;
	for (size_t i = 0; i < BZB_ARRAY_SIZE(formats); i++)
		if (formats[i].depth == bzb_ld16(info->depth) &&
		    (compression == PLAIN || (compression == MASKED && formats[i].masked)))
			return 0;
	return -BZB_ERR_BADVERSION;
}

static int find_rows(const struct headers *headers, struct bitmap *ret)
{
	const uint64_t width = bzb_ld32(headers->info->width);
	const uint64_t height = bzb_ld32(headers->info->height);
	const unsigned int depth = bzb_ld16(headers->info->depth);
	const uint64_t row_size = bzb_align_up((width * depth + 7) / 8, ROW_ALIGNMENT);

	if (!width || !height)
		return -BZB_ERR_BADHEADER;
	if (row_size > BITMAP_PIXELS_MAX || row_size * height > BITMAP_PIXELS_MAX)
		return -BZB_ERR_TOOLARGE;
	ret->width = (uint32_t)width;
	ret->height = (uint32_t)height;
	ret->depth = depth;
	ret->row_size = (size_t)row_size;
	return bzb_slice(headers->bytes, bzb_ld32(headers->file->rows), row_size * height,
			 &ret->rows);
}

static int find_palette(const struct headers *headers, struct bitmap *ret)
{
	const uint64_t at = sizeof(*headers->file) + (uint64_t)bzb_ld32(headers->info->size);
	uint32_t count = bzb_ld32(headers->info->colours);

	if (ret->depth > 8)
		return 0;
	if (count > 1u << ret->depth)
		return -BZB_ERR_BADHEADER;
	if (!count)
		count = 1u << ret->depth;
	return bzb_slice(headers->bytes, at, count * COLOUR_SIZE, &ret->palette);
}

/* The bits of a mask must be next to each other. */
static int set_channel(uint32_t mask, struct bitmap_channel *ret)
{
	const unsigned int shift = mask ? bzb_lowest_bit(mask) : 0;
	const uint32_t bits = mask >> shift;

	*ret = (struct bitmap_channel){ mask, shift };
	return bits & (bits + 1) ? -BZB_ERR_BADHEADER : 0;
}

static int set_channels(struct bitmap *bitmap, uint32_t red, uint32_t green, uint32_t blue,
			uint32_t alpha)
{
	if (!red || !green || !blue || set_channel(red, &bitmap->red) ||
	    set_channel(green, &bitmap->green) || set_channel(blue, &bitmap->blue) ||
	    set_channel(alpha, &bitmap->alpha))
		return -BZB_ERR_BADHEADER;
	return 0;
}

static int find_channels(const struct headers *headers, struct bitmap *ret)
{
	const bool has_alpha = bzb_ld32(headers->info->size) >= WITH_ALPHA;
	const struct masks *masks;
	struct bzb_span bytes;

	if (ret->depth <= 8)
		return 0;
	if (bzb_ld32(headers->info->compression) == PLAIN)
		return ret->depth == 16 ? set_channels(ret, 0x7c00, 0x3e0, 0x1f, 0) :
					  set_channels(ret, 0xff0000, 0xff00, 0xff, 0);
	if (bzb_slice(headers->bytes, sizeof(struct file_header) + sizeof(struct info_header),
		      has_alpha ? sizeof(*masks) : offsetof(struct masks, alpha), &bytes))
		return -BZB_ERR_TRUNCATED;
	masks = (const void *)bytes.data;
	return set_channels(ret, bzb_ld32(masks->red), bzb_ld32(masks->green),
			    bzb_ld32(masks->blue), has_alpha ? bzb_ld32(masks->alpha) : 0);
}

int bitmap_parse(struct bzb_span file, struct bitmap *ret)
{
	struct bitmap bitmap = { .width = 0 };
	struct headers headers;
	int err = find_headers(file, &headers);

	if (!err)
		err = check_format(headers.info);
	if (!err)
		err = find_rows(&headers, &bitmap);
	if (!err)
		err = find_palette(&headers, &bitmap);
	if (!err)
		err = find_channels(&headers, &bitmap);
	if (!err)
		*ret = bitmap;
	return err;
}

static uint32_t read_pixel(const unsigned char *row, uint32_t x, unsigned int depth)
{
	const uint64_t bit = (uint64_t)x * depth;
	const unsigned char *at = row + bit / 8;
	uint32_t value = 0;

	if (depth < 8)
		return (uint32_t)*at >> (8 - depth - bit % 8) & ((1u << depth) - 1);
	for (unsigned int i = depth / 8; i; i--)
		value = value << 8 | at[i - 1];
	return value;
}

/* Of a channel with @mask, 0 to 255 */
static uint32_t intensity(uint32_t pixel, const struct bitmap_channel *channel)
{
	const uint64_t most = channel->mask >> channel->shift;

	return (uint32_t)((uint64_t)((pixel & channel->mask) >> channel->shift) * 255 / most);
}

static unsigned char blend(uint32_t colour, unsigned char background, uint32_t alpha)
{
	return (unsigned char)((colour * alpha + background * (255 - alpha)) / 255);
}

static struct bitmap_pixel mix(const struct bitmap *bitmap, uint32_t pixel,
			       struct bitmap_pixel background)
{
	const uint32_t alpha = bitmap->alpha.mask ? intensity(pixel, &bitmap->alpha) : 255;

	return (struct bitmap_pixel){
		.blue = blend(intensity(pixel, &bitmap->blue), background.blue, alpha),
		.green = blend(intensity(pixel, &bitmap->green), background.green, alpha),
		.red = blend(intensity(pixel, &bitmap->red), background.red, alpha),
	};
}

static struct bitmap_pixel look_up(const struct bitmap *bitmap, uint32_t index)
{
	struct bzb_span colour;

	if (bzb_slice(bitmap->palette, (uint64_t)index * COLOUR_SIZE, COLOUR_SIZE, &colour))
		return (struct bitmap_pixel){ 0 };
	return (struct bitmap_pixel){ colour.data[0], colour.data[1], colour.data[2], 0 };
}

void bitmap_row(const struct bitmap *bitmap, uint32_t y, struct bitmap_pixel background,
		struct bitmap_pixel *to)
{
	const unsigned char *row =
		bitmap->rows.data + (size_t)(bitmap->height - 1 - y) * bitmap->row_size;

	for (uint32_t x = 0; x < bitmap->width; x++) {
		const uint32_t pixel = read_pixel(row, x, bitmap->depth);

		to[x] = bitmap->depth > 8 ? mix(bitmap, pixel, background) : look_up(bitmap, pixel);
	}
}
