/* SPDX-License-Identifier: BSD-2-Clause */
#include "setup_cmdline.h"

char cmdline[BZB_CMDLINE_MAX + 1];

/* The text after @start, or NULL if @text does not begin with it. */
static const char *text_after(const char *text, const char *start)
{
	while (*start)
		if (*text++ != *start++)
			return NULL;
	return text;
}

static bool ends_word(char c)
{
	return (unsigned char)c <= ' ';
}

static const char *skip_word(const char *text)
{
	while (!ends_word(*text))
		text++;
	return text;
}

const char *find_word(const char *text, const char *start)
{
	const char *rest;

	for (;;) {
		while (*text && ends_word(*text))
			text++;
		if (!*text)
			return NULL;
		rest = text_after(text, start);
		if (rest)
			return rest;
		text = skip_word(text);
	}
}

const char *find_last_word(const char *text, const char *start)
{
	const char *found = NULL;

	while ((text = find_word(text, start))) {
		found = text;
		text = skip_word(text);
	}
	return found;
}

bool is_word(const char *text, const char *word)
{
	const char *rest = text_after(text, word);

	return rest && ends_word(*rest);
}

bool has_word(const char *text, const char *word)
{
	while ((text = find_word(text, word)) && !ends_word(*text))
		text = skip_word(text);
	return text;
}
