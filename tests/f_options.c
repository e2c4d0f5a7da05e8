/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's command line, as the stub reads it. */
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

/* Paths are not empty, follow one another, and are within the command line. */
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

/* The same words with twice the blanks between them, and more of them around. */
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
	free(cmdline);
	return 0;
}
