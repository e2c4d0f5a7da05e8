/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PACKER_COMMAND_HELP_H
#define PACKER_COMMAND_HELP_H

#include "command_options.h"

/**
 * command_line_help() - print what a command does, and its options
 * @line: of the command
 */
void command_line_help(const struct command_line *line);

#endif
