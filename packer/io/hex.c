/* SPDX-License-Identifier: BSD-2-Clause */
#include "hex.h"

#include <stdio.h>

void hex_print(const unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		printf("%02x", bytes[i]);
}
