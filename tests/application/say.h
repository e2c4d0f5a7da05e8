/* SPDX-License-Identifier: BSD-2-Clause */
/* The console and the tables of the EFI applications of tests, each of which includes this once. */
#include <efi.h>

#define DEVICE_TREE_GUID \
	{ 0xb1b621d5, 0xf19c, 0x41a5, { 0x83, 0x0b, 0xd9, 0x15, 0x2c, 0x69, 0xaa, 0xe0 } }

static EFI_SYSTEM_TABLE *st;

static void say(const char *text)
{
	CHAR16 unit[2] = { 0 };

	for (; *text; text++) {
		unit[0] = (unsigned char)*text;
		st->ConOut->OutputString(st->ConOut, unit);
	}
}

/* " key=0x..." */
static void say_hex(const char *key, UINT64 value)
{
	char digits[17];
	unsigned int at = sizeof(digits) - 1;

	digits[at] = 0;
	do {
		digits[--at] = "0123456789abcdef"[value % 16];
		value /= 16;
	} while (value);
	say(" ");
	say(key);
	say("=0x");
	say(digits + at);
}

static void say_word(const char *key, const char *word)
{
	say(" ");
	say(key);
	say("=");
	say(word);
}

static BOOLEAN same_bytes(const void *a, const void *b, UINTN size)
{
	const unsigned char *x = a, *y = b;

	while (size && *x == *y) {
		x++;
		y++;
		size--;
	}
	return !size;
}

static void *find_table(const EFI_GUID *guid)
{
	for (UINTN i = 0; i < st->NumberOfTableEntries; i++)
		if (same_bytes(&st->ConfigurationTable[i].VendorGuid, guid, sizeof(*guid)))
			return st->ConfigurationTable[i].VendorTable;
	return NULL;
}

static _Noreturn void power_off(void)
{
	for (;;)
		st->RuntimeServices->ResetSystem(EfiResetShutdown, EFI_SUCCESS, 0, NULL);
}
