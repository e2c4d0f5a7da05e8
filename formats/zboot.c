/* SPDX-License-Identifier: BSD-2-Clause */
/* The EFI zboot header. */
#include <bzboot/zboot.h>

static const char magics[BZB_ZBOOT_MAGIC_COUNT][5] = {
	[BZB_ZBOOT_ZIMG] = "zimg",
	[BZB_ZBOOT_ZELF] = "zelf",
};

#define MAGIC_SIZE sizeof(((struct bzb_zboot_header *)0)->magic)

const char *bzb_zboot_magic_name(enum bzb_zboot_magic magic)
{
	return magics[magic];
}

int bzb_zboot_find_magic(struct bzb_span file, enum bzb_zboot_magic *ret)
{
	const size_t at = offsetof(struct bzb_zboot_header, magic);
	struct bzb_span magic;

	if (bzb_slice(file, at, MAGIC_SIZE, &magic) || memcmp(file.data, "MZ", 2))
		return -BZB_ERR_BADMAGIC;
	for (unsigned int i = 0; i < BZB_ZBOOT_MAGIC_COUNT; i++) {
		if (!memcmp(magic.data, magics[i], MAGIC_SIZE)) {
			*ret = (enum bzb_zboot_magic)i;
			return 0;
		}
	}
	return -BZB_ERR_BADMAGIC;
}

int bzb_zboot_parse(struct bzb_span file, struct bzb_zboot *ret)
{
	struct bzb_zboot_header h;
	struct bzb_zboot z;
	int err;

	err = bzb_zboot_find_magic(file, &z.magic);
	if (err)
		return err;
	if (file.size < sizeof(h))
		return -BZB_ERR_TRUNCATED;
	memcpy(&h, file.data, sizeof(h));

	z.payload_offset = bzb_ld32(h.payload_offset);
	z.pe_offset = bzb_ld32(h.pe_offset);
	if (z.payload_offset < sizeof(h))
		return -BZB_ERR_BADHEADER;
	err = bzb_slice(file, z.payload_offset, bzb_ld32(h.payload_size), &z.stream);
	if (err)
		return err;
	z.codec_name.data = file.data + offsetof(struct bzb_zboot_header, codec);
	z.codec_name.size = 0;
	while (z.codec_name.size < sizeof(h.codec) && h.codec[z.codec_name.size])
		z.codec_name.size++;
	err = bzb_codec_from_name(z.codec_name, &z.codec);
	if (err)
		return err;
	*ret = z;
	return 0;
}

void bzb_zboot_write(struct bzb_zboot_header *to, const struct bzb_zboot *zboot)
{
	const char *name = bzb_codec_name(zboot->codec);

	*to = (struct bzb_zboot_header){
		.mz = { 'M', 'Z' },
		.payload_offset = bzb_st32(zboot->payload_offset),
		.payload_size = bzb_st32((uint32_t)zboot->stream.size),
		.linux_magic = bzb_st32(BZB_LINUX_PE_MAGIC),
		.pe_offset = bzb_st32(zboot->pe_offset),
	};
	memcpy(to->magic, magics[zboot->magic], MAGIC_SIZE);
	for (size_t i = 0; name[i]; i++)
		to->codec[i] = name[i];
}
