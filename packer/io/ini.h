/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Configuration files of sections and "key = value", by the rules of ukify's and systemd's: a comment
 * begins with #, at the start of a line or after a blank, or with ; at the start of a line; \# there is
 * a #. A value continues on lines that are indented more than its first one, up to an empty line or a
 * comment, and on the line after one that ends in a backslash.
 */
#ifndef PACKER_INI_H
#define PACKER_INI_H

#include "blob.h"
#include "diag.h"

struct ini_entry {
	const char *section, *key;
	char *value;	   /* without blanks at the ends of its lines; between them a newline, or a
			      blank for a backslash */
	unsigned int line; /* of the key, from 1 */
};

struct ini {
	struct blob text; /* that the entries refer to */
	struct ini_entry *entries;
	size_t count;
};

/**
 * ini_read() - read a file
 * @path: of it
 * @ret: its entries, in their order, for ini_free(); untouched on error
 * @ret_line: the line that is wrong, on error; 0: the file is
 * @why: what is wrong
 *
 * returns: 0, or -1 on error
 */
int ini_read(const char *path, struct ini *ret, unsigned int *ret_line, struct why *why);

/**
 * ini_free() - free the entries
 * @ini: may be all zero
 */
void ini_free(struct ini *ini);

#endif
