/* SPDX-License-Identifier: BSD-2-Clause */
/* Bitmaps for the screen: Windows bitmaps (BMP) without compression. Tests run this on the host. */
#ifndef STUB_BITMAP_H
#define STUB_BITMAP_H

#include <bzboot/bytes.h>

/* The size limit of the pixels in a file, as of systemd-stub */
#define BITMAP_PIXELS_MAX ((uint64_t)64 << 20)

/* A colour's bits in a pixel; 0: none */
struct bitmap_channel {
	uint32_t mask;
	unsigned int shift;
};

struct bitmap {
	uint32_t width, height;	 /* pixels, at least 1 */
	unsigned int depth;	 /* bits of a pixel: 1, 4, 8, 16, 24 or 32 */
	size_t row_size;	 /* bytes, a multiple of 4 */
	struct bzb_span rows;	 /* the lowest one first */
	struct bzb_span palette; /* 4 bytes for each colour: blue, green, red, unused */
	struct bitmap_channel red, green, blue, alpha; /* of 16, 24 and 32 bits */
};

/* A pixel as EFI_GRAPHICS_OUTPUT_BLT_PIXEL has it */
struct bitmap_pixel {
	unsigned char blue, green, red, unused;
};

/**
 * bitmap_parse() - parse the headers of a bitmap
 * @file: its bytes, no more and no less
 * @ret: the bitmap; refers to @file; untouched on error
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADMAGIC, not a bitmap
 *	-BZB_ERR_TRUNCATED, headers, colours or pixels are not within the file
 *	-BZB_ERR_BADSIZE, the header states another size of the file
 *	-BZB_ERR_BADVERSION, a header that is too short, another depth, or compressed pixels
 *	-BZB_ERR_BADHEADER, no pixels, more colours than the depth has, or invalid masks
 *	-BZB_ERR_TOOLARGE, more pixels than BITMAP_PIXELS_MAX
 */
int bitmap_parse(struct bzb_span file, struct bitmap *ret);

/**
 * bitmap_row() - convert a row for the screen
 * @bitmap: as parsed
 * @y: 0 to height - 1, from the top
 * @background: where a pixel is transparent
 * @to: width pixels
 *
 * A colour that the palette lacks is black.
 */
void bitmap_row(const struct bitmap *bitmap, uint32_t y, struct bitmap_pixel background,
		struct bitmap_pixel *to);

#endif
