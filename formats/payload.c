/* SPDX-License-Identifier: BSD-2-Clause */
/* Compressed kernels: names, magic numbers, the size after the stream. */
#include <bzboot/machine.h>
#include <bzboot/payload.h>

/*
 * Magic numbers: Documentation/arch/x86/boot.rst, "payload_offset"; that of LZMA has
 * one more byte, of the dictionary size, because two bytes are a weak mark. There are
 * two names per codec: the one that we write, and the one of older kernels (Linux before
 * 6.13, drivers/firmware/efi/libstub/Makefile.zboot).
 *
 * The table is part of every image, and programs look for a stream in an image by its
 * magic number. They must not find the table, so all bits of the numbers are inverted.
 */
#define MAGIC_MAX 6u
#define NOT(byte) (0xff ^ (byte))
#define MAGIC3(a, b, c) { NOT(a), NOT(b), NOT(c) }, 3
#define MAGIC4(a, b, c, d) { NOT(a), NOT(b), NOT(c), NOT(d) }, 4
#define MAGIC6(a, b, c, d, e, f) { NOT(a), NOT(b), NOT(c), NOT(d), NOT(e), NOT(f) }, 6

static const struct {
	unsigned char inverted[MAGIC_MAX];
	unsigned char magic_size;
	const char *name, *old_name;
} codecs[BZB_CODEC_COUNT] = {
	[BZB_CODEC_NONE] = { MAGIC4(0x7f, 'E', 'L', 'F'), "none", NULL },
	[BZB_CODEC_GZIP] = { MAGIC3(0x1f, 0x8b, 8), "gzip", NULL },
	[BZB_CODEC_LZMA] = { MAGIC3(0x5d, 0, 0), "lzma", NULL },
	[BZB_CODEC_XZ] = { MAGIC6(0xfd, '7', 'z', 'X', 'Z', 0), "xz", "xzkern" },
	[BZB_CODEC_LZ4] = { MAGIC4(0x02, 0x21, 0x4c, 0x18), "lz4", NULL },
	[BZB_CODEC_ZSTD] = { MAGIC4(0x28, 0xb5, 0x2f, 0xfd), "zstd", "zstd22" },
	[BZB_CODEC_BZIP2] = { MAGIC3('B', 'Z', 'h'), "bzip2", NULL },
	[BZB_CODEC_LZO] = { MAGIC6(0x89, 'L', 'Z', 'O', 0, '\r'), "lzo", NULL },
};

const char *bzb_codec_name(enum bzb_codec codec)
{
	return codecs[codec].name;
}

int bzb_codec_from_name(struct bzb_span name, enum bzb_codec *ret)
{
	for (int i = 0; i < BZB_CODEC_COUNT; i++)
		if (bzb_span_is(name, codecs[i].name) ||
		    (codecs[i].old_name && bzb_span_is(name, codecs[i].old_name))) {
			*ret = (enum bzb_codec)i;
			return 0;
		}
	return -BZB_ERR_BADCODEC;
}

static bool has_magic(struct bzb_span stream, enum bzb_codec codec)
{
	if (stream.size < codecs[codec].magic_size)
		return false;
	for (unsigned int i = 0; i < codecs[codec].magic_size; i++)
		if ((stream.data[i] ^ codecs[codec].inverted[i]) != 0xff)
			return false;
	return true;
}

int bzb_codec_from_magic(struct bzb_span stream, enum bzb_codec *ret)
{
	for (int i = 0; i < BZB_CODEC_COUNT; i++)
		if (has_magic(stream, (enum bzb_codec)i)) {
			*ret = (enum bzb_codec)i;
			return 0;
		}
	return -BZB_ERR_BADCODEC;
}

/* An uncompressed payload is an ELF, or, on machines whose kernels are PE images, one of these. */
static int find_codec(struct bzb_span payload, enum bzb_codec *ret)
{
	if (BZB_HAS_OTHER_MACHINES && payload.size >= 2 && !memcmp(payload.data, "MZ", 2)) {
		*ret = BZB_CODEC_NONE;
		return 0;
	}
	return bzb_codec_from_magic(payload, ret);
}

/* Reads the decompressed size, which is a part of the stream for gzip only. */
static int parse_trailer(struct bzb_span payload, struct bzb_payload *p)
{
	if (payload.size < BZB_PAYLOAD_TRAILER_SIZE)
		return -BZB_ERR_TRUNCATED;
	p->size = bzb_get32(payload.data + payload.size - BZB_PAYLOAD_TRAILER_SIZE);
	p->stream = payload;
	if (p->codec != BZB_CODEC_GZIP)
		p->stream.size -= BZB_PAYLOAD_TRAILER_SIZE;
	return 0;
}

int bzb_payload_parse(struct bzb_span payload, struct bzb_payload *ret)
{
	struct bzb_payload p;
	int err = find_codec(payload, &p.codec);

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
