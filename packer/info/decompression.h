/* SPDX-License-Identifier: BSD-2-Clause */
/* The cost of decompressing a kernel: by its own stub, and by those of bzboot for each codec. */
#ifndef PACKER_DECOMPRESSION_H
#define PACKER_DECOMPRESSION_H

#include "anatomy.h"

/**
 * decompression_object() - describe and estimate the decompression of an image's kernel
 * @anatomy: of the image; it has a payload
 *
 * returns: an object; members that are not known are missing
 */
json_t *decompression_object(const struct anatomy *anatomy);

#endif
