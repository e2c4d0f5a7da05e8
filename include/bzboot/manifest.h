/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The manifest: the stub's description of the image it is part of.
 *
 * The .data section begins with it, because the headers and the setup sectors may
 * be unmapped when the stub runs. All offsets are RVAs, which are equal to file
 * offsets in an image.
 */
#ifndef BZBOOT_MANIFEST_H
#define BZBOOT_MANIFEST_H

#include <bzboot/bzimage.h>
#include <bzboot/payload.h>

/* The last byte is the version of this structure. */
#define BZB_MANIFEST_MAGIC "bzboot\0\3"

enum {
	/* The kernel runs only at its load address: its setup header is not
	 * relocatable, or it has no relocations (docs/format.md). */
	BZB_MANIFEST_FIXED = 1,
	/* With Secure Boot on, the stub uses only the command line, or the initrd,
	 * in the image, and none if its size is 0: it ignores the boot loader's.
	 * Without the flag, the one in the image is a default. */
	BZB_MANIFEST_CMDLINE_DECIDED = 2,
	BZB_MANIFEST_INITRD_DECIDED = 4,
	/* The payload is entered as an EFI application (kernels of other machines than
	 * x86-64). It is a PE image, or an ELF with one from the first byte of its first
	 * segment on. Of a PE image, gap is SizeOfHeaders, load_address is that plus the
	 * lowest address of its memory, and elf_size is SizeOfImage. There is no setup
	 * header. (docs/format.md) */
	BZB_MANIFEST_APPLICATION = 8,
};

/*
 * Parts: pieces of a stream that decompress independently. They follow each other
 * in the stream and in the ELF. There is at least one.
 */
#define BZB_PARTS_MAX 64u

struct bzb_manifest_part {
	bzb_le32 checksum; /* 0x00 of its bytes; see checksum.h */
	bzb_le32 end;	   /* 0x04 offset of its end in the stream */
	bzb_le32 elf_end;  /* 0x08 offset of its end in the ELF */
};

/* part_count bzb_manifest_parts follow. */
struct bzb_manifest_header {
	unsigned char magic[8];	       /* 0x00 */
	bzb_le32 image_size;	       /* 0x08 bytes without signatures */
	bzb_le32 codec;		       /* 0x0c enum bzb_codec */
	bzb_le32 payload_offset;       /* 0x10 */
	bzb_le32 payload_size;	       /* 0x14 stream, without trailer */
	bzb_le32 elf_size;	       /* 0x18 decompressed */
	bzb_le32 alignment;	       /* 0x1c of the kernel in memory */
	bzb_le64 load_address;	       /* 0x20 preferred: lowest p_paddr */
	bzb_le64 memory_size;	       /* 0x28 with the gap */
	bzb_le32 gap;		       /* 0x30 */
	bzb_le32 cmdline_offset;       /* 0x34 0: none */
	bzb_le32 cmdline_size;	       /* 0x38 without NUL */
	bzb_le32 initrd_offset;	       /* 0x3c 0: none */
	bzb_le32 initrd_size;	       /* 0x40 */
	struct bzb_setup_header setup; /* 0x44 as at 0x1f1 */
	unsigned char flags;	       /* 0xbf BZB_MANIFEST_* */
	bzb_le64 virtual_address;      /* 0xc0 of load_address */
	bzb_le32 part_count;	       /* 0xc8 */
	bzb_le32 part_start;	       /* 0xcc of the first one, in the
					  stream */
	bzb_le32 symbols_size;	       /* 0xd0 at the end of the ELF: bytes that
					  are not loaded; 0: none */
	bzb_le32 shuffle_size;	       /* 0xd4 bytes of memory to shuffle the kernel; 0:
					  it has no unit table */
	unsigned char reserved[40];    /* 0xd8 zero */
};
_Static_assert(sizeof(struct bzb_manifest_header) == 0x100, "manifest");
_Static_assert(offsetof(struct bzb_manifest_header, setup) == 0x44 &&
		       offsetof(struct bzb_manifest_header, virtual_address) == 0xc0 &&
		       offsetof(struct bzb_manifest_header, part_count) == 0xc8,
	       "manifest");

struct bzb_manifest {
	uint32_t image_size;
	enum bzb_codec codec;
	uint32_t payload_offset, payload_size, elf_size;
	uint32_t alignment, gap;
	uint8_t flags; /* BZB_MANIFEST_* */
	uint64_t load_address, virtual_address, memory_size;
	uint32_t cmdline_offset, cmdline_size;
	uint32_t initrd_offset, initrd_size;
	struct bzb_setup_header setup;
	uint32_t part_count, part_start;
	uint32_t symbols_size, shuffle_size;
	const struct bzb_manifest_part *parts; /* part_count */
};

/**
 * bzb_manifest_find() - find the manifest in an image
 * @image: any bytes
 * @ret: the section .data, which begins with the manifest in an image of bzboot;
 *	untouched on error
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOTFOUND, a PE image without .data: not an image of bzboot
 *	any error of bzb_pe_parse()
 */
int bzb_manifest_find(struct bzb_span image, struct bzb_span *ret);

/**
 * bzb_manifest_parse() - read a manifest
 * @bytes: begin with the manifest
 * @ret: the result; untouched on error; refers to @bytes
 *
 * The parts are verified to make up the ELF.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADMAGIC, not a manifest, or one of another version
 *	-BZB_ERR_TRUNCATED, the payload, the command line or the initrd is outside
 *	the image, or the parts are outside @bytes
 *	-BZB_ERR_BADCODEC, an unknown compression
 *	-BZB_ERR_BADHEADER, an invalid alignment or gap, an ELF that is larger than
 *	its memory without symbols, or smaller than these; parts that do not make up
 *	the ELF or are outside the stream
 */
int bzb_manifest_parse(struct bzb_span bytes, struct bzb_manifest *ret);

/* The abilities of a stub, as stated in its manifest before packing. */
struct bzb_stub_info {
	enum bzb_codec codec;	     /* the one it decodes */
	uint16_t xloadflags;	     /* of its entries */
	uint32_t handover_entry;     /* from the start of PM; 0 for none */
	uint32_t kernel_info_offset; /* from the start of PM; 0 for none */
	uint8_t flags;		     /* the BZB_MANIFEST_*_DECIDED that it supports */
	bool shuffles;		     /* it shuffles a kernel that has a unit table */
};

/**
 * bzb_manifest_parse_blank() - read the manifest of a stub not yet packed
 * @bytes: begin with the manifest: the stub's .data
 * @ret: the abilities of the stub; untouched on error
 *
 * A flag in a setup header promises an entry, so the packer takes the flags from the
 * stub. The header is followed by space for BZB_PARTS_MAX parts.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADMAGIC, not a manifest, or one of another version
 *	-BZB_ERR_TRUNCATED, @bytes is too short for the header and BZB_PARTS_MAX parts
 *	-BZB_ERR_BADCODEC, an unknown compression
 *	-BZB_ERR_BADHEADER, a handover entry above 4 GiB
 */
int bzb_manifest_parse_blank(struct bzb_span bytes, struct bzb_stub_info *ret);

/**
 * bzb_manifest_write() - write a manifest
 * @to: written whole, and @manifest->part_count parts after it
 * @manifest: all of it is used
 */
void bzb_manifest_write(struct bzb_manifest_header *to, const struct bzb_manifest *manifest);

#endif
