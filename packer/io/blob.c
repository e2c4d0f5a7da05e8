/* SPDX-License-Identifier: BSD-2-Clause */
#include "blob.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "alloc.h"
#include "diag.h"

static struct blob own(void *memory, size_t size)
{
	if (!memory)
		diag_no_memory(size);
	return (struct blob){ .data = memory, .size = size };
}

struct blob blob_alloc(size_t size)
{
	return own(alloc_zeros(size), size);
}

struct blob blob_room(size_t size)
{
	return own(alloc_bytes(size), size);
}

struct blob blob_copy(struct bzb_span bytes)
{
	struct blob copy = blob_room(bytes.size);

	if (bytes.size)
		memcpy(copy.data, bytes.data, bytes.size);
	return copy;
}

static void resize_mapped(struct blob *blob, size_t size)
{
	struct blob copy = blob_room(size);

	memcpy(copy.data, blob->data, size < blob->size ? size : blob->size);
	blob_free(blob);
	*blob = copy;
}

void blob_resize(struct blob *blob, size_t size)
{
	if (blob->mapped)
		resize_mapped(blob, size);
	else
		*blob = own(alloc_resize(blob->data, size), size);
}

void blob_move(unsigned char *to, const struct blob *from, size_t offset, size_t size)
{
	while (size) {
		unsigned char *start = from->data + offset;
		size_t piece = alloc_piece(start);

		if (piece > size)
			piece = size;
		memcpy(to, start, piece);
		alloc_give_back(start, piece);
		to += piece;
		offset += piece;
		size -= piece;
	}
}

void blob_free(struct blob *blob)
{
	if (blob->mapped)
		munmap(blob->data, blob->size);
	else
		free(blob->data);
	*blob = (struct blob){ 0 };
}
