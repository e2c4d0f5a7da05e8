/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the unit table of <bzboot/shuffle.h>. */
#ifndef PACKER_UNIT_TABLE_H
#define PACKER_UNIT_TABLE_H

#include "io/blob.h"
#include "io/diag.h"
#include "shuffle_plan.h"

/**
 * unit_table_make() - write a plan as a unit table
 * @plan: finished: fields ascend
 * @memory_size: of the kernel
 * @ret: the table, for blob_free(); untouched on error
 * @why: what is wrong with the plan
 *
 * Units of each group tile it from its start, and fit in whatever order; a field is in one unit or
 * in none. bzb_shuffle_open() has accepted the table.
 *
 * returns: 0, or -1 on error
 */
int unit_table_make(const struct shuffle_plan *plan, uint64_t memory_size, struct blob *ret,
		    struct why *why);

#endif
