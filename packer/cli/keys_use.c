/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys_use.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/fileio.h"
#include "key_files.h"

#define PLACE "/etc/bzboot"
#define FOLDER PLACE "/bzboot.conf.d"
#define FILE_NAME FOLDER "/50-keys.conf"

/* The file cannot have every name as a value. */
static int check_name(const char *name)
{
	struct why why;

	for (const char *c = name; *c; c++)
		if ((unsigned char)*c < ' ' || *c == '#' || *c == '\\') {
			explain(&why, "--use cannot name it in " FILE_NAME
				      ": rename it, without #, \\ and control characters");
			return diag_fail(name, &why);
		}
	return 0;
}

/* @ret: PATH_MAX bytes */
static int find_path(const char *path, char *ret)
{
	struct why why;

	if (realpath(path, ret))
		return check_name(ret);
	explain(&why, "cannot find it: %s", strerror(errno));
	return diag_fail(path, &why);
}

int keys_use_check(const struct keys_options *options)
{
	char path[PATH_MAX];
	struct why why;

	if (!access(FILE_NAME, F_OK)) {
		explain(&why, "is there already, and is not overwritten");
		return diag_fail(FILE_NAME, &why);
	}
	if (options->encrypt && find_path(options->access.pin_file, path))
		return -1;
	return check_name(options->folder);
}

static int make_folder(const char *path)
{
	struct why why;

	if (!mkdir(path, 0755) || errno == EEXIST)
		return 0;
	explain(&why, "cannot make it: %s", strerror(errno));
	return diag_fail(path, &why);
}

int keys_use(const struct keys_options *options)
{
	char folder[PATH_MAX], pin[PATH_MAX], text[3 * PATH_MAX];
	int length;
	struct why why;

	if (find_path(options->folder, folder))
		return -1;
	length = snprintf(text, sizeof(text), "[Signing]\nKey=%s/db.key\nCert=%s/db.crt\n", folder,
			  folder);
	if (options->encrypt) {
		if (find_path(options->access.pin_file, pin))
			return -1;
		length +=
			snprintf(text + length, sizeof(text) - (size_t)length, "PINFile=%s\n", pin);
	}
	if (make_folder(PLACE) || make_folder(FOLDER))
		return -1;
	return file_write(FILE_NAME, (struct bzb_span){ (unsigned char *)text, (size_t)length },
			  &why) ?
		       diag_fail(FILE_NAME, &why) :
		       0;
}
