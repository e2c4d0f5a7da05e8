/* SPDX-License-Identifier: BSD-2-Clause */
#include "fuzz.h"

static void check_payload(struct bzb_span payload)
{
	struct bzb_payload parsed;

	if (bzb_payload_parse(payload, &parsed))
		return;
	PROMISE(is_part(payload, parsed.stream));
	PROMISE(*bzb_codec_name(parsed.codec));
	read_span(parsed.stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bzb_span file = { data, size };
	struct bzb_bzimage image;

	check_payload(file);
	if (bzb_bzimage_parse(file, &image))
		return 0;
	PROMISE(bzb_probe(file) & BZB_IS_BZIMAGE);
	PROMISE(image.setup_size >= 2 * BZB_SETUP_SECTOR);
	PROMISE(image.pm.data == data + image.setup_size);
	PROMISE(image.pm.size == size - image.setup_size);
	PROMISE(is_part(file, image.kernel_version));
	PROMISE(!memchr(image.kernel_version.data, 0, image.kernel_version.size));
	PROMISE(is_part(image.pm, image.payload));
	check_payload(image.payload);
	return 0;
}
