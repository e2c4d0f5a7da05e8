/* SPDX-License-Identifier: BSD-2-Clause */
#include "blob.h"

#include <stdlib.h>
#include <string.h>

#include "diag.h"

struct blob blob_alloc(size_t size)
{
	/* calloc(0) may return NULL, which would look like a failure. */
	struct blob blob = { calloc(size ? size : 1, 1), size };

	if (!blob.data)
		diag_no_memory(size);
	return blob;
}

struct blob blob_copy(struct bzb_span bytes)
{
	struct blob copy = blob_alloc(bytes.size);

	if (bytes.size)
		memcpy(copy.data, bytes.data, bytes.size);
	return copy;
}

void blob_resize(struct blob *blob, size_t size)
{
	unsigned char *data = realloc(blob->data, size ? size : 1);

	if (!data)
		diag_no_memory(size);
	*blob = (struct blob){ data, size };
}

void blob_free(struct blob *blob)
{
	free(blob->data);
	*blob = (struct blob){ 0 };
}
