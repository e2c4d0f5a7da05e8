/* SPDX-License-Identifier: BSD-2-Clause */
#include "options.h"

/* Removes @prefix from the start of @text; false if @text does not begin with it. */
static bool take_prefix(struct text *text, const char *prefix)
{
	size_t i = 0;

	while (i < text->size && prefix[i] && text->at[i] == prefix[i])
		i++;
	if (prefix[i])
		return false;
	text->at += i;
	text->size -= i;
	return true;
}

static struct text skip(struct text text, size_t count)
{
	return (struct text){ text.at + count, text.size - count };
}

static unsigned int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (unsigned int)(c - 'a') + 10 : 16;
}

/* Takes a number in the kernel's syntax: decimal, 0x.., 0.. for octal. */
static bool take_number(struct text *text, uint64_t *ret)
{
	unsigned int base = 10;
	size_t digits = 0;

	if (take_prefix(text, "0x") || take_prefix(text, "0X"))
		base = 16;
	else if (text->size > 1 && text->at[0] == '0')
		base = 8;
	*ret = 0;
	while (digits < text->size && digit_of(text->at[digits]) < base)
		*ret = *ret * base + digit_of(text->at[digits++]);
	*text = skip(*text, digits);
	return digits;
}

/* Takes a number of bytes: 64M, 0x1000000, 1G. */
static bool take_bytes(struct text *text, uint64_t *ret)
{
	static const char units[] = "kmgtpe";

	if (!take_number(text, ret))
		return false;
	for (unsigned int i = 0; text->size && units[i]; i++) {
		if ((text->at[0] | 0x20) != units[i])
			continue;
		*ret <<= 10 * (i + 1);
		*text = skip(*text, 1);
		break;
	}
	return true;
}

static void lower_limit(struct options *options, uint64_t limit)
{
	if (limit && limit < options->memory_limit)
		options->memory_limit = limit;
}

static void set_fixed_memory(struct options *options, struct text value)
{
	(void)value;
	options->fixed_memory = true;
}

static void set_mem(struct options *options, struct text value)
{
	uint64_t limit;

	options->fixed_memory = true;
	if (take_bytes(&value, &limit))
		lower_limit(options, limit);
}

/* Without a place it is the same as "mem=". */
static void set_memmap(struct options *options, struct text value)
{
	uint64_t limit;

	options->fixed_memory = true;
	if (take_bytes(&value, &limit) && !value.size)
		lower_limit(options, limit);
}

/* ttyS0 and ttyS1 have the I/O ports of a PC. */
static bool take_port(struct text *value, struct options *options)
{
	uint64_t port;

	if (take_prefix(value, "ttyS0"))
		port = 0x3f8;
	else if (take_prefix(value, "ttyS1"))
		port = 0x2f8;
	else if (!take_number(value, &port) || !port || port > UINT16_MAX - 7)
		return false;
	options->serial_port = (uint16_t)port;
	return true;
}

static void take_baud(struct text value, struct options *options)
{
	uint64_t baud;

	if (take_prefix(&value, ",") && take_number(&value, &baud) && baud && baud <= UINT32_MAX)
		options->serial_baud = (uint32_t)baud;
}

/* earlyprintk=serial[,0x3f8|,ttyS0][,115200], earlyprintk=ttyS0[,115200] */
static void set_earlyprintk(struct options *options, struct text value)
{
	if (take_prefix(&value, "serial")) {
		if (!value.size)
			options->serial_port = 0x3f8;
		else if (take_prefix(&value, ",") && take_port(&value, options))
			take_baud(value, options);
	} else if (value.size && value.at[0] == 't' && take_port(&value, options)) {
		take_baud(value, options);
	}
}

/* console=ttyS0[,115200n8], console=uart[8250],io,0x3f8[,115200n8] */
static void set_console(struct options *options, struct text value)
{
	bool uart = take_prefix(&value, "uart8250,io,") || take_prefix(&value, "uart,io,");

	if (uart || (value.size && value.at[0] == 't'))
		if (take_port(&value, options))
			take_baud(value, options);
}

/* Takes the next item of a list, and the comma after it; false after the last one. */
static bool take_item(struct text *list, struct text *ret)
{
	size_t size = 0;

	if (!list->size)
		return false;
	while (size < list->size && list->at[size] != ',')
		size++;
	*ret = (struct text){ list->at, size };
	*list = skip(*list, size);
	take_prefix(list, ",");
	return true;
}

static bool is_word(struct text text, const char *word)
{
	return take_prefix(&text, word) && !text.size;
}

/* Words without a value, and the member of struct options that each sets. */
struct flag {
	const char *word;
	size_t at;
};

#define FLAG(word, field) { word, offsetof(struct options, field) }

static void set_flag(struct options *options, const struct flag *flags, size_t count,
		     struct text word)
{
	for (size_t i = 0; i < count; i++)
		if (is_word(word, flags[i].word))
			*((bool *)options + flags[i].at) = true;
}

/* The kernel handles the other values of "efi=". */
static void set_efi(struct options *options, struct text value)
{
	static const struct flag flags[] = {
		FLAG("nochunk", nochunk),
		FLAG("nosoftreserve", nosoftreserve),
		FLAG("debug", debug),
		FLAG("disable_early_pci_dma", stop_dma),
	};
	struct text item;

	while (take_item(&value, &item)) {
		set_flag(options, flags, BZB_ARRAY_SIZE(flags), item);
		if (is_word(item, "no_disable_early_pci_dma"))
			options->stop_dma = false;
	}
}

/* AMD's SME. The last option with "on" or "off" applies, as in Linux's EFI stub. */
static void set_mem_encrypt(struct options *options, struct text value)
{
	bool on = false, off = false;
	struct text item;

	while (take_item(&value, &item)) {
		on |= is_word(item, "on");
		off |= is_word(item, "off");
	}
	if (on || off)
		options->encrypt = on;
}

/* Takes a number that fits in the firmware's 32-bit fields. */
static bool take_u32(struct text *text, uint32_t *ret)
{
	uint64_t number;

	if (!take_number(text, &number) || number > UINT32_MAX)
		return false;
	*ret = (uint32_t)number;
	return true;
}

/* 1024x768, 1024x768-rgb, 1024x768-bgr, 1024x768-32 */
static bool parse_size(struct text item, struct video_wish *ret)
{
	struct video_wish wish = { .choice = VIDEO_SIZE };

	if (!take_u32(&item, &wish.width) || !take_prefix(&item, "x") ||
	    !take_u32(&item, &wish.height))
		return false;
	if (take_prefix(&item, "-rgb"))
		wish.order = VIDEO_RGB;
	else if (take_prefix(&item, "-bgr"))
		wish.order = VIDEO_BGR;
	else if (take_prefix(&item, "-") && !take_u32(&item, &wish.depth))
		return false;
	*ret = wish;
	return !item.size;
}

static bool parse_mode(struct text item, struct video_wish *ret)
{
	*ret = (struct video_wish){ .choice = VIDEO_MODE };
	return take_prefix(&item, "mode=") && take_u32(&item, &ret->mode) && !item.size;
}

/* video=efifb:mode=3, :list, :auto, :1024x768-32; the last valid one applies */
static void set_video(struct options *options, struct text value)
{
	struct video_wish wish;
	struct text item;

	if (!take_prefix(&value, "efifb:"))
		return;
	while (take_item(&value, &item)) {
		if (is_word(item, "auto"))
			options->video = (struct video_wish){ .choice = VIDEO_AUTO };
		else if (is_word(item, "list"))
			options->video = (struct video_wish){ .choice = VIDEO_LIST };
		else if (parse_mode(item, &wish) || parse_size(item, &wish))
			options->video = wish;
	}
}

/* The number includes this processor; the lowest one applies. */
static void set_processors(struct options *options, struct text value)
{
	uint32_t number;

	if (!take_u32(&value, &number))
		return;
	number -= !!number;
	if (number < options->others_max)
		options->others_max = number;
}

static void set_seed(struct options *options, struct text value)
{
	options->seed_given = true;
	options->has_seed |= bzb_shuffle_read_seed(
		(struct bzb_span){ (const unsigned char *)value.at, value.size }, options->seed);
}

static const struct flag flags[] = {
	/* clang-format off */
	FLAG("nokaslr", nokaslr),
	FLAG("noshuffle", noshuffle),
	FLAG("no5lvl", no5lvl),
	FLAG("nosmp", nosmp),
	FLAG("quiet", quiet),
	FLAG("noinitrd", noinitrd),
	FLAG("bzboot.debug", debug),
	/* clang-format on */
};

/* Words with a value. */
static const struct {
	const char *word;
	void (*set)(struct options *options, struct text value);
} known[] = {
	{ "mem=", set_mem },
	{ "memmap=", set_memmap },
	{ "hugepages=", set_fixed_memory },
	{ "efi_fake_mem=", set_fixed_memory },
	{ "earlyprintk=", set_earlyprintk },
	{ "console=", set_console },
	{ "efi=", set_efi },
	{ "mem_encrypt=", set_mem_encrypt },
	{ "video=", set_video },
	{ "maxcpus=", set_processors },
	{ "bzboot.processors=", set_processors },
	{ "bzboot.seed=", set_seed },
};

/* Takes the word of @cmdline at @position; false at the end, or at "--". */
static bool next_word(const char *cmdline, size_t *position, struct text *ret)
{
	bool quoted = false;
	size_t begin, end;

	for (begin = *position; cmdline[begin] == ' '; begin++)
		;
	for (end = begin; cmdline[end] && (quoted || cmdline[end] != ' '); end++)
		if (cmdline[end] == '"')
			quoted = !quoted;
	*ret = (struct text){ cmdline + begin, end - begin };
	if (begin == end || (ret->size == 2 && ret->at[0] == '-' && ret->at[1] == '-'))
		return false;
	*position = end;
	return true;
}

struct options options_parse(const char *cmdline)
{
	struct options options = { .memory_limit = UINT64_MAX, .others_max = UINT32_MAX };
	size_t position = 0;
	struct text word;

	while (next_word(cmdline, &position, &word)) {
		set_flag(&options, flags, BZB_ARRAY_SIZE(flags), word);
		for (size_t i = 0; i < BZB_ARRAY_SIZE(known); i++) {
			struct text value = word;

			if (take_prefix(&value, known[i].word))
				known[i].set(&options, value);
		}
	}
	return options;
}

/* Takes the next item of a list, with its comma; false unless it is size$start, size#start or
 * size!start. */
static bool take_reserved(struct text *text, struct bzb_range *ret)
{
	bool found = take_bytes(text, &ret->size) &&
		     (take_prefix(text, "$") || take_prefix(text, "#") || take_prefix(text, "!")) &&
		     take_bytes(text, &ret->addr) && ret->size;

	while (text->size && text->at[0] != ',')
		*text = skip(*text, 1);
	take_prefix(text, ",");
	return found;
}

/* Finds the value of a "memmap=" that ends after @position, without its bytes before @position. */
static bool next_memmap(const char *cmdline, size_t *position, struct text *ret)
{
	size_t end = 0;

	while (next_word(cmdline, &end, ret)) {
		const char *from = cmdline + *position;

		if (!take_prefix(ret, "memmap=") || ret->at + ret->size <= from)
			continue;
		if (ret->at < from)
			*ret = skip(*ret, (size_t)(from - ret->at));
		return true;
	}
	return false;
}

bool options_next_reserved(const char *cmdline, size_t *position, struct bzb_range *ret)
{
	struct text rest;

	while (next_memmap(cmdline, position, &rest)) {
		bool found = take_reserved(&rest, ret);

		*position = (size_t)(rest.at - cmdline);
		if (found)
			return true;
	}
	return false;
}

bool options_next_initrd(const char *cmdline, size_t *position, struct text *ret)
{
	while (next_word(cmdline, position, ret))
		if (take_prefix(ret, "initrd=") && ret->size)
			return true;
	return false;
}
