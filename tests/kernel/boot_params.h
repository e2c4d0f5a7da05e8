/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot_params as a kernel reads it. The offsets were taken from Linux's
 * documentation (Documentation/arch/x86/zero-page.rst and boot.rst) a second
 * time, so that a mistake in bzboot's own header is found.
 */
#ifndef TESTKERNEL_BOOT_PARAMS_H
#define TESTKERNEL_BOOT_PARAMS_H

#include <stddef.h>
#include <stdint.h>

enum {
	BP_VIDEO_MODE = 0x006,	    /* u8 */
	BP_VIDEO_COLS = 0x007,	    /* u8 */
	BP_VIDEO_LINES = 0x00e,	    /* u8 */
	BP_VIDEO_IS_VGA = 0x00f,    /* u8 */
	BP_VIDEO_POINTS = 0x010,    /* u16 */
	BP_LFB_WIDTH = 0x012,	    /* u16 */
	BP_LFB_HEIGHT = 0x014,	    /* u16 */
	BP_LFB_DEPTH = 0x016,	    /* u16 */
	BP_LFB_BASE = 0x018,	    /* u32 */
	BP_LFB_SIZE = 0x01c,	    /* u32 */
	BP_LFB_LINE_LENGTH = 0x024, /* u16 */
	BP_RED_SIZE = 0x026,	    /* u8, and the same for green and blue: */
	BP_GREEN_SIZE = 0x028,
	BP_BLUE_SIZE = 0x02a,
	BP_CAPABILITIES = 0x036, /* u32 */
	BP_EXT_LFB_BASE = 0x03a, /* u32 */
	BP_SCREEN_INFO_SIZE = 0x040,
	BP_ACPI_RSDP_ADDR = 0x070,    /* u64 */
	BP_EXT_RAMDISK_IMAGE = 0x0c0, /* u32 */
	BP_EXT_RAMDISK_SIZE = 0x0c4,  /* u32 */
	BP_EXT_CMD_LINE_PTR = 0x0c8,  /* u32 */
	BP_CC_BLOB_ADDRESS = 0x13c,   /* u32 */
	BP_EDID = 0x140,
	BP_EFI_LOADER_SIGNATURE = 0x1c0, /* u32 */
	BP_EFI_SYSTAB = 0x1c4,		 /* u32 */
	BP_EFI_MEMDESC_SIZE = 0x1c8,	 /* u32 */
	BP_EFI_MEMDESC_VERSION = 0x1cc,	 /* u32 */
	BP_EFI_MEMMAP = 0x1d0,		 /* u32 */
	BP_EFI_MEMMAP_SIZE = 0x1d4,	 /* u32 */
	BP_EFI_SYSTAB_HI = 0x1d8,	 /* u32 */
	BP_EFI_MEMMAP_HI = 0x1dc,	 /* u32 */
	BP_E820_ENTRIES = 0x1e8,	 /* u8 */
	BP_SECURE_BOOT = 0x1ec,		 /* u8 */
	BP_SENTINEL = 0x1ef,		 /* u8 */
	BP_SETUP_SECTS = 0x1f1,		 /* u8 */
	BP_ROOT_FLAGS = 0x1f2,		 /* u16 */
	BP_ROOT_DEV = 0x1fc,		 /* u16 */
	BP_BOOT_FLAG = 0x1fe,		 /* u16 */
	BP_JUMP = 0x200,		 /* u16 */
	BP_HEADER = 0x202,		 /* u32 */
	BP_VERSION = 0x206,		 /* u16 */
	BP_TYPE_OF_LOADER = 0x210,	 /* u8 */
	BP_LOADFLAGS = 0x211,		 /* u8 */
	BP_CODE32_START = 0x214,	 /* u32 */
	BP_RAMDISK_IMAGE = 0x218,	 /* u32 */
	BP_RAMDISK_SIZE = 0x21c,	 /* u32 */
	BP_CMD_LINE_PTR = 0x228,	 /* u32 */
	BP_INITRD_ADDR_MAX = 0x22c,	 /* u32 */
	BP_KERNEL_ALIGNMENT = 0x230,	 /* u32 */
	BP_RELOCATABLE = 0x234,		 /* u8 */
	BP_XLOADFLAGS = 0x236,		 /* u16 */
	BP_SETUP_DATA = 0x250,		 /* u64 */
	BP_INIT_SIZE = 0x260,		 /* u32 */
	BP_E820_TABLE = 0x2d0,
	BP_SIZE = 4096
};

/* Fields, at any alignment */
static inline uint64_t load(const void *at, unsigned int size)
{
	const unsigned char *bytes = at;
	uint64_t value = 0;

	while (size--)
		value = value << 8 | bytes[size];
	return value;
}

/* A 64-bit value that boot_params stores in two halves */
static inline uint64_t load_halves(const unsigned char *bp, unsigned int low, unsigned int high)
{
	return load(bp + high, 4) << 32 | load(bp + low, 4);
}

/* The pointer for an address from boot_params */
static inline const unsigned char *memory_at(uint64_t address)
{
	return (const unsigned char *)(uintptr_t)address;
}

#endif
