/* SPDX-License-Identifier: BSD-2-Clause */
#include "command_help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HELP_WIDTH 79

/* An option that takes more columns has its text on the next line. */
#define OPTION_WIDTH 26

static const char *const group_names[GROUP_COUNT] = {
	[GROUP_OUTPUT] = "Output",	[GROUP_COMPRESSION] = "Compression",
	[GROUP_CONTENTS] = "Contents",	[GROUP_UKI] = "Unified kernel image",
	[GROUP_BOOT] = "Boot",		[GROUP_SIGNING] = "Signing",
	[GROUP_INSTALL] = "Installing", [GROUP_OTHER] = "Other",
};

/* Prints words, from column @column on; other lines begin at @indent. */
static void print_wrapped(const char *text, int indent, int column)
{
	bool first = true;

	while (*text) {
		const int length = (int)strcspn(text, " \n");

		if (!first && column + 1 + length > HELP_WIDTH) {
			printf("\n%*s", indent, "");
			column = indent;
			first = true;
		}
		column += printf("%s%.*s", first ? "" : " ", length, text);
		first = false;
		text += length;
		if (*text == '\n') {
			printf("\n%*s", text[1] == '\n' ? 0 : indent, "");
			column = indent;
			first = true;
		}
		text += *text != '\0';
	}
	putchar('\n');
}

static void print_usage(const struct command_line *line)
{
	const char *form = line->usage, *label = "usage:";

	while (*form) {
		const int length = (int)strcspn(form, "\n");

		printf("%-6s bzboot%s%s %.*s\n", label, line->name ? " " : "",
		       line->name ? line->name : "", length, form);
		form += length + (form[length] == '\n');
		label = "";
	}
}

/* returns: the columns of an option, which it prints to @to */
static int format_option(const struct command_option *row, char *to, size_t size)
{
	const char letter[] = { '-', row->letter, ',', ' ', '\0' };

	return snprintf(to, size, "  %s--%s%s%s%s", row->letter ? letter : "    ", row->name,
			row->may_be_missing ? "[=" :
			row->argument	    ? " " :
					      "",
			row->argument ? row->argument : "", row->may_be_missing ? "]" : "");
}

/* The text of the row, followed by the parts that all rows share: repeats, default. */
static void format_text(const struct command_option *row, char *to, size_t size)
{
	const char *value = row->initial ? row->initial : row->otherwise, *what = row->text;
	char words[128];

	if (!*what)
		what = option_value_join(row->value, ", ", " or ", words, sizeof(words));
	snprintf(to, size, "%s%s%s%s%s", what, row->repeats ? "; may be repeated" : "",
		 value ? " (default: " : "", value ? value : "", value ? ")" : "");
}

static int option_column(const struct command_line *line)
{
	const struct command_option *row;
	char option[128];
	int column = 0;

	for (size_t i = 0; (row = command_line_row(line, i)); i++) {
		const int width = format_option(row, option, sizeof(option));

		if (row->text && width <= OPTION_WIDTH && width > column)
			column = width;
	}
	return column + 2;
}

static void print_option(const struct command_option *row, int column)
{
	char option[128], text[1024];
	const int width = format_option(row, option, sizeof(option));

	format_text(row, text, sizeof(text));
	fputs(option, stdout);
	if (width > column - 2)
		printf("\n%*s", column, "");
	else
		printf("%*s", column - width, "");
	print_wrapped(text, column, column);
}

static void print_group(const struct command_line *line, enum option_group group, int column)
{
	const struct command_option *row;
	bool empty = true;

	for (size_t i = 0; (row = command_line_row(line, i)); i++) {
		if (!row->text || row->group != group)
			continue;
		if (empty)
			printf("\n%s:\n", group_names[group]);
		empty = false;
		print_option(row, column);
	}
}

static void print_examples(const char *const *examples)
{
	fputs("\nExamples:\n", stdout);
	for (; *examples; examples++)
		printf("  %s\n", *examples);
}

void command_line_help(const struct command_line *line)
{
	const int column = option_column(line);

	print_usage(line);
	putchar('\n');
	print_wrapped(line->text, 0, 0);
	for (enum option_group group = 0; group < GROUP_OTHER; group++)
		print_group(line, group, column);
	if (line->print_more)
		line->print_more();
	print_group(line, GROUP_OTHER, column);
	if (line->examples)
		print_examples(line->examples);
}
