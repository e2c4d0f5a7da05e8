/* SPDX-License-Identifier: BSD-2-Clause */
#include "fileio.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attributes.h"

/* No image can be longer, and no kernel is, even with its debug information. */
#define FILE_SIZE_MAX ((size_t)INT32_MAX)

/* Bytes to read at a time if the size is unknown. */
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
		/* One byte more, so that the end of the file is seen without growing the buffer. */
		expected = (size_t)st.st_size + 1;
	}
	bytes = blob_room(expected);
	if (read_all(fd, &bytes, why)) {
		blob_free(&bytes);
		return -1;
	}
	*ret = bytes;
	return 0;
}

/* Standard input can be read to its end only once. */
static int open_stdin(struct why *why)
{
	static bool was_read;

	if (was_read)
		return explain(why, "standard input has already been read for another argument");
	was_read = true;
	return STDIN_FILENO;
}

static int open_file(const char *path, struct why *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? explain(why, "cannot open: %s", strerror(errno)) : fd;
}

int file_read_any(const char *path, struct blob *ret, struct why *why)
{
	int fd, err;

	if (!strcmp(path, "-")) {
		fd = open_stdin(why);
		return fd < 0 ? -1 : read_file(fd, ret, why);
	}
	fd = open_file(path, why);
	if (fd < 0)
		return -1;
	err = read_file(fd, ret, why);
	close(fd);
	return err;
}

int file_has(const char *path, struct bzb_span bytes, struct why *why)
{
	struct blob file;
	bool same;

	if (file_read_any(path, &file, why))
		return -1;
	same = bytes_are_same(blob_span(&file), bytes);
	blob_free(&file);
	return same;
}

int file_read(const char *path, struct blob *ret, struct why *why)
{
	struct blob bytes;

	if (file_read_any(path, &bytes, why))
		return -1;
	if (!bytes.size) {
		blob_free(&bytes);
		return explain(why, "is empty");
	}
	*ret = bytes;
	return 0;
}

/* The file that is mapped, and the message for its loss: a handler must not format one. */
static struct bzb_span mapped;
static char loss[DIAG_LINE_SIZE];

static void on_bus_error(int number, siginfo_t *info, void *context)
{
	const unsigned char *at = info->si_addr;

	(void)context;
	if (at >= mapped.data && at - mapped.data < (ptrdiff_t)mapped.size) {
		(void)!write(STDERR_FILENO, loss, strlen(loss));
		_exit(EXIT_FAILURE);
	}
	/* SA_RESETHAND: this time it is the default action, once the handler returns. */
	raise(number);
}

static void expect_loss(const char *path, struct bzb_span file)
{
	struct sigaction action = { .sa_sigaction = on_bus_error,
				    .sa_flags = (int)(SA_SIGINFO | SA_RESETHAND) };
	struct why why;

	explain(&why, "cannot read: the file was truncated meanwhile, or its disk fails");
	diag_line(path, &why, loss);
	mapped = file;
	sigemptyset(&action.sa_mask);
	sigaction(SIGBUS, &action, NULL);
}

/* returns: false if the file has to be read instead */
static bool map_file(const char *path, int fd, struct blob *ret)
{
	struct stat st;
	void *data;
	size_t size;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size <= 0 ||
	    st.st_size > (off_t)FILE_SIZE_MAX)
		return false;
	size = (size_t)st.st_size;
	/* Private, and writable for file_keep(). */
	data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, fd, 0);
	if (data == MAP_FAILED)
		return false;
	*ret = (struct blob){ .data = data, .size = size, .mapped = true };
	expect_loss(path, blob_span(ret));
	return true;
}

int file_map(const char *path, struct blob *ret, struct why *why)
{
	int fd, err;

	if (!strcmp(path, "-"))
		return file_read_any(path, ret, why);
	fd = open_file(path, why);
	if (fd < 0)
		return -1;
	err = map_file(path, fd, ret) ? 0 : read_file(fd, ret, why);
	close(fd);
	return err;
}

/* Writing to a page of a private mapping makes a copy of it. */
static void copy_page(volatile unsigned char *byte)
{
	*byte = *byte;
}

void file_keep(const struct blob *file, size_t offset, size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (!file->mapped || offset >= file->size)
		return;
	if (size > file->size - offset)
		size = file->size - offset;
	for (size_t at = offset - offset % page; at < offset + size; at += page)
		copy_page(file->data + at);
}

/* "-", or another name for it, like /dev/stdout. */
static bool is_stdout(const char *path)
{
	struct stat file, out;

	return !strcmp(path, "-") || (!stat(path, &file) && !fstat(STDOUT_FILENO, &out) &&
				      file.st_dev == out.st_dev && file.st_ino == out.st_ino);
}

/* A pipe or a device, which is written directly: a file must not replace it. */
static bool stays(const char *path)
{
	struct stat st;

	return !stat(path, &st) && (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode));
}

/* The file that a path stands for. */
struct target {
	char path[PATH_MAX];
	bool exists;
};

/* Linux follows at most this many links (path_resolution(7)). */
#define LINKS_MAX 40

/* The folder of a path, with the final slash; empty for the current one. */
static int folder_size(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (int)(slash - path) + 1 : 0;
}

const char *file_base_name(const char *path)
{
	return strcmp(path, "-") ? path + folder_size(path) : NULL;
}

static int copy_path(char to[PATH_MAX], const char *from)
{
	size_t size = strlen(from) + 1;

	if (size > PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(to, from, size);
	return 0;
}

/* Replaces the path of a link by the path that it leads to; 1, 0 if it is none, or -1 with
 * errno. */
static int follow_link(char path[PATH_MAX])
{
	char to[PATH_MAX], joined[2 * PATH_MAX];
	ssize_t size = readlink(path, to, sizeof(to) - 1);

	if (size < 0)
		return errno == ENOENT || errno == EINVAL ? 0 : -1;
	to[size] = '\0';
	snprintf(joined, sizeof(joined), "%.*s%s", *to == '/' ? 0 : folder_size(path), path, to);
	return copy_path(path, joined) ? -1 : 1;
}

/* For a file that does not exist yet; links may lead to it. */
static int resolve_new(const char *path, char ret[PATH_MAX])
{
	int followed = 1;

	if (copy_path(ret, path))
		return -1;
	for (int i = 0; i < LINKS_MAX && followed > 0; i++)
		followed = follow_link(ret);
	return followed < 0 ? -1 : 0;
}

/* Follows links, so that the link itself is kept. */
static int resolve_target(const char *path, struct target *ret, struct why *why)
{
	struct stat st;
	bool exists = !stat(path, &st);

	if (!exists && errno != ENOENT)
		return explain(why, "cannot write: %s", strerror(errno));
	if (exists && S_ISDIR(st.st_mode))
		return explain(why, "cannot write: %s", strerror(EISDIR));
	if (exists && !S_ISREG(st.st_mode))
		return explain(why, "cannot write: not a regular file");
	if (exists ? !realpath(path, ret->path) : resolve_new(path, ret->path))
		return explain(why, "cannot write: %s", strerror(errno));
	ret->exists = exists;
	return 0;
}

/* As a path that can be opened. */
static void folder_of(const char *path, char ret[PATH_MAX + 2])
{
	snprintf(ret, PATH_MAX + 2, "%.*s.", folder_size(path), path);
}

int file_check_target(const char *path, struct why *why)
{
	char folder[PATH_MAX + 2];
	struct target target;

	if (is_stdout(path))
		return 0;
	if (stays(path))
		return access(path, W_OK) ? explain(why, "cannot write: %s", strerror(errno)) : 0;
	if (resolve_target(path, &target, why))
		return -1;
	if (!*target.path || target.path[strlen(target.path) - 1] == '/')
		return explain(why, "cannot write: not the name of a file");
	folder_of(target.path, folder);
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

/* All signals that end a program by default, except those of its own faults. */
static const int fatal_signals[] = {
	SIGHUP,	 SIGINT,  SIGQUIT, SIGPIPE,   SIGALRM, SIGTERM,
	SIGUSR1, SIGUSR2, SIGXCPU, SIGVTALRM, SIGPROF, SIGIO,
};
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
	for (size_t i = 0; i < BZB_ARRAY_SIZE(fatal_signals); i++)
		/* A signal that is ignored stays ignored, for nohup. */
		if (!sigaction(fatal_signals[i], NULL, &before) && before.sa_handler != SIG_IGN)
			sigaction(fatal_signals[i], &action, NULL);
	/* With SIGXFSZ ignored, write() returns an error if the file gets too large. */
	signal(SIGXFSZ, SIG_IGN);
}

/* Opens a file that is not there yet, under a name that is hard to guess. */
static int open_temporary(const char *target, mode_t mode)
{
	uint64_t number;
	int fd;

	do {
		if (getentropy(&number, sizeof(number)))
			return -1;
		snprintf(temporary, sizeof(temporary), "%.*s.bzboot-%016" PRIx64,
			 folder_size(target), target, number);
		fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	} while (fd < 0 && errno == EEXIST);
	return fd;
}

/* With the usual mode if it is a new file; else only we may read it until it has the old one's. */
static int create_temporary(const struct target *target)
{
	sigset_t fatal, before;
	int fd, saved;

	sigemptyset(&fatal);
	for (size_t i = 0; i < BZB_ARRAY_SIZE(fatal_signals); i++)
		sigaddset(&fatal, fatal_signals[i]);
	sigprocmask(SIG_BLOCK, &fatal, &before);
	fd = open_temporary(target->path, target->exists ? 0600 : 0666);
	saved = errno;
	temporary_exists = fd >= 0;
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = saved;
	return fd;
}

int file_write_all(int fd, struct bzb_span bytes)
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

/* Fills, describes and closes the temporary file; 0, or -1 with errno. */
static int fill_temporary(int fd, const struct target *target, struct bzb_span bytes)
{
	int err = file_write_all(fd, bytes) ||
				  (target->exists && attributes_copy(fd, target->path)) ||
				  fsync(fd) ?
			  errno :
			  0;

	if (close(fd) && !err)
		err = errno;
	errno = err;
	return err ? -1 : 0;
}

/* Some file systems, and folders that this process may not read, do not allow it. That is not an
 * error. */
static int sync_folder(const char *path)
{
	char folder[PATH_MAX + 2];
	int fd, err;

	folder_of(path, folder);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	err = fsync(fd) && errno == EIO ? -1 : 0;
	close(fd);
	return err;
}

static int say(int fd, const char *message, struct why *why)
{
	const struct bzb_span text = { (const unsigned char *)message, strlen(message) };

	if (!file_write_all(fd, text))
		return 0;
	return explain(why, "not written, because standard %s fails: %s",
		       fd == STDOUT_FILENO ? "output" : "error", strerror(errno));
}

/* The temporary file exists already. */
static int replace(int fd, const struct target *target, struct bzb_span bytes, const char *message,
		   struct why *why)
{
	if (fill_temporary(fd, target, bytes))
		return explain(why, "cannot write: %s", strerror(errno));
	if (message && say(STDOUT_FILENO, message, why))
		return -1;
	if (rename(temporary, target->path))
		return explain(why, "cannot write: %s", strerror(errno));
	return 0;
}

static int write_as_it_is(int fd, struct bzb_span bytes, struct why *why)
{
	return file_write_all(fd, bytes) ? explain(why, "cannot write: %s", strerror(errno)) : 0;
}

static int write_stdout(struct bzb_span bytes, const char *message, struct why *why)
{
	if (message && say(STDERR_FILENO, message, why))
		return -1;
	return write_as_it_is(STDOUT_FILENO, bytes, why);
}

static int write_device(const char *path, struct bzb_span bytes, const char *message,
			struct why *why)
{
	int fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC), err;

	if (fd < 0)
		return explain(why, "cannot write: %s", strerror(errno));
	err = message ? say(STDOUT_FILENO, message, why) : 0;
	if (!err)
		err = write_as_it_is(fd, bytes, why);
	if (close(fd) && !err)
		err = explain(why, "cannot write: %s", strerror(errno));
	return err;
}

static int write_replacing(const char *path, struct bzb_span bytes, const char *message,
			   struct why *why)
{
	struct target target;
	int fd, err;

	if (resolve_target(path, &target, why))
		return -1;
	catch_fatal_signals();
	fd = create_temporary(&target);
	if (fd < 0)
		return explain(why, "cannot create a temporary file beside it: %s",
			       strerror(errno));
	err = replace(fd, &target, bytes, message, why);
	if (err)
		unlink(temporary);
	temporary_exists = 0;
	if (!err && sync_folder(target.path))
		return explain(why, "written, but its folder is not flushed to the disk: %s",
			       strerror(errno));
	return err;
}

int file_write_saying(const char *path, struct bzb_span bytes, const char *message, struct why *why)
{
	if (is_stdout(path))
		return write_stdout(bytes, message, why);
	if (stays(path))
		return write_device(path, bytes, message, why);
	return write_replacing(path, bytes, message, why);
}

int file_write(const char *path, struct bzb_span bytes, struct why *why)
{
	return file_write_saying(path, bytes, NULL, why);
}
