/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads a finished image with the parsers of its readers. */
#ifndef PACKER_SELF_CHECK_H
#define PACKER_SELF_CHECK_H

#include "layout.h"

/**
 * self_check() - read an image with the parsers of all readers, and load it as a loader does
 * @image: as assembled
 * @ingredients: the contents of the image
 * @layout: the expected offsets
 * @elf: that of the kernel; if it is loaded, its bytes change, as a loader moves them
 * @why: which check failed
 *
 * returns: 0, or -1 on error: an error of this program, or a kernel that no machine has a place for
 */
int self_check(struct bzb_span image, const struct ingredients *ingredients,
	       const struct layout *layout, struct blob *elf, struct why *why);

#endif
