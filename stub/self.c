/* SPDX-License-Identifier: BSD-2-Clause */
#include "self.h"

#include "arch.h"

/* From the linker script and the entry; hidden, so that the compiler does not use the GOT. */
#pragma GCC visibility push(hidden)
extern const struct bzb_manifest_header blank_manifest;
extern const unsigned char blank_manifest_end[];
extern const uint64_t relr_start[], relr_end[];
#pragma GCC visibility pop

/* The number of pointers in a bitmap; the lowest bit marks the word as a bitmap. */
#define RELR_BITS 63

/* The address of RVA 0 that the pointers are relocated for: at first, the link address. */
static unsigned char *volatile image_of_pointers;

/* gABI, SHT_RELR: even words are addresses, odd ones are bitmaps of the pointers that follow. */
void self_relocate(void)
{
	unsigned char *image = arch_image();
	uint64_t distance = (uintptr_t)image - (uintptr_t)image_of_pointers;
	uint64_t *next = (uint64_t *)image;

	for (const uint64_t *word = relr_start; word < relr_end; word++) {
		if (!(*word & 1)) {
			next = (uint64_t *)(image + *word);
			*next++ += distance;
			continue;
		}
		for (int i = 0; i < RELR_BITS; i++)
			if (*word >> (i + 1) & 1)
				next[i] += distance;
		next += RELR_BITS;
	}
	image_of_pointers = image;
}

const struct bzb_manifest_header *self_manifest(void)
{
	return &blank_manifest;
}

struct bzb_span self_manifest_bytes(void)
{
	const unsigned char *start = (const unsigned char *)&blank_manifest;

	return (struct bzb_span){ start, (size_t)(blank_manifest_end - start) };
}
