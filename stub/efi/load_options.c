/* SPDX-License-Identifier: BSD-2-Clause */
#include "load_options.h"

/* UEFI 2.10, 3.1.3 EFI_LOAD_OPTION: attributes and the length of the path; then a
 * description, a device path and the data for the image. */
#define LOAD_OPTION_HEAD 6
#define LOAD_OPTION_ATTRIBUTES 0x1f09u	/* active, hidden, category */

/* 10.3.1: a node has a type, a subtype and its length */
#define PATH_NODE_HEAD 4
#define PATH_END 0x7f			/* type */
#define PATH_END_ENTIRE 0xff		/* subtype */
#define PATH_MEDIA 4			/* 10.3.5.4: a file path, of UTF-16 */
#define PATH_MEDIA_FILE 4
#define PATH_MESSAGING 3		/* 10.3.4.23: a URI, of bytes */
#define PATH_MESSAGING_URI 24

static uint16_t unit_at(struct bzb_span bytes, size_t at)
{
	return (uint16_t)(bytes.data[at] | bytes.data[at + 1] << 8);
}

/* The end of the device path that begins at @at; 0 if there is none. */
static size_t path_end(struct bzb_span bytes, size_t at)
{
	while (bytes.size - at >= PATH_NODE_HEAD) {
		const unsigned char *node = bytes.data + at;
		uint16_t length = unit_at(bytes, at + 2);

		if (length < PATH_NODE_HEAD || length > bytes.size - at)
			return 0;
		at += length;
		if (node[0] == PATH_END && node[1] == PATH_END_ENTIRE)
			return at;
	}
	return 0;
}

struct bzb_span load_option_data(struct bzb_span options)
{
	size_t path = LOAD_OPTION_HEAD, end;

	if (options.size < LOAD_OPTION_HEAD || unit_at(options, 2) ||
	    unit_at(options, 0) & ~LOAD_OPTION_ATTRIBUTES)
		return options;
	while (options.size - path >= 2 && unit_at(options, path))
		path += 2;
	if (options.size - path < 2)
		return options;
	path += 2;
	end = path_end(options, path);
	if (!end || end - path != unit_at(options, 4))
		return options;
	return (struct bzb_span){ options.data + end, options.size - end };
}

/* A path, in a device path or on a command line. */
struct name {
	const unsigned char *at;
	size_t count; /* characters */
	size_t width; /* bytes of each: 1 or 2 */
};

/* Upper and lower case are equal, and so are both slashes. */
static unsigned int character(const struct name *name, size_t at)
{
	const unsigned char *bytes = name->at + at * name->width;
	unsigned int c = name->width == 2 ? bytes[0] | (unsigned int)bytes[1] << 8 : bytes[0];

	if (c == '/')
		return '\\';
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static void skip(struct name *name, size_t count)
{
	name->at += count * name->width;
	name->count -= count;
}

/* "fs0:" or "http:", then "." and slashes */
static void skip_root(struct name *name)
{
	size_t at = 0;

	while (at < name->count && character(name, at) != ':' && character(name, at) != '\\')
		at++;
	if (at < name->count && character(name, at) == ':')
		skip(name, at + 1);
	if (name->count > 1 && character(name, 0) == '.' && character(name, 1) == '\\')
		skip(name, 1);
	while (name->count && character(name, 0) == '\\')
		skip(name, 1);
}

/* @name is the last components of @path, or all of them. Both are without their roots. */
static bool is_end_of(const struct name *name, struct name path)
{
	if (!name->count || name->count > path.count)
		return false;
	if (name->count < path.count) {
		skip(&path, path.count - name->count - 1);
		if (character(&path, 0) != '\\')
			return false;
		skip(&path, 1);
	}
	for (size_t i = 0; i < name->count; i++)
		if (character(name, i) != character(&path, i))
			return false;
	return true;
}

/* The name in a node; false if it has none. */
static bool name_of(const unsigned char *node, size_t size, struct name *ret)
{
	const unsigned char *at = node + PATH_NODE_HEAD;

	size -= PATH_NODE_HEAD;
	if (node[0] == PATH_MEDIA && node[1] == PATH_MEDIA_FILE)
		*ret = (struct name){ at, size / 2, 2 };
	else if (node[0] == PATH_MESSAGING && node[1] == PATH_MESSAGING_URI)
		*ret = (struct name){ at, size, 1 };
	else
		return false;
	while (ret->count && !character(ret, ret->count - 1))
		ret->count--;
	skip_root(ret);
	return true;
}

/* The last name in a device path; empty if there is none. */
static struct name last_name(struct bzb_span path)
{
	struct name name = { 0 };
	size_t end = path_end(path, 0), size;

	for (size_t at = 0; at < end; at += size) {
		size = unit_at(path, at + 2);
		name_of(path.data + at, size, &name);
	}
	return name;
}

/* The first word of UTF-16, without quotes. */
static struct name first_word(struct bzb_span options, size_t *ret_end)
{
	struct name text = { options.data, options.size / 2, 2 };
	bool quoted = false;
	size_t begin = 0, end, closed;

	while (begin < text.count && character(&text, begin) == ' ')
		begin++;
	for (end = begin; end < text.count; end++) {
		unsigned int c = character(&text, end);

		if (!c || (c == ' ' && !quoted))
			break;
		quoted ^= c == '"';
	}
	*ret_end = 2 * end;
	closed = begin < end && character(&text, begin) == '"';
	skip(&text, begin + closed);
	text.count = end - begin - closed;
	if (closed && text.count && character(&text, text.count - 1) == '"')
		text.count--;
	skip_root(&text);
	return text;
}

struct bzb_span load_options_arguments(struct bzb_span options, struct bzb_span path, bool named)
{
	struct name name = last_name(path), word;
	size_t end;

	word = first_word(options, &end);
	if (!named && !is_end_of(&word, name))
		return options;
	return (struct bzb_span){ options.data + end, options.size - end };
}
