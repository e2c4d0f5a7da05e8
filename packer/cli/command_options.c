/* SPDX-License-Identifier: BSD-2-Clause */
#include "command_options.h"

#include <errno.h>
#include <stdlib.h>

#include "io/diag.h"

static const struct command_option help_row = {
	"help",
	'h',
	.group = GROUP_OTHER,
	.text = "print this text",
};

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
	return index == line->option_count ? &help_row : NULL;
}
