/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/cpu.h"
#include "loader.h"

#define VGA_TEXT 0xb8000u
#define MONOCHROME_TEXT 0xb0000u
#define MONOCHROME_MODE 7
#define CELL_SIZE 2		/* a character and its colours */
#define COLOURS 0x07		/* grey on black */

/* The registers of a 16550, as offsets from its port. */
enum {
	TRANSMIT = 0,
	DIVISOR_LOW = 0,
	DIVISOR_HIGH = 1,
	INTERRUPTS = 1,
	FIFO_CONTROL = 2,
	LINE_CONTROL = 3,
	MODEM_CONTROL = 4,
	LINE_STATUS = 5,

	EIGHT_BITS = 0x03,
	DIVISOR_ACCESS = 0x80,
	DTR_RTS = 0x03,
	TRANSMITTER_EMPTY = 0x20,
};

#define BAUD_MAX 115200u
#define BAUD_DEFAULT 9600u	/* the kernel's default */

/* A limit: a port without a UART is never ready. */
#define SERIAL_TRIES 100000

#define COM1 0x3f8

/* The screen as a BIOS leaves it, for a boot without boot_params. */
static struct bzb_screen_info text_screen = {
	.orig_video_isvga = BZB_VIDEO_TYPE_VGA,
	.orig_video_cols = 80,
	.orig_video_lines = 25,
};

static void serial_init(uint16_t port, uint32_t baud)
{
	uint32_t divisor = BAUD_MAX / (baud && baud <= BAUD_MAX ? baud : BAUD_DEFAULT);

	outb(0, port + INTERRUPTS);
	outb(0, port + FIFO_CONTROL);
	outb(DTR_RTS, port + MODEM_CONTROL);
	outb(EIGHT_BITS | DIVISOR_ACCESS, port + LINE_CONTROL);
	outb((uint8_t)divisor, port + DIVISOR_LOW);
	outb((uint8_t)(divisor >> 8), port + DIVISOR_HIGH);
	outb(EIGHT_BITS, port + LINE_CONTROL);
}

static void serial_write(uint16_t port, char c)
{
	for (int i = 0; i < SERIAL_TRIES && !(inb(port + LINE_STATUS) & TRANSMITTER_EMPTY); i++)
		;
	outb((uint8_t)c, port + TRANSMIT);
}

static bool has_screen(const struct bzb_screen_info *screen)
{
	return screen->orig_video_isvga == BZB_VIDEO_TYPE_VGA && screen->orig_video_cols &&
	       screen->orig_video_lines && screen->orig_y < screen->orig_video_lines &&
	       screen->orig_x < screen->orig_video_cols;
}

static volatile unsigned char *screen_text(const struct bzb_screen_info *screen)
{
	return (volatile unsigned char *)(uintptr_t)(screen->orig_video_mode == MONOCHROME_MODE ?
							     MONOCHROME_TEXT :
							     VGA_TEXT);
}

static void scroll(const struct bzb_screen_info *screen)
{
	volatile unsigned char *text = screen_text(screen);
	unsigned int line_size = CELL_SIZE * screen->orig_video_cols;
	unsigned int last_line = line_size * (screen->orig_video_lines - 1);

	for (unsigned int i = 0; i < last_line; i++)
		text[i] = text[i + line_size];
	for (unsigned int i = last_line; i < last_line + line_size; i++)
		text[i] = i % CELL_SIZE ? COLOURS : ' ';
}

static void new_line(struct bzb_screen_info *screen)
{
	if (screen->orig_y + 1 < screen->orig_video_lines)
		screen->orig_y++;
	else
		scroll(screen);
}

/* The cursor is the one in screen_info, so that the kernel continues after the text. */
static void screen_write(struct bzb_screen_info *screen, char c)
{
	volatile unsigned char *cell =
		screen_text(screen) +
		(screen->orig_y * screen->orig_video_cols + screen->orig_x) * CELL_SIZE;

	if (c == '\r') {
		screen->orig_x = 0;
	} else if (c == '\n') {
		new_line(screen);
	} else {
		cell[0] = (unsigned char)c;
		cell[1] = COLOURS;
		if (++screen->orig_x == screen->orig_video_cols) {
			screen->orig_x = 0;
			new_line(screen);
		}
	}
}

/* The port of the options. Before they are read, the stub prints only errors that halt it: on the
 * first port, at the speed that the port is set to. */
static uint16_t serial_port(struct boot *boot)
{
	uint16_t port = boot->options.serial_port;

	if (!boot->cmdline)
		return COM1;
	if (port && !boot->loader->console_ready) {
		serial_init(port, boot->options.serial_baud);
		boot->loader->console_ready = true;
	}
	return port;
}

void loader_print(struct boot *boot, const char *text)
{
	struct bzb_screen_info *screen = boot->params ? &boot->params->screen_info : &text_screen;
	bool on_screen;
	uint16_t port;

	if (boot->guest.no_io)
		return;
	port = serial_port(boot);
	on_screen = has_screen(screen) &&
		    paging_map(&boot->loader->paging, MONOCHROME_TEXT, 0x10000);
	for (; *text; text++) {
		if (port)
			serial_write(port, *text);
		if (on_screen)
			screen_write(screen, *text);
	}
}
