/* SPDX-License-Identifier: BSD-2-Clause */
#include "command_options.h"

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

const struct command_option *command_line_row(const struct command_line *line, size_t index)
{
	if (index < line->option_count)
		return &line->options[index];
	return index == line->option_count ? &help_row : NULL;
}
