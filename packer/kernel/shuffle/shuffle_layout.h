/* SPDX-License-Identifier: BSD-2-Clause */
/* The places of units in a kernel that was shuffled, by the names and addresses that it showed. */
#ifndef PACKER_SHUFFLE_LAYOUT_H
#define PACKER_SHUFFLE_LAYOUT_H

#include "boot_names.h"
#include "shuffle_plan.h"

/**
 * shuffle_layout_find() - find the places
 * @vmlinux: the kernel before it was shuffled
 * @plan: of it
 * @names: of the kernel that ran
 * @places: of the units of @plan; undefined on error
 * @why: the name that does not fit this kernel
 *
 * The units of a chain keep their order, so of several functions of one name the first one is the
 * first. Each name of code that does not move, and of data, is where @vmlinux has it. A unit of which
 * there is no name is an error.
 *
 * returns: 0, or -1 on error
 */
int shuffle_layout_find(const struct vmlinux *vmlinux, const struct shuffle_plan *plan,
			const struct boot_names *names, uint32_t *places, struct why *why);

#endif
