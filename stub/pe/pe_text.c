/* SPDX-License-Identifier: BSD-2-Clause */
#include "pe_text.h"

#include "efi/utf16.h"

#define BYTES_MAX 4u /* of a character in UTF-8 */
#define REPLACEMENT_CHARACTER 0xfffdu

/* @to: one or two units and a NUL. Returns the bytes that they stand for. */
static size_t convert_first(struct bzb_span from, uint16_t to[3], bool *ret_broken)
{
	for (size_t n = 1; n <= BYTES_MAX && n <= from.size; n++)
		if (utf8_to_utf16((struct bzb_span){ from.data, n }, to, 3))
			return n;
	*ret_broken = true;
	to[0] = REPLACEMENT_CHARACTER;
	to[1] = 0;
	return 1;
}

size_t text_to_utf16(struct bzb_span from, uint16_t *to, bool *ret_broken)
{
	size_t count = 0;

	*ret_broken = false;
	while (from.size) {
		uint16_t units[3];
		const size_t n = convert_first(from, units, ret_broken);

		for (size_t i = 0; units[i]; i++)
			to[count++] = units[i];
		from.data += n;
		from.size -= n;
	}
	to[count++] = 0;
	return count;
}
