/* SPDX-License-Identifier: BSD-2-Clause */
#include "fuzz.h"

static void check_extent(const struct bzb_manifest *m, uint32_t offset, uint32_t size)
{
	PROMISE(!offset || (offset <= m->image_size && size <= m->image_size - offset));
}

/* Reserved bytes are not kept, all others are. */
static void check_round_trip(const struct bzb_manifest *m, struct bzb_span bytes)
{
	struct bzb_manifest_header first, again;

	memcpy(&first, bytes.data, sizeof(first));
	memset(first.reserved, 0, sizeof(first.reserved));
	bzb_manifest_write(&again, m);
	PROMISE(!memcmp(&first, &again, sizeof(first)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bzb_span bytes = { data, size };
	struct bzb_stub_info info;
	struct bzb_manifest m;

	if (!bzb_manifest_parse_blank(bytes, &info))
		PROMISE(*bzb_codec_name(info.codec));
	if (bzb_manifest_parse(bytes, &m))
		return 0;
	PROMISE(*bzb_codec_name(m.codec));
	PROMISE(m.alignment && !(m.alignment & (m.alignment - 1)));
	PROMISE(m.elf_size <= m.memory_size && m.gap <= m.memory_size);
	check_extent(&m, m.payload_offset, m.payload_size);
	check_extent(&m, m.cmdline_offset, m.cmdline_size);
	check_extent(&m, m.initrd_offset, m.initrd_size);
	check_round_trip(&m, bytes);
	return 0;
}
