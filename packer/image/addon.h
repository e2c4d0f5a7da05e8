/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addons of unified kernel images, and profiles for them: PE images with sections, and code that is
 * never run. Stubs have the firmware verify an addon as it verifies an EFI application.
 */
#ifndef PACKER_ADDON_H
#define PACKER_ADDON_H

#include <bzboot/machine.h>

#include "contents.h"

/**
 * addon_sbat() - the SBAT of an addon
 *
 * returns: two lines, with the component of ukify's addons; static
 */
struct bzb_span addon_sbat(void);

/**
 * addon_make() - make an addon
 * @contents: of contents_add() without a version, of a unified kernel image
 * @machine: of the images that it is for; firmware loads no other
 * @ret: the PE image; untouched on error
 * @why: which limit the contents exceed
 *
 * returns: 0, or -1 on error
 */
int addon_make(const struct contents *contents, enum bzb_machine machine, struct blob *ret,
	       struct why *why);

#endif
