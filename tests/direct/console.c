/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader.h"
#include "../kernel/console.h"

#define COM1 0x3f8
#define COM1_LINE_STATUS (COM1 + 5)
#define LINE_STATUS_CAN_SEND 0x20
#define DEBUG_EXIT_PORT 0xf4
#define DEBUG_EXIT_REFUSED 3	/* QEMU's exit status is twice this and one */

static void put_text(const char *text)
{
	for (; *text; text++) {
		while (!(inb(COM1_LINE_STATUS) & LINE_STATUS_CAN_SEND))
			;
		outb(COM1, (uint8_t)*text);
	}
}

static void put_hex(uint64_t value)
{
	char digits[17];

	for (int i = 15; i >= 0; i--, value >>= 4)
		digits[i] = "0123456789abcdef"[value & 15];
	digits[16] = 0;
	put_text(digits);
}

_Noreturn void refuse(const char *what, const uint64_t *value)
{
	put_text("\r\nDIRECT refused: ");
	put_text(what);
	if (value) {
		put_text(": 0x");
		put_hex(*value);
	}
	put_text("\r\n");
	outb(DEBUG_EXIT_PORT, DEBUG_EXIT_REFUSED);
	for (;;)
		__asm__ volatile("cli; hlt");
}
