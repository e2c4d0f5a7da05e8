/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The settings in effect of a configuration, bzboot.conf(5), and the file and line of each.
 *
 * The last assignment of a key counts, also if it is in another file; of options that exclude each
 * other, the last one. The keys of options that may be repeated are lists, which assignments extend.
 * An empty assignment takes back all those before it.
 */
#ifndef PACKER_SETTINGS_H
#define PACKER_SETTINGS_H

#include "command_options.h"
#include "config_files.h"
#include "config_keys.h"

/* A value of a key. A list has one for each element. */
struct setting {
	const struct config_key *key;
	const char *value;    /* as in the file, but blanks of CONFIG_WORDS are joined */
	const char *argument; /* the same for the option: names of files with the root */
	const char *path;     /* of the file */
	unsigned int line;    /* in it */
};

struct settings {
	struct config_files files; /* that were read, in their order */
	struct setting *settings;  /* in the order of the assignments */
	size_t count;
	char **texts; /* to be freed */
	size_t text_count;
};

/* Where settings come from. */
struct settings_source {
	bool system;	  /* bzboot.conf of this system, or, with a root, of another one */
	const char *root; /* its root folder; NULL: / */
	const char *file; /* read after those of a system; NULL: none */
};

/* Rows of a command's table; @member: the struct settings_source in the command's options */
#define SETTINGS_ROWS(type, member, of_system)                                                    \
	{ "system", 0, NULL, GROUP_OTHER, of_system, OPTION_FLAG(type, member.system) },          \
	{ "root", 0, "DIR", GROUP_OTHER, "the same, of the system in DIR", .value = &value_folder, \
	  OPTION_TEXT(type, member.root) }

#define SETTINGS_OPTIONS(type, member)                                                            \
	SETTINGS_ROWS(type, member, "use bzboot.conf(5) for what no option gives")

/* For a command whose options mean something else, but for those for signing */
#define SIGNING_SETTINGS_OPTIONS(type, member)                                                    \
	SETTINGS_ROWS(type, member, "use [Signing] of bzboot.conf(5) for what no option gives")

/**
 * settings_read() - read what counts
 * @source: nothing is read if it names none
 * @ret: all zeros at first; for settings_free(), also on error
 *
 * Prints each error with its file and line: a key or a section that is unknown, a value of a wrong
 * form. The values of options are checked where they are used.
 *
 * returns: 0, or -1 after messages
 */
int settings_read(const struct settings_source *source, struct settings *ret);

/**
 * settings_find() - the last value of a key
 * @settings: read
 * @option: the name of its option, or "linux"
 *
 * returns: the value; NULL if there is none
 */
const struct setting *settings_find(const struct settings *settings, const char *option);

/**
 * settings_is_on() - whether a flag is set
 * @settings: read
 * @option: without an argument
 * @otherwise: what holds if no file says so
 */
bool settings_is_on(const struct settings *settings, const char *option, bool otherwise);

/**
 * settings_file() - the file that a value names
 * @setting: a value
 *
 * returns: its path, with the root; NULL if it names none
 */
const char *settings_file(const struct setting *setting);

/**
 * settings_check_file() - check that a file that a value names exists
 * @setting: a value; other values than names of files pass
 *
 * returns: 0, or an exit status after a message
 */
int settings_check_file(const struct setting *setting);

/**
 * settings_apply() - give the options of a command that the command line does not
 * @settings: read
 * @line: of the command
 * @given: for each row, whether the command line gives it, or it is not to be changed. Options that
 *	exclude one of these are not changed either
 * @options: of the command
 *
 * returns: 0, or an exit status after a message, which names file and line
 */
int settings_apply(const struct settings *settings, const struct command_line *line,
		   const bool *given, void *options);

/**
 * settings_apply_signing() - read settings, and give the options for signing that are not given
 * @source: as of settings_read()
 * @line: as of settings_apply()
 * @given: likewise
 * @options: likewise
 * @ret: as of settings_read(); must stay as long as the options
 *
 * returns: 0, or an exit status after messages
 */
int settings_apply_signing(const struct settings_source *source, const struct command_line *line,
			   const bool *given, void *options, struct settings *ret);

/**
 * settings_blame() - messages that follow are about an option, until diag_set_place()
 * @settings: read
 * @line: of the command
 * @given: as of settings_apply()
 * @option: its name. If no value gives it, the command line is at fault
 */
void settings_blame(const struct settings *settings, const struct command_line *line,
		    const bool *given, const char *option);

/**
 * settings_free() - free the values
 * @settings: becomes empty
 */
void settings_free(struct settings *settings);

#endif
