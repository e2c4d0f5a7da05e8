/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader.h"

#define LOW_MEMORY 0x100000u

/* More than any loader makes; less than forever. */
#define SETUP_DATA_MAX 1024

bool loader_walk_setup_data(const struct bzb_boot_params *params,
			    bool (*visit)(void *context, uint64_t addr), void *context)
{
	uint64_t addr = bzb_ld64(params->hdr.setup_data);

	for (int i = 0; addr && i < SETUP_DATA_MAX; i++) {
		if (!visit(context, addr))
			return false;
		addr = bzb_ld64(((const struct bzb_setup_data *)(uintptr_t)addr)->next);
	}
	return true;
}

/* Which entries of the memory map to look at. */
struct map_view {
	struct bzb_memory_view *view;
	bool ram;		/* those of RAM; else all the others */
};

static void look_at_entries(const struct map_view *map, const struct bzb_e820_entry *entries,
			    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct bzb_memory_range r = bzb_memory_range_of(&entries[i]);

		if ((r.type == BZB_E820_RAM) == map->ram)
			bzb_memory_look(map->view, (struct bzb_range){ r.addr, r.size });
	}
}

static bool look_at_extension(void *context, uint64_t addr)
{
	const struct bzb_setup_data *node = (const void *)(uintptr_t)addr;

	if (bzb_ld32(node->type) == BZB_SETUP_E820_EXT)
		look_at_entries(context, (const struct bzb_e820_entry *)(node + 1),
				bzb_ld32(node->len) / sizeof(struct bzb_e820_entry));
	return true;
}

/* What int 15h E801h or 88h said, in the kernel's own order: KiB from 1 MiB. */
static struct bzb_range memory_without_map(const struct bzb_boot_params *params)
{
	uint32_t kib = bzb_ld32(params->alt_mem_k);

	if (bzb_ld16(params->screen_info.ext_mem_k) > kib)
		kib = bzb_ld16(params->screen_info.ext_mem_k);
	return (struct bzb_range){ LOW_MEMORY, (uint64_t)kib * 1024 };
}

static void look_at_map(const struct loader_memory *memory, struct bzb_memory_view *view, bool ram)
{
	struct map_view map = { view, ram };
	size_t count = memory->params->e820_entries;

	if (!count && ram)
		bzb_memory_look(view, memory_without_map(memory->params));
	look_at_entries(&map, memory->params->e820_table,
			count < BZB_E820_MAX ? count : BZB_E820_MAX);
	loader_walk_setup_data(memory->params, look_at_extension, &map);
}

static bool look_at_node(void *context, uint64_t addr)
{
	const struct bzb_setup_data *node = (const void *)(uintptr_t)addr;
	const struct bzb_setup_indirect *indirect = (const void *)(node + 1);
	uint32_t size = bzb_ld32(node->len);

	bzb_memory_look(context, (struct bzb_range){ addr, sizeof(*node) + (uint64_t)size });
	if (bzb_ld32(node->type) == (uint32_t)BZB_SETUP_INDIRECT && size >= sizeof(*indirect))
		bzb_memory_look(context, (struct bzb_range){ bzb_ld64(indirect->addr),
							bzb_ld64(indirect->len) });
	return true;
}

static void look_at_ram(const void *context, struct bzb_memory_view *view)
{
	look_at_map(context, view, true);
}

static void look_at_claims(const void *context, struct bzb_memory_view *view)
{
	const struct loader_memory *memory = context;
	const struct bzb_boot_params *params = memory->params;
	struct bzb_memory_range initrd = bzb_boot_params_initrd(params);
	uint64_t cmdline = bzb_boot_params_cmdline(params);
	struct bzb_range range;
	size_t position = 0;

	look_at_map(memory, view, false);
	bzb_memory_look(view, memory->image);
	bzb_memory_look(view, (struct bzb_range){ (uintptr_t)params, sizeof(*params) });
	bzb_memory_look(view, (struct bzb_range){ cmdline, cmdline ? BZB_CMDLINE_MAX + 1 : 0 });
	bzb_memory_look(view, (struct bzb_range){ initrd.addr, initrd.size });
	loader_walk_setup_data(params, look_at_node, view);
	while (options_next_reserved(memory->cmdline, &position, &range))
		bzb_memory_look(view, range);
}

bool loader_next_free(const void *context, uint64_t *position, struct bzb_range *ret)
{
	const struct bzb_memory_map map = { look_at_ram, look_at_claims, context };
	const struct loader_memory *memory = context;
	struct bzb_range range;

	if (!bzb_memory_map_next_free(&map, position, &range) || range.addr >= memory->limit)
		return false;
	if (range.size > memory->limit - range.addr)
		range.size = memory->limit - range.addr;
	*ret = range;
	return true;
}
