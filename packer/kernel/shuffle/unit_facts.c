/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit_facts.h"

#include <math.h>

/* The binary logarithm of the number of orders of some units. */
static double orders(uint32_t count)
{
	return lgamma((double)count + 1) / M_LN2;
}

/* Units of a group that have the same alignment change places. Returns the logarithm for it. */
static double add_group(struct bzb_shuffle_walk *walk, struct unit_facts *facts)
{
	double sum = 0;
	uint32_t counts[BZB_SHUFFLE_ALIGNMENT_MAX_LOG2 + 1] = { 0 };

	for (uint32_t i = 0; i < walk->group.unit_count; i++) {
		const struct bzb_shuffle_unit unit = bzb_shuffle_next_unit(walk);

		facts->size += unit.size;
		counts[unit.alignment]++;
	}
	for (size_t i = 0; i < BZB_ARRAY_SIZE(counts); i++)
		sum += orders(counts[i]);
	return sum;
}

/* Units of a chain keep their order. */
static double orders_of_chains(const struct bzb_shuffle *shuffle)
{
	const unsigned char *at = shuffle->chains.data;
	double sum = 0;

	for (uint32_t i = 0; i < shuffle->chain_count; i++) {
		const uint32_t count = bzb_shuffle_next_number(&at);

		for (uint32_t k = 0; k < count; k++)
			bzb_shuffle_next_number(&at);
		sum += orders(count);
	}
	return sum;
}

struct unit_facts unit_facts(const struct bzb_shuffle *shuffle)
{
	struct bzb_shuffle_walk walk = bzb_shuffle_begin(shuffle);
	struct unit_facts facts = {
		.units = shuffle->unit_count,
		.groups = shuffle->group_count,
		.chains = shuffle->chain_count,
	};
	double entropy = 0;

	while (bzb_shuffle_next_group(&walk))
		entropy += add_group(&walk, &facts);
	facts.entropy = (uint64_t)llround(entropy - orders_of_chains(shuffle));
	return facts;
}
