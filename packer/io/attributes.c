/* SPDX-License-Identifier: BSD-2-Clause */
#include "attributes.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "blob.h"

/* Linux, include/uapi/linux/xattr.h and limits.h: acl(5) as an attribute; no value is longer. */
#define ACCESS_LIST "system.posix_acl_access"
#define VALUE_MAX 65536

/* The bits of a mode. Those of the group are, with an access control list, the most that any
 * entry grants. */
#define OWNER_BITS ((mode_t)0700)
#define GROUP_BITS ((mode_t)070)

/* Attributes that are valid for the old bytes only. */
static const char *const left_out[] = { "security.capability", "security.evm", "security.ima" };

/* All other errors say that the file system has no such attribute, or that we may not set it. */
static bool is_disk_error(int err)
{
	return err == ENOSPC || err == EDQUOT || err == EIO;
}

static bool is_left_out(const char *name)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(left_out); i++)
		if (!strcmp(name, left_out[i]))
			return true;
	return false;
}

/* returns: 0, or -1 with errno */
static int copy_attribute(int fd, const char *from, const char *name)
{
	struct blob value = blob_alloc(VALUE_MAX);
	ssize_t size = getxattr(from, name, value.data, value.size);
	int err = size < 0 || fsetxattr(fd, name, value.data, (size_t)size, 0) ? errno : 0;

	blob_free(&value);
	errno = err;
	return err ? -1 : 0;
}

/* returns: 0, or -1 with errno; attributes that the file system or our rights exclude are left
 * out */
static int copy_attributes(int fd, const char *from)
{
	struct blob names = blob_alloc(VALUE_MAX);
	ssize_t size = listxattr(from, (char *)names.data, names.size);
	const char *name = (const char *)names.data;
	int err = 0;

	for (const char *end = name + (size > 0 ? size : 0); name < end && !err;
	     name += strlen(name) + 1)
		if (!is_left_out(name) && copy_attribute(fd, from, name) && is_disk_error(errno))
			err = errno;
	blob_free(&names);
	errno = err;
	return err ? -1 : 0;
}

/* The new file may have a list from the default of its folder even if the old file has none. */
static bool has_list_of(int fd, const char *from)
{
	if (!copy_attribute(fd, from, ACCESS_LIST))
		return true;
	if (errno != ENODATA && errno != ENOTSUP)
		return false;
	return !fremovexattr(fd, ACCESS_LIST) || errno == ENODATA || errno == ENOTSUP;
}

/* Changing the owner may take rights away, and setting a list changes the mode: the mode comes
 * last. */
int attributes_copy(int fd, const char *from)
{
	struct stat old;
	bool same_group;
	mode_t mode;

	if (stat(from, &old))
		return -1;
	mode = old.st_mode & 0777;
	same_group = !fchown(fd, old.st_uid, old.st_gid) || !fchown(fd, (uid_t)-1, old.st_gid);
	if (copy_attributes(fd, from))
		return -1;
	/* The members of the old group count as others now, and get no more rights than they
	 * had. */
	if (!has_list_of(fd, from) || !same_group)
		mode &= OWNER_BITS | (mode & GROUP_BITS) >> 3;
	return fchmod(fd, mode) && is_disk_error(errno) ? -1 : 0;
}
