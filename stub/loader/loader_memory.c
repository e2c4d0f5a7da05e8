/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader.h"

#define LOW_MEMORY 0x100000u

/* More nodes than any loader makes, to end a walk over an endless list. */
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

/* A view of some entries of the memory map. */
struct map_view {
	struct bzb_memory_view *view;
	bool ram; /* the entries of RAM; else all others */
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

/* The result of INT 15h, E801h or 88h: KiB from 1 MiB on. The kernel uses the larger one, too. */
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

static void look_at_range(struct bzb_memory_view *view, const struct bzb_setup_range *range)
{
	bzb_memory_look(view, (struct bzb_range){ bzb_ld64(range->addr), bzb_ld64(range->size) });
}

/* The number of struct bzb_setup_range in a node. */
static unsigned int ranges_in(const struct bzb_setup_data *node)
{
	static const struct {
		uint32_t type;
		unsigned int count;
	} kinds[] = {
		{ BZB_SETUP_IMA, 1 },
		{ BZB_SETUP_KEXEC_KHO, 2 },
	};

	for (size_t i = 0; i < BZB_ARRAY_SIZE(kinds); i++)
		if (bzb_ld32(node->type) == kinds[i].type &&
		    bzb_ld32(node->len) >= kinds[i].count * sizeof(struct bzb_setup_range))
			return kinds[i].count;
	return 0;
}

/* Adds a node and the data that it points to. */
static bool look_at_node(void *context, uint64_t addr)
{
	const struct bzb_setup_data *node = (const void *)(uintptr_t)addr;
	const struct bzb_setup_indirect *indirect = (const void *)(node + 1);
	const struct bzb_setup_range *ranges = (const void *)(node + 1);
	uint32_t size = bzb_ld32(node->len);

	bzb_memory_look(context, (struct bzb_range){ addr, sizeof(*node) + (uint64_t)size });
	if (bzb_ld32(node->type) == (uint32_t)BZB_SETUP_INDIRECT && size >= sizeof(*indirect))
		bzb_memory_look(context, (struct bzb_range){ bzb_ld64(indirect->addr),
							     bzb_ld64(indirect->len) });
	for (unsigned int i = 0; i < ranges_in(node); i++)
		look_at_range(context, &ranges[i]);
	return true;
}

/* --- the memory in which Linux itself chooses a random place --- */

static bool find_kho(void *context, uint64_t addr)
{
	const struct bzb_setup_data *node = (const void *)(uintptr_t)addr;
	const struct bzb_setup_kho *kho = (const void *)(node + 1);
	struct bzb_range *ret = context;

	if (bzb_ld32(node->type) != BZB_SETUP_KEXEC_KHO || bzb_ld32(node->len) < sizeof(*kho))
		return true;
	*ret = (struct bzb_range){ bzb_ld64(kho->scratch.addr), bzb_ld64(kho->scratch.size) };
	return ret->size < sizeof(struct bzb_setup_range);
}

struct bzb_range loader_scratch_areas(const struct bzb_boot_params *params)
{
	struct bzb_range areas;

	if (loader_walk_setup_data(params, find_kho, &areas))
		areas.size = 0;
	return areas;
}

/* All other memory is in use, or preserved by the previous kernel. */
static void look_at_scratch(struct bzb_range areas, struct bzb_memory_view *view)
{
	const struct bzb_setup_range *area = (const void *)(uintptr_t)areas.addr;

	for (uint64_t i = 0; i < areas.size / sizeof(*area); i++)
		look_at_range(view, &area[i]);
}

bool loader_is_of_efi(const struct bzb_boot_params *params)
{
	const unsigned char *signature = params->efi_info.loader_signature;

	return !memcmp(signature, "EL64", 4) || !memcmp(signature, "EL32", 4);
}

struct bzb_range loader_efi_map(const struct bzb_boot_params *params)
{
	const struct bzb_efi_info *info = &params->efi_info;

	if (!loader_is_of_efi(params) ||
	    bzb_ld32(info->memdesc_size) < sizeof(struct bzb_efi_descriptor))
		return (struct bzb_range){ 0 };
	return (struct bzb_range){
		(uint64_t)bzb_ld32(info->memmap_hi) << 32 | bzb_ld32(info->memmap),
		bzb_ld32(info->memmap_size),
	};
}

static const struct bzb_efi_descriptor *efi_descriptor(const struct bzb_boot_params *params,
						       uint32_t index)
{
	return (const void *)(uintptr_t)(loader_efi_map(params).addr +
					 (uint64_t)index * bzb_ld32(params->efi_info.memdesc_size));
}

static uint32_t efi_descriptors(const struct bzb_boot_params *params)
{
	uint64_t size = loader_efi_map(params).size;

	return size ? (uint32_t)size / bzb_ld32(params->efi_info.memdesc_size) : 0;
}

/* If some of the memory is mirrored, the kernel is placed there. */
static uint64_t wanted_attributes(const struct bzb_boot_params *params)
{
	for (uint32_t i = 0; i < efi_descriptors(params); i++)
		if (bzb_ld64(efi_descriptor(params, i)->attributes) & BZB_EFI_MORE_RELIABLE)
			return BZB_EFI_MORE_RELIABLE;
	return 0;
}

/* EFI's map is needed because in e820 memory that the firmware has used is RAM. It may have the
 * firmware's tables for the kernel, which Linux reserves later. */
static void look_at_efi_map(const struct loader_memory *memory, struct bzb_memory_view *view)
{
	uint64_t wanted = wanted_attributes(memory->params);

	for (uint32_t i = 0; i < efi_descriptors(memory->params); i++) {
		const struct bzb_efi_descriptor *d = efi_descriptor(memory->params, i);
		uint64_t attributes = bzb_ld64(d->attributes);

		if (bzb_ld32(d->type) != BZB_EFI_CONVENTIONAL_MEMORY ||
		    (attributes & wanted) != wanted ||
		    (attributes & BZB_EFI_SPECIFIC_PURPOSE && !memory->nosoftreserve))
			continue;
		bzb_memory_look(view, (struct bzb_range){ bzb_ld64(d->start),
							  bzb_ld64(d->pages) * BZB_EFI_PAGE_SIZE });
	}
}

static void look_at_ram(const void *context, struct bzb_memory_view *view)
{
	const struct loader_memory *memory = context;
	struct bzb_range scratch = { 0 };

	if (memory->at_random)
		scratch = loader_scratch_areas(memory->params);
	if (scratch.size)
		look_at_scratch(scratch, view);
	else if (memory->at_random && loader_is_of_efi(memory->params))
		look_at_efi_map(memory, view);
	else
		look_at_map(memory, view, true);
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
	bzb_memory_look(view, loader_efi_map(params));
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
