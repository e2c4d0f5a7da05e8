/* SPDX-License-Identifier: BSD-2-Clause */
#include "utf8.h"

/* The first bytes of characters of 1, 2, ... bytes, and the first of these characters */
static const struct {
	unsigned char mask, mark;
	uint32_t least;
} forms[] = {
	{ 0x80, 0x00, 0 },
	{ 0xe0, 0xc0, 0x80 },
	{ 0xf0, 0xe0, 0x800 },
	{ 0xf8, 0xf0, 0x10000 },
};

static bool is_character(uint32_t c)
{
	return c <= 0x10ffff && !(c >= 0xd800 && c < 0xe000);
}

bool utf8_next(struct bzb_span *text, uint32_t *ret)
{
	const unsigned char *bytes = text->data;
	size_t more = 0;
	uint32_t c;

	while (more < BZB_ARRAY_SIZE(forms) && (bytes[0] & forms[more].mask) != forms[more].mark)
		more++;
	if (more == BZB_ARRAY_SIZE(forms) || text->size <= more)
		return false;
	c = bytes[0] & (unsigned char)~forms[more].mask;
	for (size_t i = 1; i <= more; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return false;
		c = c << 6 | (bytes[i] & 0x3fu);
	}
	if (c < forms[more].least || !is_character(c))
		return false;
	text->data += more + 1;
	text->size -= more + 1;
	*ret = c;
	return true;
}

bool utf8_is_valid(struct bzb_span text)
{
	uint32_t unused;

	while (text.size)
		if (!utf8_next(&text, &unused))
			return false;
	return true;
}
