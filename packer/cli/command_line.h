/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The arguments of a command: operands, and options from its table.
 *
 * These rules are the same for every command:
 *
 * - An option may be given once, unless its row has .repeats: then all of its arguments are used.
 * - Two options that exclude each other are an error.
 * - An empty argument is an error, unless the row has .may_be_empty.
 * - The name of an option may be shortened as long as it stays unambiguous.
 * - Where a file is read or written, "-" is standard input or standard output (fileio.h).
 */
#ifndef PACKER_COMMAND_LINE_H
#define PACKER_COMMAND_LINE_H

#include "io/diag.h"
#include "command_options.h"

/* More rows than any command has. */
#define COMMAND_ROWS_MAX 64

/**
 * command_line_defaults() - set the defaults of a command's options
 * @line: the options of the command
 * @options: the options struct that the rows are written to
 */
void command_line_defaults(const struct command_line *line, void *options);

/**
 * command_line_parse() - parse the arguments of a command
 * @line: the options of the command
 * @argc: as of main()
 * @argv: likewise; argv[0] is the name of the command
 * @options: the options struct that the rows and the second operand are written to
 * @ret: the first operand, in @argv, empty if an optional one is missing, or the name of a command
 *	that takes none; NULL if there is nothing left to do, as after --help
 *
 * returns: 0, or an exit status, after a message
 */
int command_line_parse(const struct command_line *line, int argc, char **argv, void *options,
		       const char **ret);

/**
 * command_line_parse_given() - as command_line_parse(), and tell which options are given
 * @given: for each row of the table
 */
int command_line_parse_given(const struct command_line *line, int argc, char **argv, void *options,
			     bool given[COMMAND_ROWS_MAX], const char **ret);

#endif
