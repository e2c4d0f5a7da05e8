/* SPDX-License-Identifier: BSD-2-Clause */
/* The boot loader on the ESP, which has to be signed with the key that signs the images. */
#ifndef PACKER_BOOT_LOADER_H
#define PACKER_BOOT_LOADER_H

#include "sign/sign.h"
#include "place.h"

/**
 * boot_loader_sign() - sign systemd-boot
 * @place: found
 * @options: with a key
 *
 * It is on the ESP of @place, or, if that is an XBOOTLDR partition, on one mounted elsewhere.
 * Each file that is systemd-boot and has no signature of the certificate yet gets one; those that
 * it has stay. Other boot loaders stay as they are.
 *
 * returns: 0, or -1 after messages: the file is as it was
 */
int boot_loader_sign(const struct install_place *place, const struct sign_options *options);

#endif
