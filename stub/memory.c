/* SPDX-License-Identifier: BSD-2-Clause */
#include "memory.h"

struct memory_places memory_places(uint64_t addr, uint64_t size,
				   const struct memory_request *request)
{
	const struct memory_places none = { 0, 0 };
	uint64_t first = addr > request->lowest ? addr : request->lowest;
	uint64_t last;		/* byte that may be used */

	if (!size || size - 1 > UINT64_MAX - addr ||
	    first > UINT64_MAX - request->gap - request->alignment)
		return none;
	last = addr + (size - 1);
	if (last > request->highest)
		last = request->highest;
	first = bzb_align_up(first + request->gap, request->alignment) - request->gap;
	if (first > last || request->size - 1 > last - first)
		return none;
	return (struct memory_places){
		first, (last - first - (request->size - 1)) / request->alignment + 1,
	};
}
