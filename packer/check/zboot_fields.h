/* SPDX-License-Identifier: BSD-2-Clause */
/* How readers treat the header of a zboot image. */
#ifndef PACKER_ZBOOT_FIELDS_H
#define PACKER_ZBOOT_FIELDS_H

#include <stdbool.h>

#include <bzboot/zboot.h>

/**
 * zboot_is_for_ukify() - whether ukify decompresses a zboot image, or need not (get_zboot_kernel())
 * @zboot: as parsed
 *
 * returns: false if it does not know the codec; true also if it takes the file for another kind
 */
bool zboot_is_for_ukify(const struct bzb_zboot *zboot);

#endif
