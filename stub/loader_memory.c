/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader.h"

#define LOW_MEMORY 0x100000u

/* More than any loader makes; less than forever. */
#define SETUP_DATA_MAX 1024

/* Seen from an address: where what covers it ends, and where the next such thing begins. */
struct view {
	uint64_t at;
	uint64_t covered_to;	/* at, if nothing covers it */
	uint64_t next;		/* UINT64_MAX, if nothing follows */
};

static void look_at(struct view *view, struct bzb_range range)
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

static struct view view_from(uint64_t at)
{
	return (struct view){ at, at, UINT64_MAX };
}

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
	struct view *view;
	bool ram;		/* those of RAM; else all the others */
};

static void look_at_entries(const struct map_view *map, const struct bzb_e820_entry *entries,
			    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct bzb_memory_range r = bzb_memory_range_of(&entries[i]);

		if ((r.type == BZB_E820_RAM) == map->ram)
			look_at(map->view, (struct bzb_range){ r.addr, r.size });
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

static void look_at_map(const struct loader_memory *memory, struct view *view, bool ram)
{
	struct map_view map = { view, ram };
	size_t count = memory->params->e820_entries;

	if (!count && ram)
		look_at(view, memory_without_map(memory->params));
	look_at_entries(&map, memory->params->e820_table,
			count < BZB_E820_MAX ? count : BZB_E820_MAX);
	loader_walk_setup_data(memory->params, look_at_extension, &map);
}

static bool look_at_node(void *context, uint64_t addr)
{
	const struct bzb_setup_data *node = (const void *)(uintptr_t)addr;
	const struct bzb_setup_indirect *indirect = (const void *)(node + 1);
	uint32_t size = bzb_ld32(node->len);

	look_at(context, (struct bzb_range){ addr, sizeof(*node) + (uint64_t)size });
	if (bzb_ld32(node->type) == (uint32_t)BZB_SETUP_INDIRECT && size >= sizeof(*indirect))
		look_at(context, (struct bzb_range){ bzb_ld64(indirect->addr),
							bzb_ld64(indirect->len) });
	return true;
}

static void look_at_claims(const struct loader_memory *memory, struct view *view)
{
	const struct bzb_boot_params *params = memory->params;
	struct bzb_memory_range initrd = bzb_boot_params_initrd(params);
	uint64_t cmdline = bzb_boot_params_cmdline(params);
	struct bzb_range range;
	size_t position = 0;

	look_at_map(memory, view, false);
	look_at(view, memory->image);
	look_at(view, (struct bzb_range){ (uintptr_t)params, sizeof(*params) });
	look_at(view, (struct bzb_range){ cmdline, cmdline ? BZB_CMDLINE_MAX + 1 : 0 });
	look_at(view, (struct bzb_range){ initrd.addr, initrd.size });
	loader_walk_setup_data(params, look_at_node, view);
	while (options_next_reserved(memory->cmdline, &position, &range))
		look_at(view, range);
}

/* The next address at or behind @at that is RAM, and where the RAM from there on ends. */
static bool next_ram(const struct loader_memory *memory, uint64_t at, struct bzb_range *ret)
{
	struct view view = view_from(at);
	uint64_t end;

	look_at_map(memory, &view, true);
	if (view.covered_to == at) {
		if (view.next == UINT64_MAX)
			return false;
		at = view.next;
		view = view_from(at);
		look_at_map(memory, &view, true);
	}
	do {
		end = view.covered_to;
		view = view_from(end);
		look_at_map(memory, &view, true);
	} while (view.covered_to != end);
	*ret = (struct bzb_range){ at, end - at };
	return true;
}

bool loader_next_free(const void *context, uint64_t *position, struct bzb_range *ret)
{
	const struct loader_memory *memory = context;
	struct bzb_range ram;

	while (next_ram(memory, *position, &ram) && ram.addr < memory->limit) {
		struct view claims = view_from(ram.addr);
		uint64_t end = ram.addr + ram.size;

		look_at_claims(memory, &claims);
		if (claims.covered_to > ram.addr) {
			*position = claims.covered_to;
			continue;
		}
		if (end > claims.next)
			end = claims.next;
		if (end > memory->limit)
			end = memory->limit;
		*position = end;
		*ret = (struct bzb_range){ ram.addr, end - ram.addr };
		return true;
	}
	return false;
}
