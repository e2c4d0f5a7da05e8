/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PACKER_HEX_H
#define PACKER_HEX_H

#include <stddef.h>

/**
 * hex_print() - print bytes as two small hexadecimal digits each, to standard output
 * @bytes: of a digest
 * @size: how many
 */
void hex_print(const unsigned char *bytes, size_t size);

#endif
