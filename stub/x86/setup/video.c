/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The screen: a loader stores vga= of the command line as a number in the setup header,
 * which means (Linux, Documentation/admin-guide/svga.rst):
 *
 *   0xffff normal, 0xfffe extended   80x25, 80x50
 *   0xfffd ask                       there is no menu: 80x25
 *   0x0000 to 0x00ff                 row of text_modes
 *   0x0100 to 0x017f                 BIOS mode + 0x100
 *   0x0200 to 0x08ff                 VESA mode + 0x200
 *   0x0f00 to 0x0f07                 text_modes; 0x0f04: the current mode
 *   0xRRCC                           text of RR rows and CC columns
 *
 * The bit 0x8000, which recalculates timings for hardware before VGA, is ignored.
 */
#include "bios.h"
#include "bios_console.h"
#include "ports.h"
#include "vesa.h"

enum {
	MODE_NORMAL = 0xffff,
	MODE_EXTENDED = 0xfffe,
	MODE_ASK = 0xfffd,
	MODE_RECALCULATE = 0x8000,
	MODE_FIRST_BIOS = 0x0100,
	MODE_LAST_BIOS = 0x017f,
	MODE_FIRST_VESA = 0x0200,
	MODE_LAST_VESA = 0x08ff,
	MODE_80X25 = 0x0f00,
	MODE_80X50 = 0x0f01,
	MODE_AS_FOUND = 0x0f04,

	BIOS_TEXT = 3, /* mode of the BIOS: 80x25, colour */
	BIOS_MONO_TEXT = 7,
	BIOS_KEEP_CONTENT = 0x80, /* with the number of a mode to set */

	COLUMNS = 80,
	BLANK = 0x0720, /* a space, grey on black */

	/* BIOS data area */
	BDA_COLUMNS = 0x4a,
	BDA_LAST_ROW = 0x84,
	BDA_CHARACTER_HEIGHT = 0x85,
};

static const struct text_mode {
	uint16_t mode;
	uint8_t rows;
	uint8_t height; /* of a character */
	uint16_t scan_lines;
} text_modes[] = {
	/* in the order of Linux's menu */
	/* clang-format off */
	{ MODE_80X25, 25, 16, 400 },
	{ MODE_80X50, 50, 8, 400 },
	{ 0x0f02, 43, 8, 350 },
	{ 0x0f03, 28, 14, 400 },
	{ 0x0f05, 30, 16, 480 },
	{ 0x0f06, 34, 14, 480 },
	{ 0x0f07, 60, 8, 480 },
	/* clang-format on */
};
/* --- the adapter and its mode --- */

static void detect_adapter(struct screen_info *screen)
{
	struct bios_regs regs;

	bios_regs(&regs, 0x1200); /* changes BL from 10h if this is EGA or VGA */
	regs.bx = 0x10;
	bios_call(BIOS_VIDEO, &regs);
	screen->orig_video_ega_bx = regs.bx;
	if (regs.bl != 0x10 && (uint8_t)bios_video(0x1a00, 0, 0) == 0x1a)
		screen->orig_video_isvga = SCREEN_VGA;
}

static void read_cursor(struct screen_info *screen)
{
	struct bios_regs regs;

	bios_regs(&regs, 0x0300);
	bios_call(BIOS_VIDEO, &regs);
	screen->orig_x = regs.dl;
	screen->orig_y = regs.dh;
	/* CH and CL: the first and the last line of the cursor; bit 5 hides it. */
	if (regs.ch & 0x20 || (regs.ch & 0x1f) > (regs.cl & 0x1f))
		screen->flags |= SCREEN_NO_CURSOR;
}

static void read_mode(struct screen_info *screen)
{
	struct bios_regs regs;

	bios_regs(&regs, 0x0f00);
	bios_call(BIOS_VIDEO, &regs);
	screen->orig_video_mode = regs.al & 0x7f; /* bit 7: BIOS_KEEP_CONTENT */
	screen->orig_video_page = regs.bh;
}

/* Some BIOSes report wrong numbers for 80x25, so those of @text are used unless it is NULL. */
static void describe_text(struct screen_info *screen, const struct text_mode *text)
{
	read_cursor(screen);
	read_mode(screen);
	screen->orig_video_points = far_read16(BIOS_DATA_SEGMENT, BDA_CHARACTER_HEIGHT);
	if (text) {
		screen->orig_video_cols = COLUMNS;
		screen->orig_video_lines = text->rows;
		return;
	}
	screen->orig_video_cols = far_read8(BIOS_DATA_SEGMENT, BDA_COLUMNS);
	screen->orig_video_lines = 25;
	if (screen->orig_video_isvga)
		screen->orig_video_lines = far_read8(BIOS_DATA_SEGMENT, BDA_LAST_ROW) + 1;
}

/* --- text modes --- */

/* The BIOS's number of the 80-column mode on the screen, or 0. */
static uint8_t bios_text_mode(const struct screen_info *screen)
{
	uint8_t mode = screen->orig_video_mode;

	return mode == BIOS_TEXT || mode == BIOS_MONO_TEXT ? mode : 0;
}

static void write_crtc(uint8_t index, uint8_t value)
{
	uint16_t port = in8(0x3cc) & 1 ? 0x3d4 : 0x3b4;

	out8(port, index);
	out8(port + 1, value);
}

/* Sets the lowest line of the picture. Bit 8 of @line is in register 07h; it is always set here. */
static void set_last_scan_line(uint16_t line)
{
	write_crtc(0x07, 0x3e);
	write_crtc(0x12, (uint8_t)line);
}

/* Sets the timings of 640x480 (BIOS mode 12h), without write protection. */
static void set_480_scan_lines(void)
{
	static const uint8_t registers[][2] = {
		{ 0x11, 0x0c }, { 0x06, 0x0b }, { 0x10, 0xea }, { 0x15, 0xe7 }, { 0x16, 0x04 },
	};

	for (unsigned int i = 0; i < BZB_ARRAY_SIZE(registers); i++)
		write_crtc(registers[i][0], registers[i][1]);
	set_last_scan_line(480 - 1);
	out8(0x3c2, (in8(0x3cc) & 0x0d) | 0xe2); /* sync polarity: 480 lines */
}

static void set_font(uint8_t height)
{
	if (height == 16)
		return; /* the font of any mode that was just set */
	bios_video(height == 8 ? 0x1112 : 0x1111, 0, 0);
	if (height == 8)
		bios_video(0x1200, 0x20, 0); /* a print screen routine for any number of rows */
	/* The cursor is at the bottom of its cell, without scaling by the BIOS. */
	bios_video(0x1201, 0x34, 0);
	bios_video(0x0100, 0, height == 8 ? 0x0607 : 0x0b0c);
}

static void set_cursor(uint8_t x, uint8_t y)
{
	struct bios_regs regs;

	bios_regs(&regs, 0x0200);
	regs.dl = x;
	regs.dh = y;
	bios_call(BIOS_VIDEO, &regs);
}

/* Clears the rows after the old content, which the BIOS has kept, too. */
static void blank_rows(uint8_t mode, unsigned int from, unsigned int to)
{
	uint16_t segment = mode == BIOS_MONO_TEXT ? 0xb000 : 0xb800;

	for (unsigned int i = from * COLUMNS; i < to * COLUMNS; i++)
		far_write16(segment, i * 2, BLANK);
}

/* @screen: the mode before. The text on the screen stays, as far as it fits, if it has the same
 * width. */
static void set_text_mode(const struct screen_info *screen, const struct text_mode *text)
{
	uint8_t mode = bios_text_mode(screen), y = screen->orig_y;
	bool keep = mode && screen->orig_video_cols == COLUMNS;

	/* It may be a serial line that the BIOS presents as a CGA. */
	if (keep && !screen->orig_video_isvga)
		return;
	if (text->scan_lines == 350)
		bios_video(0x1201, 0x30, 0); /* for the next mode that is set */
	bios_video(keep ? mode | BIOS_KEEP_CONTENT : BIOS_TEXT, 0, 0);
	if (text->scan_lines == 480)
		set_480_scan_lines();
	set_font(text->height);
	if (text->scan_lines == 480)
		set_last_scan_line((uint16_t)(text->rows * text->height -
					      1)); /* the BIOS has moved it */
	if (!keep)
		return;
	blank_rows(mode, screen->orig_video_lines, text->rows);
	set_cursor(screen->orig_x, y < text->rows ? y : text->rows - 1);
}

static const struct text_mode *find_text_mode(uint16_t mode)
{
	for (unsigned int i = 0; i < BZB_ARRAY_SIZE(text_modes); i++)
		if (mode == text_modes[i].mode || mode == i ||
		    mode == (text_modes[i].rows << 8 | COLUMNS))
			return &text_modes[i];
	return NULL;
}

/* --- all modes --- */

static bool set_bios_mode(const struct screen_info *screen, uint8_t mode)
{
	struct screen_info now;

	bios_video(mode, 0, 0);
	read_mode(&now);
	if (now.orig_video_mode == mode)
		return true;
	if (now.orig_video_mode != screen->orig_video_mode)
		bios_video(screen->orig_video_mode, 0, 0);
	return false;
}

/* Returns false if there is no such mode; the screen is unchanged then. *@text is set if the
 * mode is one of text_modes. */
static bool set_mode(struct screen_info *screen, uint16_t mode, const struct text_mode **text)
{
	if (mode == MODE_AS_FOUND)
		return true;
	if (mode == MODE_EXTENDED)
		mode = MODE_80X50;
	else if (mode == MODE_NORMAL || mode == MODE_ASK)
		mode = MODE_80X25;
	mode &= (uint16_t)~MODE_RECALCULATE;
	*text = find_text_mode(mode);
	if (*text && (screen->orig_video_isvga || *text == text_modes)) {
		set_text_mode(screen, *text);
		return true;
	}
	*text = NULL;
	if (mode >= MODE_FIRST_BIOS && mode <= MODE_LAST_BIOS)
		return set_bios_mode(screen, (uint8_t)(mode - MODE_FIRST_BIOS));
	if (mode >= MODE_FIRST_VESA && mode <= MODE_LAST_VESA)
		return vesa_set_mode(screen, mode - MODE_FIRST_VESA);
	return false;
}

void set_video(struct zero_page *zp)
{
	struct screen_info *screen = &zp->screen_info;
	const struct text_mode *text = NULL;

	detect_adapter(screen);
	describe_text(screen, NULL);
	vesa_detect();
	if (!set_mode(screen, zp->hdr.vid_mode, &text)) {
		complain("no such video mode, using text: correct vga=");
		zp->hdr.vid_mode = MODE_AS_FOUND;
	}
	vesa_read_edid(zp);
	if (screen->orig_video_isvga != SCREEN_VESA_FRAME_BUFFER)
		describe_text(screen, text);
}
