/* SPDX-License-Identifier: BSD-2-Clause */
#include "fuzz.h"

/* A header that was read and can be written is the same when read again. */
static void check_round_trip(const struct bzb_zboot *zboot, struct bzb_span file)
{
	unsigned char *copy = malloc(file.size);
	struct bzb_zboot again;

	PROMISE(copy);
	memcpy(copy, file.data, file.size);
	bzb_zboot_write((void *)copy, zboot);
	PROMISE(!bzb_zboot_parse((struct bzb_span){ copy, file.size }, &again));
	PROMISE(again.codec == zboot->codec && again.pe_offset == zboot->pe_offset &&
		again.payload_offset == zboot->payload_offset &&
		again.stream.size == zboot->stream.size);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bzb_span file = { data, size };
	struct bzb_zboot zboot;

	if (bzb_zboot_parse(file, &zboot))
		return 0;
	PROMISE(bzb_probe(file) & BZB_IS_ZBOOT);
	PROMISE(is_part(file, zboot.stream));
	PROMISE(is_part(file, zboot.codec_name));
	PROMISE(zboot.stream.data == data + zboot.payload_offset);
	PROMISE(*bzb_codec_name(zboot.codec));
	read_span(zboot.stream);
	check_round_trip(&zboot, file);
	return 0;
}
