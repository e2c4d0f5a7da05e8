/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PACKER_COMPLETION_H
#define PACKER_COMPLETION_H

#include "command.h"
#include "command_options.h"

/**
 * completion_print() - print the table from which shells complete command lines
 * @own: the options of bzboot itself
 * @commands: all of them
 * @count: of commands
 *
 * A line for each command and each option, to standard output: fields with '|' between them, of which
 * many are empty. completion.bash, completion.zsh and completion.fish read it.
 *
 *	command   empty: bzboot itself
 *	option    without dashes; empty: the line is that of the command, and of its operand
 *	letter    of the option
 *	most      how often the option or the operand may be given: a number, '*' for an
 *		  option without a limit, 99 for an operand without one
 *	excludes  options of a command that share a bit of this number exclude each other
 *	argument  its name
 *	kind      plain, list, at, folder or variable: enum value_kind; empty: any text
 *	files     patterns, separated by blanks
 *	words     separated by blanks
 *	text      what it does
 */
void completion_print(const struct command_line *own, const struct command *commands, size_t count);

#endif
