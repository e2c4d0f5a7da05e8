/* SPDX-License-Identifier: BSD-2-Clause */
#include "driver.h"
#include "../kernel/console.h"

#define COM1 0x3f8
#define COM1_LINE_STATUS (COM1 + 5)
#define LINE_STATUS_CAN_SEND 0x20

void say(const char *text)
{
	for (; *text; text++) {
		while (!(inb(COM1_LINE_STATUS) & LINE_STATUS_CAN_SEND))
			;
		outb(COM1, (uint8_t)*text);
	}
}

static void say_digits(uint64_t value, unsigned int base)
{
	char digits[21];
	unsigned int at = sizeof(digits) - 1;

	digits[at] = 0;
	do {
		digits[--at] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	say(digits + at);
}

void say_word(const char *key, const char *word)
{
	say(" ");
	say(key);
	say("=");
	say(word);
}

void say_number(const char *key, uint64_t value)
{
	say_word(key, "");
	say_digits(value, 10);
}

void say_hex(const char *key, uint64_t value)
{
	say_word(key, "0x");
	say_digits(value, 16);
}

void say_line(const char *text)
{
	say("\r\nDRIVER ");
	say(text);
}

_Noreturn void give_up(const char *what)
{
	say_line("gives up: ");
	say(what);
	say("\r\n");
	for (;;)
		real_st->RuntimeServices->ResetSystem(EfiResetShutdown, EFI_ABORTED, 0, NULL);
}

/* Functions that the compiler may call */

void *memset(void *to, int c, size_t size)
{
	unsigned char *d = to;

	while (size--)
		*d++ = (unsigned char)c;
	return to;
}

void *memcpy(void *to, const void *from, size_t size)
{
	const unsigned char *s = from;
	unsigned char *d = to;

	while (size--)
		*d++ = *s++;
	return to;
}
