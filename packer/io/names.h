/* SPDX-License-Identifier: BSD-2-Clause */
/* Names from the command line, of an option that may be repeated. */
#ifndef PACKER_NAMES_H
#define PACKER_NAMES_H

#include <stddef.h>

struct names {
	const char **names;
	size_t count;
};

/**
 * names_add() - one more name
 * @names: all zeros at first
 * @name: not copied
 */
void names_add(struct names *names, const char *name);

/**
 * names_free() - free the list
 * @names: becomes empty
 */
void names_free(struct names *names);

#endif
