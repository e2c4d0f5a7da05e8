/* SPDX-License-Identifier: BSD-2-Clause */
#include "os_release.h"

#include <string.h>

struct bzb_span os_release_next(struct bzb_span *rest)
{
	const unsigned char *end = memchr(rest->data, '\n', rest->size);
	const size_t size = end ? (size_t)(end - rest->data) : rest->size;
	const struct bzb_span line = { rest->data, size };

	*rest = (struct bzb_span){ rest->data + size + !!end, rest->size - size - !!end };
	return line;
}

bool os_release_assigns(struct bzb_span line, const char *name)
{
	const size_t size = strlen(name);

	return line.size > size && !memcmp(line.data, name, size) && line.data[size] == '=';
}

static bool is_quoted(struct bzb_span value)
{
	const unsigned char quote = value.size > 1 ? value.data[0] : 0;

	return (quote == '"' || quote == '\'') && value.data[value.size - 1] == quote;
}

/* A backslash makes the next character an ordinary one. */
static struct blob unquoted(struct bzb_span value)
{
	struct blob ret;
	size_t used = 0;

	if (is_quoted(value))
		value = (struct bzb_span){ value.data + 1, value.size - 2 };
	ret = blob_alloc(value.size);
	for (size_t i = 0; i < value.size; i++) {
		if (value.data[i] == '\\' && i + 1 < value.size)
			i++;
		ret.data[used++] = value.data[i];
	}
	blob_resize(&ret, used);
	return ret;
}

struct blob os_release_value(struct bzb_span text, const char *name)
{
	struct bzb_span value = { text.data, 0 };
	const size_t start = strlen(name) + 1;

	while (text.size) {
		struct bzb_span line = os_release_next(&text);

		if (os_release_assigns(line, name))
			value = (struct bzb_span){ line.data + start, line.size - start };
	}
	return unquoted(value);
}
