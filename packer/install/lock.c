/* SPDX-License-Identifier: BSD-2-Clause */
#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

static int open_lock(const struct install_place *place, const char *path)
{
	char *folder = install_path(place, "/run");

	mkdir(folder, 0755);
	free(folder);
	return open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
}

static int wait_for_lock(int fd, const char *path)
{
	struct why why;

	if (!flock(fd, LOCK_EX | LOCK_NB))
		return 0;
	if (errno == EWOULDBLOCK) {
		explain(&why, "another run of bzboot has it: waiting for its end");
		diag_note(path, &why);
	}
	while (flock(fd, LOCK_EX))
		if (errno != EINTR)
			return -1;
	return 0;
}

int install_lock(const struct install_place *place)
{
	char *path = install_path(place, "/run/bzboot.lock");
	int fd = open_lock(place, path), err = 0;
	struct why why;

	/* It stays open, and so locked, until the program ends. */
	if (fd < 0 || wait_for_lock(fd, path)) {
		explain(&why, "cannot lock it: %s", strerror(errno));
		err = diag_fail(path, &why);
	}
	free(path);
	return err;
}
