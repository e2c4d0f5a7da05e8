/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For the decoders' static libraries: a handler of fatal errors (see decoders/no_malloc.c), a
 * stand-in for functions that are linked away, and a smaller checksum.
 */
#include <bzboot/decode.h>

#include "../decoders/crc32.h"
#include "console.h"

/* Declared in headers that a freestanding program does not have. */
uint32_t lzma_crc32(const uint8_t *data, size_t size, uint32_t sum);
_Noreturn void linked_away(void);

_Noreturn void bzb_stack_overwritten(void)
{
	boot_halt("the decoder has overwritten the stack: pack the kernel with another codec");
}

/*
 * Replaces liblzma's function, which has 8 KiB of tables. Its input is headers of a few bytes; the
 * manifest's checksums have verified the payload.
 */
uint32_t lzma_crc32(const uint8_t *data, size_t size, uint32_t sum)
{
	sum = ~sum;
	for (; size; size--)
		sum = crc32_without_tables(sum ^ *data++);
	return ~sum;
}

/* Replaces functions that are linked away: decoders of old formats, unused checksums. */
_Noreturn void linked_away(void)
{
	boot_halt("the payload needs a decoder that the stub does not have: pack the kernel again");
}
