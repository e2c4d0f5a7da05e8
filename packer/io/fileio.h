/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files: read whole, written whole or not at all.
 *
 * Another process may change a file while a command reads it. The bytes of file_read() are a
 * private copy. Those of file_map() are not, and cost neither the memory nor the time of one. They
 * are for commands that only look at a file, under one rule: bytes that a decision depends on, or
 * that are read twice, are first kept by file_keep(), or copied. The rest is read once, and any
 * value of it is harmless: it enters a digest, or is written as it is. An image to be signed, and a
 * kernel to be packed, is a private copy.
 *
 * A path of "-" is standard input or standard output; a file of this name is "./-". Standard
 * output, a pipe or a character device (/dev/stdout, /dev/null) is written directly and not
 * replaced.
 */
#ifndef PACKER_FILEIO_H
#define PACKER_FILEIO_H

#include "blob.h"
#include "diag.h"

/**
 * file_base_name() - the last part of a path
 * @path: of a file
 *
 * returns: it, in @path; NULL if that is standard input or standard output
 */
const char *file_base_name(const char *path);

/**
 * file_read() - read a file, or a pipe, to its end
 * @path: of it
 * @ret: its bytes, at least one; untouched on error
 * @why: what went wrong
 *
 * returns: 0, or -1 on error
 */
int file_read(const char *path, struct blob *ret, struct why *why);

/**
 * file_read_any() - as file_read(), but a file may be empty
 */
int file_read_any(const char *path, struct blob *ret, struct why *why);

/**
 * file_has() - whether a file has these bytes, and no others
 * @path: as of file_read_any()
 * @bytes: all of them
 * @why: why it cannot be read
 *
 * returns: 1, 0, or -1 on error
 */
int file_has(const char *path, struct bzb_span bytes, struct why *why);

/**
 * file_map() - as file_read_any(), but map a file instead of copying it
 * @path: of it; a pipe, or a file that cannot be mapped, is read
 * @ret: its bytes, for blob_free(); untouched on error
 * @why: what went wrong
 *
 * If bytes that are read later are no longer there, because the file was truncated or its disk
 * fails, the program says so and ends with EXIT_FAILURE. One file at a time can be mapped.
 *
 * returns: 0, or -1 on error
 */
int file_map(const char *path, struct blob *ret, struct why *why);

/**
 * file_keep() - make a part of a file private, so that it does not change any more
 * @file: of file_map() or another function
 * @offset: of the part
 * @size: bytes; those after the end of the file are left out
 *
 * For headers: it costs a page fault for each page, the first time; a copy of large parts costs
 * less. If the file is truncated, these pages are lost like the others.
 */
void file_keep(const struct blob *file, size_t offset, size_t size);

/**
 * file_check_target() - check early whether file_write() can succeed
 * @path: of the file to be written
 * @why: why it cannot
 *
 * returns: 0, or -1 on error
 */
int file_check_target(const char *path, struct why *why);

/**
 * file_write_all() - write bytes to an open file
 * @fd: of it
 * @bytes: all of them
 *
 * returns: 0, or -1 with errno
 */
int file_write_all(int fd, struct bzb_span bytes);

/**
 * file_write() - write a file
 * @path: of it; a file that is there is replaced, also at the end of a symbolic link
 * @bytes: all of it
 * @why: what went wrong
 *
 * Writes the bytes to a temporary file beside it, which takes its name when all of them are on the
 * disk. If that fails, or a signal ends the program, the old file is still there and the temporary
 * one is not. The new file has the attributes of the old one (attributes.h); without an old one it
 * has the usual ones, by umask or the folder's default.
 *
 * returns: 0, or -1 on error: nothing has changed, except if the disk fails when the folder is
 * written, or a pipe or device takes only some of the bytes
 */
int file_write(const char *path, struct bzb_span bytes, struct why *why);

/**
 * file_write_saying() - write a file, and print a message
 * @path: as of file_write()
 * @bytes: likewise
 * @message: text for standard output; for standard error if the file goes to standard output.
 *	     NULL: none
 * @why: what went wrong
 *
 * Prints the message just before the file takes its name, or before it writes to a pipe or a
 * device: if printing fails, nothing has changed.
 *
 * returns: as file_write()
 */
int file_write_saying(const char *path, struct bzb_span bytes, const char *message,
		      struct why *why);

#endif
