/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a finished image as its readers do. */
#ifndef PACKER_SELF_CHECK_H
#define PACKER_SELF_CHECK_H

#include "layout.h"

/**
 * self_check() - read an image with the parsers of all readers, and load it as a loader does
 * @image: as assembled
 * @ingredients: what it was made of
 * @layout: where everything should be
 * @why: what is not as it should be
 *
 * returns: 0, or -1 on error: an error of this program, or a kernel that no machine has a place for
 */
int self_check(struct bzb_span image, const struct ingredients *ingredients,
	       const struct layout *layout, struct why *why);

#endif
