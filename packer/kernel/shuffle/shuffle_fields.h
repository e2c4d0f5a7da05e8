/* SPDX-License-Identifier: BSD-2-Clause */
/* The fields of a kernel that a shuffle has to change. */
#ifndef PACKER_SHUFFLE_FIELDS_H
#define PACKER_SHUFFLE_FIELDS_H

#include "decoded.h"
#include "shuffle_plan.h"

/**
 * shuffle_fields_make() - find the fields
 * @vmlinux: the kernel
 * @decoded: its code
 * @plan: has units and tables; gets fields
 * @why: what cannot be shuffled, and where it is
 *
 * returns: 0, or -1 on error
 */
int shuffle_fields_make(const struct vmlinux *vmlinux, const struct decoded *decoded,
			struct shuffle_plan *plan, struct why *why);

#endif
