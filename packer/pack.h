/* SPDX-License-Identifier: BSD-2-Clause */
/* Packing, for the command that only says whether it is possible. */
#ifndef PACKER_PACK_H
#define PACKER_PACK_H

#include "relocs.h"

/**
 * pack_check() - pack a kernel, uncompressed, and throw the image away
 * @kernel: the name of a file
 * @ret: the fields that move, for relocs_free(); untouched on error
 *
 * These are the steps of bzboot pack; every reason for it to refuse a kernel is printed.
 *
 * returns: 0, or -1 on error
 */
int pack_check(const char *kernel, struct relocs *ret);

#endif
