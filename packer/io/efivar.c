/* SPDX-License-Identifier: BSD-2-Clause */
#include "efivar.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fileio.h"

static int find_path(const char *folder, const char *name, const char *guid, char to[PATH_MAX],
		     struct why *why)
{
	if (snprintf(to, PATH_MAX, "%s/%s-%s", folder, name, guid) >= PATH_MAX)
		return explain(why, "%s", strerror(ENAMETOOLONG));
	return 0;
}

int efivar_read(const char *folder, const char *name, const char *guid, struct blob *ret,
		struct why *why)
{
	struct bzb_span value;
	char path[PATH_MAX];
	struct blob file;

	if (find_path(folder, name, guid, path, why))
		return -1;
	if (access(path, F_OK) && errno == ENOENT) {
		*ret = (struct blob){ 0 };
		return 0;
	}
	if (file_read_any(path, &file, why))
		return -1;
	/* The attributes come first. */
	if (bzb_slice(blob_span(&file), 4, file.size - 4, &value))
		value = (struct bzb_span){ 0 };
	*ret = value.size ? blob_copy(value) : (struct blob){ 0 };
	blob_free(&file);
	return 0;
}

/* efivarfs protects most variables from rm. returns: the flags as they were; 0: there are none */
static int set_mutable(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), flags = 0, without;

	if (fd < 0)
		return 0;
	if (ioctl(fd, FS_IOC_GETFLAGS, &flags))
		flags = 0;
	without = flags & ~FS_IMMUTABLE_FL;
	if (without != flags && ioctl(fd, FS_IOC_SETFLAGS, &without))
		flags = 0;
	close(fd);
	return flags;
}

static int explain_refusal(struct why *why, int err)
{
	if (err == EACCES || err == EPERM)
		return explain(why,
			       "the firmware refuses it: it is not signed by a key that it trusts, "
			       "or not newer than what it has");
	return explain(why, "cannot write: %s", strerror(err));
}

int efivar_write(const char *folder, const char *name, const char *guid, uint32_t attributes,
		 struct bzb_span value, struct why *why)
{
	struct blob bytes;
	char path[PATH_MAX];
	int fd, flags, err;
	bool is_new;

	if (find_path(folder, name, guid, path, why))
		return -1;
	is_new = access(path, F_OK);
	flags = set_mutable(path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return explain(why, "cannot write: %s", strerror(errno));
	bytes = blob_room(sizeof(attributes) + value.size);
	bzb_put32(bytes.data, attributes);
	memcpy(bytes.data + sizeof(attributes), value.data, value.size);
	/* One call is one call of the firmware. */
	err = write(fd, bytes.data, bytes.size) == (ssize_t)bytes.size ? 0 : errno;
	if (flags & FS_IMMUTABLE_FL)
		(void)ioctl(fd, FS_IOC_SETFLAGS, &flags);
	close(fd);
	blob_free(&bytes);
	if (err && is_new)
		unlink(path);
	return err ? explain_refusal(why, err) : 0;
}
