/* SPDX-License-Identifier: BSD-2-Clause */
/* Sizes for people. */
#ifndef PACKER_SIZE_TEXT_H
#define PACKER_SIZE_TEXT_H

#include <inttypes.h>
#include <stdio.h>

/* Bytes for a text, with its NUL */
#define SIZE_TEXT 24

static inline void size_text_digits(uint64_t size, int digits, char ret[SIZE_TEXT])
{
	if (size < 1024)
		snprintf(ret, SIZE_TEXT, "%" PRIu64 " B", size);
	else if (size < 1 << 20)
		snprintf(ret, SIZE_TEXT, "%.*f KiB", digits, (double)size / 1024);
	else
		snprintf(ret, SIZE_TEXT, "%.*f MiB", digits, (double)size / (1 << 20));
}

/* "12 B", "4.0 KiB", "10.9 MiB" */
static inline void size_text(uint64_t size, char ret[SIZE_TEXT])
{
	size_text_digits(size, 1, ret);
}

/* "12 B", "4 KiB", "11 MiB" */
static inline void size_text_whole(uint64_t size, char ret[SIZE_TEXT])
{
	size_text_digits(size, 0, ret);
}

#endif
