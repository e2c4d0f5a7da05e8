/* SPDX-License-Identifier: BSD-2-Clause */
#include "zboot_fields.h"

#include <string.h>

#include <bzboot/bytes.h>

bool zboot_type_begins(const struct bzb_zboot *zboot, const char *name)
{
	struct bzb_span start;

	return !bzb_slice(zboot->codec_name, 0, strlen(name), &start) && bzb_span_is(start, name);
}

bool zboot_is_for_ukify(const struct bzb_zboot *zboot)
{
	static const char *const known[] = { "gzip", "lz4", "lzma", "zstd" };

	if (zboot->magic != BZB_ZBOOT_ZIMG)
		return true;
	for (size_t i = 0; i < BZB_ARRAY_SIZE(known); i++)
		if (zboot_type_begins(zboot, known[i]))
			return true;
	return false;
}
