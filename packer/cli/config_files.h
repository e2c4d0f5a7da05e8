/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files of a configuration, found as systemd's programs find theirs: bzboot.conf in the first of
 * /etc/bzboot, /run/bzboot, /usr/local/lib/bzboot and /usr/lib/bzboot that has it, then all files
 * bzboot.conf.d/NAME.conf of these folders, sorted by name. A file masks those of the same name in
 * later folders; a link to /dev/null is an empty file.
 */
#ifndef PACKER_CONFIG_FILES_H
#define PACKER_CONFIG_FILES_H

#include "io/ini.h"

struct config_file {
	char *path;	  /* as it was opened, with the root */
	const char *root; /* what names of files in it begin with; NULL: they are as they are */
	struct ini ini;
};

/* In the order in which they are read: the last assignment counts. */
struct config_files {
	struct config_file *files;
	size_t count;
};

/**
 * config_files_find() - read the files of a system
 * @root: its root folder, not empty: "/", or that of another system; must stay
 * @ret: all zeros at first; gets the files
 *
 * returns: 0, or -1 after messages: a file that is there cannot be used; the others are in @ret
 */
int config_files_find(const char *root, struct config_files *ret);

/**
 * config_files_add() - read one more file
 * @files: all zeros at first
 * @path: of it
 * @root: as of struct config_file; must stay
 *
 * returns: 0, or -1 after a message
 */
int config_files_add(struct config_files *files, const char *path, const char *root);

/**
 * config_files_free() - free the files
 * @files: becomes empty
 */
void config_files_free(struct config_files *files);

#endif
