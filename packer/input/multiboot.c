/* SPDX-License-Identifier: BSD-2-Clause */
#include "multiboot.h"

/*
 * Multiboot 0.6.96, 3.1, and Multiboot2 2.0, 3.1: a header is at a multiple of @step in the first
 * @room bytes; the sum of its first @words, of which the magic number is one, is 0.
 */
static const struct header {
	unsigned int version, words;
	uint32_t magic;
	size_t room, step;
} headers[] = {
	{ 1, 3, 0x1badb002, 8192, 4 },
	{ 2, 4, 0xe85250d6, 32768, 8 },
};

static size_t size_of(const struct header *header)
{
	return header->words * sizeof(uint32_t);
}

static bool is_header(const struct header *header, struct bzb_span file, size_t offset)
{
	struct bzb_span bytes;
	uint32_t sum = 0;

	if (bzb_slice(file, offset, size_of(header), &bytes) ||
	    bzb_get32(bytes.data) != header->magic)
		return false;
	for (unsigned int i = 0; i < header->words; i++)
		sum += bzb_get32(bytes.data + i * sizeof(uint32_t));
	return !sum;
}

unsigned int multiboot_find(struct bzb_span file)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(headers); i++) {
		const struct header *header = &headers[i];

		for (size_t at = 0; at + size_of(header) <= header->room; at += header->step)
			if (is_header(header, file, at))
				return header->version;
	}
	return 0;
}
