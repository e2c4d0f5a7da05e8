/* SPDX-License-Identifier: BSD-2-Clause */
#include "fuzz.h"

/* Counts the bytes covered; every run of bytes is readable. */
static void count(void *state, const void *bytes, size_t size)
{
	read_span((struct bzb_span){ bytes, size });
	*(size_t *)state += size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bzb_span file = { data, size };
	struct bzb_certificate certificate;
	struct bzb_authenticode image;
	size_t covered = 0, position = 0, before, holes;

	if (bzb_authenticode_parse(file, &image))
		return 0;
	PROMISE(image.end + image.table.size == size);
	PROMISE(image.sections_end <= image.end && image.contents_end <= size);
	PROMISE(!image.table.size || (is_part(file, image.table) && !image.padding));
	PROMISE(!image.stale || (image.pe.certificate_size && !image.table.size));
	PROMISE((image.end + image.padding) % BZB_CERTIFICATE_ALIGN == 0);
	bzb_authenticode_hash(&image, count, &covered);
	holes = 4 + (image.directory_offset ? 8 : 0);
	if (image.tiled)
		PROMISE(covered == image.end - holes + image.padding);
	else
		PROMISE(covered <= 2 * image.end);
	bzb_authenticode_checksum(&image);
	do {
		before = position;
		if (bzb_authenticode_next(&image, &position, &certificate) <= 0)
			break;
		PROMISE(position > before && position <= image.table.size);
		PROMISE(is_part(image.table, certificate.content) && certificate.content.size);
		PROMISE(certificate.offset % BZB_CERTIFICATE_ALIGN == 0);
		read_span(certificate.content);
	} while (true);
	return 0;
}
