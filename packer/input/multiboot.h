/* SPDX-License-Identifier: BSD-2-Clause */
/* Kernels for Multiboot loaders, which enter them in 32-bit mode. */
#ifndef PACKER_MULTIBOOT_H
#define PACKER_MULTIBOOT_H

#include <bzboot/bytes.h>

/**
 * multiboot_find() - look for a Multiboot header
 * @file: any bytes
 *
 * returns: the version of the specification, 1 or 2; of a file with both headers, 1; 0 if there is
 * none
 */
unsigned int multiboot_find(struct bzb_span file);

#endif
