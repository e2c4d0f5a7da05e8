/* SPDX-License-Identifier: BSD-2-Clause */
/* The sources of an image: the kernel of a version, its initrds, its command line. */
#ifndef PACKER_SOURCE_H
#define PACKER_SOURCE_H

#include "io/names.h"
#include "record.h"

struct source_file {
	char *path; /* as it is opened */
	char *name; /* as in a record: absolute, in the system */
	enum record_kind kind;
	char sha256[RECORD_DIGEST_SIZE];
	uint64_t size;
};

/* The kernel first */
struct sources {
	struct source_file *files;
	size_t count;
};

/* Files and options that are given */
struct sources_wishes {
	const char *version;
	struct names files;	   /* the kernel, then the initrds; empty: those of the system */
	struct names more_initrds; /* before those; files as they are opened */
	bool no_initrd;		   /* the version has none; those that are given count */
};

/**
 * sources_versions() - the versions that have a kernel
 * @place: only its root is used
 * @ret: for name_list_free(), also on error
 *
 * A kernel is /boot/vmlinuz-VERSION or /usr/lib/modules/VERSION/vmlinuz.
 *
 * returns: 0, or -1 after a message
 */
int sources_versions(const struct install_place *place, struct name_list *ret);

/**
 * sources_find() - find kernel and initrds, and read them
 * @place: only its root is used
 * @wishes: what is given
 * @ret: for sources_free(), also on error
 *
 * An initrd is /boot/initrd.img-VERSION or /boot/initramfs-VERSION.img.
 *
 * returns: 0, or -1 after a message
 */
int sources_find(const struct install_place *place, const struct sources_wishes *wishes,
		 struct sources *ret);

/**
 * sources_free() - free the list
 * @sources: may be all zeros
 */
void sources_free(struct sources *sources);

/* Where the running system has its command line */
#define SOURCES_RUNNING_CMDLINE "/proc/cmdline"

/**
 * sources_cmdline() - the command line of the system's images
 * @place: only its root is used
 * @text: what counts if no file of the system says it; NULL: none
 * @file: likewise, a file with it
 * @ret: a text for free(); untouched on error
 * @ret_from: the file that says it; NULL: @text or @file
 *
 * It is in /etc/kernel/cmdline, else in /usr/lib/kernel/cmdline, without lines that begin with '#',
 * and with one blank for each line's end. Without any of these, it is that of the running system, if
 * it is this one, and no container.
 *
 * returns: 0, or -1 after a message
 */
int sources_cmdline(const struct install_place *place, const char *text, const char *file,
		    char **ret, const char **ret_from);

#endif
