/* SPDX-License-Identifier: BSD-2-Clause */
#include "uki_text.h"

#define UNIT 2			/* bytes of a UTF-16 unit */
#define LAST_CONTROL 0x1f

static unsigned int unit_at(struct bzb_span text, size_t index)
{
	return text.data[UNIT * index] | (unsigned int)text.data[UNIT * index + 1] << 8;
}

static struct bzb_span without(struct bzb_span text, size_t units)
{
	return (struct bzb_span){ text.data + UNIT * units, text.size - UNIT * units };
}

/* The text before a NUL; empty if a control character is in it. */
static struct bzb_span printable(struct bzb_span options)
{
	size_t count = 0;

	while (count < options.size / UNIT && unit_at(options, count)) {
		if (unit_at(options, count) <= LAST_CONTROL)
			return (struct bzb_span){ options.data, 0 };
		count++;
	}
	return (struct bzb_span){ options.data, UNIT * count };
}

/* The digits at @from; returns the index after them. *@ret is above UINT32_MAX if the number is. */
static size_t read_number(struct bzb_span text, size_t from, uint64_t *ret)
{
	*ret = 0;
	for (; from < text.size / UNIT; from++) {
		const unsigned int c = unit_at(text, from);

		if (c < '0' || c > '9')
			break;
		if (*ret <= UINT32_MAX)
			*ret = 10 * *ret + (c - '0');
	}
	return from;
}

struct bzb_span uki_arguments(struct bzb_span options, uint32_t *ret_profile)
{
	struct bzb_span text = printable(options);
	uint64_t number;
	size_t end;

	*ret_profile = 0;
	while (text.size && unit_at(text, 0) == ' ')
		text = without(text, 1);
	if (!text.size || unit_at(text, 0) != '@')
		return text;
	end = read_number(text, 1, &number);
	if (end == 1 || number > UINT32_MAX ||
	    (end < text.size / UNIT && unit_at(text, end) != ' '))
		return text;
	*ret_profile = (uint32_t)number;
	return without(text, end < text.size / UNIT ? end + 1 : end);
}

struct bzb_span uki_clean(unsigned char *text, size_t size)
{
	size_t begin = 0, end = 0;

	for (size_t i = 0; i < size && text[i]; i++) {
		if (text[i] <= LAST_CONTROL)
			text[i] = ' ';
		if (text[i] != ' ')
			end = i + 1;
	}
	while (begin < end && text[begin] == ' ')
		begin++;
	return (struct bzb_span){ text + begin, end - begin };
}

size_t uki_cut(struct bzb_span text, size_t size)
{
	size_t words = 0;
	bool quoted = false;

	if (text.size <= size)
		return text.size;
	for (size_t i = 0; i <= size; i++) {
		if (text.data[i] == ' ' && !quoted && i && text.data[i - 1] != ' ')
			words = i;
		quoted ^= text.data[i] == '"';
	}
	return words;
}
