/* SPDX-License-Identifier: BSD-2-Clause */
/* Random numbers from the processor, and from values that differ from boot to boot. */
#ifndef STUB_RANDOM_H
#define STUB_RANDOM_H

#include <bzboot/bytes.h>

/* All random addresses are derived from it. */
struct seed {
	uint64_t physical, virtual;
};

/**
 * random_from_cpu() - stir random numbers of the processor into a seed
 * @seed: changed; the time stamp counter is always stirred in
 *
 * A source is used only if it passes a test: RDRAND of some processors returns all ones, and some
 * hypervisors mask the instruction.
 *
 * returns: true if a source passed
 */
bool random_from_cpu(struct seed *seed);

/**
 * random_stir() - stir bytes into a seed
 * @seed: changed: each bit of @bytes affects every bit of both numbers
 * @bytes: any; known bytes do not weaken a seed
 */
void random_stir(struct seed *seed, struct bzb_span bytes);

/**
 * random_stir_time() - stir the time stamp counter into a seed
 * @seed: changed
 *
 * Between two calls there has to be an operation whose duration varies.
 */
void random_stir_time(struct seed *seed);

#endif
