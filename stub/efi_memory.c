/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory from the firmware: what we take, its map, and a place for the kernel. */
#include "efi_boot.h"
#include "load.h"
#include "memory.h"

/* Entries by which a map may grow between being sized and being accepted: each
 * allocation of ours splits one, and the firmware's own work a few more. */
#define MAP_SLACK 32

EFI_STATUS efi_allocate(struct efi *efi, EFI_ALLOCATE_TYPE how, EFI_MEMORY_TYPE type,
			uint64_t size, EFI_PHYSICAL_ADDRESS *addr)
{
	UINTN pages = (size + EFI_PAGE_SIZE - 1) / EFI_PAGE_SIZE;
	EFI_STATUS status;

	if (efi->taken_count == EFI_ALLOCATIONS_MAX)
		return EFI_OUT_OF_RESOURCES;
	status = efi->bs->AllocatePages(how, type, pages, addr);
	if (!EFI_ERROR(status))
		efi->taken[efi->taken_count++] = (struct efi_allocation){ *addr, pages };
	return status;
}

void efi_release_all(struct efi *efi)
{
	while (efi->taken_count) {
		struct efi_allocation *last = &efi->taken[--efi->taken_count];

		efi->bs->FreePages(last->addr, last->pages);
	}
}

EFI_STATUS efi_allocate_map(struct efi *efi, struct efi_map *ret)
{
	struct efi_map map = { 0 };
	EFI_PHYSICAL_ADDRESS addr;
	EFI_STATUS status = efi_read_map(efi, &map);

	if (status != EFI_BUFFER_TOO_SMALL)
		return EFI_ERROR(status) ? status : EFI_DEVICE_ERROR;
	map.capacity = map.size + MAP_SLACK * map.descriptor_size;
	status = efi_allocate(efi, AllocateAnyPages, EfiLoaderData, map.capacity, &addr);
	if (EFI_ERROR(status))
		return status;
	map.buffer = (unsigned char *)(uintptr_t)addr;
	map.size = 0;
	*ret = map;
	return EFI_SUCCESS;
}

EFI_STATUS efi_read_map(struct efi *efi, struct efi_map *map)
{
	map->size = map->capacity;
	return efi->bs->GetMemoryMap(&map->size, (EFI_MEMORY_DESCRIPTOR *)map->buffer, &map->key,
				     &map->descriptor_size, &map->descriptor_version);
}

size_t efi_map_count(const struct efi_map *map)
{
	return map->size / map->descriptor_size;
}

const EFI_MEMORY_DESCRIPTOR *efi_map_entry(const struct efi_map *map, size_t index)
{
	/* Newer firmware has longer descriptors than the headers know. */
	return (const EFI_MEMORY_DESCRIPTOR *)(map->buffer + index * map->descriptor_size);
}

static bool is_free(const EFI_MEMORY_DESCRIPTOR *d)
{
	return d->Type == EfiConventionalMemory && !(d->Attribute & EFI_MEMORY_SPECIFIC_PURPOSE);
}

/* The lowest place of all in the map. */
static bool find_place(const struct efi_map *map, const struct memory_request *request,
		       EFI_PHYSICAL_ADDRESS *ret)
{
	bool found = false;

	for (size_t i = 0; i < efi_map_count(map); i++) {
		const EFI_MEMORY_DESCRIPTOR *d = efi_map_entry(map, i);
		uint64_t place;

		if (!is_free(d) || !memory_fit(d->PhysicalStart, d->NumberOfPages * EFI_PAGE_SIZE,
					       request, &place))
			continue;
		if (!found || place < *ret)
			*ret = place;
		found = true;
	}
	return found;
}

enum stub_error efi_choose_memory(struct boot *boot)
{
	const struct bzb_manifest *m = &boot->manifest;
	struct memory_request request = {
		.size = load_size(m),
		.gap = m->gap,
		.alignment = m->alignment,
		/* Linux refuses to run below the address it was linked for. */
		.lowest = m->load_address - m->gap,
	};
	EFI_PHYSICAL_ADDRESS addr;
	struct efi_map map;

	if (EFI_ERROR(efi_allocate_map(boot->efi, &map)) ||
	    EFI_ERROR(efi_read_map(boot->efi, &map)))
		return boot_fail(boot, STUB_FIRMWARE, "the firmware gives no memory map");
	if (!find_place(&map, &request, &addr) ||
	    EFI_ERROR(efi_allocate(boot->efi, AllocateAddress, EfiLoaderCode, request.size, &addr)))
		return boot_fail(boot, STUB_NO_MEMORY,
				 "no free memory for the kernel in one piece: add memory");
	boot->memory = (unsigned char *)(uintptr_t)addr;
	return STUB_OK;
}
