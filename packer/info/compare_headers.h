/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PACKER_COMPARE_HEADERS_H
#define PACKER_COMPARE_HEADERS_H

#include "differences.h"

/**
 * compare_headers() - compare the headers of two PE images, without what info_tree() has of them
 * @differences: get what differs
 * @prefix: of all names, with its dot, or empty
 * @a: the first file
 * @b: the second one
 *
 * Compares the other fields, data directories, and all other bytes up to SizeOfHeaders.
 */
void compare_headers(struct differences *differences, const char *prefix, struct bzb_span a,
		     struct bzb_span b);

#endif
