/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Putting files on the ESP, so that the kernel that is there stays bootable whatever happens:
 *
 *	install_lock()	one run at a time (lock.h)
 *	put_prepare()	puts in order what a run that was killed has left
 *	room_check()	there is room (room.h)
 *	put_files()	new files get names that no boot loader shows; all is in the record; the
 *			current file becomes the previous one, and the new one the current one
 *
 * Each of these steps may fail, or be the last one. Signals wait until the files are in place.
 */
#ifndef PACKER_PUT_H
#define PACKER_PUT_H

#include "io/blob.h"
#include "record.h"

/**
 * put_prepare() - put the files of a version in order
 * @place: found
 * @record: of the version; without files if there is none; gets the files that are there
 *
 * Removes what a run that was killed left. It may have left a previous file only: that stays until
 * there is a current one.
 *
 * returns: 0, or -1 after a message: the ESP cannot be written
 */
int put_prepare(const struct install_place *place, struct install_record *record);

/* A file for the ESP */
struct put_file {
	char *path; /* relative to the ESP */
	enum record_kind kind;
	struct blob bytes;
};

struct put {
	const struct install_place *place;
	struct install_record *record; /* of put_prepare(), with what is new; gets the files */
	struct put_file *files;	       /* the one that boot loaders show is the last one */
	size_t count;
	bool drop_previous; /* keep only the new ones */
};

/**
 * put_files() - put files in place, and write the record
 * @put: all of it
 *
 * returns: 0, or -1 after a message: the files before are in place
 */
int put_files(const struct put *put);

/**
 * put_replace() - replace a file that is no kernel
 * @place: found
 * @path: of it, relative to the ESP
 * @bytes: all of the new one
 *
 * returns: 0, or -1 after a message: the old one is in place
 */
int put_replace(const struct install_place *place, const char *path, struct bzb_span bytes);

/**
 * put_remove() - remove the files of a version, the folders that install made for them, the record
 * @place: found
 * @record: of put_prepare()
 *
 * returns: 0, or -1 after messages: a file stays, because it is not what install made, or cannot be
 * removed
 */
int put_remove(const struct install_place *place, struct install_record *record);

#endif
