/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of names that are found, each of them once: those in a folder, versions, folders. */
#ifndef PACKER_NAME_LIST_H
#define PACKER_NAME_LIST_H

#include <stddef.h>

struct name_list {
	char **names;
	size_t count;
};

/**
 * name_list_add() - add a name
 * @list: all zeros at first
 * @name: copied; left out if it is there already
 */
void name_list_add(struct name_list *list, const char *name);

/**
 * name_list_folder() - list a folder
 * @path: of it; if it is not there, it has no names
 * @ret: for name_list_free(), also on error: its names, sorted, without "." and ".."
 *
 * returns: 0, or -1 after a message
 */
int name_list_folder(const char *path, struct name_list *ret);

/**
 * name_list_sort() - sort a list as strverscmp(3) does: 6.9 is before 6.12
 * @list: changed
 */
void name_list_sort(struct name_list *list);

/**
 * name_list_free() - free the names
 * @list: may be all zeros, and becomes so
 */
void name_list_free(struct name_list *list);

#endif
