/* SPDX-License-Identifier: BSD-2-Clause */
/* The units of a plan: pieces that are joined, in the groups in which they change places. */
#ifndef PACKER_SHUFFLE_UNITS_H
#define PACKER_SHUFFLE_UNITS_H

#include "shuffle_pieces.h"
#include "shuffle_plan.h"

/**
 * shuffle_units_make() - find groups, units and chains
 * @vmlinux: the kernel
 * @decoded: its code
 * @pieces: of its text; more of them may become pinned
 * @plan: gets groups and units, which fit in their groups in any order
 */
void shuffle_units_make(const struct vmlinux *vmlinux, const struct decoded *decoded,
			struct shuffle_pieces *pieces, struct shuffle_plan *plan);

/**
 * shuffle_unit_end() - find the end of a unit: a piece, and those that are joined to it
 * @pieces: of the kernel
 * @first: number of the unit's first piece
 *
 * returns: the number of the piece behind it
 */
size_t shuffle_unit_end(const struct shuffle_pieces *pieces, size_t first);

/**
 * shuffle_unit_pinned() - find out why a unit cannot move
 * @pieces: of the kernel
 * @first: number of the unit's first piece
 * @end: of the piece behind it
 *
 * returns: the reason; SHUFFLE_FREE if it can
 */
enum shuffle_reason shuffle_unit_pinned(const struct shuffle_pieces *pieces, size_t first,
					size_t end);

/**
 * shuffle_units_find() - find the unit that has a byte
 * @plan: with units
 * @offset: of the byte, from the load address
 *
 * returns: its number; -1 if the byte stays where it is
 */
long shuffle_units_find(const struct shuffle_plan *plan, uint64_t offset);

#endif
