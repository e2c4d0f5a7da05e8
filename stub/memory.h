/* SPDX-License-Identifier: BSD-2-Clause */
/* Where in free memory a kernel fits. Runs on the host too. */
#ifndef STUB_MEMORY_H
#define STUB_MEMORY_H

#include <bzboot/bzboot.h>

struct memory_request {
	uint64_t size;		/* bytes, with the gap */
	uint64_t gap;		/* bytes in front of what is to be aligned */
	uint64_t alignment;	/* of start + gap; a power of two */
	uint64_t lowest;	/* of start */
};

/**
 * memory_fit() - the lowest place in a range of free memory
 * @addr: where the range starts
 * @size: of the range, bytes
 * @request: what is wanted
 * @ret: the start; untouched if there is none
 *
 * returns: whether it fits
 */
bool memory_fit(uint64_t addr, uint64_t size, const struct memory_request *request,
		uint64_t *ret);

#endif
