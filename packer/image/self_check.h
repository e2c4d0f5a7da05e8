/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads a finished image with the parsers of its readers. */
#ifndef PACKER_SELF_CHECK_H
#define PACKER_SELF_CHECK_H

#include "layout.h"

/**
 * self_check() - read an image with the parsers of all readers
 * @image: as assembled
 * @ingredients: the contents of the image
 * @layout: the expected offsets
 * @why: which check failed
 *
 * returns: 0, or -1 on error, which is one of this program
 */
int self_check(struct bzb_span image, const struct ingredients *ingredients,
	       const struct layout *layout, struct why *why);

/**
 * self_check_loading() - load an image as a loader does
 * @image: as assembled
 * @elf: that of its kernel; if it is loaded, its bytes change, as a loader moves them
 * @why: what failed
 *
 * returns: 0, or -1 on error: an error of this program, or a kernel that no machine has a place for
 */
int self_check_loading(struct bzb_span image, struct blob *elf, struct why *why);

#endif
