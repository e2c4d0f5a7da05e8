/* SPDX-License-Identifier: BSD-2-Clause */
#include "command_line.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command_help.h"

/* getopt_long() returns this plus the index of a row, which is not a letter. */
#define FIRST_ROW 256

struct parser {
	const struct command_line *line;
	void *options;
	struct option rows[COMMAND_ROWS_MAX + 1];
	char letters[3 + 2 * COMMAND_ROWS_MAX];
	bool *given; /* for each row */
};

/* Fills in the rows for getopt_long(). */
static void describe_rows(struct parser *parser)
{
	const struct command_option *row;
	char *letter = parser->letters;

	/* Stop at the first operand; tell a missing argument from an unknown option. */
	if (parser->line->has_rest)
		*letter++ = '+';
	*letter++ = ':';
	for (size_t i = 0; i < COMMAND_ROWS_MAX && (row = command_line_row(parser->line, i)); i++) {
		const int has_argument = !row->argument	     ? no_argument :
					 row->may_be_missing ? optional_argument :
							       required_argument;

		parser->rows[i] =
			(struct option){ row->name, has_argument, NULL, FIRST_ROW + (int)i };
		if (row->letter)
			*letter++ = row->letter;
		if (row->letter && row->argument)
			*letter++ = ':';
	}
}

/* @value: of getopt_long(), and not '?' or ':' */
static size_t find_row(const struct command_line *line, int value)
{
	size_t i = 0;

	if (value >= FIRST_ROW)
		return (size_t)(value - FIRST_ROW);
	while (command_line_row(line, i)->letter != value)
		i++;
	return i;
}

/* For an argument that is the beginning of several options, or not of any. */
static int refuse_name(const struct command_line *line, const char *argument)
{
	const size_t length = strcspn(argument, "=");
	const struct command_option *row;
	char names[512] = "";
	size_t used = 0;

	for (size_t i = 0; length > 2 && (row = command_line_row(line, i)); i++)
		if (!strncmp(row->name, argument + 2, length - 2) && used < sizeof(names))
			used += (size_t)snprintf(names + used, sizeof(names) - used, "%s--%s",
						 used ? ", " : "", row->name);
	if (used)
		return diag_usage(line->name, "%.*s is ambiguous: %s", (int)length, argument,
				  names);
	return diag_usage(line->name, "no such option: %.*s", (int)length, argument);
}

static int refuse_option(const struct command_line *line, char **argv)
{
	if (optopt >= FIRST_ROW)
		return diag_usage(line->name, "--%s takes no argument",
				  command_line_row(line, (size_t)(optopt - FIRST_ROW))->name);
	/* Letters may stand together in one argument. */
	if (optopt)
		return diag_usage(line->name, "no such option: -%c", optopt);
	return refuse_name(line, argv[optind - 1]);
}

static int refuse_missing(const struct command_line *line)
{
	const struct command_option *row = command_line_row(line, find_row(line, optopt));

	return diag_usage(line->name, "--%s %s: the argument is missing", row->name, row->argument);
}

/* The rules that hold for the options of all commands. */
static int check_rules(const struct parser *parser, size_t index, const char *argument)
{
	const struct command_line *line = parser->line;
	const struct command_option *row = command_line_row(line, index), *other;

	if (parser->given[index] && !row->repeats)
		return diag_usage(line->name, "--%s is given more than once", row->name);
	for (size_t i = 0; (other = command_line_row(line, i)); i++)
		if (i != index && parser->given[i] && other->excludes & row->excludes)
			return diag_usage(line->name, "--%s and --%s are mutually exclusive",
					  other->name, row->name);
	if (argument && !*argument && !row->may_be_empty)
		return diag_usage(line->name, "--%s %s: the argument is empty", row->name,
				  row->argument);
	return 0;
}

static int take_argument(struct parser *parser, size_t index, const char *argument)
{
	const struct command_option *row = command_line_row(parser->line, index);

	return row->take(parser->line->name, argument, (char *)parser->options + row->offset);
}

/* returns: 0, an exit status after a message, or COMMAND_DONE */
static int take_option(struct parser *parser, int value, char **argv)
{
	size_t index;
	int status;

	if (value == ':')
		return refuse_missing(parser->line);
	if (value == '?')
		return refuse_option(parser->line, argv);
	index = find_row(parser->line, value);
	if (!command_line_row(parser->line, index)->take) {
		command_line_help(parser->line);
		return COMMAND_DONE;
	}
	status = check_rules(parser, index, optarg);
	parser->given[index] = true;
	return status ? status : take_argument(parser, index, optarg);
}

void command_line_defaults(const struct command_line *line, void *options)
{
	struct parser parser = { .line = line, .options = options };

	for (size_t i = 0; i < line->option_count; i++)
		if (line->options[i].initial)
			take_argument(&parser, i, line->options[i].initial);
}

static int take_others(const struct command_line *line, int argc, char **argv, void *options)
{
	for (int i = optind + 1; i < argc; i++) {
		if (!*argv[i])
			return diag_usage(line->name, "the name of a file is empty");
		names_add((struct names *)((char *)options + line->others), argv[i]);
	}
	return 0;
}

static int take_second(const struct command_line *line, int argc, char **argv, void *options)
{
	const int count = argc - optind;

	if (line->has_rest)
		return 0;
	if (line->others)
		return take_others(line, argc, argv, options);
	if (count > 2 && line->second)
		return diag_usage(line->name, "more than two %ss", line->operand);
	if (count > 1 && !line->second)
		return diag_usage(line->name, "more than one %s", line->operand);
	if (count > 1 && !*argv[optind + 1])
		return diag_usage(line->name, "the name of a %s is empty", line->operand);
	if (count > 1)
		*(const char **)((char *)options + line->second) = argv[optind + 1];
	return 0;
}

static int take_operands(const struct command_line *line, int argc, char **argv, void *options,
			 const char **ret)
{
	int status;

	if (!line->operand && argc > optind)
		return diag_usage(line->name, "takes no argument: %s", argv[optind]);
	if (!line->operand) {
		*ret = line->name;
		return 0;
	}
	if (argc == optind && line->operand_optional) {
		*ret = "";
		return 0;
	}
	if (argc == optind)
		return diag_usage(line->name, "missing argument: %s", line->operand);
	status = take_second(line, argc, argv, options);
	if (status)
		return status;
	if (!*argv[optind])
		return diag_usage(line->name, "the name of the %s is empty", line->operand);
	*ret = argv[optind];
	return 0;
}

int command_line_parse(const struct command_line *line, int argc, char **argv, void *options,
		       const char **ret)
{
	bool given[COMMAND_ROWS_MAX];

	return command_line_parse_given(line, argc, argv, options, given, ret);
}

int command_line_parse_given(const struct command_line *line, int argc, char **argv, void *options,
			     bool given[COMMAND_ROWS_MAX], const char **ret)
{
	struct parser parser = { .line = line, .options = options, .given = given };
	int value, status;

	memset(given, 0, COMMAND_ROWS_MAX * sizeof(*given));
	describe_rows(&parser);
	command_line_defaults(line, options);
	*ret = NULL;
	opterr = 0;
	optind = 0; /* glibc: from the beginning again */
	while ((value = getopt_long(argc, argv, parser.letters, parser.rows, NULL)) != -1) {
		status = take_option(&parser, value, argv);
		if (status)
			return status == COMMAND_DONE ? 0 : status;
	}
	return take_operands(line, argc, argv, options, ret);
}
