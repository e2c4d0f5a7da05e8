/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of a command's options, which serves to parse the arguments (command_line.h), to print
 * --help (command_help.h), and to complete a command line in a shell (completion.h).
 */
#ifndef PACKER_COMMAND_OPTIONS_H
#define PACKER_COMMAND_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include <bzboot/bytes.h>

#include "io/names.h"
#include "option_values.h"

/* The groups of the help, in its order. */
enum option_group {
	GROUP_OUTPUT,
	GROUP_COMPRESSION,
	GROUP_CONTENTS,
	GROUP_UKI,
	GROUP_BOOT,
	GROUP_SIGNING,
	GROUP_INSTALL,
	GROUP_OTHER,
	GROUP_COUNT,
};

struct command_option {
	const char *name;     /* without dashes */
	char letter;	      /* 0: none */
	const char *argument; /* "FILE"; NULL: the option takes none */
	enum option_group group;
	const char *text; /* for the help, without the default; empty: the words of the value;
			     NULL: an old name of another option, which the help leaves out */
	const struct option_value *value; /* what the argument is; NULL: any text */
	/* The default: an argument, taken before all others, or words. NULL: there is none. */
	const char *initial, *otherwise;
	unsigned int excludes; /* options that share a bit exclude each other */
	bool repeats, may_be_empty;
	bool may_be_missing; /* the argument: then it is given with '=' */
	/* Takes the argument (NULL if the option has none) to @to. Returns 0, an exit status after
	 * a message, or COMMAND_DONE. NULL: it is --help. */
	int (*take)(const char *command, const char *argument, void *to);
	size_t offset; /* of @to in the command's options */
};

/* A bit of struct command_option.excludes, of --quiet and --verbose */
#define EXCLUDES_TALK (1u << 31)

/* The option is the whole command: --help, --version. */
#define COMMAND_DONE (-1)

/* For rows without a function of their own: a bool, a const char *, a struct names. */
int option_flag(const char *command, const char *argument, void *to);
int option_text(const char *command, const char *argument, void *to);
int option_names(const char *command, const char *argument, void *to);

/**
 * parse_number() - read an argument that is a whole number
 * @text: decimal
 * @least: the smallest one that is allowed
 * @most: the largest one
 * @ret: the number; untouched on error
 *
 * returns: false if it is something else
 */
bool parse_number(const char *text, long least, long most, long *ret);

/**
 * option_refuse() - for struct command_option.take: the argument is none of the words
 * @command: of the option
 * @name: of the option, without dashes
 * @argument: what was given
 * @value: the words
 *
 * returns: an exit status, after a message
 */
int option_refuse(const char *command, const char *name, const char *argument,
		  const struct option_value *value);

#define OPTION_FLAG(type, member) .take = option_flag, .offset = offsetof(type, member)
#define OPTION_TEXT(type, member) .take = option_text, .offset = offsetof(type, member)
#define OPTION_NAMES(type, member)                                                                \
	.take = option_names, .offset = offsetof(type, member), .repeats = true

struct command_line {
	const char *name;    /* of the command; NULL: it is bzboot itself */
	const char *usage;   /* the text after the name, a line for each form */
	const char *text;    /* for the help: paragraphs, which it wraps */
	const char *operand; /* the name of the operand: "image"; NULL: it takes none */
	const struct option_value *operand_value;
	bool operand_optional;
	size_t second; /* the offset of a const char * in the command's options: a second operand,
			  which may be missing; 0: it takes none */
	size_t others; /* the offset of a struct names in them: all further operands, which may be
			  missing, instead of a second one; 0: it takes none */
	bool has_rest; /* another command reads the operand and all after it */
	const struct command_option *options; /* all but --quiet, --verbose and --help */
	size_t option_count;
	void (*print_more)(void);    /* before the group of other options; NULL: nothing */
	const char *const *examples; /* command lines; a NULL ends them */
};

#define COMMAND_OPTIONS(table) .options = (table), .option_count = BZB_ARRAY_SIZE(table)

/**
 * command_line_row() - an option of a command, those of all commands included
 * @line: of the command
 * @index: from 0
 *
 * returns: NULL after the last one
 */
const struct command_option *command_line_row(const struct command_line *line, size_t index);

#endif
