/* SPDX-License-Identifier: BSD-2-Clause */
/* The values that options and operands take; a command has further ones of its own. */
#ifndef PACKER_OPTION_VALUES_H
#define PACKER_OPTION_VALUES_H

#include <stddef.h>

enum value_kind {
	VALUE_PLAIN, /* one of the words, or a file */
	VALUE_LIST,  /* words with commas between them */
	VALUE_AT, /* one of the words and a colon, if it has any; then a text, or '@' and a file */
	VALUE_FOLDER,	/* a folder */
	VALUE_VARIABLE, /* the name of an environment variable */
};

struct option_value {
	enum value_kind kind;
	/* Patterns, separated by blanks, for the names of the files that are offered; if there is none
	 * of these, any file is. NULL: it is not a file. */
	const char *files;
	const char *words;		   /* separated by blanks; NULL: none */
	const char *(*word)(size_t index); /* more words; NULL after the last one; NULL: none */
};

extern const struct option_value value_file, value_folder, value_variable;
extern const struct option_value value_text; /* or @FILE */

/* Files by type */
extern const struct option_value value_kernel, value_image, value_initrd, value_microcode,
	value_sbat, value_device_tree, value_splash, value_pem, value_json, value_config;

/* Files, or URIs of OpenSSL */
extern const struct option_value value_key, value_public_key, value_cert;

/* Sections of a PE image: names, and with a text or @FILE */
extern const struct option_value value_section_name, value_section;

/**
 * option_value_join() - the words of a value, in one text
 * @value: of them
 * @between: each two words
 * @last: between the last two
 * @to: the text, cut off if there is no room
 * @size: bytes of it, at least one
 *
 * returns: @to
 */
char *option_value_join(const struct option_value *value, const char *between, const char *last,
			char *to, size_t size);

#endif
