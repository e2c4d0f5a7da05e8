/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot_params, "the zero page": the structure that %rsi points to when a kernel is
 * entered (Linux, Documentation/arch/x86/zero-page.rst).
 */
#ifndef BZBOOT_BOOT_PARAMS_H
#define BZBOOT_BOOT_PARAMS_H

#include <bzboot/bzimage.h>

enum {
	BZB_E820_RAM = 1,
	BZB_E820_RESERVED = 2,
	BZB_E820_ACPI = 3,
	BZB_E820_NVS = 4,
	BZB_E820_UNUSABLE = 5,
	BZB_E820_PMEM = 7,

	/* setup_data types; BZB_SETUP_INDIRECT: the node has a pointer to the data */
	BZB_SETUP_E820_EXT = 1,
	BZB_SETUP_PCI = 3, /* an option ROM */
	BZB_SETUP_EFI = 4, /* of the firmware, for a kernel after a kexec */
	BZB_SETUP_APPLE_PROPERTIES = 5,
	BZB_SETUP_CC_BLOB = 7,	  /* LE32: the value for cc_blob_address */
	BZB_SETUP_IMA = 8,	  /* measurements of the kernel before a kexec */
	BZB_SETUP_KEXEC_KHO = 10, /* memory that it hands over */
	BZB_SETUP_INDIRECT = (int)0x80000000u,

	/* orig_video_isVGA */
	BZB_VIDEO_TYPE_VGA = 1,	    /* text, of a VGA */
	BZB_VIDEO_TYPE_VLFB = 0x23, /* a linear frame buffer */
	BZB_VIDEO_TYPE_EFI = 0x70,
	BZB_VIDEO_CAPABILITY_SKIP_QUIRKS = 0x01, /* the fields are correct as they are */
	BZB_VIDEO_CAPABILITY_64BIT_BASE = 0x02,

	/* type_of_loader */
	BZB_LOADER_EFI_STUB = 0x21, /* Linux's own stub */
	BZB_LOADER_UNDEFINED = 0xff,
};

/* Linux, arch/x86/include/asm/e820/types.h: memory reserved for a specific purpose, such as
 * high-bandwidth memory */
#define BZB_E820_SOFT_RESERVED 0xefffffffu

/* boot_params.secure_boot: Linux, include/linux/efi.h, efi_secureboot_mode */
enum bzb_secure_boot {
	BZB_SECURE_BOOT_UNSET = 0,
	BZB_SECURE_BOOT_UNKNOWN = 1,
	BZB_SECURE_BOOT_DISABLED = 2,
	BZB_SECURE_BOOT_ENABLED = 3,
};

#define BZB_E820_MAX 128u		/* entries in boot_params itself */

struct bzb_e820_entry {
	bzb_le64 addr;
	bzb_le64 size;
	bzb_le32 type;
};
_Static_assert(sizeof(struct bzb_e820_entry) == 20, "e820 entry");

/* Linux, include/uapi/linux/screen_info.h */
struct bzb_screen_info {
	unsigned char orig_x, orig_y;	     /* 0x00 */
	bzb_le16 ext_mem_k;		     /* 0x02 */
	bzb_le16 orig_video_page;	     /* 0x04 */
	unsigned char orig_video_mode;	     /* 0x06 */
	unsigned char orig_video_cols;	     /* 0x07 */
	unsigned char flags, unused2;	     /* 0x08 */
	bzb_le16 orig_video_ega_bx, unused3; /* 0x0a */
	unsigned char orig_video_lines;	     /* 0x0e */
	unsigned char orig_video_isvga;	     /* 0x0f */
	bzb_le16 orig_video_points;	     /* 0x10 */
	bzb_le16 lfb_width, lfb_height;	     /* 0x12 pixels */
	bzb_le16 lfb_depth;		     /* 0x16 bits per pixel */
	bzb_le32 lfb_base;		     /* 0x18 low half */
	bzb_le32 lfb_size;		     /* 0x1c bytes */
	bzb_le16 cl_magic, cl_offset;	     /* 0x20 */
	bzb_le16 lfb_linelength;	     /* 0x24 bytes */
	unsigned char red_size, red_pos;     /* 0x26 bits */
	unsigned char green_size, green_pos; /* 0x28 */
	unsigned char blue_size, blue_pos;   /* 0x2a */
	unsigned char rsvd_size, rsvd_pos;   /* 0x2c */
	bzb_le16 vesapm_seg, vesapm_off;     /* 0x2e */
	bzb_le16 pages;			     /* 0x32 */
	bzb_le16 vesa_attributes;	     /* 0x34 */
	bzb_le32 capabilities;		     /* 0x36 */
	bzb_le32 ext_lfb_base;		     /* 0x3a high half */
	unsigned char reserved[2];	     /* 0x3e */
};
_Static_assert(sizeof(struct bzb_screen_info) == 0x40, "screen_info");

struct bzb_efi_info {
	unsigned char loader_signature[4]; /* "EL64" */
	bzb_le32 systab;
	bzb_le32 memdesc_size;
	bzb_le32 memdesc_version;
	bzb_le32 memmap;
	bzb_le32 memmap_size;
	bzb_le32 systab_hi;
	bzb_le32 memmap_hi;
};

/* A descriptor of the memory map at efi_info.memmap: UEFI 2.10, 7.2.3. One follows the other
 * after memdesc_size bytes. */
struct bzb_efi_descriptor {
	bzb_le32 type;
	bzb_le32 padding;
	bzb_le64 start; /* physical address */
	bzb_le64 virtual_start;
	bzb_le64 pages; /* of 4 KiB */
	bzb_le64 attributes;
};
#define BZB_EFI_PAGE_SIZE 4096u
#define BZB_EFI_CONVENTIONAL_MEMORY 7u
#define BZB_EFI_MORE_RELIABLE ((uint64_t)1 << 16)
#define BZB_EFI_SPECIFIC_PURPOSE ((uint64_t)1 << 18)

struct bzb_boot_params {
	struct bzb_screen_info screen_info;		/* 0x000 */
	unsigned char reserved1[0x30];			/* 0x040 */
	bzb_le64 acpi_rsdp_addr;			/* 0x070 */
	unsigned char reserved2[0x48];			/* 0x078 */
	bzb_le32 ext_ramdisk_image;			/* 0x0c0 */
	bzb_le32 ext_ramdisk_size;			/* 0x0c4 */
	bzb_le32 ext_cmd_line_ptr;			/* 0x0c8 */
	unsigned char reserved3[0x70];			/* 0x0cc */
	bzb_le32 cc_blob_address;			/* 0x13c */
	unsigned char edid_info[0x80];			/* 0x140 */
	struct bzb_efi_info efi_info;			/* 0x1c0 */
	bzb_le32 alt_mem_k;				/* 0x1e0 */
	bzb_le32 scratch;				/* 0x1e4 */
	unsigned char e820_entries;			/* 0x1e8 */
	unsigned char reserved4[3];			/* 0x1e9 */
	unsigned char secure_boot;			/* 0x1ec */
	unsigned char reserved5[2];			/* 0x1ed */
	unsigned char sentinel;				/* 0x1ef */
	unsigned char reserved6;			/* 0x1f0 */
	struct bzb_setup_header hdr;			/* 0x1f1 */
	unsigned char reserved7[0x64];			/* 0x26c */
	struct bzb_e820_entry e820_table[BZB_E820_MAX]; /* 0x2d0 */
	unsigned char reserved8[0x330];			/* 0xcd0 */
};
_Static_assert(sizeof(struct bzb_boot_params) == 4096, "boot_params");
_Static_assert(offsetof(struct bzb_boot_params, ext_ramdisk_image) == 0xc0 &&
		       offsetof(struct bzb_boot_params, cc_blob_address) == 0x13c &&
		       offsetof(struct bzb_boot_params, edid_info) == 0x140 &&
		       offsetof(struct bzb_boot_params, efi_info) == 0x1c0 &&
		       offsetof(struct bzb_boot_params, sentinel) == 0x1ef &&
		       offsetof(struct bzb_boot_params, hdr) == 0x1f1 &&
		       offsetof(struct bzb_boot_params, e820_table) == 0x2d0,
	       "boot_params");

/* The head of a node of the setup_data list. */
struct bzb_setup_data {
	bzb_le64 next; /* physical address, 0 ends */
	bzb_le32 type;
	bzb_le32 len; /* bytes that follow */
};

/* The contents of a node of type SETUP_INDIRECT. */
struct bzb_setup_indirect {
	bzb_le32 type;
	bzb_le32 reserved;
	bzb_le64 len;  /* bytes */
	bzb_le64 addr; /* physical */
};

/* A range in physical memory. SETUP_IMA has one (the buffer), SETUP_KEXEC_KHO two (the device
 * tree and the array of scratch areas); each scratch area is one, too: Linux,
 * arch/x86/include/uapi/asm/setup_data.h. */
struct bzb_setup_range {
	bzb_le64 addr;
	bzb_le64 size; /* bytes */
};

/* The data of a node of type SETUP_KEXEC_KHO. */
struct bzb_setup_kho {
	struct bzb_setup_range tree, scratch; /* scratch: an array of bzb_setup_range */
};

/* A range of memory, in native integers. */
struct bzb_memory_range {
	uint64_t addr, size; /* bytes */
	uint32_t type;	     /* BZB_E820_* */
};

/**
 * bzb_boot_params_init() - make boot_params from a setup header
 * @bp: written whole
 * @header: copied to hdr; the fields that a loader fills in are set to zero
 */
void bzb_boot_params_init(struct bzb_boot_params *bp, const struct bzb_setup_header *header);

/**
 * bzb_boot_params_sanitize() - clear the fields that a loader must not fill in
 * @bp: as the loader made it; changed
 *
 * A loader has to clear boot_params and to copy only the setup header into it. If it
 * copies more, it also copies the sentinel, which is not zero. Then all fields are
 * cleared except those that loaders of that time filled in (Linux,
 * arch/x86/include/asm/bootparam_utils.h). cc_blob_address is always cleared: a loader
 * has no value for it, and a kernel uses it unchecked.
 */
void bzb_boot_params_sanitize(struct bzb_boot_params *bp);

/**
 * bzb_boot_params_cmdline() - get the address of the command line
 * @bp: as the loader made it
 *
 * returns: physical address; 0 if there is none
 */
uint64_t bzb_boot_params_cmdline(const struct bzb_boot_params *bp);

/**
 * bzb_boot_params_initrd() - get the range of the initrd
 * @bp: as the loader made it
 *
 * returns: the range; a size of 0 if there is no initrd
 */
struct bzb_memory_range bzb_boot_params_initrd(const struct bzb_boot_params *bp);

/**
 * bzb_memory_range_of() - read an entry of a memory map
 * @entry: as it lies in e820_table, or in a node of type SETUP_E820_EXT
 *
 * returns: the entry in native integers
 */
struct bzb_memory_range bzb_memory_range_of(const struct bzb_e820_entry *entry);

/**
 * bzb_boot_params_set_cmdline() - set the address of the command line
 * @bp: changed
 * @addr: physical address of the NUL-terminated text
 */
void bzb_boot_params_set_cmdline(struct bzb_boot_params *bp, uint64_t addr);

/**
 * bzb_boot_params_set_initrd() - set the range of the initrd
 * @bp: changed
 * @addr: physical address
 * @size: bytes
 */
void bzb_boot_params_set_initrd(struct bzb_boot_params *bp, uint64_t addr, uint64_t size);

/**
 * bzb_boot_params_set_kaslr() - set the flag for random addresses
 * @bp: changed
 * @kaslr: true if the kernel's addresses are random
 */
void bzb_boot_params_set_kaslr(struct bzb_boot_params *bp, bool kaslr);

/**
 * bzb_boot_params_set_encryption() - ask the kernel to encrypt memory
 * @bp: changed
 *
 * Kernels do so on processors with AMD's SME. Those before 6.9 ignore the request and read
 * "mem_encrypt=" on the command line.
 */
void bzb_boot_params_set_encryption(struct bzb_boot_params *bp);

/**
 * bzb_boot_params_add_data() - insert a node at the head of the setup_data list
 * @bp: changed: hdr.setup_data
 * @node: the head is written; @len bytes follow
 * @addr: physical address of @node
 * @type: BZB_SETUP_*
 * @len: bytes
 */
void bzb_boot_params_add_data(struct bzb_boot_params *bp, struct bzb_setup_data *node,
			      uint64_t addr, uint32_t type, uint32_t len);

/* A colour within a pixel: bits; the position counts from the lowest bit. */
struct bzb_colour {
	unsigned char size, pos;
};

/* A linear frame buffer. */
struct bzb_framebuffer {
	uint64_t base;		/* physical address */
	uint16_t width, height; /* pixels */
	uint16_t depth;		/* bits per pixel */
	uint16_t line_length;	/* bytes */
	struct bzb_colour red, green, blue, reserved;
	unsigned char type; /* BZB_VIDEO_TYPE_* */
};

/**
 * bzb_boot_params_set_framebuffer() - pass a frame buffer to the kernel
 * @bp: screen_info is written whole
 * @fb: the frame buffer
 */
void bzb_boot_params_set_framebuffer(struct bzb_boot_params *bp, const struct bzb_framebuffer *fb);

/* The memory map that ExitBootServices() accepted. */
struct bzb_efi_map {
	uint64_t addr; /* of the first descriptor */
	uint32_t size; /* bytes, all descriptors */
	uint32_t descriptor_size, descriptor_version;
};

/**
 * bzb_boot_params_set_efi() - pass the tables of 64-bit EFI to the kernel
 * @bp: changed
 * @systab: physical address of the EFI system table
 * @map: the memory map
 */
void bzb_boot_params_set_efi(struct bzb_boot_params *bp, uint64_t systab,
			     const struct bzb_efi_map *map);

/**
 * bzb_memory_sort() - sort a memory map as the kernel requires
 * @ranges: in any order, without overlap; changed in place
 * @count: of @ranges
 *
 * The order is ascending by address. Adjacent ranges of the same type are merged;
 * empty ranges are removed.
 *
 * returns: the number of ranges that are left
 */
size_t bzb_memory_sort(struct bzb_memory_range *ranges, size_t count);

/**
 * bzb_boot_params_e820_ext_size() - get the space for ranges that boot_params cannot hold
 * @count: of memory ranges
 *
 * returns: bytes that bzb_boot_params_set_e820() needs for @count ranges; 0 if
 * boot_params has room for all; SIZE_MAX if they do not fit in a node
 */
size_t bzb_boot_params_e820_ext_size(size_t count);

/**
 * bzb_boot_params_set_e820() - pass the memory map to the kernel
 * @bp: changed: e820_table and, if that does not hold all, hdr.setup_data
 * @ranges: as bzb_memory_sort() left them
 * @count: of @ranges
 * @ext: space for the ranges beyond BZB_E820_MAX; may be NULL if there is none
 * @ext_size: of @ext, bytes
 * @ext_addr: physical address of @ext
 *
 * The ranges beyond BZB_E820_MAX go to @ext, which becomes the first node of
 * the setup_data list with type SETUP_E820_EXT.
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOSPACE, @ext is too small, or the ranges do not fit in a node;
 *	@bp is unchanged
 */
int bzb_boot_params_set_e820(struct bzb_boot_params *bp, const struct bzb_memory_range *ranges,
			     size_t count, void *ext, size_t ext_size, uint64_t ext_addr);

#endif
