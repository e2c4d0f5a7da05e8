/* SPDX-License-Identifier: BSD-2-Clause */
/* The differences between two files, to answer "why did the hash change?". */
#ifndef PACKER_INFO_COMPARE_H
#define PACKER_INFO_COMPARE_H

#include <jansson.h>

#include "input/input.h"

/* A file to compare */
struct info_side {
	const char *path;
	struct input input;
	json_t *digest, *size; /* of the file */
	json_t *tree;	       /* of info_tree() */
};

/**
 * info_side_make() - describe a file to compare
 * @path: its name; must stay
 * @bytes: all of it, not mapped; taken
 *
 * returns: for info_side_free(). For a file that is compressed as a whole, the tree is that of its
 * contents
 */
struct info_side info_side_make(const char *path, struct blob bytes);

/**
 * info_side_free() - free what is known of a file
 * @side: of info_side_make()
 */
void info_side_free(struct info_side *side);

/**
 * info_compare() - compare two files
 * @a: the first one
 * @b: the second one
 *
 * returns: an object, which docs/info.schema.json describes. Its member "differences" is empty if
 * the files are the same, byte by byte, and only then
 */
json_t *info_compare(const struct info_side *a, const struct info_side *b);

/**
 * info_print_differences() - print a comparison for people
 * @comparison: of info_compare()
 */
void info_print_differences(const json_t *comparison);

#endif
