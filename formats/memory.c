/* SPDX-License-Identifier: BSD-2-Clause */
#include <bzboot/memory.h>

struct bzb_memory_places bzb_memory_places(struct bzb_range range,
					   const struct bzb_memory_request *request)
{
	const struct bzb_memory_places none = { 0, 0 };
	uint64_t first = range.addr > request->lowest ? range.addr : request->lowest;
	uint64_t last; /* the last byte that may be used */

	if (!range.size || range.size - 1 > UINT64_MAX - range.addr ||
	    request->gap > UINT64_MAX - first ||
	    request->alignment > UINT64_MAX - first - request->gap)
		return none;
	last = range.addr + (range.size - 1);
	if (last > request->highest)
		last = request->highest;
	first = bzb_align_up(first + request->gap, request->alignment) - request->gap;
	if (first > last || request->size - 1 > last - first)
		return none;
	return (struct bzb_memory_places){
		first,
		bzb_divide(last - first - (request->size - 1), request->alignment) + 1,
	};
}

static uint64_t count_places(const struct bzb_memory_source *source,
			     const struct bzb_memory_request *request)
{
	struct bzb_range range;
	uint64_t position = 0, count = 0;

	while (source->next(source->context, &position, &range))
		count += bzb_memory_places(range, request).count;
	return count;
}

bool bzb_memory_choose(const struct bzb_memory_source *source,
		       const struct bzb_memory_request *request, const uint64_t *random,
		       uint64_t *ret)
{
	uint64_t count = count_places(source, request), position = 0;
	uint64_t number = random && count ? bzb_random_below(*random, count) : 0;
	struct bzb_range range;

	while (source->next(source->context, &position, &range)) {
		struct bzb_memory_places places = bzb_memory_places(range, request);

		if (number < places.count) {
			*ret = places.first + number * request->alignment;
			return true;
		}
		number -= places.count;
	}
	return false;
}

void bzb_memory_look(struct bzb_memory_view *view, struct bzb_range range)
{
	uint64_t end = range.addr + range.size;

	if (!range.size)
		return;
	if (end < range.addr)
		end = UINT64_MAX;
	if (range.addr > view->at) {
		if (range.addr < view->next)
			view->next = range.addr;
	} else if (end > view->covered_to) {
		view->covered_to = end;
	}
}

typedef void look_at_all(const void *context, struct bzb_memory_view *view);

static struct bzb_memory_view view_from(uint64_t at, look_at_all *look, const void *context)
{
	struct bzb_memory_view view = { at, at, UINT64_MAX };

	look(context, &view);
	return view;
}

/* The end of the RAM at @at, including adjacent entries. */
static uint64_t end_of_ram(const struct bzb_memory_map *map, uint64_t at)
{
	uint64_t end = view_from(at, map->ram, map->context).covered_to;

	while (end != at) {
		at = end;
		end = view_from(at, map->ram, map->context).covered_to;
	}
	return end;
}

bool bzb_memory_map_next_free(const struct bzb_memory_map *map, uint64_t *position,
			      struct bzb_range *ret)
{
	uint64_t at = *position, end;

	for (;;) {
		struct bzb_memory_view ram = view_from(at, map->ram, map->context);
		struct bzb_memory_view claims = view_from(at, map->claims, map->context);

		if (ram.covered_to == at) {
			if (ram.next == UINT64_MAX)
				return false;
			at = ram.next;
		} else if (claims.covered_to > at) {
			at = claims.covered_to;
		} else {
			end = end_of_ram(map, at);
			if (end > claims.next)
				end = claims.next;
			break;
		}
	}
	*position = end;
	*ret = (struct bzb_range){ at, end - at };
	return true;
}

static void look_at_map(const struct bzb_memory *memory, struct bzb_memory_view *view, bool ram)
{
	for (size_t i = 0; i < memory->map_count; i++)
		if ((memory->map[i].type == BZB_E820_RAM) == ram)
			bzb_memory_look(view, (struct bzb_range){ memory->map[i].addr,
								  memory->map[i].size });
}

static void look_at_ram(const void *context, struct bzb_memory_view *view)
{
	look_at_map(context, view, true);
}

static void look_at_claims(const void *context, struct bzb_memory_view *view)
{
	const struct bzb_memory *memory = context;

	look_at_map(memory, view, false);
	for (size_t i = 0; i < memory->taken_count; i++)
		bzb_memory_look(view, memory->taken[i]);
}

bool bzb_memory_next_free(const void *context, uint64_t *position, struct bzb_range *ret)
{
	const struct bzb_memory_map map = { look_at_ram, look_at_claims, context };

	return bzb_memory_map_next_free(&map, position, ret);
}

uint64_t bzb_random_below(uint64_t random, uint64_t count)
{
	uint64_t low = random & UINT32_MAX, high = random >> 32;
	uint64_t middle = high * (count & UINT32_MAX) + (low * (count & UINT32_MAX) >> 32);

	low = low * (count >> 32) + (middle & UINT32_MAX);
	return high * (count >> 32) + (middle >> 32) + (low >> 32);
}
