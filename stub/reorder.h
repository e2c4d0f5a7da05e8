/* SPDX-License-Identifier: BSD-2-Clause */
/* The order of the kernel's functions, which is another one at each boot. */
#ifndef STUB_REORDER_H
#define STUB_REORDER_H

#include "boot.h"

/**
 * reorder() - put the functions of the kernel in a random order
 * @boot: load, plan, kernel, memory, entry and options are used
 *
 * Nothing is done if the image has no unit table, or with "noshuffle" or "nokaslr".
 *
 * returns: STUB_OK or an error
 */
enum stub_error reorder(struct boot *boot);

#endif
