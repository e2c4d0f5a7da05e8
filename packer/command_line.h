/* SPDX-License-Identifier: BSD-2-Clause */
/* The arguments of a command: one operand, and options. */
#ifndef PACKER_COMMAND_LINE_H
#define PACKER_COMMAND_LINE_H

#include <getopt.h>

#include "diag.h"

/* In the table of every command: { "help", no_argument, NULL, OPT_HELP } */
#define OPT_HELP 'h'

struct command_line {
	const char *name;			/* of the command */
	const char *help;			/* whole lines; NULL: the caller prints it */
	const char *operand;			/* what the operand is called: "image" */
	const char *short_options;		/* as of getopt() */
	const struct option *long_options;	/* values from LONG_OPTION on */
	/* Every option but --help; @argument is NULL if it takes none. Returns 0, or an exit
	 * status, after a message. NULL if there is no other option. */
	int (*take)(int option, const char *argument, void *options);
};

/**
 * command_line_parse() - take the arguments of a command apart
 * @line: what it understands
 * @argc: as of main()
 * @argv: likewise; argv[0] is the name of the command
 * @options: for @line->take
 * @ret: the operand; NULL if there is nothing to do, because help was asked for
 *
 * returns: 0, or an exit status, after a message
 */
int command_line_parse(const struct command_line *line, int argc, char **argv, void *options,
		       const char **ret);

#endif
