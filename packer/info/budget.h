/* SPDX-License-Identifier: BSD-2-Clause */
/* The cost of booting an image. */
#ifndef PACKER_BUDGET_H
#define PACKER_BUDGET_H

#include "anatomy.h"

/**
 * budget_tree() - compute the budget of an image
 * @anatomy: of it
 * @errors: an array; gets a text for each part that is broken, and missing therefore
 *
 * returns: an object; members that are not known are missing
 */
json_t *budget_tree(const struct anatomy *anatomy, json_t *errors);

/**
 * budget_print() - print a budget for people
 * @tree: "kinds", "size", "compressed" and "errors" as of info_tree(), and "budget"
 */
void budget_print(const json_t *tree);

#endif
