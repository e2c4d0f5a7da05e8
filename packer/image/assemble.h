/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the bytes of an image from its ingredients and its layout. */
#ifndef PACKER_ASSEMBLE_H
#define PACKER_ASSEMBLE_H

#include "layout.h"

/**
 * assemble() - put an image together
 * @ingredients: the contents of the image
 * @layout: the offsets, from layout_plan(); nothing is computed here
 * @ret: the image; untouched on error
 * @why: that the headers are too large
 *
 * returns: 0, or -1 on error
 */
int assemble(const struct ingredients *ingredients, const struct layout *layout, struct blob *ret,
	     struct why *why);

#endif
