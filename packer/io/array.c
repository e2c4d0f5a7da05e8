/* SPDX-License-Identifier: BSD-2-Clause */
#include "array.h"

#include <stdlib.h>

#include "alloc.h"
#include "diag.h"

void *array_new(size_t count, size_t size)
{
	void *array = count > SIZE_MAX / size ? NULL : alloc_zeros(count * size);

	if (!array)
		diag_no_memory(count > SIZE_MAX / size ? SIZE_MAX : count * size);
	return array;
}

void *array_grow(void *array, size_t count, size_t *room, size_t size)
{
	const size_t more = *room ? 2 * *room : 64;

	if (count < *room)
		return array;
	array = more > SIZE_MAX / size ? NULL : alloc_resize(array, more * size);
	if (!array)
		diag_no_memory(more > SIZE_MAX / size ? SIZE_MAX : more * size);
	*room = more;
	return array;
}

size_t array_first_from(const uint32_t *numbers, size_t count, size_t size, uint64_t from)
{
	size_t low = 0, high = count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const void *number = (const char *)numbers + middle * size;

		if (*(const uint32_t *)number < from)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
