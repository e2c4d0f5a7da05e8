/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Estimates of what a boot costs, from figures of docs/benchmarks.md. They are for Debian's kernels
 * on one machine: other kernels are as compressible, more or less, and other machines faster or
 * slower.
 */
#ifndef PACKER_ESTIMATES_H
#define PACKER_ESTIMATES_H

#include <stdbool.h>

#include <bzboot/payload.h>

/* The maker of the stub */
enum maker { MAKER_BZBOOT, MAKER_LINUX, MAKER_COUNT };

/* Numbers of processors for which a boot is estimated */
#define ESTIMATE_PROCESSORS { 1, 2, 4, 8 }

struct cost {
	uint64_t instructions; /* 0: not measured */
	uint64_t microseconds; /* likewise */
};

/**
 * estimate_boot() - estimate the work of a stub from its entry to the kernel's, on one processor
 * @maker: of the stub
 * @codec: of the payload
 * @size: decompressed bytes
 *
 * returns: in proportion to what was measured; zeros for what was not
 */
struct cost estimate_boot(enum maker maker, enum bzb_codec codec, uint64_t size);

/**
 * estimate_other_memory() - memory of a stub under EFI beside image, kernel and initrd
 * @maker: of the stub
 *
 * returns: bytes: boot_params, the command line, maps
 */
uint64_t estimate_other_memory(enum maker maker);

/**
 * estimate_path() - the work of the processor with the most
 * @work: of each part, in any unit; put in order
 * @count: of the parts, at least 1
 * @processors: at least 1
 *
 * The largest part is first, and each processor takes the next one, as in the stub.
 *
 * returns: of 10000
 */
uint64_t estimate_path(uint32_t *work, size_t count, unsigned int processors);

#endif
