/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bzImage setup header, x86 boot protocol 2.15 (Linux,
 * Documentation/arch/x86/boot.rst). "PM" is the protected-mode part: the bytes
 * after the setup sectors.
 */
#ifndef BZBOOT_BZIMAGE_H
#define BZBOOT_BZIMAGE_H

#include <bzboot/payload.h>

#define BZB_SENTINEL_OFFSET 0x1efu
#define BZB_SETUP_HEADER_OFFSET 0x1f1u
#define BZB_SETUP_CODE_OFFSET 0x26cu	/* after the header: 0x202 + 0x6a */
#define BZB_SETUP_SECTOR 512u

/* The offset of the 64-bit entry from the start of PM. */
#define BZB_ENTRY64_OFFSET 0x200u

/* The least alignment of an x86-64 kernel: one large page. */
#define BZB_MIN_ALIGNMENT 0x200000u

/* The longest command line, in bytes without NUL (COMMAND_LINE_SIZE - 1). */
#define BZB_CMDLINE_MAX 2047u

enum {
	/* loadflags */
	BZB_LOADED_HIGH = 0x01,
	BZB_KASLR_FLAG = 0x02,
	BZB_CAN_USE_HEAP = 0x80,

	/* xloadflags */
	BZB_XLF_KERNEL_64 = 0x01,
	BZB_XLF_CAN_BE_LOADED_ABOVE_4G = 0x02,
	BZB_XLF_EFI_HANDOVER_32 = 0x04,
	BZB_XLF_EFI_HANDOVER_64 = 0x08,
	BZB_XLF_EFI_KEXEC = 0x10,
	BZB_XLF_5LEVEL = 0x20,
	BZB_XLF_5LEVEL_ENABLED = 0x40,
	BZB_XLF_MEM_ENCRYPTION = 0x80, /* in boot_params only: encrypt all memory */
};

/* The setup header as it lies at BZB_SETUP_HEADER_OFFSET, and at the same
 * offset in boot_params. */
struct bzb_setup_header {
	unsigned char setup_sects;	  /* 0x1f1 */
	bzb_le16 root_flags;		  /* 0x1f2 */
	bzb_le32 syssize;		  /* 0x1f4 in 16-byte units */
	bzb_le16 ram_size;		  /* 0x1f8 */
	bzb_le16 vid_mode;		  /* 0x1fa */
	bzb_le16 root_dev;		  /* 0x1fc */
	bzb_le16 boot_flag;		  /* 0x1fe 0xaa55 */
	unsigned char jump[2];		  /* 0x200 */
	unsigned char header[4];	  /* 0x202 "HdrS" */
	bzb_le16 version;		  /* 0x206 */
	bzb_le32 realmode_swtch;	  /* 0x208 */
	bzb_le16 start_sys_seg;		  /* 0x20c */
	bzb_le16 kernel_version;	  /* 0x20e file offset - 0x200 */
	unsigned char type_of_loader;	  /* 0x210 */
	unsigned char loadflags;	  /* 0x211 */
	bzb_le16 setup_move_size;	  /* 0x212 */
	bzb_le32 code32_start;		  /* 0x214 */
	bzb_le32 ramdisk_image;		  /* 0x218 */
	bzb_le32 ramdisk_size;		  /* 0x21c */
	bzb_le32 bootsect_kludge;	  /* 0x220 */
	bzb_le16 heap_end_ptr;		  /* 0x224 */
	unsigned char ext_loader_ver;	  /* 0x226 */
	unsigned char ext_loader_type;	  /* 0x227 */
	bzb_le32 cmd_line_ptr;		  /* 0x228 */
	bzb_le32 initrd_addr_max;	  /* 0x22c */
	bzb_le32 kernel_alignment;	  /* 0x230 */
	unsigned char relocatable_kernel; /* 0x234 */
	unsigned char min_alignment;	  /* 0x235 */
	bzb_le16 xloadflags;		  /* 0x236 */
	bzb_le32 cmdline_size;		  /* 0x238 */
	bzb_le32 hardware_subarch;	  /* 0x23c */
	bzb_le64 hardware_subarch_data;	  /* 0x240 */
	bzb_le32 payload_offset;	  /* 0x248 from the start of PM */
	bzb_le32 payload_length;	  /* 0x24c with the trailer */
	bzb_le64 setup_data;		  /* 0x250 */
	bzb_le64 pref_address;		  /* 0x258 */
	bzb_le32 init_size;		  /* 0x260 */
	bzb_le32 handover_offset;	  /* 0x264 */
	bzb_le32 kernel_info_offset;	  /* 0x268 */
};
_Static_assert(sizeof(struct bzb_setup_header) == BZB_SETUP_CODE_OFFSET - BZB_SETUP_HEADER_OFFSET,
	       "setup header");
_Static_assert(offsetof(struct bzb_setup_header, xloadflags) == 0x236 - 0x1f1 &&
		       offsetof(struct bzb_setup_header, pref_address) == 0x258 - 0x1f1,
	       "setup header");

/* boot.rst, "The kernel_info": in PM, at kernel_info_offset. */
struct bzb_kernel_info {
	unsigned char magic[4];	 /* "LToP" */
	bzb_le32 size;		 /* of this structure, bytes */
	bzb_le32 size_total;	 /* with the data after it */
	bzb_le32 setup_type_max; /* the highest type of setup_data */
};

struct bzb_bzimage {
	struct bzb_span file;
	struct bzb_setup_header header; /* zero: fields that the image's version does not
					   have, and those beyond its header */
	uint16_t version;		/* 0x020f is 2.15 */
	uint32_t setup_size;		/* bytes before PM */
	struct bzb_span pm;		/* the protected-mode part */
	struct bzb_span kernel_version; /* text without NUL; may be empty */
	struct bzb_span payload;	/* with trailer; empty before 2.08 */
	uint32_t setup_type_max;	/* of kernel_info; 0 if there is none */
};

/**
 * bzb_bzimage_parse() - read the setup header of a bzImage
 * @file: the whole image
 * @ret: the result; untouched on error; refers to @file
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_BADMAGIC, no boot flag or no "HdrS"
 *	-BZB_ERR_BADVERSION, older than 2.00
 *	-BZB_ERR_TRUNCATED, the header, the setup or the payload does not fit in @file
 *	-BZB_ERR_BADHEADER, LOADED_HIGH is not set: a zImage
 */
int bzb_bzimage_parse(struct bzb_span file, struct bzb_bzimage *ret);

/**
 * bzb_kernel_info_find() - find the kernel_info of an image
 * @pm: the protected-mode part
 * @offset: kernel_info_offset of the setup header
 * @ret: the structure, in @pm; untouched if there is none
 *
 * returns: true if there is one
 */
bool bzb_kernel_info_find(struct bzb_span pm, uint32_t offset, const struct bzb_kernel_info **ret);

/* The fields that differ between our images. Sizes in bytes. */
struct bzb_bzimage_fields {
	uint32_t setup_size;	 /* a multiple of 512, at most 64 sectors */
	uint32_t pm_size;	 /* a multiple of 16 */
	uint16_t kernel_version; /* file offset of the text */
	uint16_t xloadflags;
	uint32_t kernel_alignment; /* a power of two */
	uint32_t payload_offset;   /* from the start of PM */
	uint32_t payload_length;   /* with trailer */
	uint64_t pref_address;
	uint32_t init_size;
	uint32_t handover_entry;     /* from the start of PM; 0 for none */
	uint32_t kernel_info_offset; /* from the start of PM; 0 for none */
};

/**
 * bzb_bzimage_write() - write the setup header of an image
 * @to: at BZB_SETUP_HEADER_OFFSET of the image
 * @fields: those that differ between images
 */
void bzb_bzimage_write(struct bzb_setup_header *to, const struct bzb_bzimage_fields *fields);

#endif
