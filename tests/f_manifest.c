/* SPDX-License-Identifier: BSD-2-Clause */
#include "fuzz.h"

static void check_extent(const struct bzb_manifest *m, uint32_t offset, uint32_t size)
{
	PROMISE(!offset || (offset <= m->image_size && size <= m->image_size - offset));
}

/* All bytes but the reserved ones are kept. */
static void check_round_trip(const struct bzb_manifest *m, struct bzb_span bytes)
{
	struct {
		struct bzb_manifest_header header;
		struct bzb_manifest_part parts[BZB_PARTS_MAX];
	} first, again;
	size_t size = sizeof(first.header) + m->part_count * sizeof(first.parts[0]);

	memcpy(&first, bytes.data, size);
	memset(first.header.reserved, 0, sizeof(first.header.reserved));
	bzb_manifest_write(&again.header, m);
	PROMISE(!memcmp(&first, &again, size));
}

/* Together they are all of the ELF, and none is empty. */
static void check_parts(const struct bzb_manifest *m)
{
	uint32_t end = m->part_start, elf_end = 0;

	PROMISE(m->part_count && m->part_count <= BZB_PARTS_MAX);
	for (uint32_t i = 0; i < m->part_count; i++) {
		PROMISE(bzb_ld32(m->parts[i].end) > end);
		PROMISE(bzb_ld32(m->parts[i].elf_end) > elf_end);
		end = bzb_ld32(m->parts[i].end);
		elf_end = bzb_ld32(m->parts[i].elf_end);
	}
	PROMISE(end <= m->payload_size && elf_end == m->elf_size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bzb_span bytes = { data, size };
	struct bzb_stub_info info;
	struct bzb_manifest m;

	if (!bzb_manifest_parse_blank(bytes, &info)) {
		PROMISE(*bzb_codec_name(info.codec));
		PROMISE(size >= sizeof(struct bzb_manifest_header) +
					BZB_PARTS_MAX * sizeof(struct bzb_manifest_part));
	}
	if (bzb_manifest_parse(bytes, &m))
		return 0;
	PROMISE(*bzb_codec_name(m.codec));
	PROMISE(m.symbols_size <= m.elf_size);
	PROMISE(m.alignment && !(m.alignment & (m.alignment - 1)));
	PROMISE(m.elf_size - m.symbols_size <= m.memory_size && m.gap <= m.memory_size);
	check_extent(&m, m.payload_offset, m.payload_size);
	check_extent(&m, m.cmdline_offset, m.cmdline_size);
	check_extent(&m, m.initrd_offset, m.initrd_size);
	check_parts(&m);
	check_round_trip(&m, bytes);
	return 0;
}
