/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot_params for the setup code, with the fields that <bzboot/boot_params.h> does
 * not need, and with native integers, which saves code (Linux,
 * Documentation/arch/x86/zero-page.rst).
 */
#ifndef SETUP_ZERO_PAGE_H
#define SETUP_ZERO_PAGE_H

#include <bzboot/boot_params.h>

/* Linux, include/uapi/linux/screen_info.h */
struct screen_info {
	uint8_t orig_x, orig_y;		     /* 0x00 cursor */
	uint16_t ext_mem_k;		     /* 0x02 */
	uint16_t orig_video_page;	     /* 0x04 */
	uint8_t orig_video_mode;	     /* 0x06 of the BIOS */
	uint8_t orig_video_cols;	     /* 0x07 */
	uint8_t flags, unused2;		     /* 0x08 */
	uint16_t orig_video_ega_bx, unused3; /* 0x0a */
	uint8_t orig_video_lines;	     /* 0x0e */
	uint8_t orig_video_isvga;	     /* 0x0f */
	uint16_t orig_video_points;	     /* 0x10 height of a character */
	uint16_t lfb_width, lfb_height;	     /* 0x12 */
	uint16_t lfb_depth;		     /* 0x16 */
	uint32_t lfb_base;		     /* 0x18 */
	uint32_t lfb_size;		     /* 0x1c in units of 64 KiB */
	uint16_t cl_magic, cl_offset;	     /* 0x20 */
	uint16_t lfb_linelength;	     /* 0x24 */
	uint8_t colors[8];		     /* 0x26 size, position: R G B reserved */
	uint16_t vesapm_seg, vesapm_off;     /* 0x2e */
	uint16_t pages;			     /* 0x32 */
	uint16_t vesa_attributes;	     /* 0x34 */
	uint32_t capabilities;		     /* 0x36 */
	uint32_t ext_lfb_base;		     /* 0x3a */
	uint8_t reserved[2];		     /* 0x3e */
} __attribute__((packed));
_Static_assert(sizeof(struct screen_info) == sizeof(struct bzb_screen_info), "screen_info");

enum {
	QUIET_FLAG = 0x20, /* setup_header.loadflags */

	SCREEN_NO_CURSOR = 1, /* screen_info.flags */
	SCREEN_VGA = 1,	      /* screen_info.orig_video_isvga */
	SCREEN_VESA_FRAME_BUFFER = 0x23,
};

struct ist_info {
	uint32_t signature, command, event, perf_level;
};

/* The setup header; only the fields that the setup code uses have names. */
struct setup_header {
	uint8_t before_vid_mode[0x1fa - 0x1f1];
	uint16_t vid_mode; /* 0x1fa */
	uint8_t before_realmode_swtch[0x208 - 0x1fc];
	uint32_t realmode_swtch; /* 0x208 */
	uint8_t before_loadflags[0x211 - 0x20c];
	uint8_t loadflags;	  /* 0x211 */
	uint16_t setup_move_size; /* 0x212 */
	uint32_t code32_start;	  /* 0x214 */
	uint8_t before_cmd_line_ptr[0x228 - 0x218];
	uint32_t cmd_line_ptr; /* 0x228 */
	uint8_t rest[0x26c - 0x22c];
} __attribute__((packed));
_Static_assert(sizeof(struct setup_header) == sizeof(struct bzb_setup_header), "setup_header");

/* The command line of loaders that do not set cmd_line_ptr; it is before the setup header. */
struct old_cmdline {
	uint16_t magic;	 /* 0x20 */
	uint16_t offset; /* 0x22 from the start of the segment */
};
#define OLD_CMDLINE_MAGIC 0xa33f

struct e820_entry {
	uint64_t addr, size;
	uint32_t type;
} __attribute__((packed));

/* EDD 3.0, "Result Buffer", of INT 13h AH=48h; only the kernel reads the fields after
 * the sector size. */
struct edd_params {
	uint16_t length;
	uint8_t before_bytes_per_sector[22];
	uint16_t bytes_per_sector;
	uint8_t rest[48];
} __attribute__((packed));
_Static_assert(sizeof(struct edd_params) == 74, "edd_params");

/* Linux, include/uapi/linux/edd.h, struct edd_info */
struct edd_info {
	uint8_t device;
	uint8_t version;
	uint16_t interface_support;
	uint16_t legacy_max_cylinder;
	uint8_t legacy_max_head;
	uint8_t legacy_sectors_per_track;
	struct edd_params params;
} __attribute__((packed));

#define EDD_MAX 6u
#define EDD_MBR_SIGNATURES_MAX 16u

struct zero_page {
	struct screen_info screen_info; /* 0x000 */
	uint8_t reserved1[0x20];
	struct ist_info ist_info; /* 0x060 */
	uint8_t reserved2[0xd0];
	uint8_t edid_info[0x80]; /* 0x140 */
	uint8_t reserved3[0x20];
	uint32_t alt_mem_k; /* 0x1e0 */
	uint32_t scratch;
	uint8_t e820_entries;		 /* 0x1e8 */
	uint8_t eddbuf_entries;		 /* 0x1e9 */
	uint8_t edd_mbr_sig_buf_entries; /* 0x1ea */
	uint8_t kbd_status;		 /* 0x1eb */
	uint8_t reserved4[5];
	struct setup_header hdr; /* 0x1f1 */
	uint8_t reserved5[0x24];
	uint32_t edd_mbr_sig_buffer[EDD_MBR_SIGNATURES_MAX]; /* 0x290 */
	struct e820_entry e820_table[BZB_E820_MAX];	     /* 0x2d0 */
	uint8_t reserved6[0x30];
	struct edd_info eddbuf[EDD_MAX]; /* 0xd00 */
	uint8_t reserved7[0x114];
} __attribute__((packed, aligned(16)));
_Static_assert(sizeof(struct zero_page) == sizeof(struct bzb_boot_params) &&
		       offsetof(struct zero_page, ist_info) == 0x60 &&
		       offsetof(struct zero_page, edid_info) == 0x140 &&
		       offsetof(struct zero_page, alt_mem_k) ==
			       offsetof(struct bzb_boot_params, alt_mem_k) &&
		       offsetof(struct zero_page, kbd_status) == 0x1eb &&
		       offsetof(struct zero_page, hdr) == offsetof(struct bzb_boot_params, hdr) &&
		       offsetof(struct zero_page, edd_mbr_sig_buffer) == 0x290 &&
		       offsetof(struct zero_page, e820_table) ==
			       offsetof(struct bzb_boot_params, e820_table) &&
		       offsetof(struct zero_page, eddbuf) == 0xd00,
	       "zero_page");

#endif
