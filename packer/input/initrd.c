/* SPDX-License-Identifier: BSD-2-Clause */
#include "initrd.h"

#include <string.h>

#define ARCHIVE_ALIGN 4

/* No image can be larger. */
#define SIZE_MAX_ALIGNED ((size_t)INT32_MAX / ARCHIVE_ALIGN * ARCHIVE_ALIGN)

void initrd_align(struct blob *initrd)
{
	size_t end = initrd->size, aligned = bzb_align_up(end, ARCHIVE_ALIGN);

	if (aligned == end)
		return;
	blob_resize(initrd, aligned);
	memset(initrd->data + end, 0, aligned - end);
}

int initrd_append(struct blob *initrd, struct bzb_span archive, struct why *why)
{
	size_t end = bzb_align_up(initrd->size, ARCHIVE_ALIGN);

	if (!archive.size)
		return 0;
	if (archive.size > SIZE_MAX_ALIGNED - end)
		return explain(why, "all initrds together are larger than 2 GiB");
	initrd_align(initrd);
	blob_resize(initrd, end + archive.size);
	memcpy(initrd->data + end, archive.data, archive.size);
	return 0;
}

int initrd_take(struct blob *initrd, struct blob *archive, struct why *why)
{
	if (initrd->size || archive->size > SIZE_MAX_ALIGNED)
		return initrd_append(initrd, blob_span(archive), why);
	blob_free(initrd);
	*initrd = *archive;
	*archive = (struct blob){ 0 };
	return 0;
}
