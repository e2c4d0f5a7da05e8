/* SPDX-License-Identifier: BSD-2-Clause */
/* The tree of info_tree() as indented text. */
#include "info.h"

#include <stdio.h>
#include <string.h>

#include "info_words.h"

#define INDENT 2

/* More members than any object in an array has. */
#define COLUMNS_MAX 16

/* @object: the name of the object that has the value */
static const char *scalar_text(const char *object, const char *name, const json_t *value,
			       char buffer[INFO_WORDS_SIZE])
{
	json_int_t number = json_integer_value(value);

	if (!json_is_integer(value))
		return json_string_value(value);
	if (number < 0 || !info_words(object, name, (uint64_t)number, buffer))
		snprintf(buffer, INFO_WORDS_SIZE, "%" JSON_INTEGER_FORMAT, number);
	return buffer;
}

static void measure_columns(const char *object, const json_t *rows, int widths[COLUMNS_MAX])
{
	char buffer[INFO_WORDS_SIZE];
	const char *name;
	json_t *row, *value;
	size_t i;

	json_array_foreach(rows, i, row) {
		int *width = widths;

		json_object_foreach(row, name, value) {
			const int used = (int)strlen(scalar_text(object, name, value, buffer));

			if (*width < (int)strlen(name))
				*width = (int)strlen(name);
			if (*width < used)
				*width = used;
			width++;
		}
	}
}

/* A gap before every column but the first; the last one is not padded. */
static void print_gap(int column, const int widths[COLUMNS_MAX], int used)
{
	if (column)
		printf("%*s", widths[column - 1] - used + INDENT, "");
}

/* Objects with the same members: a row for each. */
static void print_table(const char *object, const json_t *rows, int indent)
{
	char buffer[INFO_WORDS_SIZE];
	int widths[COLUMNS_MAX] = { 0 }, column = 0, used = 0;
	const char *name;
	json_t *row, *value;
	size_t i;

	measure_columns(object, rows, widths);
	printf("%*s", indent, "");
	json_object_foreach(json_array_get(rows, 0), name, value) {
		print_gap(column++, widths, used);
		used = printf("%s", name);
	}
	putchar('\n');
	json_array_foreach(rows, i, row) {
		column = 0;
		printf("%*s", indent, "");
		json_object_foreach(row, name, value) {
			print_gap(column++, widths, used);
			used = printf("%s", scalar_text(object, name, value, buffer));
		}
		putchar('\n');
	}
}

static void print_list(const char *object, const json_t *scalars)
{
	char buffer[INFO_WORDS_SIZE];
	json_t *value;
	size_t i;

	json_array_foreach(scalars, i, value)
		printf("%s %s", i ? "," : "", scalar_text(object, "", value, buffer));
	putchar('\n');
}

/* @object: its name; empty for the tree */
static void print_object(const char *object, const json_t *members, int indent)
{
	char buffer[INFO_WORDS_SIZE];
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)members, name, value) {
		if (json_is_array(value) && !json_array_size(value))
			continue;
		printf("%*s%s:", indent, "", name);
		if (json_is_object(value)) {
			putchar('\n');
			print_object(name, value, indent + INDENT);
		} else if (!json_is_array(value)) {
			printf(" %s\n", scalar_text(object, name, value, buffer));
		} else if (json_is_object(json_array_get(value, 0))) {
			putchar('\n');
			print_table(name, value, indent + INDENT);
		} else {
			print_list(name, value);
		}
	}
}

void info_print_text(const json_t *tree)
{
	print_object("", tree, 0);
}
