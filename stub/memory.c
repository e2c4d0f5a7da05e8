/* SPDX-License-Identifier: BSD-2-Clause */
#include "memory.h"

bool memory_fit(uint64_t addr, uint64_t size, const struct memory_request *request,
		uint64_t *ret)
{
	uint64_t start = addr > request->lowest ? addr : request->lowest;
	uint64_t top = request->gap + request->alignment;

	if (size > UINT64_MAX - addr || start > UINT64_MAX - top)
		return false;
	start = bzb_align_up(start + request->gap, request->alignment) - request->gap;
	if (start < addr || start - addr > size || request->size > size - (start - addr))
		return false;
	*ret = start;
	return true;
}
