/* SPDX-License-Identifier: BSD-2-Clause */
#include "uki_names.h"

size_t uki_names_length(const uint16_t *text)
{
	size_t n = 0;

	while (text[n])
		n++;
	return n;
}

static size_t length_of_ascii(const char *text)
{
	size_t n = 0;

	while (text[n])
		n++;
	return n;
}

static uint16_t lower(uint16_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint16_t)(c | 0x20) : c;
}

static bool ends_with(const uint16_t *name, const char *suffix)
{
	const size_t all = uki_names_length(name), end = length_of_ascii(suffix);

	if (all < end)
		return false;
	for (size_t i = 0; i < end; i++)
		if (lower(name[all - end + i]) != (unsigned char)suffix[i])
			return false;
	return true;
}

/* Names on a hostile volume can have slashes, which lead out of the archive's folder. */
static bool is_plain(const uint16_t *name)
{
	while (*name >= ' ' && *name < 0x7f && *name != '/' && *name != '\\')
		name++;
	return !*name;
}

bool uki_names_match(const uint16_t *name, const struct uki_names_kind *kind)
{
	return name[0] != '.' && ends_with(name, kind->suffix) &&
	       !(kind->except && ends_with(name, kind->except)) && is_plain(name) &&
	       uki_names_length(name) <= UKI_NAMES_MAX;
}

int uki_names_compare(const uint16_t *a, const uint16_t *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a - *b;
}

/* UEFI 2.10, 10.3: a node of a device path */
struct node {
	unsigned char type, subtype;
	bzb_le16 length; /* bytes, with these */
};
enum { END_TYPE = 0x7f, MEDIA_TYPE = 4, FILE_SUBTYPE = 4 };

struct text {
	uint16_t *to;
	size_t size, space; /* units */
};

/* Both slashes separate, and several are one. False if there is no space for it and a NUL. */
static bool append(struct text *text, uint16_t c)
{
	if (c == '/')
		c = '\\';
	if (c == '\\' && text->size && text->to[text->size - 1] == '\\')
		return true;
	if (text->space - text->size < 2)
		return false;
	text->to[text->size++] = c;
	text->to[text->size] = 0;
	return true;
}

static bool append_node(struct text *text, struct bzb_span name)
{
	if (text->size && !append(text, '\\'))
		return false;
	for (size_t i = 0; i + 1 < name.size && (name.data[i] || name.data[i + 1]); i += 2)
		if (!append(text, (uint16_t)(name.data[i] | name.data[i + 1] << 8)))
			return false;
	return true;
}

static bool read_path(struct bzb_span path, struct text *text)
{
	struct bzb_span head, name;
	const struct node *node;
	uint64_t at = 0;

	for (;; at += bzb_ld16(node->length)) {
		if (bzb_slice(path, at, sizeof(*node), &head))
			return false;
		node = (const void *)head.data;
		if (node->type == END_TYPE)
			return text->size > 0;
		if (node->type != MEDIA_TYPE || node->subtype != FILE_SUBTYPE ||
		    bzb_ld16(node->length) < sizeof(*node) ||
		    bzb_slice(path, at + sizeof(*node), bzb_ld16(node->length) - sizeof(*node),
			      &name) ||
		    !append_node(text, name))
			return false;
	}
}

static bool skip_digits(const uint16_t **at)
{
	const uint16_t *from = *at;

	while (**at >= '0' && **at <= '9')
		++*at;
	return *at != from;
}

/* "+LEFT" or "+LEFT-DONE", before a dot or at the end */
static void remove_counter(uint16_t *path)
{
	const uint16_t *rest;

	while (*path && *path != '+')
		path++;
	if (!*path)
		return;
	rest = path + 1;
	if (!skip_digits(&rest))
		return;
	if (*rest == '-' && (rest++, !skip_digits(&rest)))
		return;
	if (!*rest || *rest == '.')
		memmove(path, rest, (uki_names_length(rest) + 1) * sizeof(*rest));
}

bool uki_names_image(struct bzb_span path, uint16_t *to, size_t space)
{
	struct text text = { to, 0, space };

	return read_path(path, &text);
}

bool uki_names_folder(struct bzb_span path, uint16_t *to, size_t space)
{
	struct text text = { to, 0, space };

	if (!uki_names_image(path, to, space))
		return false;
	remove_counter(to);
	text.size = uki_names_length(to);
	for (const char *c = ".extra.d"; *c; c++)
		if (!append(&text, (unsigned char)*c))
			return false;
	return true;
}
