/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The four functions of <bzboot/env.h>. A processor may emulate each unaligned access in hundreds
 * of instructions, so words are read and written at multiples of their size only: where the two
 * places differ, each written word is shifted out of two read ones.
 */
#include <bzboot/env.h>

typedef uint64_t word __attribute__((may_alias));

#define WORD sizeof(word)
#define SHORT (2 * WORD)	/* with fewer bytes, words do not pay */

static size_t misaligned(const unsigned char *p)
{
	return (uintptr_t)p % WORD;
}

/* Returns the bytes that are copied: whole words. @d and @s are aligned. */
static size_t copy_words(unsigned char *d, const unsigned char *s, size_t n)
{
	const size_t all = n;

	for (; n >= 8 * WORD; n -= 8 * WORD, d += 8 * WORD, s += 8 * WORD) {
		const word *from = (const word *)s;
		word a = from[0], b = from[1], c = from[2], e = from[3];
		word f = from[4], g = from[5], h = from[6], i = from[7];
		word *to = (word *)d;

		to[0] = a, to[1] = b, to[2] = c, to[3] = e;
		to[4] = f, to[5] = g, to[6] = h, to[7] = i;
	}
	for (; n >= WORD; n -= WORD, d += WORD, s += WORD)
		*(word *)d = *(const word *)s;
	return all - n;
}

/* The same, where only @d is aligned. No word is read that has none of the bytes. */
static size_t copy_shifted(unsigned char *d, const unsigned char *s, size_t n)
{
	const unsigned int low = 8 * (unsigned int)misaligned(s), high = 64 - low;
	const word *from = (const word *)(s - misaligned(s));
	const size_t all = n;
	word last = *from++;

	for (; n >= WORD; n -= WORD, d += WORD) {
		const word next = *from++;

		*(word *)d = last >> low | next << high;
		last = next;
	}
	return all - n;
}

/* Each byte is read before it is written, in ascending order: correct also if d is below s and they
 * overlap. */
static void copy_up(unsigned char *d, const unsigned char *s, size_t n)
{
	if (n >= SHORT) {
		size_t done;

		for (; misaligned(d); n--)
			*d++ = *s++;
		done = misaligned(s) ? copy_shifted(d, s, n) : copy_words(d, s, n);
		d += done, s += done, n -= done;
	}
	for (; n; n--)
		*d++ = *s++;
}

static void copy_16(unsigned char *restrict d, const unsigned char *restrict s)
{
#pragma GCC unroll 16
	for (size_t i = 0; i < 16; i++)
		d[i] = s[i];
}

static void copy_down(unsigned char *d, const unsigned char *s, size_t n)
{
	if (misaligned(d) == misaligned(s)) {
		for (; n && misaligned(d + n); n--)
			d[n - 1] = s[n - 1];
		for (; n >= WORD; n -= WORD)
			*(word *)(d + n - WORD) = *(const word *)(s + n - WORD);
	}
	while (n--)
		d[n] = s[n];
}

/* Most copies of libzstd have 16 bytes. */
void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	if (n == 16)
		copy_16(dst, src);
	else
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
	const word fill = (unsigned char)c * ((word)-1 / 255);
	unsigned char *d = dst;

	for (; n && misaligned(d); n--)
		*d++ = (unsigned char)c;
#pragma GCC unroll 8
	for (; n >= WORD; n -= WORD, d += WORD)
		*(word *)d = fill;
	for (; n; n--)
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
