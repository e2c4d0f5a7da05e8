/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keys of bzboot.conf: one for each option of pack, sign and install, in the section of the
 * option's group. A key is the option's name with each word capitalised and without dashes;
 * abbreviations have ukify's spelling (--os-release: OSRelease). Names of ukify.conf are other names
 * of the same keys.
 */
#ifndef PACKER_CONFIG_KEYS_H
#define PACKER_CONFIG_KEYS_H

#include "command_options.h"

/* The kinds of values. */
enum config_value {
	CONFIG_FLAG,	/* yes or no */
	CONFIG_TEXT,	/* as it is */
	CONFIG_WORDS,	/* a text, whose blanks become one each, or "@FILE" */
	CONFIG_AT_FILE, /* a text, or "@FILE" */
	CONFIG_SBAT,	/* a file, "@FILE", or a text that begins with "sbat," */
	CONFIG_SECTION, /* "NAME:TEXT" or "NAME:@FILE" */
	CONFIG_FILE,	/* its name */
	CONFIG_FILES,	/* names between blanks */
	CONFIG_KEY,	/* a file, or a URI */
};

struct config_key {
	char name[32]; /* "OSRelease" */
	const char *section;
	const struct command_option *row; /* the option, in the table of @line */
	const struct command_line *line;  /* NULL: the key is not an option */
	enum config_value value;
};

/**
 * config_key_at() - one key after the other
 * @index: from 0 up, in the order of the sections
 *
 * returns: the key; NULL after the last one
 */
const struct config_key *config_key_at(size_t index);

/**
 * config_key_find() - find a key
 * @section: its name
 * @name: likewise, or ukify's name
 *
 * returns: the key; NULL if there is none
 */
const struct config_key *config_key_find(const char *section, const char *name);

/**
 * config_key_of() - find the key of an option
 * @option: its name; "linux" is the kernel, "efi-arch" the architecture
 *
 * returns: the key; NULL if it has none
 */
const struct config_key *config_key_of(const char *option);

/**
 * config_section_is_known() - whether a section has keys
 * @section: its name
 */
bool config_section_is_known(const char *section);

/**
 * config_key_is_idle() - whether ukify has a key that bzboot does not use
 * @section: its name
 * @name: of the key
 */
bool config_key_is_idle(const char *section, const char *name);

/**
 * config_key_hint() - where a key is that config_key_find() does not find
 * @section: as in the file
 * @name: likewise
 *
 * returns: the key that may be meant, because only its section or its capitals differ; NULL: none
 */
const struct config_key *config_key_hint(const char *section, const char *name);

#endif
