/* SPDX-License-Identifier: BSD-2-Clause */
#include "module_signature.h"

#include <string.h>

static const char marker[] = "~Module signature appended~\n";
#define MARKER_SIZE (sizeof(marker) - 1)

/* Before the marker; its last field is the size of the signature, which is before that. */
#define TRAILER_SIZE 12u
#define SIZE_FIELD 8u

static uint32_t load_be32(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

int module_signature_find(struct bzb_span file, struct bzb_span *ret)
{
	size_t fixed = TRAILER_SIZE + MARKER_SIZE;
	const unsigned char *trailer;
	uint32_t size;

	if (file.size < fixed || memcmp(file.data + file.size - MARKER_SIZE, marker, MARKER_SIZE))
		return -1;
	trailer = file.data + file.size - fixed;
	size = load_be32(trailer + SIZE_FIELD);
	if (size > file.size - fixed)
		return -1;
	*ret = (struct bzb_span){ trailer - size, size + fixed };
	return 0;
}
