/* SPDX-License-Identifier: BSD-2-Clause */
/* Which functions something refers to. Others are reached by arithmetic, or never. */
#ifndef PACKER_SHUFFLE_REACHED_H
#define PACKER_SHUFFLE_REACHED_H

#include "decoded.h"
#include "shuffle_plan.h"

/**
 * shuffle_reached() - find what fields and operands refer to
 * @vmlinux: the kernel
 * @decoded: its code
 * @pieces: what the section is cut into, ascending
 * @count: of them
 * @section: of code
 *
 * References of a piece to itself do not count, because nothing need get there from elsewhere. Nor do
 * tables that say where instructions are (linux_places.h).
 *
 * returns: for each byte of the section, and the one behind it, whether there is a reference to it,
 * for free()
 */
unsigned char *shuffle_reached(const struct vmlinux *vmlinux, const struct decoded *decoded,
			       const struct shuffle_range *pieces, size_t count,
			       const struct vmlinux_section *section);

#endif
