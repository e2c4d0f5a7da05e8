/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The place of a kernel: any manifest, a decoder with any workspace, any memory map. The input is
 * the manifest, the decoder's workspace, random numbers, then the map.
 */
#include "fuzz.h"

#define RANGES_MAX 24u
#define PARTS 2u
#define MANIFEST_SIZE (sizeof(struct bzb_manifest_header) + \
		       PARTS * sizeof(struct bzb_manifest_part))

static uint64_t workspace;

static size_t workspace_size(struct bzb_span stream)
{
	(void)stream;
	return (size_t)workspace;
}

static uint64_t take(struct bzb_span *input, size_t bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < bytes && input->size; i++, input->size--)
		value |= (uint64_t)*input->data++ << 8 * i;
	return value;
}

/* Free memory, as a loader describes it */
struct map {
	struct bzb_memory_range ranges[RANGES_MAX];
	struct bzb_range taken[RANGES_MAX];
	struct bzb_memory memory;
};

/* Records: a byte for the kind and the unit, a power of two; then two numbers of 16 bits */
static void take_map(struct map *map, struct bzb_span *input)
{
	map->memory = (struct bzb_memory){ map->ranges, 0, map->taken, 0 };
	while (input->size && map->memory.map_count < RANGES_MAX &&
	       map->memory.taken_count < RANGES_MAX) {
		unsigned int what = (unsigned int)take(input, 1), shift = what >> 2;
		struct bzb_range range = { take(input, 2) << shift, 0 };

		range.size = take(input, 2) << shift;
		if (what & 2)
			map->taken[map->memory.taken_count++] = range;
		else
			map->ranges[map->memory.map_count++] = (struct bzb_memory_range){
				range.addr,
				range.size,
				1 + (what & 1),
			};
	}
}

/* The end of the last part that is loaded */
static uint32_t decompressed(const struct bzb_manifest *m)
{
	uint32_t end = 0;

	for (uint32_t i = 0; i < m->part_count && end < m->elf_size - m->symbols_size; i++)
		end = bzb_ld32(m->parts[i].elf_end);
	return end;
}

static void check_plan(const struct bzb_manifest *m, const struct bzb_load_plan *plan)
{
	const struct bzb_memory_request *request = &plan->memory;

	PROMISE(plan->kernel_size == m->memory_size && request->size >= m->memory_size);
	PROMISE(request->alignment == m->alignment && request->gap >= m->gap);
	PROMISE(request->gap - m->gap < m->alignment);
	PROMISE((request->gap - m->gap + m->load_address) % m->alignment == 0);
	PROMISE(plan->workspace >= decompressed(m) && plan->workspace % 64 == 0);
	PROMISE(plan->workspace <= request->size && workspace <= request->size - plan->workspace);
	PROMISE(plan->slides >= 1 && (!plan->identity || plan->slides == 1));
	PROMISE(request->lowest >= 0x100000);
	PROMISE(request->lowest <= UINT64_MAX - request->size);
}

static bool overlaps(struct bzb_range range, uint64_t at, uint64_t size)
{
	uint64_t end = range.size > UINT64_MAX - range.addr ? UINT64_MAX : range.addr + range.size;

	return range.size && at < end && range.addr < at + size;
}

static void check_place(const struct map *map, const struct bzb_memory_request *request,
			uint64_t at)
{
	PROMISE(at >= request->lowest && request->size - 1 <= UINT64_MAX - at);
	PROMISE(at + (request->size - 1) <= request->highest);
	PROMISE((at + request->gap) % request->alignment == 0);
	for (size_t i = 0; i < map->memory.taken_count; i++)
		PROMISE(!overlaps(map->taken[i], at, request->size));
	for (size_t i = 0; i < map->memory.map_count; i++)
		PROMISE(map->ranges[i].type == BZB_E820_RAM ||
			!overlaps((struct bzb_range){ map->ranges[i].addr, map->ranges[i].size },
				  at, request->size));
}

/* There is a random place if there is a first one, and it is not below that. */
static void check_choice(const struct map *map, const struct bzb_memory_request *request,
			 uint64_t random)
{
	const struct bzb_memory_source source = { bzb_memory_next_free, &map->memory };
	uint64_t first = 0, at = 0;
	bool found = bzb_memory_choose(&source, request, NULL, &first);

	PROMISE(bzb_memory_choose(&source, request, &random, &at) == found);
	if (!found)
		return;
	check_place(map, request, first);
	check_place(map, request, at);
	PROMISE(at >= first);
}

static void check_slide(const struct bzb_manifest *m, const struct bzb_load_plan *plan,
			uint64_t random)
{
	uint64_t slide = bzb_load_slide(plan, random);

	PROMISE(slide % m->alignment == 0 && slide / m->alignment < plan->slides);
	/* The window in which a kernel moves may end at the end of all addresses. */
	if (slide)
		PROMISE(!plan->identity &&
			slide - 1 <= UINT64_MAX - m->virtual_address - (m->memory_size - m->gap));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bzb_decoder decoder = { BZB_CODEC_NONE, workspace_size, NULL, NULL };
	struct bzb_span input = { data, size };
	struct bzb_load load = { 0 };
	struct bzb_load_plan plan;
	uint64_t random;
	struct map map;

	if (size < MANIFEST_SIZE ||
	    bzb_manifest_parse((struct bzb_span){ data, MANIFEST_SIZE }, &load.manifest))
		return 0;
	input.data += MANIFEST_SIZE;
	input.size -= MANIFEST_SIZE;
	load.manifest.codec = BZB_CODEC_NONE;
	workspace = take(&input, 8);
	random = take(&input, 8);
	take_map(&map, &input);
	if (bzb_load_plan(&load, &decoder, &plan))
		return 0;
	check_plan(&load.manifest, &plan);
	check_slide(&load.manifest, &plan, random);
	check_choice(&map, &plan.memory, random);
	return 0;
}
