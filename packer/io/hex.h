/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PACKER_HEX_H
#define PACKER_HEX_H

#include <stddef.h>

/**
 * hex_write() - write bytes as two small hexadecimal digits each
 * @bytes: of a digest
 * @size: how many
 * @to: 2 * @size + 1 characters; ends with a NUL
 */
void hex_write(const unsigned char *bytes, size_t size, char *to);

/**
 * hex_print() - the same, to standard output
 * @bytes: as of hex_write()
 * @size: likewise
 */
void hex_print(const unsigned char *bytes, size_t size);

#endif
