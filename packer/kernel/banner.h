/* SPDX-License-Identifier: BSD-2-Clause */
/* The version of a kernel from its banner: the first line that it prints. */
#ifndef PACKER_BANNER_H
#define PACKER_BANNER_H

#include <bzboot/bytes.h>

/**
 * banner_version() - look for Linux's banner
 * @bytes: of a kernel, not compressed
 * @to: "REL (user@host) #1 ...", as bzImages have it, cut if it is longer; untouched if not found
 * @size: bytes at @to
 *
 * returns: whether there is one
 */
bool banner_version(struct bzb_span bytes, char *to, size_t size);

#endif
