/* SPDX-License-Identifier: BSD-2-Clause */
#include "banner.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/*
 * Linux, init/version-timestamp.c: "Linux version REL (user@host) (compiler) #1 SMP DATE\n". A
 * placeholder from before the last link may come first (init/version.c): without the 1, or, where
 * the number is given, without the date.
 */
#define START "Linux version "

/* Longer than any banner: Linux limits the compiler's name to less than that. */
#define BANNER_MAX 1024u

static struct bzb_span rest(struct bzb_span text, size_t from)
{
	return (struct bzb_span){ text.data + from, text.size - from };
}

/* The length of "(...)" with nested parentheses, or 0 if @text does not begin with one. */
static size_t in_parentheses(struct bzb_span text)
{
	size_t depth = 0;

	for (size_t i = 0; i < text.size; i++) {
		depth += text.data[i] == '(';
		depth -= text.data[i] == ')';
		if (!depth)
			return i ? i + 1 : 0;
	}
	return 0;
}

/* @text is one line. A format string has neither a digit in the place of the release nor a date. */
static bool parse(struct bzb_span text, char *to, size_t size)
{
	const unsigned char *space = memchr(text.data, ' ', text.size);
	size_t release, builder, compiler;
	struct bzb_span number;

	if (!space || !isdigit(text.data[0]) || text.data[text.size - 1] == ' ')
		return false;
	release = (size_t)(space - text.data) + 1;
	builder = in_parentheses(rest(text, release));
	if (!builder || text.size - release <= builder)
		return false;
	number = rest(text, release + builder + 1);
	compiler = in_parentheses(number);
	if (!compiler || number.size - compiler < 3 || number.data[compiler + 1] != '#' ||
	    !isdigit(number.data[compiler + 2]))
		return false;
	number = rest(number, compiler + 1);
	snprintf(to, size, "%.*s %.*s", (int)(release + builder), text.data, (int)number.size,
		 number.data);
	return true;
}

bool banner_version(struct bzb_span bytes, char *to, size_t size)
{
	const unsigned char *found;

	while ((found = memmem(bytes.data, bytes.size, START, strlen(START)))) {
		struct bzb_span text;

		bytes = rest(bytes, (size_t)(found - bytes.data) + strlen(START));
		text = bytes;
		if (text.size > BANNER_MAX)
			text.size = BANNER_MAX;
		for (size_t i = 0; i < text.size; i++)
			if (text.data[i] == '\n' || !text.data[i])
				text.size = i;
		if (text.size && parse(text, to, size))
			return true;
	}
	return false;
}
