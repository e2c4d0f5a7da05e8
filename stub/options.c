/* SPDX-License-Identifier: BSD-2-Clause */
#include "options.h"

/* A word that ends in '=' stands for all that begin so. */
static const struct {
	const char *word;
	size_t flag;
} known[] = {
	{ "nokaslr", offsetof(struct options, nokaslr) },
	{ "mem=", offsetof(struct options, fixed_memory) },
	{ "memmap=", offsetof(struct options, fixed_memory) },
	{ "hugepages=", offsetof(struct options, fixed_memory) },
};

static bool is_word(const char *text, size_t size, const char *word)
{
	size_t i = 0;

	while (i < size && word[i] && text[i] == word[i])
		i++;
	return !word[i] && (i == size || word[i - 1] == '=');
}

/* Where the word at @at ends. */
static size_t word_size(const char *at)
{
	bool quoted = false;
	size_t size = 0;

	for (; at[size] && (quoted || at[size] != ' '); size++)
		if (at[size] == '"')
			quoted = !quoted;
	return size;
}

struct options options_parse(const char *cmdline)
{
	struct options options = { 0 };

	while (*cmdline) {
		size_t size = word_size(cmdline);

		if (is_word(cmdline, size, "--"))
			break;
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (is_word(cmdline, size, known[i].word))
				*(bool *)((char *)&options + known[i].flag) = true;
		cmdline += size;
		while (*cmdline == ' ')
			cmdline++;
	}
	return options;
}
