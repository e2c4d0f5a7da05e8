/* SPDX-License-Identifier: BSD-2-Clause */
/* Bitmaps for the splash screen: every row of one that is accepted. */
#include "fuzz.h"

#include "uki/bitmap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bzb_span file = { data, size };
	const struct bitmap_pixel background = { 1, 2, 3, 0 };
	struct bitmap_pixel *row;
	struct bitmap bitmap;

	if (bitmap_parse(file, &bitmap))
		return 0;
	PROMISE(is_part(file, bitmap.rows));
	PROMISE(!bitmap.palette.size || is_part(file, bitmap.palette));
	PROMISE(bitmap.rows.size == bitmap.row_size * bitmap.height);
	row = malloc(bitmap.width * sizeof(*row));
	PROMISE(row != NULL);
	for (uint32_t y = 0; y < bitmap.height; y++)
		bitmap_row(&bitmap, y, background, row);
	free(row);
	return 0;
}
