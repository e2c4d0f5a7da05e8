/* SPDX-License-Identifier: BSD-2-Clause */
#include "completion.h"

#include <stdio.h>

/* More than all names of checks together */
#define WORDS_SIZE 8192

/* Operands, without a limit */
#define MANY 99

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static void print_value(const struct option_value *value)
{
	static const char *const kinds[] = {
		[VALUE_PLAIN] = "plain",   [VALUE_LIST] = "list",	  [VALUE_AT] = "at",
		[VALUE_FOLDER] = "folder", [VALUE_VARIABLE] = "variable",
	};
	char words[WORDS_SIZE];

	if (value)
		printf("%s|%s|%s|", kinds[value->kind], or_empty(value->files),
		       option_value_join(value, " ", " ", words, sizeof(words)));
	else
		fputs("|||", stdout);
}

static void print_option(const char *command, const struct command_option *row)
{
	const char letter[] = { row->letter, '\0' };
	char words[WORDS_SIZE];

	printf("%s|%s|%s|%s|%u|%s|", command, row->name, letter, row->repeats ? "*" : "1",
	       row->excludes, row->may_be_missing ? "" : or_empty(row->argument));
	print_value(row->value);
	puts(*row->text ? row->text :
			  option_value_join(row->value, ", ", " or ", words, sizeof(words)));
}

static void print_options(const struct command_line *line)
{
	const struct command_option *row;

	for (size_t i = 0; (row = command_line_row(line, i)); i++)
		if (row->text)
			print_option(or_empty(line->name), row);
}

static void print_command(const struct command *command)
{
	const struct command_line *line = command->line;
	const int operands = line->others ? MANY : line->second ? 2 : line->operand != NULL;

	printf("%s|||%d|0|%s|", command->name, operands, or_empty(line->operand));
	print_value(line->operand_value);
	puts(command->summary);
	print_options(line);
}

void completion_print(const struct command_line *own, const struct command *commands, size_t count)
{
	print_options(own);
	fputs("help|||1|0|command|plain||", stdout);
	for (size_t i = 0; i < count; i++)
		printf("%s%s", i ? " " : "", commands[i].name);
	puts("|print the options of a command");
	puts("version|||0|0|||||print the versions");
	for (size_t i = 0; i < count; i++)
		print_command(&commands[i]);
}
