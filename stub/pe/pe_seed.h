/* SPDX-License-Identifier: BSD-2-Clause */
/* Random numbers for the kernel's own stub. */
#ifndef STUB_PE_SEED_H
#define STUB_PE_SEED_H

#include "efi/efi_services.h"

/**
 * seed_pass() - pass efi->seed on, with the seed of an earlier loader
 * @efi: seed is used and wiped; of size 0, nothing is done
 *
 * The kernel's stub adds its own numbers.
 */
void seed_pass(struct efi *efi);

/**
 * seed_take_back() - remove what seed_pass() has installed, if the kernel has not taken it
 * @efi: the firmware
 */
void seed_take_back(struct efi *efi);

#endif
