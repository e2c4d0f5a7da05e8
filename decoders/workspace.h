/* SPDX-License-Identifier: BSD-2-Clause */
/* malloc() for the libraries: slices of the workspace, in the order of the calls. */
#ifndef DECODERS_WORKSPACE_H
#define DECODERS_WORKSPACE_H

#include <bzboot/env.h>

/* As malloc() on x86-64 aligns. */
#define WORKSPACE_ALIGN ((size_t)16)

struct workspace {
	unsigned char *free;		/* what has not been taken */
	size_t left;
	unsigned char *last;		/* what was taken last */
};

static inline struct workspace workspace_of(void *bytes, size_t size)
{
	return (struct workspace){ bytes, size, NULL };
}

/* returns: NULL if there is no room */
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

/* Only what was taken last can be had again: enough for headers that are read one by one. */
static inline void workspace_give_back(struct workspace *workspace, void *taken)
{
	if (!taken || taken != workspace->last)
		return;
	workspace->left += (size_t)(workspace->free - workspace->last);
	workspace->free = workspace->last;
	workspace->last = NULL;
}

#endif
