/* SPDX-License-Identifier: BSD-2-Clause */
/* The initrd, offered to the kernel by LoadFile2, as boot loaders do it. */
#ifndef STUB_OFFER_H
#define STUB_OFFER_H

#include "efi/efi_services.h"

/**
 * offer_initrd() - offer an initrd, in place of any that a loader offers
 * @efi: the firmware
 * @initrd: stays where it is until withdraw_initrd(); a size of 0: the kernel gets none
 *
 * returns: false if the firmware refuses
 */
bool offer_initrd(struct efi *efi, struct bzb_range initrd);

/**
 * withdraw_initrd() - undo offer_initrd(), if it was called
 * @efi: the firmware
 */
void withdraw_initrd(struct efi *efi);

#endif
