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

#endif
