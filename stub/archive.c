/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For the decoders' static libraries: what they name of a C library and never use
 * here, for they work in a workspace that they are given; what is linked away;
 * and one thing that is smaller here.
 */
#include "../decoders/crc32.h"
#include "console.h"

/* Declared in headers that a freestanding program does not have. */
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void free(void *p);
_Noreturn void __stack_chk_fail(void);
uint32_t lzma_crc32(const uint8_t *data, size_t size, uint32_t sum);
_Noreturn void linked_away(void);

void *malloc(size_t size)
{
	(void)size;
	return NULL;
}

void *calloc(size_t count, size_t size)
{
	(void)count;
	(void)size;
	return NULL;
}

void free(void *p)
{
	(void)p;
}

/* The canary was overwritten: a decoder wrote past its data. Nothing on the stack can be trusted,
 * least of all a return address. */
_Noreturn void __stack_chk_fail(void)
{
	boot_halt("the decoder has overwritten the stack: pack the kernel with another codec");
}

/*
 * In place of liblzma's, which comes with 8 KiB of tables. It gets to see headers, of a few bytes
 * each: what goes in has been verified by the manifest's checksums.
 */
uint32_t lzma_crc32(const uint8_t *data, size_t size, uint32_t sum)
{
	sum = ~sum;
	for (; size; size--)
		sum = crc32_without_tables(sum ^ *data++);
	return ~sum;
}

/* Stands for functions that are linked away: decoders of old formats, checksums that nobody verifies. */
_Noreturn void linked_away(void)
{
	boot_halt("the payload wants a decoder that is not in the stub: pack the kernel again");
}
