/* SPDX-License-Identifier: BSD-2-Clause */
/* The manifest: the stub's description of the image it is part of. */
#include <bzboot/kernel_elf.h>
#include <bzboot/manifest.h>
#include <bzboot/pe.h>

int bzb_manifest_find(struct bzb_span image, struct bzb_span *ret)
{
	struct bzb_pe_section data;
	struct bzb_pe pe;
	int err;

	if ((err = bzb_pe_parse(image, &pe)) || (err = bzb_pe_find_section(&pe, ".data", &data)))
		return err;
	return bzb_slice(image, data.raw_offset, data.raw_size, ret);
}

static int read_header(struct bzb_span bytes, struct bzb_manifest_header *ret)
{
	if (bytes.size < sizeof(ret->magic) ||
	    memcmp(bytes.data, BZB_MANIFEST_MAGIC, sizeof(ret->magic)))
		return -BZB_ERR_BADMAGIC;
	if (bytes.size < sizeof(*ret))
		return -BZB_ERR_TRUNCATED;
	memcpy(ret, bytes.data, sizeof(*ret));
	if (bzb_ld32(ret->codec) >= BZB_CODEC_COUNT)
		return -BZB_ERR_BADCODEC;
	return 0;
}

static int find_parts(struct bzb_span bytes, uint32_t count, const struct bzb_manifest_part **ret)
{
	struct bzb_span table;
	int err = bzb_slice(bytes, sizeof(struct bzb_manifest_header),
			    (uint64_t)count * sizeof(**ret), &table);

	if (err)
		return err;
	*ret = (const struct bzb_manifest_part *)table.data;
	return 0;
}

static bool is_in_image(const struct bzb_manifest *m, uint32_t offset, uint32_t size)
{
	return offset <= m->image_size && size <= m->image_size - offset;
}

/* The parts follow each other in the stream, and make up the ELF. */
static int check_parts(const struct bzb_manifest *m)
{
	uint32_t end = m->part_start, elf_end = 0;

	for (uint32_t i = 0; i < m->part_count; i++) {
		const uint32_t start = end, elf_start = elf_end;

		end = bzb_ld32(m->parts[i].end);
		elf_end = bzb_ld32(m->parts[i].elf_end);
		if (end <= start || elf_end <= elf_start)
			return -BZB_ERR_BADHEADER;
	}
	if (!m->part_count || end > m->payload_size || elf_end != m->elf_size)
		return -BZB_ERR_BADHEADER;
	return 0;
}

static int check_fields(const struct bzb_manifest *m)
{
	if (!is_in_image(m, m->payload_offset, m->payload_size) ||
	    !is_in_image(m, m->cmdline_offset, m->cmdline_size) ||
	    !is_in_image(m, m->initrd_offset, m->initrd_size))
		return -BZB_ERR_TRUNCATED;
	if (m->alignment < BZB_MIN_ALIGNMENT || (m->alignment & (m->alignment - 1)))
		return -BZB_ERR_BADHEADER;
	if (!m->gap || (m->gap - m->load_address) % BZB_KERNEL_GAP_UNIT || m->gap > m->memory_size)
		return -BZB_ERR_BADHEADER;
	if (m->symbols_size > m->elf_size || m->elf_size - m->symbols_size > m->memory_size)
		return -BZB_ERR_BADHEADER;
	return check_parts(m);
}

int bzb_manifest_parse(struct bzb_span bytes, struct bzb_manifest *ret)
{
	struct bzb_manifest_header h;
	struct bzb_manifest m;
	int err = read_header(bytes, &h);

	if (err)
		return err;
	m = (struct bzb_manifest){
		.image_size = bzb_ld32(h.image_size),
		.codec = (enum bzb_codec)bzb_ld32(h.codec),
		.payload_offset = bzb_ld32(h.payload_offset),
		.payload_size = bzb_ld32(h.payload_size),
		.elf_size = bzb_ld32(h.elf_size),
		.alignment = bzb_ld32(h.alignment),
		.load_address = bzb_ld64(h.load_address),
		.virtual_address = bzb_ld64(h.virtual_address),
		.memory_size = bzb_ld64(h.memory_size),
		.gap = bzb_ld32(h.gap),
		.flags = h.flags,
		.cmdline_offset = bzb_ld32(h.cmdline_offset),
		.cmdline_size = bzb_ld32(h.cmdline_size),
		.initrd_offset = bzb_ld32(h.initrd_offset),
		.initrd_size = bzb_ld32(h.initrd_size),
		.setup = h.setup,
		.part_count = bzb_ld32(h.part_count),
		.part_start = bzb_ld32(h.part_start),
		.symbols_size = bzb_ld32(h.symbols_size),
		.shuffle_size = bzb_ld32(h.shuffle_size),
	};
	if (m.part_count > BZB_PARTS_MAX)
		return -BZB_ERR_BADHEADER;
	err = find_parts(bytes, m.part_count, &m.parts);
	if (!err)
		err = check_fields(&m);
	if (err)
		return err;
	*ret = m;
	return 0;
}

int bzb_manifest_parse_blank(struct bzb_span bytes, struct bzb_stub_info *ret)
{
	const struct bzb_manifest_part *parts;
	struct bzb_manifest_header h;
	uint32_t handover_offset;
	int err = read_header(bytes, &h);

	if (!err)
		err = find_parts(bytes, BZB_PARTS_MAX, &parts);
	if (err)
		return err;
	handover_offset = bzb_ld32(h.setup.handover_offset);
	if (handover_offset > UINT32_MAX - BZB_ENTRY64_OFFSET)
		return -BZB_ERR_BADHEADER;
	*ret = (struct bzb_stub_info){
		.codec = (enum bzb_codec)bzb_ld32(h.codec),
		.xloadflags = bzb_ld16(h.setup.xloadflags),
		.handover_entry = handover_offset ? handover_offset + BZB_ENTRY64_OFFSET : 0,
		.kernel_info_offset = bzb_ld32(h.setup.kernel_info_offset),
		.flags = h.flags,
		.shuffles = bzb_ld32(h.shuffle_size),
	};
	return 0;
}

void bzb_manifest_write(struct bzb_manifest_header *to, const struct bzb_manifest *m)
{
	*to = (struct bzb_manifest_header){
		.image_size = bzb_st32(m->image_size),
		.codec = bzb_st32(m->codec),
		.payload_offset = bzb_st32(m->payload_offset),
		.payload_size = bzb_st32(m->payload_size),
		.elf_size = bzb_st32(m->elf_size),
		.alignment = bzb_st32(m->alignment),
		.load_address = bzb_st64(m->load_address),
		.virtual_address = bzb_st64(m->virtual_address),
		.memory_size = bzb_st64(m->memory_size),
		.gap = bzb_st32(m->gap),
		.flags = m->flags,
		.cmdline_offset = bzb_st32(m->cmdline_offset),
		.cmdline_size = bzb_st32(m->cmdline_size),
		.initrd_offset = bzb_st32(m->initrd_offset),
		.initrd_size = bzb_st32(m->initrd_size),
		.setup = m->setup,
		.part_count = bzb_st32(m->part_count),
		.part_start = bzb_st32(m->part_start),
		.symbols_size = bzb_st32(m->symbols_size),
		.shuffle_size = bzb_st32(m->shuffle_size),
	};
	memcpy(to->magic, BZB_MANIFEST_MAGIC, sizeof(to->magic));
	memcpy(to + 1, m->parts, m->part_count * sizeof(*m->parts));
}
