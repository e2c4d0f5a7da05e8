/* SPDX-License-Identifier: BSD-2-Clause */
/* Lays an image of bzboot out again, around the same stub and the same payload. */
#ifndef PACKER_OWN_IMAGE_H
#define PACKER_OWN_IMAGE_H

#include "io/blob.h"
#include "section_list.h"

struct own_image_change {
	const struct section_list *list; /* the sections of the new image */
	uint8_t decided, undecided; /* BZB_MANIFEST_*_DECIDED: that become so, or no longer are */
};

/**
 * own_image_change() - make an image with other sections
 * @image: of bzboot, without signatures
 * @change: what is different
 * @ret: the image; untouched on error
 * @why: what is wrong with the image, or which limit the sections exceed
 *
 * The payload is not compressed again: its bytes stay. An image whose own sections would not give
 * the same image again was made by another version of bzboot, and is refused. The new image passes
 * the checks of self_check.h.
 *
 * returns: 0, or -1 on error
 */
int own_image_change(struct bzb_span image, const struct own_image_change *change, struct blob *ret,
		     struct why *why);

#endif
