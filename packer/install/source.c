/* SPDX-License-Identifier: BSD-2-Clause */
#include "source.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/fileio.h"
#include "io/text.h"

#define BLANKS " \t\r\n\f\v"
#define KERNEL_NAME "vmlinuz-"

/* With the version in them */
static const char *const kernel_paths[] = { "/boot/vmlinuz-%s", "/usr/lib/modules/%s/vmlinuz" };
static const char *const initrd_paths[] = { "/boot/initrd.img-%s", "/boot/initramfs-%s.img" };

/* --- versions ----------------------------------------------------------------------------- */

/* Package managers leave such files beside a kernel. */
static bool is_left(const char *version)
{
	static const char *const endings[] = { ".old", ".bak", ".dpkg-new", ".dpkg-tmp",
					       ".dpkg-bak" };
	const size_t length = strlen(version);

	for (size_t i = 0; i < BZB_ARRAY_SIZE(endings); i++) {
		const size_t ending = strlen(endings[i]);

		if (length > ending && !strcmp(version + length - ending, endings[i]))
			return true;
	}
	return false;
}

static void add_version(struct name_list *names, const char *version)
{
	struct why why;

	if (!install_version_check(version, &why) && !is_left(version))
		name_list_add(names, version);
}

/* Calls @take with each name in a folder of the system that is there. */
static int list_folder(const struct install_place *place, const char *name,
		       void (*take)(const struct install_place *place, const char *name,
				    struct name_list *ret),
		       struct name_list *ret)
{
	char *path = install_path(place, name);
	struct name_list names;
	int err = name_list_folder(path, &names);

	for (size_t i = 0; i < names.count; i++)
		take(place, names.names[i], ret);
	name_list_free(&names);
	free(path);
	return err;
}

static void take_from_boot(const struct install_place *place, const char *name,
			   struct name_list *ret)
{
	(void)place;
	if (!strncmp(name, KERNEL_NAME, strlen(KERNEL_NAME)))
		add_version(ret, name + strlen(KERNEL_NAME));
}

static void take_from_modules(const struct install_place *place, const char *name,
			      struct name_list *ret)
{
	char *path = text_make("%s/usr/lib/modules/%s/vmlinuz", place->root, name);

	if (!access(path, F_OK))
		add_version(ret, name);
	free(path);
}

int sources_versions(const struct install_place *place, struct name_list *ret)
{
	int err;

	*ret = (struct name_list){ 0 };
	err = list_folder(place, "/boot", take_from_boot, ret) |
	      list_folder(place, "/usr/lib/modules", take_from_modules, ret);
	name_list_sort(ret);
	return err;
}

/* --- files -------------------------------------------------------------------------------- */

void sources_free(struct sources *sources)
{
	for (size_t i = 0; i < sources->count; i++) {
		free(sources->files[i].path);
		free(sources->files[i].name);
	}
	free(sources->files);
	*sources = (struct sources){ 0 };
}

/* The name of a file in the system: absolute, without the root. */
static char *name_of(const struct install_place *place, const char *path)
{
	const size_t root = strlen(place->root);
	char real[PATH_MAX], real_root[PATH_MAX];
	size_t length;

	if (root && !strncmp(path, place->root, root) && path[root] == '/')
		return text_make("%s", path + root);
	if (*path == '/' || !realpath(path, real))
		return text_make("%s", path);
	length = root && realpath(place->root, real_root) ? strlen(real_root) : 0;
	if (!strncmp(real, real_root, length) && real[length] == '/')
		return text_make("%s", real + length);
	return text_make("%s", real);
}

/* Takes over @path. */
static int add_file(const struct install_place *place, struct sources *sources,
		    enum record_kind kind, char *path)
{
	const size_t size = (sources->count + 1) * sizeof(*sources->files);
	struct source_file file = { .path = path, .kind = kind, .name = name_of(place, path) };
	struct source_file *longer = realloc(sources->files, size);
	struct why why;

	if (!longer)
		diag_no_memory(size);
	sources->files = longer;
	if (record_digest_file(path, file.sha256, &file.size, &why)) {
		diag(path, &why);
		free(file.name);
		free(path);
		return -1;
	}
	longer[sources->count++] = file;
	return 0;
}

/* returns: the first of the paths that is there, for free(); NULL if none is */
static char *find_file(const struct install_place *place, const char *const paths[2],
		       const char *version)
{
	for (size_t i = 0; i < 2; i++) {
		const char *at = strstr(paths[i], "%s");
		char *path = text_make("%s%.*s%s%s", place->root, (int)(at - paths[i]), paths[i],
				       version, at + 2);

		if (!access(path, F_OK) || (errno != ENOENT && errno != ENOTDIR))
			return path;
		free(path);
	}
	return NULL;
}

static int find_kernel(const struct install_place *place, const struct sources_wishes *wishes,
		       struct sources *ret)
{
	char *path = wishes->files.count ? text_make("%s", wishes->files.names[0]) :
					   find_file(place, kernel_paths, wishes->version);
	struct why why;

	if (path)
		return add_file(place, ret, RECORD_KERNEL, path);
	explain(&why,
		"there is no kernel of this version: neither %s/boot/vmlinuz-%.60s nor "
		"/usr/lib/modules/%.60s/vmlinuz",
		place->root, wishes->version, wishes->version);
	return diag_fail(wishes->version, &why);
}

/* Without its initrd, a system may not find its root: it is missed before anything is done. */
static int find_initrd(const struct install_place *place, const struct sources_wishes *wishes,
		       struct sources *ret)
{
	char *path = find_file(place, initrd_paths, wishes->version);
	struct why why;

	if (path)
		return add_file(place, ret, RECORD_INITRD, path);
	explain(&why,
		"there is no initrd of this version (%s/boot/initrd.img-%.60s): make it, or set "
		"NoInitrd=yes in bzboot.conf",
		place->root, wishes->version);
	return diag_fail(wishes->version, &why);
}

static int find_initrds(const struct install_place *place, const struct sources_wishes *wishes,
			struct sources *ret)
{
	int err = 0;

	for (size_t i = 0; i < wishes->more_initrds.count && !err; i++)
		err = add_file(place, ret, RECORD_INITRD,
			       text_make("%s", wishes->more_initrds.names[i]));
	for (size_t i = 1; i < wishes->files.count && !err; i++)
		err = add_file(place, ret, RECORD_INITRD, text_make("%s", wishes->files.names[i]));
	if (!err && wishes->files.count < 2 && !wishes->no_initrd)
		err = find_initrd(place, wishes, ret);
	return err;
}

int sources_find(const struct install_place *place, const struct sources_wishes *wishes,
		 struct sources *ret)
{
	*ret = (struct sources){ 0 };
	if (find_kernel(place, wishes, ret))
		return -1;
	return find_initrds(place, wishes, ret);
}

/* --- the command line --------------------------------------------------------------------- */

static bool is_comment(const char *line)
{
	return line[strspn(line, BLANKS)] == '#';
}

/* A boot loader has added it. */
static bool is_of_loader(const char *word)
{
	return !strncmp(word, "BOOT_IMAGE=", 11) || !strncmp(word, "initrd=", 7);
}

/* The words of a text, with a blank between them. @running: of SOURCES_RUNNING_CMDLINE */
static char *join_words(char *text, bool running)
{
	char *joined = NULL, *line;
	size_t size = 0;
	FILE *to = open_memstream(&joined, &size);
	const char *between = "";

	if (!to)
		diag_no_memory(BUFSIZ);
	while ((line = strsep(&text, "\n"))) {
		char *rest = NULL;

		if (is_comment(line))
			continue;
		for (char *word = strtok_r(line, BLANKS, &rest); word;
		     word = strtok_r(NULL, BLANKS, &rest)) {
			if (running && is_of_loader(word))
				continue;
			fprintf(to, "%s%s", between, word);
			between = " ";
		}
	}
	if (fclose(to))
		diag_no_memory(size);
	return joined;
}

static int read_cmdline(const char *path, bool running, char **ret)
{
	struct blob bytes;
	struct why why;
	char *text;

	if (file_read_any(path, &bytes, &why))
		return diag_fail(path, &why);
	text = text_make("%.*s", (int)bytes.size, (const char *)bytes.data);
	*ret = join_words(text, running);
	free(text);
	blob_free(&bytes);
	return 0;
}

/* In a container, or below chroot, the running kernel has the command line of another system. */
static bool is_own_kernel(const struct install_place *place)
{
	static const char *const marks[] = { "/run/systemd/container", "/run/.containerenv",
					     "/.dockerenv" };
	struct stat own, first;

	if (*place->root)
		return false;
	for (size_t i = 0; i < BZB_ARRAY_SIZE(marks); i++)
		if (!access(marks[i], F_OK))
			return false;
	return !stat("/", &own) && !stat("/proc/1/root/.", &first) && own.st_dev == first.st_dev &&
	       own.st_ino == first.st_ino;
}

int sources_cmdline(const struct install_place *place, const char *text, const char *file,
		    char **ret, const char **ret_from)
{
	static const char *const names[] = { "/etc/kernel/cmdline", "/usr/lib/kernel/cmdline" };
	struct why why;

	for (size_t i = 0; i < BZB_ARRAY_SIZE(names); i++) {
		char *path = install_path(place, names[i]);
		const bool is_there = !access(path, F_OK);
		const int err = is_there ? read_cmdline(path, false, ret) : 0;

		free(path);
		*ret_from = names[i];
		if (is_there)
			return err;
	}
	*ret_from = NULL;
	if (file)
		return read_cmdline(file, false, ret);
	if (text) {
		*ret = text_make("%s", text);
		return 0;
	}
	*ret_from = SOURCES_RUNNING_CMDLINE;
	if (is_own_kernel(place))
		return read_cmdline(SOURCES_RUNNING_CMDLINE, true, ret);
	explain(&why, "there is no command line for the kernel: write it to /etc/kernel/cmdline");
	return diag_fail(*place->root ? place->root : "/", &why);
}
