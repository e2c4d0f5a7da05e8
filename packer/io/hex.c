/* SPDX-License-Identifier: BSD-2-Clause */
#include "hex.h"

#include <stdio.h>

void hex_write(const unsigned char *bytes, size_t size, char *to)
{
	*to = '\0';
	for (size_t i = 0; i < size; i++)
		snprintf(to + 2 * i, 3, "%02x", bytes[i]);
}

void hex_print(const unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		printf("%02x", bytes[i]);
}
