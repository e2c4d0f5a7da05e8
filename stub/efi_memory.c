/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory from the firmware: what we take, its map, and a place for the kernel. */
#include "console.h"
#include "efi_boot.h"
#include "kaslr.h"
#include "load.h"
#include "memory.h"

#define LOW_MEMORY 0x100000u

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

static struct memory_places places_in(const EFI_MEMORY_DESCRIPTOR *d,
				      const struct memory_request *request)
{
	if (!is_free(d))
		return (struct memory_places){ 0, 0 };
	return memory_places(d->PhysicalStart, d->NumberOfPages * EFI_PAGE_SIZE, request);
}

/* The place with a number, counted through the map from the lowest. */
static EFI_PHYSICAL_ADDRESS find_place(const struct efi_map *map,
				       const struct memory_request *request, uint64_t number)
{
	for (size_t i = 0; i < efi_map_count(map); i++) {
		struct memory_places places = places_in(efi_map_entry(map, i), request);

		if (number < places.count)
			return places.first + number * request->alignment;
		number -= places.count;
	}
	return 0;
}

static uint64_t count_places(const struct efi_map *map, const struct memory_request *request)
{
	uint64_t count = 0;

	for (size_t i = 0; i < efi_map_count(map); i++)
		count += places_in(efi_map_entry(map, i), request).count;
	return count;
}

/* The last byte that a kernel may take. One that runs where it lies may have 32-bit fields. */
static uint64_t highest_byte(const struct bzb_manifest *m, uint64_t lowest)
{
	if (m->flags & BZB_MANIFEST_FIXED)
		return lowest + load_size(m) - 1;
	return kaslr_is_identity(m) ? INT32_MAX : UINT64_MAX;
}

static struct memory_request kernel_request(const struct bzb_manifest *m)
{
	/* Linux's own stub does not go below the load address either. The first MiB is left
	 * alone for a kernel that was linked to 0. */
	uint64_t lowest = m->load_address >= LOW_MEMORY + m->gap ? m->load_address - m->gap :
								   LOW_MEMORY;

	return (struct memory_request){
		.size = load_size(m),
		.gap = m->gap,
		.alignment = m->alignment,
		.lowest = lowest,
		.highest = highest_byte(m, lowest),
	};
}

enum stub_error efi_choose_memory(struct boot *boot)
{
	struct memory_request request = kernel_request(&boot->manifest);
	EFI_PHYSICAL_ADDRESS addr;
	struct efi_map map;
	uint64_t count, number = 0;

	if (EFI_ERROR(efi_allocate_map(boot->efi, &map)) ||
	    EFI_ERROR(efi_read_map(boot->efi, &map)))
		return boot_fail(boot, STUB_FIRMWARE, "the firmware gives no memory map");
	count = count_places(&map, &request);
	if (count && boot->kaslr && !boot->options.fixed_memory)
		number = random_below(boot->seed.physical, count);
	addr = find_place(&map, &request, number);
	if (!count ||
	    EFI_ERROR(efi_allocate(boot->efi, AllocateAddress, EfiLoaderCode, request.size, &addr)))
		return boot_fail(boot, STUB_NO_MEMORY,
				 boot->manifest.flags & BZB_MANIFEST_FIXED ?
				 "memory is taken where this kernel has to run: link it elsewhere" :
				 "no free memory for the kernel in one piece: add memory");
	boot->memory = (unsigned char *)(uintptr_t)addr;
	return STUB_OK;
}
