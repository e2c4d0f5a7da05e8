/* SPDX-License-Identifier: BSD-2-Clause */
#include "zboot_fields.h"

#include <string.h>

#include <bzboot/bytes.h>

bool zboot_is_for_ukify(const struct bzb_zboot *zboot)
{
	static const char *const known[] = { "gzip", "lz4", "lzma", "zstd" };
	struct bzb_span start;

	if (zboot->magic != BZB_ZBOOT_ZIMG)
		return true;
	for (size_t i = 0; i < BZB_ARRAY_SIZE(known); i++)
		if (!bzb_slice(zboot->codec_name, 0, strlen(known[i]), &start) &&
		    bzb_span_is(start, known[i]))
			return true;
	return false;
}
