/* SPDX-License-Identifier: BSD-2-Clause */
/* LoadOptions to text, paths and lines to UTF-16: the first byte is the size of the buffer. */
#include "fuzz.h"

#include "../stub/efi/load_options.h"
#include "../stub/efi/utf16.h"
#include "../stub/pe/pe_text.h"

#define SPACE_MAX 0x200u

/* Both ends of a text that was not truncated */
static bool is_trimmed(const char *text)
{
	size_t length = strlen(text);

	return !length || (text[0] != ' ' && text[length - 1] != ' ');
}

/* A text is the same after conversion to UTF-16 and back. */
static void check_round_trip(const char *text, size_t length)
{
	uint16_t units[SPACE_MAX];
	char again[SPACE_MAX];
	size_t count = 0;
	bool cut;

	PROMISE(utf8_to_utf16((struct bzb_span){ (const void *)text, length }, units, SPACE_MAX));
	while (units[count])
		count++;
	PROMISE(utf16_to_utf8((struct bzb_span){ (const void *)units, 2 * count }, again, SPACE_MAX,
			      &cut));
	PROMISE(!cut && !strcmp(text, again));
}

/* The words that fit into @space bytes, and all words */
static void check_text(struct bzb_span from, size_t space)
{
	char *text = malloc(space), whole[SPACE_MAX];
	bool is_text, cut = false, whole_cut = false;
	size_t length;

	PROMISE(text);
	memset(text, 'x', space);
	is_text = utf16_to_utf8(from, text, space, &cut);
	length = strnlen(text, space);
	PROMISE(length < space && is_trimmed(text) && (is_text || !length));
	PROMISE(utf16_to_utf8(from, whole, SPACE_MAX, &whole_cut) == is_text);
	if (is_text && !whole_cut) {
		PROMISE(!strncmp(whole, text, length) && (cut || !whole[length]));
		PROMISE(!whole[length] || whole[length] == ' ' || !length);
		check_round_trip(whole, strlen(whole));
	}
	free(text);
}

static void check_path(struct bzb_span path, size_t space)
{
	uint16_t *units = malloc(space * sizeof(*units));
	size_t count = 0;

	PROMISE(units);
	if (utf8_to_utf16(path, units, space)) {
		while (count < space && units[count])
			count++;
		PROMISE(count < space && count <= path.size);
		PROMISE(path.size <= 3 * count || memchr(path.data, 0, path.size));
	}
	free(units);
}

/* A line that is UTF-8 becomes what a path becomes. */
static void check_line(struct bzb_span line)
{
	uint16_t *units = malloc((line.size + 1) * sizeof(*units));
	uint16_t *same = malloc((line.size + 3) * sizeof(*same));
	bool is_broken, is_path;
	size_t count;

	PROMISE(units && same);
	if (line.size && memchr(line.data, 0, line.size))
		line.size = strlen((const char *)line.data);
	count = text_to_utf16(line, units, &is_broken);
	is_path = utf8_to_utf16(line, same, line.size + 3);
	PROMISE(count <= line.size + 1 && !units[count - 1]);
	PROMISE(is_path != is_broken);
	PROMISE(is_broken || !memcmp(units, same, count * sizeof(*units)));
	free(units);
	free(same);
}

/* The input as a device path, and a device path to a file named as its beginning */
static void check_arguments(struct bzb_span input, bool named)
{
	static const unsigned char file[] = "\x04\x04\x0a\0"
					    "a\0b\0\0\0"
					    "\x7f\xff\x04";
	const struct bzb_span paths[] = { input, { file, sizeof(file) } };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct bzb_span rest = load_options_arguments(input, paths[i], named);

		PROMISE(is_part(input, rest));
		PROMISE(rest.data + rest.size == input.data + input.size);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bzb_span input, options;
	size_t space;

	if (!size)
		return 0;
	space = data[0] + (size_t)1;
	input = (struct bzb_span){ data + 1, size - 1 };
	options = load_option_data(input);
	PROMISE(is_part(input, options));
	PROMISE(options.data + options.size == input.data + input.size);
	check_arguments(input, data[0] & 1);
	check_text(input, space);
	if (options.size != input.size)
		check_text(options, space);
	check_path(input, space);
	check_line(input);
	return 0;
}
