/* SPDX-License-Identifier: BSD-2-Clause */
/* Compressed kernels: names, magic numbers, the size behind the stream. */
#include <bzboot/payload.h>

/*
 * Magic numbers: Documentation/arch/x86/boot.rst, "payload_offset"; for LZMA
 * the dictionary size is told too, as two bytes are a weak mark. Two names per
 * codec: the one we write, and the one of older kernels (Linux before 6.13,
 * drivers/firmware/efi/libstub/Makefile.zboot).
 */
static const struct {
	unsigned char magic[6];
	unsigned char magic_size;
	const char *name, *old_name;
} codecs[BZB_CODEC_COUNT] = {
	[BZB_CODEC_NONE] = { "\177ELF", 4, "none", NULL },
	[BZB_CODEC_GZIP] = { "\x1f\x8b\x08", 3, "gzip", NULL },
	[BZB_CODEC_LZMA] = { "\x5d\0\0", 3, "lzma", NULL },
	[BZB_CODEC_XZ] = { "\xfd" "7zXZ\0", 6, "xz", "xzkern" },
	[BZB_CODEC_LZ4] = { "\x02\x21\x4c\x18", 4, "lz4", NULL },
	[BZB_CODEC_ZSTD] = { "\x28\xb5\x2f\xfd", 4, "zstd", "zstd22" },
	[BZB_CODEC_BZIP2] = { "BZh", 3, "bzip2", NULL },
	[BZB_CODEC_LZO] = { "\x89LZO\0\r", 6, "lzo", NULL },
};

const char *bzb_codec_name(enum bzb_codec codec)
{
	return codecs[codec].name;
}

int bzb_codec_from_name(struct bzb_span name, enum bzb_codec *ret)
{
	for (int i = 0; i < BZB_CODEC_COUNT; i++)
		if (bzb_span_is(name, codecs[i].name) ||
		    (codecs[i].old_name &&
		     bzb_span_is(name, codecs[i].old_name))) {
			*ret = (enum bzb_codec)i;
			return 0;
		}
	return -BZB_ERR_BADCODEC;
}

int bzb_codec_from_magic(struct bzb_span stream, enum bzb_codec *ret)
{
	for (int i = 0; i < BZB_CODEC_COUNT; i++)
		if (stream.size >= codecs[i].magic_size &&
		    !memcmp(stream.data, codecs[i].magic,
			    codecs[i].magic_size)) {
			*ret = (enum bzb_codec)i;
			return 0;
		}
	return -BZB_ERR_BADCODEC;
}

/* Where the size of the ELF stands, and whether it is part of the stream. */
static int parse_trailer(struct bzb_span payload, struct bzb_payload *p)
{
	struct bzb_span trailer;
	bzb_le32 size;

	if (payload.size < BZB_PAYLOAD_TRAILER_SIZE)
		return -BZB_ERR_TRUNCATED;
	trailer.data = payload.data + payload.size - BZB_PAYLOAD_TRAILER_SIZE;
	memcpy(&size, trailer.data, sizeof(size));
	p->size = bzb_ld32(size);
	p->stream = payload;
	if (p->codec != BZB_CODEC_GZIP)
		p->stream.size -= BZB_PAYLOAD_TRAILER_SIZE;
	return 0;
}

int bzb_payload_parse(struct bzb_span payload, struct bzb_payload *ret)
{
	struct bzb_payload p;
	int err = bzb_codec_from_magic(payload, &p.codec);

	if (err)
		return err;
	if (p.codec == BZB_CODEC_NONE) {
		if (payload.size > UINT32_MAX)
			return -BZB_ERR_BADSIZE;
		p.stream = payload;
		p.size = (uint32_t)payload.size;
	} else {
		err = parse_trailer(payload, &p);
		if (err)
			return err;
	}
	*ret = p;
	return 0;
}
