/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The EFI zboot header: the first 64 bytes of an image (Linux,
 * drivers/firmware/efi/libstub/zboot-header.S).
 */
#ifndef BZBOOT_ZBOOT_H
#define BZBOOT_ZBOOT_H

#include <bzboot/payload.h>

#define BZB_LINUX_PE_MAGIC 0x818223cdu	/* Linux, include/linux/pe.h */

struct bzb_zboot_header {
	unsigned char mz[4];	   /* 0x00 "MZ", two zero bytes */
	char magic[4];		   /* 0x04 enum bzb_zboot_magic */
	bzb_le32 payload_offset;   /* 0x08 from the start of the file */
	bzb_le32 payload_size;	   /* 0x0c of the stream, without trailer */
	unsigned char reserved[8]; /* 0x10 zero */
	char codec[32];		   /* 0x18 "gzip", "zstd" ..., NUL padded */
	bzb_le32 linux_magic;	   /* 0x38 BZB_LINUX_PE_MAGIC */
	bzb_le32 pe_offset;	   /* 0x3c e_lfanew */
};
_Static_assert(sizeof(struct bzb_zboot_header) == 0x40, "zboot header");
_Static_assert(offsetof(struct bzb_zboot_header, pe_offset) == 0x3c, "zboot header");

/*
 * The magic number gives the type of the payload: "zimg", any kernel image of the
 * architecture; "zelf", an ELF, as development trees of Linux mark it. QEMU,
 * iPXE and u-root know only the first.
 */
enum bzb_zboot_magic { BZB_ZBOOT_ZIMG, BZB_ZBOOT_ZELF, BZB_ZBOOT_MAGIC_COUNT };

struct bzb_zboot {
	enum bzb_zboot_magic magic;
	enum bzb_codec codec;
	struct bzb_span codec_name; /* as in the file, without NUL */
	uint32_t payload_offset;    /* from the start of the file */
	struct bzb_span stream;	    /* the payload, without trailer */
	uint32_t pe_offset;
};

/**
 * bzb_zboot_magic_name() - the text of a magic number
 * @magic: which
 *
 * returns: four characters; static
 */
const char *bzb_zboot_magic_name(enum bzb_zboot_magic magic);

/**
 * bzb_zboot_find_magic() - look for the magic number of a zboot image
 * @file: any bytes
 * @ret: which it is; untouched if there is none
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADMAGIC, not a zboot image
 */
int bzb_zboot_find_magic(struct bzb_span file, enum bzb_zboot_magic *ret);

/**
 * bzb_zboot_parse() - find the compressed kernel in a zboot image
 * @file: the whole image, of any architecture
 * @ret: the result; untouched on error; refers to @file
 *
 * Nothing is decompressed, and the PE headers are not read.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADMAGIC, not a zboot image
 *	-BZB_ERR_TRUNCATED, the header or the payload does not fit in @file
 *	-BZB_ERR_BADHEADER, the payload lies inside the header
 *	-BZB_ERR_BADCODEC, an unknown compression
 */
int bzb_zboot_parse(struct bzb_span file, struct bzb_zboot *ret);

/**
 * bzb_zboot_write() - write the header
 * @to: the first bytes of the image
 * @zboot: magic, codec, payload_offset, stream.size and pe_offset are used
 *
 * The name of zstd is "zstd", which QEMU and kexec know, never "zstd22".
 */
void bzb_zboot_write(struct bzb_zboot_header *to, const struct bzb_zboot *zboot);

#endif
