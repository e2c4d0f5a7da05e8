/* SPDX-License-Identifier: BSD-2-Clause */
/* An allocator for the libraries: slices of the workspace, in the order of the calls. */
#ifndef DECODERS_WORKSPACE_H
#define DECODERS_WORKSPACE_H

#include <bzboot/env.h>

/* The alignment of malloc() on x86-64. */
#define WORKSPACE_ALIGN ((size_t)16)

struct workspace {
	unsigned char *free; /* the bytes that are left */
	size_t left;
	unsigned char *last; /* the last slice */
};

static inline struct workspace workspace_of(void *bytes, size_t size)
{
	return (struct workspace){ bytes, size, NULL };
}

/* returns: a slice; NULL if there is not enough space */
static inline void *workspace_take(struct workspace *workspace, size_t size)
{
	unsigned char *taken = workspace->free;

	if (size > SIZE_MAX - WORKSPACE_ALIGN)
		return NULL;
	size = (size + WORKSPACE_ALIGN - 1) & ~(WORKSPACE_ALIGN - 1);
	if (size > workspace->left)
		return NULL;
	workspace->free += size;
	workspace->left -= size;
	workspace->last = taken;
	return taken;
}

/* Only the last slice is freed, which is enough for headers that are read one by one. */
static inline void workspace_give_back(struct workspace *workspace, void *taken)
{
	if (!taken || taken != workspace->last)
		return;
	workspace->left += (size_t)(workspace->free - workspace->last);
	workspace->free = workspace->last;
	workspace->last = NULL;
}

#endif
