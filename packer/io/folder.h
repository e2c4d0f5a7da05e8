/* SPDX-License-Identifier: BSD-2-Clause */
/* Folders of small files, which appear with all of their files or not at all. */
#ifndef PACKER_FOLDER_H
#define PACKER_FOLDER_H

#include <stdbool.h>
#include <sys/types.h>

#include "blob.h"
#include "diag.h"

struct folder_file {
	const char *name;
	struct bzb_span bytes;
	bool is_secret; /* only its owner may read it */
};

struct folder {
	const struct folder_file *files;
	size_t count;
	bool is_secret;
};

/**
 * folder_is_free() - check early whether folder_create() may make a folder
 * @path: of it
 * @why: something is there
 *
 * returns: false if something is there that is not an empty folder
 */
bool folder_is_free(const char *path, struct why *why);

/**
 * folder_create() - make a folder
 * @path: of it; the folders above it are made, too; an empty one that is there is replaced
 * @folder: its files
 * @why: what went wrong
 *
 * The files are written to a temporary folder beside it, which takes its name when all of them are on
 * the disk.
 *
 * returns: 0, or -1 on error: nothing has changed
 */
int folder_create(const char *path, const struct folder *folder, struct why *why);

/**
 * folder_replace() - give a folder other files
 * @path: of it
 * @folder: its new files; other files that it has stay
 * @remove: the names of files that it loses, up to a NULL
 * @why: what went wrong
 *
 * As folder_create(); the two folders change places at once.
 *
 * returns: 0, or -1 on error: nothing has changed, or, as it says, the old files are in another folder
 */
int folder_replace(const char *path, const struct folder *folder, const char *const *remove,
		   struct why *why);

#endif
