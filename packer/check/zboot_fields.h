/* SPDX-License-Identifier: BSD-2-Clause */
/* How readers treat the header of a zboot image. */
#ifndef PACKER_ZBOOT_FIELDS_H
#define PACKER_ZBOOT_FIELDS_H

#include <stdbool.h>

#include <bzboot/zboot.h>

/**
 * zboot_type_begins() - compare the type of the compression as most readers do
 * @zboot: as parsed
 * @name: a type
 *
 * returns: whether the type begins with @name
 */
bool zboot_type_begins(const struct bzb_zboot *zboot, const char *name);

/**
 * zboot_is_for_ukify() - whether ukify decompresses a zboot image, or need not (get_zboot_kernel())
 * @zboot: as parsed
 *
 * returns: false if it does not know the codec; true also if it takes the file for another kind
 */
bool zboot_is_for_ukify(const struct bzb_zboot *zboot);

#endif
