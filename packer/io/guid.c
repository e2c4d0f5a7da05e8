/* SPDX-License-Identifier: BSD-2-Clause */
#include "guid.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The place of each byte among the digits of the text, in the order of the bytes. */
static const unsigned char places[] = { 6, 4, 2, 0, 11, 9, 16, 14, 19, 21, 24, 26, 28, 30, 32, 34 };

int guid_random(struct guid *ret)
{
	if (getentropy(ret->bytes, sizeof(ret->bytes)))
		return -1;
	ret->bytes[7] = (unsigned char)((ret->bytes[7] & 0x0f) | 0x40);
	ret->bytes[8] = (unsigned char)((ret->bytes[8] & 0x3f) | 0x80);
	return 0;
}

bool guid_parse(const char *text, struct guid *ret)
{
	struct guid guid;

	if (strnlen(text, GUID_TEXT_SIZE - 1) < GUID_TEXT_SIZE - 1)
		return false;
	for (size_t i = 0; i < GUID_TEXT_SIZE - 1; i++) {
		const bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' : !strchr("0123456789abcdefABCDEF", text[i]))
			return false;
	}
	for (size_t i = 0; i < sizeof(places); i++)
		sscanf(text + places[i], "%2hhx", &guid.bytes[i]);
	*ret = guid;
	return true;
}

void guid_format(const struct guid *guid, char to[GUID_TEXT_SIZE])
{
	char digits[3];

	memset(to, '-', GUID_TEXT_SIZE - 1);
	to[GUID_TEXT_SIZE - 1] = '\0';
	for (size_t i = 0; i < sizeof(places); i++) {
		snprintf(digits, sizeof(digits), "%02x", guid->bytes[i]);
		memcpy(to + places[i], digits, 2);
	}
}
