/* SPDX-License-Identifier: BSD-2-Clause */
/* The figures of a unit table, for people. */
#ifndef PACKER_UNIT_FACTS_H
#define PACKER_UNIT_FACTS_H

#include <bzboot/shuffle.h>

struct unit_facts {
	uint32_t units, groups, chains;
	uint64_t size;	  /* of all units, without gaps; the rest of the code is pinned */
	uint64_t entropy; /* binary logarithm of the number of orders, rounded */
};

/**
 * unit_facts() - count what is in a unit table
 * @shuffle: the open table
 *
 * returns: the figures
 */
struct unit_facts unit_facts(const struct bzb_shuffle *shuffle);

#endif
