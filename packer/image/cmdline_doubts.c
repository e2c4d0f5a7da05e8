/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmdline_doubts.h"

#include <string.h>

static bool is_blank(unsigned char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Whether a word of @text begins with @word, or is @word if that does not end in '='. */
static bool has_word(struct bzb_span text, const char *word)
{
	size_t size = strlen(word);
	bool whole = word[size - 1] != '=';

	for (size_t at = 0; at + size <= text.size; at++) {
		size_t end = at + size;

		if ((at && !is_blank(text.data[at - 1])) || memcmp(text.data + at, word, size))
			continue;
		if (!whole || end == text.size || is_blank(text.data[end]))
			return true;
	}
	return false;
}

static bool names_initrd(const struct cmdline *cmdline)
{
	return cmdline->has_initrd && has_word(cmdline->text, "initrd=");
}

static bool wants_no_initrd(const struct cmdline *cmdline)
{
	return cmdline->has_initrd && has_word(cmdline->text, "noinitrd");
}

static bool is_of_loader(const struct cmdline *cmdline)
{
	return has_word(cmdline->text, "BOOT_IMAGE=");
}

static bool has_newline(const struct cmdline *cmdline)
{
	return cmdline->text.size && memchr(cmdline->text.data, '\n', cmdline->text.size);
}

static bool has_control(const struct cmdline *cmdline)
{
	for (size_t i = 0; i < cmdline->text.size; i++) {
		unsigned char c = cmdline->text.data[i];

		if ((c < ' ' && c != '\n') || c == 0x7f)
			return true;
	}
	return false;
}

static const struct {
	bool (*is_so)(const struct cmdline *cmdline);
	const char *text;
} doubts[] = {
	{ names_initrd, "has initrd=, which is ignored because an initrd is packed: leave it out" },
	{ wants_no_initrd,
	  "has noinitrd, so the packed initrd is ignored: leave out one of the two" },
	{ is_of_loader, "has BOOT_IMAGE=, which boot loaders add: leave it out" },
	{ has_newline, "has a newline: separate parameters with spaces" },
	{ has_control, "has control characters: separate parameters with spaces" },
};

void cmdline_doubts(const struct cmdline *cmdline, const char *output)
{
	struct why why;

	for (size_t i = 0; i < BZB_ARRAY_SIZE(doubts); i++) {
		if (!doubts[i].is_so(cmdline))
			continue;
		explain(&why, "warning: its command line %s", doubts[i].text);
		diag_note(output, &why);
	}
	if (!cmdline->size_max || cmdline->text.size <= cmdline->size_max)
		return;
	explain(&why,
		"warning: its command line has %zu bytes, and this kernel takes %u: shorten it",
		cmdline->text.size, cmdline->size_max);
	diag_note(output, &why);
}
