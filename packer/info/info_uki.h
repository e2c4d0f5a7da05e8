/* SPDX-License-Identifier: BSD-2-Clause */
/* The texts in a unified kernel image or an addon, for boot menus and the kernel. */
#ifndef PACKER_INFO_UKI_H
#define PACKER_INFO_UKI_H

#include <jansson.h>

#include <bzboot/uki.h>

/**
 * info_profiles() - what a boot menu shows of each profile
 * @pe: a unified kernel image, or an addon
 *
 * returns: an array with an object for each profile, or one of the image if it has none: profile (its
 * number), id and title of .profile, os (PRETTY_NAME of .osrel), uname, cmdline; a text is empty if
 * its section is missing
 */
json_t *info_profiles(const struct bzb_pe *pe);

#endif
