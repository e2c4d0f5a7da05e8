/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The whole path of a boot loader for a kernel that bzboot did not pack: open, plan, load, move,
 * boot_params. The first STORED bytes of a compressed payload are its magic number; the rest
 * "decompresses" to itself, followed by zeros.
 */
#include "fuzz.h"

#define WORKSPACE 64u
#define STORED 8u

/* The kernel's memory: nothing may be written outside it. */
static unsigned char *arena;
#define ARENA_SIZE ((size_t)5 << 20)
#define GUARD_SIZE 4096u
#define GUARD 0x5b

static size_t workspace_size(struct bzb_span stream)
{
	(void)stream;
	return WORKSPACE;
}

static int decode(struct bzb_span stream, void *to, size_t size, void *workspace,
		  size_t workspace_size)
{
	unsigned char *out = to;

	PROMISE(out >= arena && size <= ARENA_SIZE && workspace_size == WORKSPACE);
	PROMISE(!((uintptr_t)out % 64) && (unsigned char *)workspace >= out + size);
	if (stream.size < STORED || stream.size - STORED > size)
		return -BZB_ERR_BADSIZE;
	memset(workspace, 0xee, WORKSPACE);
	memcpy(out, stream.data + STORED, stream.size - STORED);
	memset(out + stream.size - STORED, 0, size - (stream.size - STORED));
	return 0;
}

static int check_field(void *context, enum bzb_reloc_kind kind, uint64_t offset)
{
	const uint64_t size = *(const uint64_t *)context, width = kind == BZB_RELOC_64 ? 8 : 4;

	PROMISE(kind > BZB_RELOC_NONE && kind < BZB_RELOC_KIND_COUNT);
	PROMISE(width <= size && offset <= size - width);
	return 0;
}

static void check_elf(struct bzb_span file)
{
	struct bzb_vmlinux vmlinux;

	if (bzb_vmlinux_parse(file, &vmlinux))
		return;
	PROMISE(vmlinux.alignment >= BZB_KERNEL_GAP_UNIT);
	PROMISE(!(vmlinux.alignment & (vmlinux.alignment - 1)));
	PROMISE(vmlinux.source == BZB_VMLINUX_NONE || !bzb_vmlinux_is_fixed(&vmlinux));
	bzb_vmlinux_walk(&vmlinux, check_field, &vmlinux.elf.memory_size);
}

static void check_params(const struct bzb_load *load)
{
	const struct bzb_memory_range map = { 0, 1 << 20, BZB_E820_RAM };
	const struct bzb_handoff known = { .map = &map, .map_count = 1 };
	struct bzb_boot_params params;

	PROMISE(!bzb_load_params(load, &known, &params));
	PROMISE(!memcmp(params.hdr.header, "HdrS", 4) && !params.sentinel);
}

static void load_and_move(const struct bzb_load *load, const struct bzb_decoder *decoder,
			  const struct bzb_load_plan *plan, uint64_t random)
{
	size_t size = (size_t)plan->memory.size;
	uint64_t slide = bzb_load_slide(plan, random);
	uint64_t address = plan->memory.lowest + plan->memory.gap;
	struct bzb_kernel_elf kernel;
	struct bzb_entry entry;

	address = bzb_align_up(address, plan->memory.alignment) - plan->memory.gap;
	memset(arena + size, GUARD, GUARD_SIZE);
	if (bzb_load_kernel(load, decoder, arena, size, &kernel))
		return;
	PROMISE(kernel.memory_size <= plan->kernel_size && !kernel.gap);
	if (!bzb_load_move(load, &kernel, arena, address, slide, &entry)) {
		PROMISE(entry.address - address < kernel.memory_size);
		PROMISE(plan->identity || entry.slide == (entry.movable ? slide : 0));
		PROMISE(!plan->fixed || address == load->manifest.load_address);
		check_params(load);
	}
	for (size_t i = 0; i < GUARD_SIZE; i++)
		PROMISE(arena[size + i] == GUARD);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bzb_span file = { data, size };
	struct bzb_decoder decoder = { BZB_CODEC_NONE, workspace_size, decode, NULL };
	struct bzb_load_plan plan;
	struct bzb_load load;
	uint64_t random = 0;

	if (!arena)
		arena = aligned_alloc(64, ARENA_SIZE + GUARD_SIZE);
	PROMISE(arena);
	check_elf(file);
	if (bzb_load_open_foreign(file, &load))
		return 0;
	PROMISE(is_part(file, load.image) && is_part(file, load.stream));
	PROMISE(!bzb_load_cmdline(&load).size && !bzb_load_initrd(&load).size);
	decoder.codec = load.manifest.codec;
	if (bzb_load_plan(&load, &decoder, &plan))
		return 0;
	PROMISE(plan.memory.size && plan.slides);
	for (size_t i = 0; i < sizeof(random) && i < size; i++)
		random = random << 8 | data[size - 1 - i];
	if (plan.memory.size <= ARENA_SIZE)
		load_and_move(&load, &decoder, &plan, random);
	return 0;
}
