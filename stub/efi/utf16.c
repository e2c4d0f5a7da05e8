/* SPDX-License-Identifier: BSD-2-Clause */
#include "utf16.h"

struct reader {
	struct bzb_span left;
};

static uint32_t next_unit(struct reader *r)
{
	uint32_t unit;

	if (r->left.size < 2)
		return 0;
	unit = (uint32_t)(r->left.data[0] | r->left.data[1] << 8);
	r->left.data += 2;
	r->left.size -= 2;
	return unit;
}

/* Reads the next character; 0 at the end. False if it is invalid. */
static bool next_character(struct reader *r, uint32_t *ret)
{
	uint32_t c = next_unit(r);

	if (c >= 0xdc00 && c < 0xe000)
		return false;
	if (c >= 0xd800 && c < 0xdc00) {
		uint32_t low = next_unit(r);

		if (low < 0xdc00 || low >= 0xe000)
			return false;
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	}
	if (c == '\t' || c == '\r' || c == '\n')
		c = ' ';
	if ((c && c < 0x20) || (c >= 0x7f && c < 0xa0) || (c & 0xfffe) == 0xfffe)
		return false;
	*ret = c;
	return true;
}

/* RFC 3629, section 3 */
static size_t encode(uint32_t c, char bytes[4])
{
	if (c < 0x80) {
		bytes[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		bytes[0] = (char)(0xc0 | c >> 6);
		bytes[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		bytes[0] = (char)(0xe0 | c >> 12);
		bytes[1] = (char)(0x80 | (c >> 6 & 0x3f));
		bytes[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	bytes[0] = (char)(0xf0 | c >> 18);
	bytes[1] = (char)(0x80 | (c >> 12 & 0x3f));
	bytes[2] = (char)(0x80 | (c >> 6 & 0x3f));
	bytes[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

#define BYTE_ORDER_MARK 0xfeffu

static bool is_ascii_letter(uint32_t c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

bool utf16_to_utf8(struct bzb_span from, char *to, size_t space, bool *ret_cut)
{
	struct reader r = { from };
	size_t used = 0, length = 0; /* length: up to the last non-blank */
	size_t words = 0;	     /* up to the end of a word, outside quotes */
	bool cut = false, quoted = false, has_text = false, has_letter = false;
	bool is_wide = false; /* does not begin with ASCII, as parameters do */
	uint32_t c;

	to[0] = '\0';
	if (from.size % 2)
		return false;
	for (;;) {
		char bytes[4];
		size_t n;

		if (!next_character(&r, &c)) {
			to[0] = '\0';
			return false;
		}
		if (!c)
			break;
		if ((c == ' ' || c == BYTE_ORDER_MARK) && !has_text)
			continue;
		if (c == ' ' && !quoted && !cut)
			words = length;
		quoted ^= c == '"';
		is_wide |= !has_text && c >= 0x80;
		has_text = true;
		has_letter |= is_ascii_letter(c);
		n = encode(c, bytes);
		if (cut || n > space - 1 - used) {
			cut |= c != ' ';
			continue;
		}
		memcpy(to + used, bytes, n);
		used += n;
		if (c != ' ')
			length = used;
	}
	if (cut)
		length = words;
	has_letter &= !is_wide;
	to[has_letter ? length : 0] = '\0';
	*ret_cut = cut;
	return has_letter || !has_text;
}

/* Takes the first character; false if it is invalid. */
static bool decode(struct bzb_span *from, uint32_t *ret)
{
	static const struct {
		unsigned char mask, mark;
		uint32_t least;
	} forms[] = {
		{ 0x80, 0x00, 0 },
		{ 0xe0, 0xc0, 0x80 },
		{ 0xf0, 0xe0, 0x800 },
		{ 0xf8, 0xf0, 0x10000 },
	};
	size_t n = 0;
	uint32_t c;

	while (n < 4 && (from->data[0] & forms[n].mask) != forms[n].mark)
		n++;
	if (n == 4 || from->size < n + 1)
		return false;
	c = from->data[0] & (unsigned char)~forms[n].mask;
	for (size_t i = 1; i <= n; i++) {
		if ((from->data[i] & 0xc0) != 0x80)
			return false;
		c = c << 6 | (from->data[i] & 0x3fu);
	}
	if (c < forms[n].least || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return false;
	from->data += n + 1;
	from->size -= n + 1;
	*ret = c;
	return true;
}

bool utf8_to_utf16(struct bzb_span from, uint16_t *to, size_t space)
{
	size_t used = 0;

	while (from.size) {
		uint32_t c;

		if (!decode(&from, &c) || space - used < 3)
			return false;
		if (c >= 0x10000) {
			to[used++] = (uint16_t)(0xd800 + ((c - 0x10000) >> 10));
			c = 0xdc00 + ((c - 0x10000) & 0x3ff);
		}
		to[used++] = (uint16_t)c;
	}
	to[used] = 0;
	return true;
}
