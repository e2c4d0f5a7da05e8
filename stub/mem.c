/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The four functions of <bzboot/env.h>. Long runs use SSE registers, 64 bytes at a
 * time; SSE is on, by the firmware or by entry.S.
 */
#include <bzboot/env.h>

typedef unsigned char chunk __attribute__((vector_size(16), aligned(1), may_alias));
typedef uint64_t bytes8 __attribute__((aligned(1), may_alias));
typedef uint32_t bytes4 __attribute__((aligned(1), may_alias));

/* Each iteration reads all of its bytes before it writes, in ascending order: correct also if d is
 * below s and they overlap. */
static void copy_up(unsigned char *d, const unsigned char *s, size_t n)
{
	for (; n >= 64; n -= 64, d += 64, s += 64) {
		const chunk *from = (const chunk *)s;
		chunk a = from[0], b = from[1], c = from[2], e = from[3];
		chunk *to = (chunk *)d;

		to[0] = a, to[1] = b, to[2] = c, to[3] = e;
	}
	for (; n >= 16; n -= 16, d += 16, s += 16)
		*(chunk *)d = *(const chunk *)s;
	if (n & 8) {
		*(bytes8 *)d = *(const bytes8 *)s;
		d += 8, s += 8;
	}
	if (n & 4) {
		*(bytes4 *)d = *(const bytes4 *)s;
		d += 4, s += 4;
	}
	for (n &= 3; n; n--)
		*d++ = *s++;
}

static void copy_down(unsigned char *d, const unsigned char *s, size_t n)
{
	for (; n >= 16; n -= 16)
		*(chunk *)(d + n - 16) = *(const chunk *)(s + n - 16);
	while (n--)
		d[n] = s[n];
}

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	copy_up(dst, src, n);
	return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
	if ((uintptr_t)dst - (uintptr_t)src >= n)
		copy_up(dst, src, n);
	else
		copy_down(dst, src, n);
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	unsigned char *d = dst;
	chunk fill = (chunk){ 0 } + (unsigned char)c;

#pragma GCC unroll 2
	for (; n >= 64; n -= 64, d += 64) {
		chunk *to = (chunk *)d;

		to[0] = fill, to[1] = fill, to[2] = fill, to[3] = fill;
	}
	while (n--)
		*d++ = (unsigned char)c;
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *p = a, *q = b;

	for (; n; n--, p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}
