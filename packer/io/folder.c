/* SPDX-License-Identifier: BSD-2-Clause */
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fileio.h"

/* A path without slashes at its end, and that of the temporary folder beside it. */
struct place {
	char path[PATH_MAX], temporary[PATH_MAX];
};

static int find_place(const char *path, struct place *ret, struct why *why)
{
	size_t size = strlen(path);
	const char *slash;
	uint64_t number;

	while (size > 1 && path[size - 1] == '/')
		size--;
	if (size > PATH_MAX - 32)
		return explain(why, "cannot write: %s", strerror(ENAMETOOLONG));
	snprintf(ret->path, sizeof(ret->path), "%.*s", (int)size, path);
	if (getentropy(&number, sizeof(number)))
		return explain(why, "cannot write: %s", strerror(errno));
	slash = strrchr(ret->path, '/');
	snprintf(ret->temporary, sizeof(ret->temporary), "%.*s.bzboot-%016" PRIx64,
		 slash ? (int)(slash + 1 - ret->path) : 0, ret->path, number);
	return 0;
}

/* returns: errno, as the functions below; 0 on success */
static int write_file(int at, const struct folder_file *file)
{
	int fd = openat(at, file->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			file->is_secret ? 0600 : 0644);
	int err;

	if (fd < 0)
		return errno;
	err = file_write_all(fd, file->bytes) || fsync(fd) ? errno : 0;
	if (close(fd) && !err)
		err = errno;
	return err;
}

static int write_files(const char *path, const struct folder *folder)
{
	int at = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;

	if (at < 0)
		return errno;
	for (size_t i = 0; i < folder->count && !err; i++)
		err = write_file(at, &folder->files[i]);
	if (!err && fsync(at) && errno == EIO)
		err = EIO;
	close(at);
	return err;
}

static void remove_files(const char *path, const struct folder *folder)
{
	int at = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (size_t i = 0; at >= 0 && i < folder->count; i++)
		unlinkat(at, folder->files[i].name, 0);
	if (at >= 0)
		close(at);
	rmdir(path);
}

static int make_temporary(const char *path, const struct folder *folder)
{
	int err;

	if (mkdir(path, folder->is_secret ? 0700 : 0755))
		return errno;
	err = write_files(path, folder);
	if (err)
		remove_files(path, folder);
	return err;
}

static void sync_above(char *path)
{
	char *slash = strrchr(path, '/');
	int fd;

	if (slash)
		*slash = '\0';
	fd = open(!slash ? "." : slash == path ? "/" : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	if (slash)
		*slash = '/';
}

/* Makes the folders above a path. returns: errno; @made: how many there are */
static int make_above(char *path, unsigned int *made)
{
	char *slash = strrchr(path, '/');
	int err = 0;

	if (!slash || slash == path)
		return 0;
	*slash = '\0';
	if (access(path, F_OK) && !(err = make_above(path, made))) {
		if (mkdir(path, 0755))
			err = errno;
		else
			++*made;
	}
	*slash = '/';
	return err;
}

static void remove_above(char *path, unsigned int made)
{
	char *slash = strrchr(path, '/');

	if (!made || !slash)
		return;
	*slash = '\0';
	rmdir(path);
	remove_above(path, made - 1);
	*slash = '/';
}

/* A signal must not end the program in the middle of it; this takes as long as a few small files. */
static void begin(sigset_t *before)
{
	sigset_t all;

	signal(SIGXFSZ, SIG_IGN);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, before);
}

static void end(const sigset_t *before)
{
	sigprocmask(SIG_SETMASK, before, NULL);
}

static int is_empty(const char *path)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;
	int empty = 1;

	if (!folder)
		return -1;
	while (empty && (entry = readdir(folder)))
		empty = !strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..");
	closedir(folder);
	return empty;
}

bool folder_is_free(const char *path, struct why *why)
{
	struct place place;
	struct stat st;

	if (find_place(path, &place, why))
		return false;
	if (lstat(place.path, &st)) {
		if (errno != ENOENT)
			explain(why, "cannot write: %s", strerror(errno));
		return errno == ENOENT;
	}
	if (S_ISDIR(st.st_mode) && is_empty(place.path) > 0)
		return true;
	explain(why, "is there already, and is not overwritten");
	return false;
}

int folder_create(const char *path, const struct folder *folder, struct why *why)
{
	unsigned int made = 0;
	struct place place;
	sigset_t before;
	int err;

	if (!folder_is_free(path, why) || find_place(path, &place, why))
		return -1;
	begin(&before);
	err = make_above(place.path, &made);
	if (!err)
		err = make_temporary(place.temporary, folder);
	if (!err && rename(place.temporary, place.path)) {
		err = errno;
		remove_files(place.temporary, folder);
	}
	if (err)
		remove_above(place.path, made);
	else
		sync_above(place.path);
	end(&before);
	return err ? explain(why, "cannot write: %s", strerror(err)) : 0;
}

static bool is_among(const char *name, const char *const *names)
{
	while (*names && strcmp(*names, name))
		names++;
	return *names;
}

static bool is_new(const char *name, const struct folder *folder)
{
	for (size_t i = 0; i < folder->count; i++)
		if (!strcmp(folder->files[i].name, name))
			return true;
	return false;
}

/* Empties the old folder: what is not replaced or to be removed moves to the new one. */
static int empty_old(const char *old, const char *new, const struct folder *folder,
		     const char *const *remove)
{
	DIR *entries = opendir(old);
	const struct dirent *entry;
	int to, err = 0;

	if (!entries)
		return errno;
	to = open(new, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (to >= 0 && !err && (entry = readdir(entries))) {
		const char *name = entry->d_name;

		if (!strcmp(name, ".") || !strcmp(name, ".."))
			continue;
		if (is_new(name, folder) || is_among(name, remove) ?
			    unlinkat(dirfd(entries), name, 0) :
			    renameat(dirfd(entries), name, to, name))
			err = errno;
	}
	if (to < 0)
		err = errno;
	else
		close(to);
	closedir(entries);
	if (!err && rmdir(old))
		err = errno;
	return err;
}

int folder_replace(const char *path, const struct folder *folder, const char *const *remove,
		   struct why *why)
{
	char real[PATH_MAX]; /* a link to the folder stays */
	struct place place;
	sigset_t before;
	int err, late = 0;

	if (!realpath(path, real))
		return explain(why, "cannot write: %s", strerror(errno));
	if (find_place(real, &place, why))
		return -1;
	begin(&before);
	err = make_temporary(place.temporary, folder);
	if (!err && renameat2(AT_FDCWD, place.temporary, AT_FDCWD, place.path, RENAME_EXCHANGE)) {
		err = errno;
		remove_files(place.temporary, folder);
	}
	if (!err) {
		late = empty_old(place.temporary, place.path, folder, remove);
		sync_above(place.path);
	}
	end(&before);
	if (err)
		return explain(why, "cannot write: %s", strerror(err));
	return late ? explain(why, "has the new files; the old ones are in %.100s: %s",
			      place.temporary, strerror(late)) :
		      0;
}
