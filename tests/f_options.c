/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's command line, as the stub reads it */
#include "fuzz.h"

#include "../stub/options.h"

#define WORDS_MAX 4096u

/* A range that "memmap=" reserves is not empty, and each is nearer to the end. */
static void check_reserved(const char *cmdline, size_t length)
{
	size_t position = 0, before = 0;
	struct bzb_range range;

	while (options_next_reserved(cmdline, &position, &range)) {
		PROMISE(range.size);
		PROMISE(position > before && position <= length);
		before = position;
	}
}

/* --- words, split differently: blanks in quotes become letters first ---------------- */

struct words {
	char text[WORDS_MAX + 1];
	const char *at[WORDS_MAX];
	size_t count;
};

/* Finds the words before "--". */
static void split(const char *cmdline, struct words *words)
{
	bool quoted = false;
	char *word, *rest = words->text;
	size_t i;

	for (i = 0; cmdline[i]; i++) {
		quoted ^= cmdline[i] == '"';
		words->text[i] = quoted && cmdline[i] == ' ' ? '\n' : cmdline[i];
	}
	words->text[i] = '\0';
	words->count = 0;
	while ((word = strsep(&rest, " ")) && strcmp(word, "--"))
		if (*word)
			words->at[words->count++] = word;
}

static bool has_word(const struct words *words, const char *wanted)
{
	for (size_t i = 0; i < words->count; i++)
		if (!strcmp(words->at[i], wanted))
			return true;
	return false;
}

static void check_words(const char *cmdline, const struct options *options)
{
	static struct words words;
	size_t position = 0;
	struct text path;

	split(cmdline, &words);
	PROMISE(options->nokaslr == has_word(&words, "nokaslr"));
	PROMISE(options->no5lvl == has_word(&words, "no5lvl"));
	PROMISE(options->quiet == has_word(&words, "quiet"));
	PROMISE(options->noinitrd == has_word(&words, "noinitrd"));
	for (size_t i = 0; i < words.count; i++)
		if (!strncmp(words.at[i], "initrd=", 7) && words.at[i][7])
			PROMISE(options_next_initrd(cmdline, &position, &path) &&
				path.at - cmdline == words.at[i] + 7 - words.text &&
				path.size == strlen(words.at[i] + 7));
	PROMISE(!options_next_initrd(cmdline, &position, &path));
}

/* Paths are not empty, ascend, and are within the command line. */
static void check_initrds(const char *cmdline, size_t length)
{
	size_t position = 0;
	const char *end = cmdline;
	struct text path;

	while (options_next_initrd(cmdline, &position, &path)) {
		PROMISE(path.size && path.at >= end + strlen("initrd="));
		end = path.at + path.size;
		PROMISE(end <= cmdline + length && position == (size_t)(end - cmdline));
		PROMISE(!*end || *end == ' ');
	}
}

static bool is_same(const struct options *a, const struct options *b)
{
	return a->nokaslr == b->nokaslr && a->no5lvl == b->no5lvl &&
	       a->fixed_memory == b->fixed_memory && a->memory_limit == b->memory_limit &&
	       a->serial_port == b->serial_port && a->serial_baud == b->serial_baud &&
	       a->quiet == b->quiet && a->debug == b->debug && a->noinitrd == b->noinitrd &&
	       a->nochunk == b->nochunk && a->nosoftreserve == b->nosoftreserve &&
	       a->stop_dma == b->stop_dma && a->encrypt == b->encrypt &&
	       a->video.choice == b->video.choice && a->video.mode == b->video.mode &&
	       a->video.width == b->video.width && a->video.height == b->video.height &&
	       a->video.depth == b->video.depth && a->video.order == b->video.order;
}

/* The same words with twice the blanks between them, and more at both ends. */
static void spread(const char *from, char *to)
{
	bool quoted = false;

	*to++ = ' ';
	for (; *from; from++) {
		quoted ^= *from == '"';
		*to++ = *from;
		if (*from == ' ' && !quoted)
			*to++ = ' ';
	}
	if (!quoted)
		*to++ = ' ';
	*to = '\0';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char wide[2 * WORDS_MAX + 3];
	char *cmdline;
	struct options options, again;
	size_t length;

	if (size > WORDS_MAX)
		return 0;
	cmdline = malloc(size + 1);
	PROMISE(cmdline);
	memcpy(cmdline, data, size);
	cmdline[size] = '\0';
	length = strlen(cmdline);
	options = options_parse(cmdline);
	PROMISE(options.memory_limit);
	PROMISE(options.memory_limit == UINT64_MAX || options.fixed_memory);
	PROMISE(!options.serial_baud || options.serial_port);
	spread(cmdline, wide);
	again = options_parse(wide);
	PROMISE(is_same(&options, &again));
	check_reserved(cmdline, length);
	check_initrds(cmdline, length);
	check_words(cmdline, &options);
	free(cmdline);
	return 0;
}
