/* SPDX-License-Identifier: BSD-2-Clause */
/* The tree of info_tree() as indented text. */
#include "info.h"

#include <stdio.h>
#include <string.h>

#define INDENT 2

/* More members than any object in an array has. */
#define COLUMNS_MAX 16

static int scalar_width(const json_t *value)
{
	if (json_is_integer(value))
		return snprintf(NULL, 0, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	return (int)json_string_length(value);
}

static void print_scalar(const json_t *value)
{
	if (json_is_integer(value))
		printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else
		fputs(json_string_value(value), stdout);
}

static void measure_columns(const json_t *rows, int widths[COLUMNS_MAX])
{
	const char *name;
	json_t *row, *value;
	size_t i;

	json_array_foreach(rows, i, row) {
		int *width = widths;

		json_object_foreach(row, name, value) {
			if (*width < (int)strlen(name))
				*width = (int)strlen(name);
			if (*width < scalar_width(value))
				*width = scalar_width(value);
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
static void print_table(const json_t *rows, int indent)
{
	int widths[COLUMNS_MAX] = { 0 }, column = 0, used = 0;
	const char *name;
	json_t *row, *value;
	size_t i;

	measure_columns(rows, widths);
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
			print_scalar(value);
			used = scalar_width(value);
		}
		putchar('\n');
	}
}

static void print_list(const json_t *scalars)
{
	json_t *value;
	size_t i;

	json_array_foreach(scalars, i, value) {
		fputs(i ? ", " : " ", stdout);
		print_scalar(value);
	}
	putchar('\n');
}

static void print_object(const json_t *object, int indent)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)object, name, value) {
		if (json_is_array(value) && !json_array_size(value))
			continue;
		printf("%*s%s:", indent, "", name);
		if (json_is_object(value)) {
			putchar('\n');
			print_object(value, indent + INDENT);
		} else if (!json_is_array(value)) {
			putchar(' ');
			print_scalar(value);
			putchar('\n');
		} else if (json_is_object(json_array_get(value, 0))) {
			putchar('\n');
			print_table(value, indent + INDENT);
		} else {
			print_list(value);
		}
	}
}

void info_print_text(const json_t *tree)
{
	print_object(tree, 0);
}
