/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PACKER_COMPARE_BYTES_H
#define PACKER_COMPARE_BYTES_H

#include "differences.h"

/**
 * compare_bytes() - compare the contents of two files, part by part
 * @differences: get what differs
 * @prefix: of all names, with its dot, or empty
 * @a: the first file
 * @b: the second one
 *
 * The parts are the sections of PE and ELF, the segments of ELF, certificates, and all bytes
 * between and after them, but for the headers of a PE image: compare_headers() has those. Parts
 * that overlap so much that they have many times the size of the file are left out.
 */
void compare_bytes(struct differences *differences, const char *prefix, struct bzb_span a,
		   struct bzb_span b);

#endif
