/* SPDX-License-Identifier: BSD-2-Clause */
#include "load_line.h"

#include <string.h>

#include "io/utf8.h"

#define UCS2_LAST 0xffffu

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
		uint32_t character;
		bzb_le16 encoded;

		if (!utf8_next(&rest, &character) || character > UCS2_LAST) {
			blob_free(&line);
			return explain(why, "the command line is not UTF-8, or has a character "
					    "above U+FFFF");
		}
		encoded = bzb_st16(character < ' ' ? ' ' : (uint16_t)character);
		memcpy(line.data + used, &encoded, sizeof(encoded));
		used += sizeof(encoded);
	}
	blob_resize(&line, used + sizeof(bzb_le16));
	*ret = line;
	return 0;
}
