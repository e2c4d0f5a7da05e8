/* SPDX-License-Identifier: BSD-2-Clause */
/* Mapped files: what is kept does not change, and what is lost ends the program. */
#include "test.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../packer/io/fileio.h"

#define PAGE ((size_t)4096)
#define FILE_SIZE (64 * PAGE)
#define KEPT_AT (3 * PAGE + 17)
#define KEPT_SIZE (2 * PAGE)

static char path[] = "/tmp/bzboot-fileio-XXXXXX";

/* returns: the number of the file, which is full of 'a' */
static int make_file(void)
{
	unsigned char page[PAGE];
	int fd;

	memset(page, 'a', sizeof(page));
	memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
	fd = mkstemp(path);
	CHECK(fd >= 0);
	for (size_t at = 0; at < FILE_SIZE; at += PAGE)
		CHECK(write(fd, page, PAGE) == (ssize_t)PAGE);
	return fd;
}

static void maps(void)
{
	int fd = make_file();
	struct blob file;
	struct why why;

	CHECK(!file_map(path, &file, &why));
	CHECK(file.mapped);
	CHECK_EQ(FILE_SIZE, file.size);
	CHECK(file.data[0] == 'a' && file.data[FILE_SIZE - 1] == 'a');
	blob_free(&file);
	CHECK(!file.data && !file.size && !file.mapped);
	unlink(path);
	close(fd);
}

static void reads_what_cannot_be_mapped(void)
{
	int fd = make_file();
	struct blob file;
	struct why why;

	CHECK(!ftruncate(fd, 0));
	CHECK(!file_map(path, &file, &why));
	CHECK(!file.mapped && !file.size);
	blob_free(&file);
	CHECK(!file_map("/proc/self/status", &file, &why));
	CHECK(!file.mapped && file.size);
	blob_free(&file);
	CHECK(file_map("/", &file, &why));
	CHECK(!strcmp(why.text, "is a directory"));
	unlink(path);
	close(fd);
}

static void keeps(void)
{
	int fd = make_file();
	unsigned char page[PAGE];
	struct blob file;
	struct why why;

	CHECK(!file_map(path, &file, &why));
	file_keep(&file, KEPT_AT, KEPT_SIZE);
	file_keep(&file, FILE_SIZE - 1, SIZE_MAX);
	file_keep(&file, SIZE_MAX, 1);
	memset(page, 'b', sizeof(page));
	for (size_t at = 0; at < FILE_SIZE; at += PAGE)
		CHECK(pwrite(fd, page, PAGE, (off_t)at) == (ssize_t)PAGE);
	for (size_t i = 0; i < KEPT_SIZE; i++)
		CHECK(file.data[KEPT_AT + i] == 'a');
	CHECK(file.data[FILE_SIZE - 1] == 'a');
	blob_free(&file);
	unlink(path);
	close(fd);
}

static void resizes(void)
{
	int fd = make_file();
	struct blob file;
	struct why why;

	CHECK(!file_map(path, &file, &why));
	blob_resize(&file, FILE_SIZE + 1);
	CHECK(!file.mapped);
	CHECK_EQ(FILE_SIZE + 1, file.size);
	CHECK(!ftruncate(fd, 0));
	CHECK(file.data[FILE_SIZE - 1] == 'a');
	blob_free(&file);
	unlink(path);
	close(fd);
}

/* The message goes to @out. */
static void lose(int out)
{
	int fd = make_file();
	struct blob file;
	struct why why;

	dup2(out, STDERR_FILENO);
	if (file_map(path, &file, &why) || ftruncate(fd, (off_t)PAGE))
		_exit(EXIT_SUCCESS);
	unlink(path);
	file_keep(&file, 0, FILE_SIZE);
	_exit(EXIT_SUCCESS);
}

static void says_what_is_lost(void)
{
	char said[512] = "";
	int ends[2], status;
	pid_t child;

	CHECK(!pipe(ends));
	child = fork();
	if (!child)
		lose(ends[1]);
	CHECK(waitpid(child, &status, 0) == child);
	close(ends[1]);
	CHECK(read(ends[0], said, sizeof(said) - 1) > 0);
	close(ends[0]);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_FAILURE);
	CHECK(!strncmp(said, "bzboot: /tmp/bzboot-fileio-", 27));
	CHECK(strstr(said, ": cannot read: the file was truncated"));
	CHECK(said[strlen(said) - 1] == '\n');
}

static const struct test tests[] = {
	{ "a file is mapped", maps },
	{ "an empty file and one of /proc are read, a directory is refused",
	  reads_what_cannot_be_mapped },
	{ "what is kept does not change", keeps },
	{ "a mapped file that is resized becomes a copy", resizes },
	{ "a file that is truncated ends the program with a message", says_what_is_lost },
};

int main(void)
{
	return RUN_TESTS(tests);
}
