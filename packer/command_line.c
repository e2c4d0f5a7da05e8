/* SPDX-License-Identifier: BSD-2-Clause */
#include "command_line.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int take(const struct command_line *line, int option, char **argv, void *options, bool *help)
{
	switch (option) {
	case OPT_HELP:
		*help = true;
		return 0;
	case ':':
		return diag_usage(line->name, "%s wants an argument", argv[optind - 1]);
	case '?':
		return diag_option(line->name, argv);
	default:
		return line->take(option, optarg, options);
	}
}

int command_line_parse(const struct command_line *line, int argc, char **argv, void *options,
		       const char **ret)
{
	char short_options[16] = ":";	/* tells a missing argument from an unknown option */
	bool help = false;
	int option, status;

	strncat(short_options, line->short_options, sizeof(short_options) - 2);
	opterr = 0;
	*ret = NULL;
	while ((option = getopt_long(argc, argv, short_options, line->long_options, NULL)) != -1)
		if ((status = take(line, option, argv, options, &help)))
			return status;
	if (help) {
		if (line->help)
			fputs(line->help, stdout);
		return 0;
	}
	if (argc - optind != 1)
		return diag_usage(line->name, "%s %s", argc == optind ? "no" : "more than one",
				  line->operand);
	*ret = argv[optind];
	return 0;
}
