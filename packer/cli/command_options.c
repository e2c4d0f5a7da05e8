/* SPDX-License-Identifier: BSD-2-Clause */
#include "command_options.h"

#include <errno.h>
#include <stdlib.h>

#include "io/diag.h"
#include "io/lap.h"

static int be_quiet(const char *command, const char *argument, void *to)
{
	(void)command;
	(void)argument;
	(void)to;
	diag_be_quiet();
	return 0;
}

static int be_verbose(const char *command, const char *argument, void *to)
{
	(void)command;
	(void)argument;
	(void)to;
	lap_start();
	return 0;
}

/* The options of all commands; bzboot itself has the last one only. */
static const struct command_option common_rows[] = {
	{ "quiet", 'q', NULL, GROUP_OTHER, "print errors only: no warnings, no progress",
	  .excludes = EXCLUDES_TALK, .take = be_quiet },
	{ "verbose", 'v', NULL, GROUP_OTHER, "print the time of each step",
	  .excludes = EXCLUDES_TALK, .take = be_verbose },
	{ "help", 'h', NULL, GROUP_OTHER, .text = "print this text" },
};

#define COMMON_COUNT BZB_ARRAY_SIZE(common_rows)

int option_flag(const char *command, const char *argument, void *to)
{
	(void)command;
	(void)argument;
	*(bool *)to = true;
	return 0;
}

int option_text(const char *command, const char *argument, void *to)
{
	(void)command;
	*(const char **)to = argument;
	return 0;
}

int option_names(const char *command, const char *argument, void *to)
{
	(void)command;
	names_add(to, argument);
	return 0;
}

int option_refuse(const char *command, const char *name, const char *argument,
		  const struct option_value *value)
{
	char words[128];

	return diag_usage(command, "--%s '%s' is not %s", name, argument,
			  option_value_join(value, ", ", " or ", words, sizeof(words)));
}

bool parse_number(const char *text, long least, long most, long *ret)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	if (errno || end == text || *end || number < least || number > most)
		return false;
	*ret = number;
	return true;
}

const struct command_option *command_line_row(const struct command_line *line, size_t index)
{
	if (index < line->option_count)
		return &line->options[index];
	index -= line->option_count;
	if (!line->name)
		index += COMMON_COUNT - 1;
	return index < COMMON_COUNT ? &common_rows[index] : NULL;
}
