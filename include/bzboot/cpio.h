/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing initrds with files of one folder: cpio archives of the format "newc" (Linux,
 * Documentation/driver-api/early-userspace/buffer-format.rst). The bytes are those that
 * systemd-stub writes for the same files, because they are measured into PCRs: inodes count from 1,
 * owners and times are 0, the folders above the files come first, of mode 0555.
 *
 *	struct bzb_cpio cpio;
 *	unsigned char *data;
 *
 *	err = bzb_cpio_begin(to, room, &folder, &cpio);
 *	err = err ? err : bzb_cpio_add(&cpio, "name", size, &data);
 *	... write @size bytes to @data, and so on for each file ...
 *	err = err ? err : bzb_cpio_end(&cpio);
 *
 * An archive without memory is only counted: the same calls give its size.
 */
#ifndef BZBOOT_CPIO_H
#define BZBOOT_CPIO_H

#include <bzboot/bytes.h>

/* The folder of an archive's files */
struct bzb_cpio_folder {
	const char *path;     /* NUL-terminated, without "/" at its ends: ".extra/credentials" */
	uint32_t folder_mode; /* permissions of the folder */
	uint32_t file_mode;   /* those of its files */
};

/* An archive that is being written. A copy remembers its state: it takes back what was added
 * since. */
struct bzb_cpio {
	unsigned char *to; /* NULL: only counted */
	size_t room, size; /* bytes of memory, and of the archive so far */
	uint32_t inode;	   /* of the next record */
	const struct bzb_cpio_folder *folder;
};

/**
 * bzb_cpio_begin() - begin an archive with its folders
 * @to: memory of the caller; NULL: the archive is only counted
 * @room: bytes at @to, of any value if @to is NULL
 * @folder: of all its files; stays in use
 * @ret: the archive; untouched on error
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOSPACE, the room is too small
 */
int bzb_cpio_begin(unsigned char *to, size_t room, const struct bzb_cpio_folder *folder,
		   struct bzb_cpio *ret);

/**
 * bzb_cpio_add() - add a file
 * @cpio: as begun; untouched on error
 * @name: of the file in the folder, NUL-terminated
 * @size: bytes of the file
 * @ret: where the caller writes them, at any time; NULL for an archive that is only counted;
 *	untouched on error
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOSPACE, the room is too small
 *	-BZB_ERR_TOOLARGE, the format has no such size: 4 GiB or more
 */
int bzb_cpio_add(struct bzb_cpio *cpio, const char *name, uint64_t size, unsigned char **ret);

/**
 * bzb_cpio_end() - end an archive
 * @cpio: as begun; size is that of the archive from now on; untouched on error
 *
 * returns:
 *	0, on success
 *	-BZB_ERR_NOSPACE, the room is too small
 */
int bzb_cpio_end(struct bzb_cpio *cpio);

/**
 * bzb_cpio_write() - write an archive with one file
 * @folder: of the file
 * @name: of the file in the folder, NUL-terminated
 * @file: its bytes
 * @to: memory of the caller; NULL: the archive is only counted
 * @room: bytes at @to, of any value if @to is NULL
 * @ret: bytes of the archive; untouched on error
 *
 * returns: as bzb_cpio_add()
 */
int bzb_cpio_write(const struct bzb_cpio_folder *folder, const char *name, struct bzb_span file,
		   unsigned char *to, size_t room, size_t *ret);

#endif
