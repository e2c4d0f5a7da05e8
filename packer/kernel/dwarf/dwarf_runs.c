/* SPDX-License-Identifier: BSD-2-Clause */
#include "dwarf_parts.h"

struct dwarf_run dwarf_run_at(const struct dwarf_move *move, uint64_t address)
{
	const struct dwarf_run *runs = move->runs;
	size_t low = 0, high = move->run_count; /* the first run that ends behind it */
	struct dwarf_run stays;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (runs[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < move->run_count && runs[low].start <= address)
		return runs[low];
	stays.start = stays.to = low ? runs[low - 1].end : 0;
	stays.end = low < move->run_count ? runs[low].start : UINT64_MAX;
	stays.is_gone = false;
	return stays;
}

uint64_t dwarf_moved(const struct dwarf_move *move, uint64_t address)
{
	const struct dwarf_run run = dwarf_run_at(move, address);

	return run.is_gone ? address : address - run.start + run.to;
}

bool dwarf_next_part(const struct dwarf_move *move, uint64_t *start, uint64_t end,
		     struct dwarf_part *ret)
{
	while (*start < end) {
		const struct dwarf_run run = dwarf_run_at(move, *start);
		const uint64_t stop = run.end < end ? run.end : end;

		*ret = (struct dwarf_part){
			.start = *start - run.start + run.to,
			.size = stop - *start,
			.run_end = run.end - run.start + run.to,
		};
		*start = stop;
		if (!run.is_gone)
			return true;
	}
	return false;
}
