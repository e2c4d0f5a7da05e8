/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory from the firmware: allocations, the memory map, and a place for the kernel. */
#include "efi_boot.h"

/* The number of entries by which a map may grow between the query of its size and
 * ExitBootServices(): each of our allocations splits an entry, and the firmware's own
 * work a few more. */
#define MAP_SLACK 32

EFI_STATUS efi_allocate(struct efi *efi, EFI_ALLOCATE_TYPE how, EFI_MEMORY_TYPE type, uint64_t size,
			EFI_PHYSICAL_ADDRESS *addr)
{
	UINTN pages = size / EFI_PAGE_SIZE + !!(size % EFI_PAGE_SIZE);
	EFI_STATUS status;

	if (efi->taken_count == STUB_ALLOCATIONS_MAX)
		return EFI_OUT_OF_RESOURCES;
	status = efi->bs->AllocatePages(how, type, pages, addr);
	if (EFI_ERROR(status))
		return status;
	efi->taken[efi->taken_count] = (struct efi_allocation){ .addr = *addr, .pages = pages };
	efi_note_attributes(efi, &efi->taken[efi->taken_count++]);
	return status;
}

void efi_release_all(struct efi *efi)
{
	while (efi->taken_count) {
		struct efi_allocation *last = &efi->taken[--efi->taken_count];

		efi_restore_attributes(efi, last);
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

/* UEFI 2.10, 7.2.3: later versions may have larger descriptors. */
static bool is_descriptor_size(UINTN size)
{
	return size >= sizeof(EFI_MEMORY_DESCRIPTOR) && size <= EFI_PAGE_SIZE;
}

EFI_STATUS efi_read_map(struct efi *efi, struct efi_map *map)
{
	EFI_STATUS status;

	map->size = map->capacity;
	status = efi->bs->GetMemoryMap(&map->size, (EFI_MEMORY_DESCRIPTOR *)map->buffer, &map->key,
				       &map->descriptor_size, &map->descriptor_version);
	if (EFI_ERROR(status)) {
		/* Some firmware sets descriptor_size only if the map fits. */
		if (!is_descriptor_size(map->descriptor_size))
			map->descriptor_size = sizeof(EFI_MEMORY_DESCRIPTOR);
		return status;
	}
	return map->size <= map->capacity && is_descriptor_size(map->descriptor_size) ?
		       EFI_SUCCESS :
		       EFI_DEVICE_ERROR;
}

size_t efi_map_count(const struct efi_map *map)
{
	return map->size / map->descriptor_size;
}

const EFI_MEMORY_DESCRIPTOR *efi_map_entry(const struct efi_map *map, size_t index)
{
	/* Newer firmware has longer descriptors than gnu-efi's headers. */
	return (const EFI_MEMORY_DESCRIPTOR *)(map->buffer + index * map->descriptor_size);
}

/* Memory that a kernel may run in. */
struct free_memory {
	struct efi_map map;
	uint64_t avoid, want; /* EFI_MEMORY_*: without any of avoid, with all of want */
};

static bool is_free(const EFI_MEMORY_DESCRIPTOR *d, const struct free_memory *memory)
{
	return d->Type == EfiConventionalMemory && !(d->Attribute & memory->avoid) &&
	       !(~d->Attribute & memory->want);
}

static bool next_free(const void *context, uint64_t *position, struct bzb_range *ret)
{
	const struct free_memory *memory = context;

	while (*position < efi_map_count(&memory->map)) {
		const EFI_MEMORY_DESCRIPTOR *d = efi_map_entry(&memory->map, (*position)++);

		if (!is_free(d, memory))
			continue;
		*ret = (struct bzb_range){ d->PhysicalStart, d->NumberOfPages * EFI_PAGE_SIZE };
		return true;
	}
	return false;
}

/* If some of the memory is mirrored, the kernel is placed there. */
static bool find_place(const struct boot *boot, struct free_memory *memory,
		       const struct bzb_memory_request *request, uint64_t *ret)
{
	const struct bzb_memory_source source = { next_free, memory };
	bool random = boot->kaslr && !boot->options.fixed_memory;
	const uint64_t *number = random ? &boot->seed.physical : NULL;

	memory->want = STUB_MEMORY_RELIABLE;
	if (bzb_memory_choose(&source, request, number, ret))
		return true;
	memory->want = 0;
	return bzb_memory_choose(&source, request, number, ret);
}

bool efi_choose_memory(struct boot *boot, const struct bzb_memory_request *request)
{
	struct free_memory memory = { .avoid = STUB_MEMORY_HOT_PLUG };
	EFI_PHYSICAL_ADDRESS addr;

	if (!boot->options.nosoftreserve)
		memory.avoid |= STUB_MEMORY_SPECIFIC_PURPOSE;
	if (EFI_ERROR(efi_allocate_map(boot->efi, &memory.map)) ||
	    EFI_ERROR(efi_read_map(boot->efi, &memory.map)))
		return false;
	random_stir(&boot->seed, (struct bzb_span){ memory.map.buffer, memory.map.size });
	if (!find_place(boot, &memory, request, &addr) ||
	    EFI_ERROR(efi_allocate(boot->efi, AllocateAddress, EfiLoaderCode, request->size,
				   &addr)))
		return false;
	boot->memory = (unsigned char *)(uintptr_t)addr;
	return true;
}

EFI_STATUS efi_allocate_initrd(struct boot *boot, uint64_t size, EFI_PHYSICAL_ADDRESS *addr)
{
	const struct bzb_setup_header *setup = &boot->load.manifest.setup;

	if (KERNEL_IS_APPLICATION || bzb_ld16(setup->xloadflags) & BZB_XLF_CAN_BE_LOADED_ABOVE_4G)
		return efi_allocate(boot->efi, AllocateAnyPages, EfiLoaderData, size, addr);
	*addr = bzb_ld32(setup->initrd_addr_max);
	return efi_allocate(boot->efi, AllocateMaxAddress, EfiLoaderData, size, addr);
}
