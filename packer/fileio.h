/* SPDX-License-Identifier: BSD-2-Clause */
/* Files: read whole, written whole or not at all. */
#ifndef PACKER_FILEIO_H
#define PACKER_FILEIO_H

#include "blob.h"
#include "diag.h"

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
 * file_check_target() - find out early whether file_write() has a chance
 * @path: of the file to be written
 * @why: what is in the way
 *
 * returns: 0, or -1 on error
 */
int file_check_target(const char *path, struct why *why);

/**
 * file_write() - write a file
 * @path: of it; what was there is replaced, through a symbolic link if it is one
 * @bytes: all of it
 * @why: what went wrong
 *
 * The bytes go to a temporary file beside it that takes its name when they are all on the disk. If
 * that fails, also by a signal, the old file is still there and the temporary one is not. Mode, owner
 * and group are those of the old file, as far as we may give it away; without one they are the usual
 * ones, by umask.
 *
 * returns: 0, or -1 on error
 */
int file_write(const char *path, struct bzb_span bytes, struct why *why);

#endif
