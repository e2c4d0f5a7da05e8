/* SPDX-License-Identifier: BSD-2-Clause */
#include "name_list.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "text.h"

void name_list_add(struct name_list *list, const char *name)
{
	const size_t size = (list->count + 1) * sizeof(*list->names);
	char **longer;

	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->names[i], name))
			return;
	longer = realloc(list->names, size);
	if (!longer)
		diag_no_memory(size);
	list->names = longer;
	longer[list->count++] = text_make("%s", name);
}

static void read_names(DIR *folder, struct name_list *ret)
{
	const struct dirent *entry;

	while ((entry = readdir(folder)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			name_list_add(ret, entry->d_name);
	closedir(folder);
	name_list_sort(ret);
}

int name_list_folder(const char *path, struct name_list *ret)
{
	DIR *folder = opendir(path);
	struct why why;

	*ret = (struct name_list){ 0 };
	if (folder)
		read_names(folder, ret);
	if (folder || errno == ENOENT || errno == ENOTDIR)
		return 0;
	explain(&why, "cannot open: %s", strerror(errno));
	return diag_fail(path, &why);
}

static int compare(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a, *(char *const *)b);
}

void name_list_sort(struct name_list *list)
{
	if (list->count)
		qsort(list->names, list->count, sizeof(*list->names), compare);
}

void name_list_free(struct name_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->names[i]);
	free(list->names);
	*list = (struct name_list){ 0 };
}
