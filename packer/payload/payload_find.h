/* SPDX-License-Identifier: BSD-2-Clause */
/* The compressed kernel inside an image of any kind. */
#ifndef PACKER_PAYLOAD_FIND_H
#define PACKER_PAYLOAD_FIND_H

#include <bzboot/payload.h>

#include "io/diag.h"

/**
 * payload_find() - where the compressed kernel of an image is
 * @image: a bzImage, or a zboot image of any architecture
 * @kinds: of it, as bzb_probe() says
 * @ret: the payload; untouched on error; refers to @image
 * @why: what went wrong
 *
 * returns: 0, or -1 on error
 */
int payload_find(struct bzb_span image, unsigned int kinds, struct bzb_payload *ret,
		 struct why *why);

#endif
