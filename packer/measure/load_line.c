/* SPDX-License-Identifier: BSD-2-Clause */
#include "load_line.h"

#include <string.h>

/* returns: the bytes of the character at @text, and the character; 0 if it is not one of UCS-2 */
static size_t decode(struct bzb_span text, uint16_t *ret)
{
	const unsigned char first = text.data[0];
	const size_t size = first < 0x80 ? 1 : first >= 0xe0 && first < 0xf0 ? 3 : 2;
	unsigned int value = size == 1 ? first : first & (size == 2 ? 0x1fu : 0x0fu);

	if ((size > 1 && (first < 0xc2 || first >= 0xf0)) || text.size < size)
		return 0;
	for (size_t i = 1; i < size; i++) {
		if ((text.data[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (text.data[i] & 0x3fu);
	}
	if ((size == 3 && value < 0x800) || (value >= 0xd800 && value < 0xe000))
		return 0;
	*ret = (uint16_t)value;
	return size;
}

static bool is_blank(unsigned char byte)
{
	return byte <= ' ';
}

static struct bzb_span trim(struct bzb_span text)
{
	const unsigned char *end = memchr(text.data, 0, text.size);

	if (end)
		text.size = (size_t)(end - text.data);
	while (text.size && is_blank(text.data[0])) {
		text.data++;
		text.size--;
	}
	while (text.size && is_blank(text.data[text.size - 1]))
		text.size--;
	return text;
}

int load_line_make(struct bzb_span text, struct blob *ret, struct why *why)
{
	struct bzb_span rest = trim(text);
	struct blob line = blob_alloc(2 * (rest.size + 1));
	size_t used = 0;

	while (rest.size) {
		uint16_t character = 0;
		const size_t size = decode(rest, &character);
		bzb_le16 encoded = bzb_st16(character < ' ' ? ' ' : character);

		if (!size) {
			blob_free(&line);
			return explain(why, "the command line is not UTF-8, or has a character "
					    "above U+FFFF");
		}
		memcpy(line.data + used, &encoded, sizeof(encoded));
		used += sizeof(encoded);
		rest.data += size;
		rest.size -= size;
	}
	blob_resize(&line, used + sizeof(bzb_le16));
	*ret = line;
	return 0;
}
