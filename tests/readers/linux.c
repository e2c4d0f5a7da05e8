/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One of Linux's decompressors, DECOMPRESSOR, with the environment that
 * arch/x86/boot/compressed/misc.c provides: a heap of HEAP_SIZE bytes and no more.
 */
#include "host.h"

#include "reader.h"

#define STATIC static

static unsigned char heap[HEAP_SIZE] __attribute__((aligned(16)));
static unsigned long free_mem_ptr, free_mem_end_ptr;

#include <linux/decompress/mm.h>

/* The decompressors define functions of these names unless they are macros. */
#define memzero(s, n) memset((s), 0, (n))
#define memmove memmove

#include DECOMPRESSOR

static const char *wrong;

static void error(char *text)
{
	wrong = text;
}

const char *reader_decompress(unsigned char *payload, long size, unsigned char *out, long out_size)
{
	int result;

	free_mem_ptr = (unsigned long)heap;
	free_mem_end_ptr = free_mem_ptr + sizeof(heap);
	result = __decompress(payload, size, NULL, NULL, out, out_size, NULL, error);
	if (result && !wrong)
		wrong = "failed without a message";
	return wrong;
}
