/* SPDX-License-Identifier: BSD-2-Clause */
/* Attributes of a file: owner, group, mode, access control list and extended attributes. */
#ifndef PACKER_ATTRIBUTES_H
#define PACKER_ATTRIBUTES_H

/**
 * attributes_copy() - give a new file the attributes of the one that it replaces
 * @fd: the new file, ours, on the file system of the old one
 * @from: path of the old file
 *
 * Copies owner, group, mode, access control list and extended attributes; an SELinux label is one
 * of these. Leaves out attributes that are valid for the old bytes only: set-user-ID, set-group-ID,
 * capabilities, the hashes of IMA and EVM. An attribute that the file system cannot hold, or that
 * this process may not set, is not an error. If the old group or the old list cannot be set, the
 * file's group gets no rights, and others get only rights that the old group also had.
 *
 * returns: 0, or -1 with errno: the old file is gone, or the disk is full or broken
 */
int attributes_copy(int fd, const char *from);

#endif
