/* SPDX-License-Identifier: BSD-2-Clause */
/* boot_params for a boot by EFI, and ExitBootServices(). */
#include "clock.h"
#include "console.h"
#include "efi_services.h"
#include "params.h"
#include "unified.h"

/* UEFI 2.10, 7.4.6: ExitBootServices() fails if the map has changed. Sound firmware fails once. */
#define EXIT_TRIES 4

/* The memory for the last memory map and its translation. */
struct last_map {
	struct efi_map map;
	struct bzb_memory_range *ranges;
	size_t ranges_max;
	unsigned char *ext;
	size_t ext_size;
};

/* UEFI 2.10, table 7.10, translated as in Linux's own stub; 0: not memory. */
static uint32_t e820_type(const struct boot *boot, const EFI_MEMORY_DESCRIPTOR *d)
{
	switch (d->Type) {
	case EfiLoaderCode:
	case EfiLoaderData:
	case EfiBootServicesCode:
	case EfiBootServicesData:
	case EfiConventionalMemory:
		return d->Attribute & STUB_MEMORY_SPECIFIC_PURPOSE && !boot->options.nosoftreserve ?
			       BZB_E820_SOFT_RESERVED :
			       BZB_E820_RAM;
	case STUB_MEMORY_UNACCEPTED:
		return BZB_E820_RAM;
	case EfiReservedMemoryType:
	case EfiRuntimeServicesCode:
	case EfiRuntimeServicesData:
	case EfiMemoryMappedIO:
	case EfiMemoryMappedIOPortSpace:
	case EfiPalCode:
		return BZB_E820_RESERVED;
	case EfiACPIReclaimMemory:
		return BZB_E820_ACPI;
	case EfiACPIMemoryNVS:
		return BZB_E820_NVS;
	case EfiUnusableMemory:
		return BZB_E820_UNUSABLE;
	case STUB_MEMORY_PERSISTENT:
		return BZB_E820_PMEM;
	default:
		return 0;
	}
}

static size_t translate_map(struct boot *boot, const struct efi_map *map,
			    struct bzb_memory_range *ranges)
{
	size_t n = 0;

	for (size_t i = 0; i < efi_map_count(map); i++) {
		const EFI_MEMORY_DESCRIPTOR *d = efi_map_entry(map, i);
		struct bzb_range range = { d->PhysicalStart, d->NumberOfPages * EFI_PAGE_SIZE };
		uint32_t type = e820_type(boot, d);

		if (d->Type == STUB_MEMORY_UNACCEPTED)
			efi_mark_unaccepted(boot->efi, &range);
		if (type && range.size)
			ranges[n++] = (struct bzb_memory_range){ range.addr, range.size, type };
	}
	return bzb_memory_sort(ranges, n);
}

static EFI_STATUS allocate_last_map(struct efi *efi, struct last_map *last)
{
	EFI_PHYSICAL_ADDRESS addr;
	size_t ranges_size;
	EFI_STATUS status = efi_allocate_map(efi, &last->map);

	if (EFI_ERROR(status))
		return status;
	last->ranges_max = last->map.capacity / sizeof(EFI_MEMORY_DESCRIPTOR);
	ranges_size = last->ranges_max * sizeof(*last->ranges);
	last->ext_size = bzb_boot_params_e820_ext_size(last->ranges_max);
	status = efi_allocate(efi, AllocateAnyPages, EfiLoaderData, ranges_size + last->ext_size,
			      &addr);
	if (EFI_ERROR(status))
		return status;
	last->ranges = (struct bzb_memory_range *)(uintptr_t)addr;
	last->ext = (unsigned char *)last->ranges + ranges_size;
	return EFI_SUCCESS;
}

/* The firmware's memory services are still available after ExitBootServices() has failed. */
static EFI_STATUS read_last_map(struct efi *efi, struct last_map *last)
{
	EFI_STATUS status = efi_read_map(efi, &last->map);

	if (status != EFI_BUFFER_TOO_SMALL)
		return status;
	status = allocate_last_map(efi, last);
	return EFI_ERROR(status) ? status : efi_read_map(efi, &last->map);
}

static EFI_STATUS exit_boot_services(struct efi *efi, struct last_map *last)
{
	EFI_STATUS status = EFI_INVALID_PARAMETER;

	for (int i = 0; i < EXIT_TRIES && status == EFI_INVALID_PARAMETER; i++) {
		status = read_last_map(efi, last);
		if (!EFI_ERROR(status))
			status = efi->bs->ExitBootServices(efi->handle, last->map.key);
	}
	return status;
}

static void set_memory_map(struct boot *boot, const struct last_map *last)
{
	size_t count = translate_map(boot, &last->map, last->ranges);
	struct bzb_efi_map map = {
		.addr = (uint64_t)(uintptr_t)last->map.buffer,
		.size = (uint32_t)last->map.size,
		.descriptor_size = (uint32_t)last->map.descriptor_size,
		.descriptor_version = last->map.descriptor_version,
	};

	bzb_boot_params_set_efi(boot->params, (uint64_t)(uintptr_t)boot->efi->st, &map);
	bzb_boot_params_set_e820(boot->params, last->ranges, count, last->ext, last->ext_size,
				 (uint64_t)(uintptr_t)last->ext);
}

/* Places the code that changes the number of page table levels: firmware usually has four. */
static enum stub_error prepare_levels(struct boot *boot, unsigned char **ret)
{
	const size_t size = arch_levels_size(boot);
	EFI_PHYSICAL_ADDRESS addr = UINT32_MAX;

	*ret = NULL;
	if (!size)
		return STUB_OK;
	if (EFI_ERROR(efi_allocate(boot->efi, AllocateMaxAddress, EfiLoaderCode, size, &addr)))
		return boot_fail(boot, STUB_NO_MEMORY,
				 "no memory below 4 GiB to change page tables: try no5lvl");
	*ret = (unsigned char *)(uintptr_t)addr;
	if (!efi_make_executable(boot, arch_put_levels(*ret)))
		return boot_fail(boot, STUB_FIRMWARE,
				 "the firmware does not make memory executable: update it");
	return STUB_OK;
}

/* Makes new boot_params, unless a loader has made them. */
static enum stub_error make_params(struct boot *boot)
{
	EFI_PHYSICAL_ADDRESS addr;

	if (boot->params)
		return STUB_OK;
	if (EFI_ERROR(efi_allocate(boot->efi, AllocateAnyPages, EfiLoaderData,
				   sizeof(*boot->params), &addr)))
		return boot_fail(boot, STUB_NO_MEMORY, "no memory for boot_params");
	boot->params = (struct bzb_boot_params *)(uintptr_t)addr;
	bzb_boot_params_init(boot->params, &boot->load.manifest.setup);
	boot->params->hdr.type_of_loader = BZB_LOADER_EFI_STUB;
	return STUB_OK;
}

enum stub_error efi_finish_and_leave(struct boot *boot)
{
	struct last_map last;
	unsigned char *levels;
	enum stub_error error;

	boot_phase(boot, "loading the initrd");
	if ((error = make_params(boot)) || (error = unified_set_initrd(boot)))
		return error;
	bzb_boot_params_set_cmdline(boot->params, (uint64_t)(uintptr_t)boot->cmdline);
	bzb_boot_params_set_kaslr(boot->params, boot->kaslr);
	efi_run_services(boot);
	boot_phase(boot, "leaving the firmware");
	efi_stop_watching(boot->efi);
	if ((error = efi_allow_code(boot)) || (error = prepare_levels(boot, &levels)))
		return error;
	efi_answer_shim(boot->efi);
	if (EFI_ERROR(allocate_last_map(boot->efi, &last)) ||
	    EFI_ERROR(read_last_map(boot->efi, &last)))
		return boot_fail(boot, STUB_NO_MEMORY, "no memory for the memory map");
	if (EFI_ERROR(efi_prepare_unaccepted(boot, &last.map)))
		return boot_fail(boot, STUB_NO_MEMORY,
				 "no table for unaccepted memory: update the firmware");
	if (EFI_ERROR(exit_boot_services(boot->efi, &last)))
		return boot_fail(boot, STUB_FIRMWARE,
				 "ExitBootServices() fails: update the firmware");
	set_memory_map(boot, &last);
	if (levels)
		arch_switch_levels(boot, levels);
	return STUB_OK;
}
