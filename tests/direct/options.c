/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader.h"

/* A value is a number, or one of the choices, which stands for its index. */
struct option {
	const char *name;
	size_t offset;
	const char *choices[4];
};

#define OPTION(name, field, ...) { name, offsetof(struct options, field), { __VA_ARGS__ } }

static const struct option table[] = {
	OPTION("entry", entry, NULL),			  /* 32, 64 */
	OPTION("at", at, NULL),				  /* ADDRESS of the protected-mode part */
	OPTION("initrd", initrd, "high", "low", "after"), /* or ADDRESS */
	OPTION("params", params, NULL),			  /* ADDRESS of boot_params */
	OPTION("cmdline", cmdline, NULL),		  /* ADDRESS */
	OPTION("setup_data", setup_data, NULL),		  /* ADDRESS of the list */
	OPTION("tables", tables, NULL),			  /* ADDRESS of GDT and page tables */
	OPTION("selectors", shifted, "standard", "shifted"),
	OPTION("map", map, "all", "1g", "4g"),
	OPTION("la57", la57, NULL), /* 0, 1 */
	OPTION("e820", e820, NULL), /* NUMBER of entries */
	OPTION("holes", holes, "none", "split", "overlap"),
	OPTION("junk", junk, NULL), /* 0, 1 */
	OPTION("style", style, "full", "coreboot", "copy"),
	OPTION("sse", sse, "off", "on"),
	OPTION("kho", kho, NULL),	  /* ADDRESS of a scratch area of 96 MiB */
	OPTION("cr4", cr4, NULL),	  /* BITS */
	OPTION("nmi", nmi, NULL),	  /* TICKS of 838 ns, up to 65535 */
	OPTION("sev", sev, NULL),	  /* 0, 1 */
	OPTION("cc_blob", cc_blob, NULL), /* ADDRESS */
};

/* The usual places of VMMs, except for the initrd */
static const struct options defaults = {
	.entry = 32,
	.at = 0x100000,
	.initrd = INITRD_HIGH,
	.params = 0x10000,
	.cmdline = 0x20000,
	.setup_data = 0x30000,
};

static bool is_blank(char c)
{
	return c == ' ' || !c;
}

/* The rest of @text after @prefix; NULL if it does not begin with it */
static const char *after(const char *text, const char *prefix)
{
	while (*prefix)
		if (*text++ != *prefix++)
			return NULL;
	return text;
}

static unsigned int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned int)(c - 'a' + 10);
	return 16;
}

static uint64_t read_number(const char *text)
{
	const char *hex = after(text, "0x");
	unsigned int base = hex ? 16 : 10;
	uint64_t value = 0;

	for (text = hex ? hex : text; !is_blank(*text); text++) {
		if (digit_value(*text) >= base)
			refuse("the value of an option is neither a number nor a known word", NULL);
		value = value * base + digit_value(*text);
	}
	return value;
}

static uint64_t read_value(const struct option *option, const char *text)
{
	for (unsigned int i = 0; i < 4 && option->choices[i]; i++) {
		const char *end = after(text, option->choices[i]);

		if (end && is_blank(*end))
			return i;
	}
	return read_number(text);
}

static void read_word(const char *word, struct options *ret)
{
	for (unsigned int i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const char *value = after(word, table[i].name);

		if (value && *value == '=') {
			uint64_t number = read_value(&table[i], value + 1);

			memcpy((char *)ret + table[i].offset, &number, sizeof(number));
			return;
		}
	}
	refuse("an option that does not exist", NULL);
}

static const char *next_word(const char *text)
{
	while (!is_blank(*text))
		text++;
	while (*text == ' ')
		text++;
	return text;
}

const char *options_read(const char *line, struct options *ret)
{
	*ret = defaults;
	for (line = next_word(line); *line; line = next_word(line)) {
		const char *end = after(line, "--");

		if (end && is_blank(*end))
			return *end ? end + 1 : end;
		read_word(line, ret);
	}
	return line;
}
