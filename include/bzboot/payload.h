/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The payload: a compressed kernel in a bzImage or a zboot image: an ELF, or a PE
 * image on other machines than x86-64.
 *
 *   | compressed stream | LE32 size of the kernel |
 *
 * The payload_length of a bzImage includes the trailing LE32, the size in a zboot
 * header does not. A gzip stream ends with that number anyway (RFC 1952, ISIZE), so
 * the two are the same for gzip. (Linux, scripts/Makefile.lib, "size_append".)
 */
#ifndef BZBOOT_PAYLOAD_H
#define BZBOOT_PAYLOAD_H

#include <bzboot/bytes.h>

/* The numbers are part of the image format (manifest): never change one. */
enum bzb_codec {
	BZB_CODEC_NONE = 0, /* an uncompressed kernel */
	BZB_CODEC_GZIP = 1,
	BZB_CODEC_LZMA = 2, /* .lzma, "LZMA alone" */
	BZB_CODEC_XZ = 3,
	BZB_CODEC_LZ4 = 4, /* the legacy frame */
	BZB_CODEC_ZSTD = 5,
	BZB_CODEC_BZIP2 = 6, /* recognised only */
	BZB_CODEC_LZO = 7,   /* recognised only */
	BZB_CODEC_COUNT
};

#define BZB_PAYLOAD_TRAILER_SIZE 4u

struct bzb_payload {
	enum bzb_codec codec;
	struct bzb_span stream; /* without the trailer */
	uint32_t size;		/* of the kernel, from the trailer */
};

/**
 * bzb_codec_name() - get the name of a compression in zboot headers
 * @codec: one of enum bzb_codec
 *
 * returns: the name; "none" for BZB_CODEC_NONE; static
 */
const char *bzb_codec_name(enum bzb_codec codec);

/**
 * bzb_codec_from_name() - get a compression by its name
 * @name: as in a zboot header; also a name of older kernels ("zstd22", "xzkern")
 * @ret: the codec; untouched on error
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADCODEC, an unknown name
 */
int bzb_codec_from_name(struct bzb_span name, enum bzb_codec *ret);

/**
 * bzb_codec_from_magic() - recognise the compression of a stream
 * @stream: its first bytes, or all of it
 * @ret: the codec; untouched on error
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADCODEC, an unknown magic number
 */
int bzb_codec_from_magic(struct bzb_span stream, enum bzb_codec *ret);

/**
 * bzb_payload_parse() - split a payload into stream and size
 * @payload: with its trailer, as described by payload_offset and payload_length of
 *	a bzImage
 * @ret: the result; untouched on error
 *
 * An uncompressed kernel has no trailer: its size is that of @payload. It begins with
 * "\177ELF", or with "MZ" where kernels are PE images. (Loaders of x86-64 do not take that.)
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADCODEC, an unknown compression
 *	-BZB_ERR_TRUNCATED, too short for a trailer
 *	-BZB_ERR_BADSIZE, an uncompressed kernel of 4 GiB or more
 */
int bzb_payload_parse(struct bzb_span payload, struct bzb_payload *ret);

#endif
