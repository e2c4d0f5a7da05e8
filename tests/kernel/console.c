/* SPDX-License-Identifier: BSD-2-Clause */
#include "console.h"

#define COM1 0x3f8
#define COM1_LINE_STATUS (COM1 + 5)
#define LINE_STATUS_CAN_SEND 0x20

static unsigned int failed;

static void put_char(char c)
{
	while (!(inb(COM1_LINE_STATUS) & LINE_STATUS_CAN_SEND))
		;
	outb(COM1, (uint8_t)c);
}

static void put_text(const char *text)
{
	while (*text)
		put_char(*text++);
}

static void put_number(uint64_t value, unsigned int base)
{
	char digits[20]; /* 2^64 in base 10 has 20 */
	unsigned int count = 0;

	do {
		unsigned int digit = (unsigned int)(value % base);

		digits[count++] = (char)(digit < 10 ? '0' + digit : 'a' + digit - 10);
		value /= base;
	} while (value);
	while (count)
		put_char(digits[--count]);
}

static void put_key(const char *key)
{
	put_text("TESTKERNEL ");
	put_text(key);
	put_char('=');
}

void report_start(void)
{
	put_text("\r\n");
}

void report_text(const char *key, const char *text)
{
	put_key(key);
	put_text(text);
	put_text("\r\n");
}

void report_number(const char *key, uint64_t value)
{
	put_key(key);
	put_number(value, 10);
	put_text("\r\n");
}

void report_hex(const char *key, uint64_t value)
{
	put_key(key);
	put_text("0x");
	put_number(value, 16);
	put_text("\r\n");
}

void verdict(const char *key, const char *fault)
{
	put_key(key);
	put_text(fault ? "bad: " : "ok");
	if (fault) {
		put_text(fault);
		failed++;
	}
	put_text("\r\n");
}

unsigned int failures(void)
{
	return failed;
}
