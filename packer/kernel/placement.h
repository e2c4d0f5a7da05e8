/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks whether a kernel fits into memory, by the planner of a loader and the largest memory of
 * any machine. */
#ifndef PACKER_PLACEMENT_H
#define PACKER_PLACEMENT_H

#include <bzboot/load.h>

#include "io/diag.h"

/* Where a kernel may be put. */
struct placement {
	uint64_t address; /* physical, of the first place, where the gap begins */
	uint64_t slide;	  /* the farthest in virtual memory, bytes */
};

/**
 * placement_find() - plan for a kernel, and find a place
 * @load: the image; of an image that is still to be made, the manifest without codec, and the
 *	payload ELF as the stream
 * @ret: what was found; untouched on error
 * @why: why no machine can boot it
 *
 * returns: 0, or -1 if there is no place
 */
int placement_find(const struct bzb_load *load, struct placement *ret, struct why *why);

#endif
