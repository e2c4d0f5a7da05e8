/* SPDX-License-Identifier: BSD-2-Clause */
/* VESA BIOS Extension Core Functions 3.0, and VBE/DDC 1.1 for the monitor. */
#include "vesa.h"

#include "bios.h"

#define VBE_OK 0x004f
#define VBE_VERSION_2 0x0200
#define VBE_LINEAR 0x4000u			/* in the number of a mode to set */

/* Function 00h, in the short form, without "VBE2"; but a BIOS may write all 512 bytes. */
static struct {
	uint8_t signature[4];
	uint16_t version; /* 0x04 */
	uint8_t before_capabilities[4];
	uint32_t capabilities; /* 0x0a */
	uint8_t before_memory[4];
	uint16_t memory; /* 0x12 in units of 64 KiB */
	uint8_t rest[512 - 0x14];
} __attribute__((packed)) controller;

/* Function 01h. */
static struct {
	uint16_t attributes; /* 0x00 */
	uint8_t before_pitch[0x10 - 0x02];
	uint16_t pitch;		/* 0x10 bytes per line */
	uint16_t width, height; /* 0x12 pixels, or characters */
	uint8_t before_depth[3];
	uint8_t depth; /* 0x19 */
	uint8_t before_pages[3];
	uint8_t pages; /* 0x1d further ones */
	uint8_t reserved;
	uint8_t colors[8]; /* 0x1f */
	uint8_t before_frame_buffer;
	uint32_t frame_buffer; /* 0x28 */
	uint8_t rest[256 - 0x2c];
} __attribute__((packed)) mode_info;
_Static_assert(sizeof(controller) == 512 && sizeof(mode_info) == 256, "VBE");

enum {
	MODE_SUPPORTED = 0x01,
	MODE_BIOS_OUTPUT = 0x04,
	MODE_COLOR = 0x08,
	MODE_GRAPHICS = 0x10,
	MODE_LINEAR = 0x80,

	CONTROLLER_WIDE_DAC = 0x01,
};

void vesa_detect(void)
{
	struct bios_regs regs;

	bios_regs(&regs, 0x4f00);
	regs.edi = near(&controller);
	bios_call(BIOS_VIDEO, &regs);
	if (regs.ax != VBE_OK)
		controller.version = 0;
}

static bool read_mode_info(uint16_t mode)
{
	struct bios_regs regs;

	memset(&mode_info, 0, sizeof(mode_info));
	bios_regs(&regs, 0x4f01);
	regs.ecx = mode;
	regs.edi = near(&mode_info);
	bios_call(BIOS_VIDEO, &regs);
	return regs.ax == VBE_OK;
}

static bool has_attributes(unsigned int of, unsigned int wanted)
{
	return (mode_info.attributes & of) == wanted;
}

/* A palette: its colours have the number of bits of the DAC. */
static void widen_palette(struct screen_info *screen)
{
	struct bios_regs regs;
	uint8_t bits = 6;

	if (controller.capabilities & CONTROLLER_WIDE_DAC) {
		bios_regs(&regs, 0x4f08);
		regs.bh = 8;
		bios_call(BIOS_VIDEO, &regs);
		if (regs.ax == VBE_OK)
			bits = regs.bh;
	}
	for (unsigned int i = 0; i < sizeof(screen->colors); i += 2) {
		screen->colors[i] = bits;
		screen->colors[i + 1] = 0;
	}
}

static void read_protected_mode_interface(struct screen_info *screen)
{
	struct bios_regs regs;

	bios_regs(&regs, 0x4f0a);
	bios_call(BIOS_VIDEO, &regs);
	if (regs.ax == VBE_OK) {
		screen->vesapm_seg = regs.es;
		screen->vesapm_off = regs.di;
	}
}

static void describe_frame_buffer(struct screen_info *screen)
{
	screen->orig_video_isvga = SCREEN_VESA_FRAME_BUFFER;
	screen->vesa_attributes = mode_info.attributes;
	screen->lfb_linelength = mode_info.pitch;
	screen->lfb_width = mode_info.width;
	screen->lfb_height = mode_info.height;
	screen->lfb_depth = mode_info.depth;
	screen->pages = mode_info.pages;
	screen->lfb_base = mode_info.frame_buffer;
	screen->lfb_size = controller.memory;
	memcpy(screen->colors, mode_info.colors, sizeof(screen->colors));
	if (mode_info.depth <= 8)
		widen_palette(screen);
	read_protected_mode_interface(screen);
}

bool vesa_set_mode(struct screen_info *screen, uint16_t mode)
{
	const unsigned int text = MODE_SUPPORTED | MODE_BIOS_OUTPUT;
	const unsigned int graphics = MODE_SUPPORTED | MODE_COLOR | MODE_GRAPHICS | MODE_LINEAR;
	bool is_graphics;

	if (!read_mode_info(mode))
		return false;
	is_graphics = has_attributes(graphics, graphics);
	if (!is_graphics && !has_attributes(text | MODE_GRAPHICS, text))
		return false;
	if (is_graphics)
		mode |= VBE_LINEAR;
	if (bios_video(0x4f02, mode, 0) != VBE_OK)
		return false;
	if (is_graphics)
		describe_frame_buffer(screen);
	return true;
}

void vesa_read_edid(struct zero_page *zp)
{
	struct bios_regs regs;

	memset(zp->edid_info, 0x13, sizeof(zp->edid_info));
	if (controller.version < VBE_VERSION_2)
		return;
	bios_regs(&regs, 0x4f15); /* DDC: capabilities; ES:DI = 0:0 */
	regs.es = 0;
	bios_call(BIOS_VIDEO, &regs);
	if (regs.ax != VBE_OK)
		return;
	bios_regs(&regs, 0x4f15); /* DDC: read block 0 */
	regs.ebx = 1;
	regs.edi = near(zp->edid_info);
	bios_call(BIOS_VIDEO, &regs);
}
