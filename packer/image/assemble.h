/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts and their places -> bytes. */
#ifndef PACKER_ASSEMBLE_H
#define PACKER_ASSEMBLE_H

#include "layout.h"

/**
 * assemble() - put an image together
 * @ingredients: what it is made of
 * @layout: where it all goes, as layout_plan() decided; nothing is computed here
 * @ret: the image; untouched on error
 * @why: that the headers are too large
 *
 * returns: 0, or -1 on error
 */
int assemble(const struct ingredients *ingredients, const struct layout *layout,
	     struct blob *ret, struct why *why);

#endif
