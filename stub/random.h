/* SPDX-License-Identifier: BSD-2-Clause */
/* Random numbers from the processor. */
#ifndef STUB_RANDOM_H
#define STUB_RANDOM_H

#include <bzboot/env.h>

/* What everything random is derived from. */
struct seed {
	uint64_t physical, virtual;
};

/**
 * random_from_cpu() - stir random numbers of the processor into a seed
 * @seed: changed; by the time stamp counter in any case
 *
 * RDSEED or RDRAND is believed only if it passes a test: there are processors
 * whose numbers are all ones, and hypervisors that mask the instruction.
 *
 * returns: whether there was a source that passed
 */
bool random_from_cpu(struct seed *seed);

/**
 * random_below() - a number out of a range
 * @random: 64 random bits
 * @count: of the range, at least 1
 *
 * returns: 0 to @count - 1
 */
static inline uint64_t random_below(uint64_t random, uint64_t count)
{
	return (uint64_t)(((unsigned __int128)random * count) >> 64);
}

#endif
