/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults in calls of the C library, for tests of bzboot: a library for LD_PRELOAD. The environment
 * selects them:
 *
 *	FAULT_FCHMOD, FAULT_FCHOWN, FAULT_FSETXATTR, FAULT_RENAME, FAULT_FSYNC_FOLDER=ERRNO
 *				the call fails with this error number
 *	FAULT_ZSTD_PARAMETER=N	ZSTD_CCtx_setParameter() rejects this parameter (zstd.h)
 *	FAULT_EVP=NAME		the function of OpenSSL with this name fails
 *	FAULT_SIGNAL=NUMBER	fsync() of a regular file sends this signal to the process
 *	FAULT_STEP=N		SIGKILL ends the process in the Nth of its calls of rename(), fsync(),
 *				syncfs(), mkdir(), unlink() and write() (not to standard output)
 *	FAULT_STEP_ERROR=ERRNO	that call fails instead
 *	FAULT_LOG=FILE		fsync() and rename() append a line to this file
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <zstd.h>
#include <zstd_errors.h>

/* The function that the one of the same name here hides */
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int number_of(const char *variable)
{
	const char *text = getenv(variable);

	return text ? atoi(text) : 0;
}

static int fails(const char *variable)
{
	int number = number_of(variable);

	if (number)
		errno = number;
	return number;
}

static void record(const char *what)
{
	const char *path = getenv("FAULT_LOG");
	FILE *log = path ? fopen(path, "a") : NULL;

	if (!log)
		return;
	fprintf(log, "%s\n", what);
	fclose(log);
}

/* returns: the call fails */
static int step(void)
{
	static int count;

	if (!number_of("FAULT_STEP") || ++count != number_of("FAULT_STEP"))
		return 0;
	if (!number_of("FAULT_STEP_ERROR"))
		kill(getpid(), SIGKILL);
	return fails("FAULT_STEP_ERROR");
}

int fchmod(int fd, mode_t mode)
{
	return fails("FAULT_FCHMOD") ? -1 : REAL(fchmod)(fd, mode);
}

int fchown(int fd, uid_t owner, gid_t group)
{
	return fails("FAULT_FCHOWN") ? -1 : REAL(fchown)(fd, owner, group);
}

int fsetxattr(int fd, const char *name, const void *value, size_t size, int flags)
{
	return fails("FAULT_FSETXATTR") ? -1 : REAL(fsetxattr)(fd, name, value, size, flags);
}

int rename(const char *from, const char *to)
{
	record("rename");
	return step() || fails("FAULT_RENAME") ? -1 : REAL(rename)(from, to);
}

int fsync(int fd)
{
	struct stat st;

	if (fstat(fd, &st) || step())
		return -1;
	record(S_ISDIR(st.st_mode) ? "fsync folder" : "fsync file");
	if (S_ISDIR(st.st_mode) && fails("FAULT_FSYNC_FOLDER"))
		return -1;
	if (S_ISREG(st.st_mode) && number_of("FAULT_SIGNAL"))
		kill(getpid(), number_of("FAULT_SIGNAL"));
	return REAL(fsync)(fd);
}

int syncfs(int fd)
{
	return step() ? -1 : REAL(syncfs)(fd);
}

int mkdir(const char *path, mode_t mode)
{
	return step() ? -1 : REAL(mkdir)(path, mode);
}

int unlink(const char *path)
{
	return step() ? -1 : REAL(unlink)(path);
}

ssize_t write(int fd, const void *bytes, size_t size)
{
	/* A large file needs several calls, so that it can be half there. */
	if (fd > STDERR_FILENO && number_of("FAULT_STEP")) {
		if (step())
			return -1;
		if (size > 100000)
			size /= 2;
	}
	return REAL(write)(fd, bytes, size);
}

size_t ZSTD_CCtx_setParameter(ZSTD_CCtx *cctx, ZSTD_cParameter parameter, int value)
{
	if (getenv("FAULT_ZSTD_PARAMETER") && number_of("FAULT_ZSTD_PARAMETER") == (int)parameter)
		return (size_t)-ZSTD_error_parameter_unsupported;
	return REAL(ZSTD_CCtx_setParameter)(cctx, parameter, value);
}

static int evp_fails(const char *name)
{
	const char *failing = getenv("FAULT_EVP");

	return failing && !strcmp(failing, name);
}

int EVP_DigestInit_ex(EVP_MD_CTX *state, const EVP_MD *md, ENGINE *engine)
{
	return evp_fails(__func__) ? 0 : REAL(EVP_DigestInit_ex)(state, md, engine);
}

int EVP_DigestUpdate(EVP_MD_CTX *state, const void *bytes, size_t size)
{
	return evp_fails(__func__) ? 0 : REAL(EVP_DigestUpdate)(state, bytes, size);
}

int EVP_DigestFinal_ex(EVP_MD_CTX *state, unsigned char *value, unsigned int *size)
{
	return evp_fails(__func__) ? 0 : REAL(EVP_DigestFinal_ex)(state, value, size);
}
