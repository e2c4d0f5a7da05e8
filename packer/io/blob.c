/* SPDX-License-Identifier: BSD-2-Clause */
#include "blob.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "diag.h"

/* Of x86-64; where they have another size, the advice is only of less use. */
#define HUGE_PAGE ((size_t)2 << 20)

/* From here on, an allocation has a huge page of its own wherever it begins. */
#define HUGE_FROM (2 * HUGE_PAGE)

/* A hint: a system without huge pages refuses it, and the memory is the same. */
static void use_huge_pages(unsigned char *data, size_t size)
{
	uintptr_t start = (uintptr_t)bzb_align_up((uintptr_t)data, HUGE_PAGE);
	uintptr_t end = (uintptr_t)data + size;

	if (size >= HUGE_FROM)
		(void)madvise((void *)start, end - start, MADV_HUGEPAGE);
}

struct blob blob_alloc(size_t size)
{
	/* calloc(0) may return NULL, which would look like a failure. */
	struct blob blob = { .data = calloc(size ? size : 1, 1), .size = size };

	if (!blob.data)
		diag_no_memory(size);
	use_huge_pages(blob.data, size);
	return blob;
}

struct blob blob_copy(struct bzb_span bytes)
{
	struct blob copy = blob_alloc(bytes.size);

	if (bytes.size)
		memcpy(copy.data, bytes.data, bytes.size);
	return copy;
}

static void resize_mapped(struct blob *blob, size_t size)
{
	struct blob copy = blob_alloc(size);

	memcpy(copy.data, blob->data, size < blob->size ? size : blob->size);
	blob_free(blob);
	*blob = copy;
}

void blob_resize(struct blob *blob, size_t size)
{
	unsigned char *data;

	if (blob->mapped) {
		resize_mapped(blob, size);
		return;
	}
	data = realloc(blob->data, size ? size : 1);
	if (!data)
		diag_no_memory(size);
	if (size > blob->size)
		use_huge_pages(data, size);
	*blob = (struct blob){ .data = data, .size = size };
}

void blob_free(struct blob *blob)
{
	if (blob->mapped)
		munmap(blob->data, blob->size);
	else
		free(blob->data);
	*blob = (struct blob){ 0 };
}
