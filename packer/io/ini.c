/* SPDX-License-Identifier: BSD-2-Clause */
#include "ini.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "fileio.h"

/* Values are put together in the text itself: a line that continues one ends later. */
struct reader {
	struct ini ini;
	const char *section; /* NULL: none yet */
	char *end;	     /* of the last value, its NUL; NULL: no line can continue it */
	size_t indent;	     /* of its first line */
	bool is_joined;	     /* the last line ended in a backslash */
	unsigned int line;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static size_t indent_of(const char *line)
{
	size_t indent = 0;

	while (is_blank(line[indent]))
		indent++;
	return indent;
}

static void trim_end(char *text)
{
	size_t size = strlen(text);

	while (size && is_blank(text[size - 1]))
		size--;
	text[size] = '\0';
}

/* Cuts the comment of a line, and the backslash of "\#", which begins none. */
static void cut_comment(char *line)
{
	char *text = line + indent_of(line);

	if (*text == ';')
		*text = '\0';
	for (char *c = line; (c = strchr(c, '#')); c++) {
		if (c == line || is_blank(c[-1])) {
			*c = '\0';
			return;
		}
		if (c[-1] == '\\' && (c == line + 1 || is_blank(c[-2]))) {
			memmove(c - 1, c, strlen(c) + 1);
			c--;
		}
	}
}

static void add_entry(struct reader *reader, const char *key, char *value)
{
	struct ini *ini = &reader->ini;
	const size_t size = (ini->count + 1) * sizeof(*ini->entries);

	ini->entries = realloc(ini->entries, size);
	if (!ini->entries)
		diag_no_memory(size);
	ini->entries[ini->count++] = (struct ini_entry){
		.section = reader->section,
		.key = key,
		.value = value,
		.line = reader->line,
	};
	reader->end = value + strlen(value);
}

/* Cuts a backslash at the end of a line. */
static bool cut_backslash(char *line)
{
	const size_t size = strlen(line);

	if (!size || line[size - 1] != '\\')
		return false;
	line[size - 1] = '\0';
	trim_end(line);
	return true;
}

/* The text moves to the end of the value, past the end of its line and the indent. */
static void continue_value(struct reader *reader, const char *text)
{
	const size_t size = strlen(text);

	*reader->end = reader->is_joined ? ' ' : '\n';
	memmove(reader->end + 1, text, size + 1);
	reader->end += 1 + size;
}

static int read_section(struct reader *reader, char *text, struct why *why)
{
	char *end = strrchr(text, ']');

	if (!end || end[1] || end == text + 1)
		return explain(why, "not '[SECTION]'");
	*end = '\0';
	reader->section = text + 1;
	reader->end = NULL;
	return 0;
}

static int read_key(struct reader *reader, char *text, struct why *why)
{
	char *equals = strchr(text, '=');

	if (!reader->section)
		return explain(why, "not in a section");
	if (!equals || equals == text)
		return explain(why, "not 'KEY = VALUE'");
	*equals = '\0';
	trim_end(text);
	add_entry(reader, text, equals + 1 + indent_of(equals + 1));
	return 0;
}

static int read_line(struct reader *reader, char *line, struct why *why)
{
	const size_t indent = indent_of(line);
	char *text = line + indent;
	bool is_joined, continues;
	int err = 0;

	cut_comment(line);
	trim_end(line);
	is_joined = cut_backslash(line);
	continues = reader->end && (reader->is_joined || indent > reader->indent);
	if (strlen(line) <= indent) {
		if (!is_joined)
			reader->end = NULL;
	} else if (continues) {
		continue_value(reader, text);
	} else {
		reader->indent = indent;
		err = *text == '[' ? read_section(reader, text, why) : read_key(reader, text, why);
	}
	reader->is_joined = is_joined;
	return err;
}

static int read_lines(struct reader *reader, struct why *why)
{
	char *line = (char *)reader->ini.text.data, *next;
	int err = 0;

	for (; line && !err; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		reader->line++;
		err = read_line(reader, line, why);
	}
	return err;
}

int ini_read(const char *path, struct ini *ret, unsigned int *ret_line, struct why *why)
{
	struct reader reader = { 0 };
	size_t size;

	*ret_line = 0;
	if (file_read_any(path, &reader.ini.text, why))
		return -1;
	size = reader.ini.text.size;
	if (size && memchr(reader.ini.text.data, '\0', size)) {
		ini_free(&reader.ini);
		return explain(why, "not a text: it has a NUL character");
	}
	blob_resize(&reader.ini.text, size + 1);
	reader.ini.text.data[size] = '\0';
	if (read_lines(&reader, why)) {
		*ret_line = reader.line;
		ini_free(&reader.ini);
		return -1;
	}
	*ret = reader.ini;
	return 0;
}

void ini_free(struct ini *ini)
{
	blob_free(&ini->text);
	free(ini->entries);
	*ini = (struct ini){ 0 };
}
