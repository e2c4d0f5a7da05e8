/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of a section as they are in memory: those in the file, then zeros up to VirtualSize. */
#ifndef PACKER_UKI_BYTES_H
#define PACKER_UKI_BYTES_H

#include <bzboot/uki.h>

#include "banks.h"

struct uki_bytes {
	struct bzb_span file; /* refers to the image */
	uint64_t zeros;	      /* after them */
};

/**
 * uki_bytes() - get the bytes of a section
 * @pe: parsed
 * @section: of it, not empty
 * @ret: the bytes; untouched on error
 * @why: it ends after SizeOfImage, so that firmware does not load the image, or it is truncated
 *
 * returns: 0, or -1 on error
 */
int uki_bytes(const struct bzb_pe *pe, const struct bzb_pe_section *section, struct uki_bytes *ret,
	      struct why *why);

/**
 * uki_bytes_hash() - hash them
 * @bytes: of a section
 * @hasher: started
 */
void uki_bytes_hash(const struct uki_bytes *bytes, struct hasher *hasher);

#endif
