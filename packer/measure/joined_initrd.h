/* SPDX-License-Identifier: BSD-2-Clause */
/* The initrd that the kernel gets from the stub of a unified kernel image. */
#ifndef PACKER_JOINED_INITRD_H
#define PACKER_JOINED_INITRD_H

#include <bzboot/uki.h>

#include "banks.h"

/**
 * joined_initrd_hash() - hash .ucode, .initrd, and the sections that are passed on as files
 * @uki: the profile
 * @version: of stub_version()
 * @banks: set of banks
 * @ret: the digests; untouched if there is nothing, or on error
 * @why: what is wrong with a section
 *
 * Each part is followed by zeros up to a multiple of four, unless it is the only one. The boot
 * loader adds none, nor are there files for the stub beside the image.
 *
 * returns: 1, or 0 if there is no initrd, or -1 on error
 */
int joined_initrd_hash(const struct bzb_uki *uki, unsigned int version, unsigned int banks,
		       struct digests *ret, struct why *why);

#endif
