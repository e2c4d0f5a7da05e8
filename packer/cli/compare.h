/* SPDX-License-Identifier: BSD-2-Clause */
/* bzboot info A B */
#ifndef PACKER_COMPARE_H
#define PACKER_COMPARE_H

#include <stdbool.h>

/**
 * compare_files() - print what differs between two files
 * @a: a path
 * @b: another one
 * @json: print JSON
 *
 * returns: an exit status: EXIT_SUCCESS if the files are the same, EXIT_DIFFERENT if they are not,
 * EXIT_FAILURE if one is broken or cannot be read
 */
int compare_files(const char *a, const char *b, bool json);

#endif
