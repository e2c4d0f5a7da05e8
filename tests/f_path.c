/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The whole path of a boot loader: probe, open, plan, choose, load, move, boot_params, for an image
 * whose parts "decompress" to themselves followed by zeros: one part for the first bytes of the
 * ELF, and one for the bytes after the gap of 2 MiB.
 */
#include "fuzz.h"

#define WORKSPACE 64u

/* The kernel's memory: nothing may be written outside it. */
static unsigned char *arena;
#define ARENA_SIZE ((size_t)3 << 20)
#define GUARD 0x5b

static size_t workspace_size(struct bzb_span stream)
{
	read_span(stream);
	return WORKSPACE;
}

static int decode_part(struct bzb_span bytes, void *to, size_t size, void *workspace,
		       size_t workspace_size)
{
	unsigned char *out = to;

	PROMISE(out >= arena && size && size <= ARENA_SIZE);
	PROMISE(workspace_size == WORKSPACE && !((uintptr_t)workspace % 64));
	PROMISE((unsigned char *)workspace >= out + size);
	read_span(bytes);
	memset(workspace, 0xee, WORKSPACE);
	if (bytes.size > size)
		return -BZB_ERR_BADSIZE;
	memcpy(out, bytes.data, bytes.size);
	memset(out + bytes.size, 0, size - bytes.size);
	return 0;
}

static void check_open(struct bzb_span file, const struct bzb_load *load)
{
	struct bzb_span cmdline = bzb_load_cmdline(load), initrd = bzb_load_initrd(load);

	PROMISE(is_part(file, load->image) && is_part(load->image, load->stream));
	PROMISE(is_part(load->image, cmdline) && is_part(load->image, initrd));
	read_span(initrd);
	if (cmdline.size)
		PROMISE(!cmdline.data[cmdline.size]);
}

static uint64_t check_choice(const struct bzb_load_plan *plan, uint64_t random)
{
	const struct bzb_memory_range map = { 0, UINT64_MAX, BZB_E820_RAM };
	const struct bzb_range taken = { plan->memory.lowest, random % (1 << 30) };
	const struct bzb_memory memory = { &map, 1, &taken, 1 };
	const struct bzb_memory_source source = { bzb_memory_next_free, &memory };
	const struct bzb_memory_request *request = &plan->memory;
	uint64_t at = 0;

	if (!bzb_memory_choose(&source, request, &random, &at))
		return request->lowest;
	PROMISE(at >= request->lowest && at + request->size - 1 >= at);
	PROMISE(at + request->size - 1 <= request->highest);
	PROMISE((at + request->gap) % request->alignment == 0);
	PROMISE(at >= taken.addr + taken.size || at + request->size <= taken.addr);
	return at;
}

static void check_params(const struct bzb_load *load, bool kaslr)
{
	const struct bzb_memory_range map = { 0, 1 << 20, BZB_E820_RAM };
	const struct bzb_handoff known = { .map = &map, .map_count = 1, .kaslr = kaslr };
	struct bzb_boot_params params;

	PROMISE(!bzb_load_params(load, &known, &params));
	PROMISE(!params.sentinel && params.e820_entries == 1);
	PROMISE(!(params.hdr.loadflags & BZB_KASLR_FLAG) == !kaslr);
}

/* Without a new checksum, every changed payload would be refused. */
static void set_checksums(struct bzb_load *load, struct bzb_manifest_part *table)
{
	struct bzb_manifest *m = &load->manifest;
	uint32_t start = m->part_start;

	for (uint32_t i = 0; i < m->part_count; i++) {
		const unsigned char *bytes = load->stream.data + start;
		uint32_t end = bzb_ld32(m->parts[i].end);

		table[i] = m->parts[i];
		table[i].checksum = bzb_st32(bzb_checksum((struct bzb_span){ bytes, end - start }));
		start = end;
	}
	m->parts = table;
}

static void load_and_move(const struct bzb_load *load, const struct bzb_decoder *decoder,
			  const struct bzb_load_plan *plan, uint64_t random)
{
	uint64_t address = check_choice(plan, random), slide = bzb_load_slide(plan, ~random);
	size_t size = (size_t)plan->memory.size;
	struct bzb_kernel_elf kernel;
	struct bzb_entry entry;

	memset(arena, GUARD, ARENA_SIZE);
	if (bzb_load_kernel(load, decoder, arena, size, &kernel))
		return;
	if (!bzb_load_move(load, &kernel, arena, address, slide, &entry)) {
		PROMISE(entry.address - address >= kernel.gap);
		PROMISE(entry.address - address < plan->kernel_size);
		PROMISE(plan->identity || entry.slide == slide || !entry.movable);
		check_params(load, entry.movable);
	}
	for (size_t i = size; i < ARENA_SIZE; i++)
		PROMISE(arena[i] == GUARD);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bzb_span file = { data, size };
	struct bzb_decoder decoder = { BZB_CODEC_NONE, workspace_size, NULL, decode_part };
	struct bzb_manifest_part table[BZB_PARTS_MAX];
	struct bzb_load_plan plan;
	struct bzb_load load;
	uint64_t random = 0;
	unsigned int kinds = bzb_probe(file);

	if (!arena)
		arena = aligned_alloc(64, ARENA_SIZE);
	PROMISE(arena);
	/* f_load_foreign.c loads the kernels that bzboot did not pack. */
	if (bzb_load_open(file, &load) || load.steps)
		return 0;
	PROMISE(kinds & BZB_IS_PE);
	check_open(file, &load);
	set_checksums(&load, table);
	decoder.codec = load.manifest.codec;
	if (bzb_load_plan(&load, &decoder, &plan))
		return 0;
	for (size_t i = 0; i < sizeof(random) && i < size; i++)
		random = random << 8 | data[size - 1 - i];
	if (plan.memory.size <= ARENA_SIZE)
		load_and_move(&load, &decoder, &plan, random);
	return 0;
}
