/* SPDX-License-Identifier: BSD-2-Clause */
#include "fileio.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* No image can be longer, and no kernel is, even with its debug information. */
#define FILE_SIZE_MAX ((size_t)INT32_MAX)

/* Read at a time from what has no size. */
#define PIPE_CHUNK ((size_t)1 << 20)

static int read_all(int fd, struct blob *bytes, struct why *why)
{
	size_t done = 0;

	for (;;) {
		ssize_t n;

		if (done == bytes->size)
			blob_resize(bytes, bytes->size * 2);
		n = read(fd, bytes->data + done, bytes->size - done);
		if (n == 0)
			break;
		if (n > 0)
			done += (size_t)n;
		else if (errno != EINTR)
			return explain(why, "cannot read: %s", strerror(errno));
		if (done > FILE_SIZE_MAX)
			return explain(why, "is larger than 2 GiB");
	}
	if (!done)
		return explain(why, "is empty");
	blob_resize(bytes, done);
	return 0;
}

static int read_file(int fd, struct blob *ret, struct why *why)
{
	size_t expected = PIPE_CHUNK;
	struct blob bytes;
	struct stat st;

	if (fstat(fd, &st))
		return explain(why, "cannot read: %s", strerror(errno));
	if (S_ISDIR(st.st_mode))
		return explain(why, "is a directory");
	if (S_ISREG(st.st_mode)) {
		if (st.st_size > (off_t)FILE_SIZE_MAX)
			return explain(why, "is larger than 2 GiB");
		/* One more, to see the end of the file without growing. */
		expected = (size_t)st.st_size + 1;
	}
	bytes = blob_alloc(expected);
	if (read_all(fd, &bytes, why)) {
		blob_free(&bytes);
		return -1;
	}
	*ret = bytes;
	return 0;
}

int file_read(const char *path, struct blob *ret, struct why *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return explain(why, "cannot open: %s", strerror(errno));
	err = read_file(fd, ret, why);
	close(fd);
	return err;
}

/*
 * The file that a path stands for: a link is followed, so that it stays one. Whatever is not a
 * regular file must not be replaced by one; think of /dev/null.
 */
static int resolve_target(const char *path, char target[PATH_MAX], struct why *why)
{
	struct stat st;

	if (stat(path, &st)) {
		if (errno != ENOENT)
			return explain(why, "cannot write: %s", strerror(errno));
		if (snprintf(target, PATH_MAX, "%s", path) >= PATH_MAX)
			return explain(why, "cannot write: %s", strerror(ENAMETOOLONG));
		return 0;
	}
	if (S_ISDIR(st.st_mode))
		return explain(why, "cannot write: %s", strerror(EISDIR));
	if (!S_ISREG(st.st_mode))
		return explain(why, "cannot write: not a regular file");
	if (!realpath(path, target))
		return explain(why, "cannot write: %s", strerror(errno));
	return 0;
}

/* The folder of a path, with the final slash; empty for the current one. */
static int folder_size(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (int)(slash - path) + 1 : 0;
}

int file_check_target(const char *path, struct why *why)
{
	char target[PATH_MAX], folder[PATH_MAX + 1];

	if (resolve_target(path, target, why))
		return -1;
	if (!*target || target[strlen(target) - 1] == '/')
		return explain(why, "cannot write: not the name of a file");
	snprintf(folder, sizeof(folder), "%.*s.", folder_size(target), target);
	if (access(folder, W_OK | X_OK))
		return explain(why, "cannot write to its folder: %s", strerror(errno));
	return 0;
}

/*
 * The temporary file. The handler unlinks it; a name is in here only while the file exists, except
 * for the moments in which signals are blocked.
 */
static char temporary[PATH_MAX + 32];
static volatile sig_atomic_t temporary_exists;

static const int fatal_signals[] = { SIGHUP, SIGINT, SIGTERM };
#define FATAL_SIGNALS (sizeof(fatal_signals) / sizeof(fatal_signals[0]))

static void on_fatal_signal(int number)
{
	if (temporary_exists)
		unlink(temporary);
	/* SA_RESETHAND: this time it is the default action, once the handler returns. */
	raise(number);
}

static void catch_fatal_signals(void)
{
	struct sigaction action = { .sa_handler = on_fatal_signal, .sa_flags = (int)SA_RESETHAND };
	struct sigaction before;

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < FATAL_SIGNALS; i++)
		/* What was ignored stays ignored: nohup. */
		if (!sigaction(fatal_signals[i], NULL, &before) && before.sa_handler != SIG_IGN)
			sigaction(fatal_signals[i], &action, NULL);
	/* Let write() say that a file gets too large, instead of dying of it. */
	signal(SIGXFSZ, SIG_IGN);
}

static int create_temporary(const char *target)
{
	sigset_t fatal, before;
	int fd, saved;

	sigemptyset(&fatal);
	for (size_t i = 0; i < FATAL_SIGNALS; i++)
		sigaddset(&fatal, fatal_signals[i]);
	snprintf(temporary, sizeof(temporary), "%.*s.bzboot-XXXXXX", folder_size(target), target);
	sigprocmask(SIG_BLOCK, &fatal, &before);
	fd = mkostemp(temporary, O_CLOEXEC);
	saved = errno;
	temporary_exists = fd >= 0;
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = saved;
	return fd;
}

/* The mode that open() would have given it; mkostemp() gives 0600. */
static int set_usual_mode(int fd)
{
	mode_t mask = umask(0);

	umask(mask);
	return fchmod(fd, 0666 & ~mask);
}

/*
 * Who may read the old file may read the new one, and nobody else. Where giving it to the old one's
 * owner is not allowed, it stays ours; where its group is not, that group's bits must not go to ours.
 */
static int set_mode(int fd, const char *target)
{
	struct stat old;
	mode_t mode;

	if (stat(target, &old))
		return errno == ENOENT ? set_usual_mode(fd) : -1;
	mode = old.st_mode & 0777;
	if (fchown(fd, old.st_uid, old.st_gid) && fchown(fd, (uid_t)-1, old.st_gid))
		mode &= ~(mode_t)070;
	return fchmod(fd, mode);
}

static int write_all(int fd, struct bzb_span bytes)
{
	for (size_t done = 0; done < bytes.size;) {
		ssize_t n = write(fd, bytes.data + done, bytes.size - done);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0)
			done += (size_t)n;
	}
	return 0;
}

int file_write(const char *path, struct bzb_span bytes, struct why *why)
{
	char target[PATH_MAX];
	int fd, err;

	if (resolve_target(path, target, why))
		return -1;
	catch_fatal_signals();
	fd = create_temporary(target);
	if (fd < 0)
		return explain(why, "cannot create a temporary file beside it: %s",
			       strerror(errno));
	err = write_all(fd, bytes) || set_mode(fd, target) || fsync(fd) ? errno : 0;
	if (close(fd) && !err)
		err = errno;
	if (!err && rename(temporary, target))
		err = errno;
	if (err)
		unlink(temporary);
	temporary_exists = 0;
	return err ? explain(why, "cannot write: %s", strerror(err)) : 0;
}
