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
	uint64_t highest;	/* of the last byte */
};

/* Places: first, first + alignment, ... */
struct memory_places {
	uint64_t first, count;
};

/**
 * memory_places() - all the places in a range of free memory
 * @addr: where the range starts
 * @size: of the range, bytes
 * @request: what is wanted
 *
 * returns: the places; a count of 0 if it does not fit
 */
struct memory_places memory_places(uint64_t addr, uint64_t size,
				   const struct memory_request *request);

#endif
