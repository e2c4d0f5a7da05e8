/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The needs of bzboot's format library: the compiler's own
 * freestanding headers and four functions that every C compiler expects to be
 * there anyway. To use others, put your own bzboot/env.h earlier on the include
 * path; no other file of the library names anything from outside.
 */
#ifndef BZBOOT_ENV_H
#define BZBOOT_ENV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);

#endif
