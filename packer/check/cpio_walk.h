/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading cpio archives of the formats "newc" and "crc", as Linux does (init/initramfs.c;
 * Documentation/driver-api/early-userspace/buffer-format.rst).
 */
#ifndef PACKER_CPIO_WALK_H
#define PACKER_CPIO_WALK_H

#include <stdbool.h>

#include <bzboot/bytes.h>

struct cpio_record {
	struct bzb_span name; /* without NUL */
	struct bzb_span data;
};

/**
 * cpio_is_archive() - check whether bytes begin as an archive that Linux reads
 * @bytes: any
 */
bool cpio_is_archive(struct bzb_span bytes);

/**
 * cpio_walk_next() - the next record
 * @bytes: an archive, and what follows it
 * @position: of the record, 0 at first; moves on, at the end to that of the archive
 * @ret: the record; untouched at the end and on error
 *
 * returns: 1 if there is one, 0 at the end of the archive, -1 if there is no record at @position
 */
int cpio_walk_next(struct bzb_span bytes, uint64_t *position, struct cpio_record *ret);

#endif
