/* SPDX-License-Identifier: BSD-2-Clause */
#include "config_files.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bzboot/bytes.h>

#include "io/name_list.h"
#include "io/text.h"

#define MAIN_NAME "bzboot.conf"
#define ENDING ".conf"

/* An earlier one masks later ones. */
static const char *const folders[] = {
	"etc/bzboot",
	"run/bzboot",
	"usr/local/lib/bzboot",
	"usr/lib/bzboot",
};

/* A file of bzboot.conf.d, which may be masked. */
struct drop_in {
	char *path;
	const char *name; /* in @path */
	size_t folder;	  /* its index in the table above */
};

struct drop_ins {
	struct drop_in *files;
	size_t count;
};

static char *join(const char *folder, const char *name)
{
	const size_t length = strlen(folder);

	return text_make("%s%s%s", folder, folder[length - 1] == '/' ? "" : "/", name);
}

static char *path_below(const char *root, size_t folder, const char *name)
{
	char *of_folder = join(root, folders[folder]), *path = join(of_folder, name);

	free(of_folder);
	return path;
}

/* Takes over @path. */
static int add_file(struct config_files *files, char *path, const char *root)
{
	const size_t size = (files->count + 1) * sizeof(*files->files);
	struct ini ini;
	struct why why;
	unsigned int line;

	if (ini_read(path, &ini, &line, &why)) {
		diag_at(path, line, &why);
		free(path);
		return -1;
	}
	files->files = realloc(files->files, size);
	if (!files->files)
		diag_no_memory(size);
	files->files[files->count++] = (struct config_file){ path, root, ini };
	return 0;
}

int config_files_add(struct config_files *files, const char *path, const char *root)
{
	char *copy = strdup(path);

	if (!copy)
		diag_no_memory(strlen(path) + 1);
	return add_file(files, copy, root);
}

static int read_main(const char *root, struct config_files *ret)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(folders); i++) {
		char *path = path_below(root, i, MAIN_NAME);

		if (!access(path, F_OK) || (errno != ENOENT && errno != ENOTDIR))
			return add_file(ret, path, root);
		free(path);
	}
	return 0;
}

static bool is_drop_in(const char *name)
{
	const size_t length = strlen(name), ending = strlen(ENDING);

	return *name != '.' && length > ending && !strcmp(name + length - ending, ENDING);
}

static void add_drop_in(struct drop_ins *all, char *path, size_t folder)
{
	const size_t size = (all->count + 1) * sizeof(*all->files);

	all->files = realloc(all->files, size);
	if (!all->files)
		diag_no_memory(size);
	all->files[all->count++] = (struct drop_in){ path, strrchr(path, '/') + 1, folder };
}

static int list_folder(const char *root, size_t folder, struct drop_ins *all)
{
	char *path = path_below(root, folder, MAIN_NAME ".d");
	struct name_list names;
	int err = name_list_folder(path, &names);

	for (size_t i = 0; i < names.count; i++)
		if (is_drop_in(names.names[i]))
			add_drop_in(all, join(path, names.names[i]), folder);
	name_list_free(&names);
	free(path);
	return err;
}

static int compare(const void *a, const void *b)
{
	const struct drop_in *one = a, *other = b;
	const int order = strcmp(one->name, other->name);

	if (order)
		return order;
	return one->folder < other->folder ? -1 : 1;
}

/* Reads the first one of each name. */
static int read_drop_ins(const char *root, const struct drop_ins *all, struct config_files *ret)
{
	int err = 0;

	for (size_t i = 0; i < all->count; i++) {
		char *path = all->files[i].path;

		if (i && !strcmp(all->files[i].name, all->files[i - 1].name))
			continue;
		err |= config_files_add(ret, path, root);
	}
	return err;
}

static int check_root(const char *root)
{
	char *inside = join(root, ".");
	struct why why;
	int err = 0;

	if (access(inside, X_OK)) {
		explain(&why, "cannot open: %s", strerror(errno));
		err = diag_fail(root, &why);
	}
	free(inside);
	return err;
}

int config_files_find(const char *root, struct config_files *ret)
{
	struct drop_ins all = { 0 };
	int err;

	if (check_root(root))
		return -1;
	err = read_main(root, ret);
	for (size_t i = 0; i < BZB_ARRAY_SIZE(folders); i++)
		err |= list_folder(root, i, &all);
	if (all.count)
		qsort(all.files, all.count, sizeof(*all.files), compare);
	err |= read_drop_ins(root, &all, ret);
	for (size_t i = 0; i < all.count; i++)
		free(all.files[i].path);
	free(all.files);
	return err;
}

void config_files_free(struct config_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		free(files->files[i].path);
		ini_free(&files->files[i].ini);
	}
	free(files->files);
	*files = (struct config_files){ 0 };
}
