/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PACKER_COMPARE_TREES_H
#define PACKER_COMPARE_TREES_H

#include "differences.h"

/**
 * compare_trees() - compare two trees of info_tree(), member by member
 * @differences: get what differs
 * @prefix: of all names, with its dot, or empty
 * @a: of the first file
 * @b: of the second one
 *
 * Sections and lines of SBAT are compared by their names, other rows of arrays by their index.
 * Errors are left out.
 */
void compare_trees(struct differences *differences, const char *prefix, json_t *a, json_t *b);

#endif
