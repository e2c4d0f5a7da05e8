/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All that bzboot's format library needs: the freestanding headers of the compiler,
 * and four functions that every C compiler requires anyway. To use others, put your
 * own bzboot/env.h earlier on the include path; the other files of the library use
 * nothing from outside.
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
