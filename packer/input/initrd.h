/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An initrd made of several archives. Linux requires each of them at a multiple of four
 * (Documentation/driver-api/early-userspace/buffer-format.rst).
 */
#ifndef PACKER_INITRD_H
#define PACKER_INITRD_H

#include "io/blob.h"
#include "io/diag.h"

/**
 * initrd_append() - add an archive
 * @initrd: changed, unless there is an error; may be empty
 * @archive: may be empty, and is left out then
 * @why: there is too much
 *
 * returns: 0, or -1 on error
 */
int initrd_append(struct blob *initrd, struct bzb_span archive, struct why *why);

/**
 * initrd_align() - pad an initrd with zeros to the next multiple of four
 * @initrd: changed; may be empty
 */
void initrd_align(struct blob *initrd);

/**
 * initrd_take() - as initrd_append(), but do not copy the first archive
 * @initrd: may be empty
 * @archive: for blob_free(); empty afterwards if it has become the initrd
 * @why: what went wrong
 *
 * returns: 0, or -1 on error: both are unchanged
 */
int initrd_take(struct blob *initrd, struct blob *archive, struct why *why);

#endif
