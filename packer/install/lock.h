/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PACKER_LOCK_H
#define PACKER_LOCK_H

#include "place.h"

/**
 * install_lock() - keep other runs from the ESP until this one ends
 * @place: only its root is used: the lock is in its /run
 *
 * returns: 0, or -1 after a message
 */
int install_lock(const struct install_place *place);

#endif
