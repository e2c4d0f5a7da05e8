/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UEFI 2.10, 7.2, EfiUnacceptedMemoryType: memory that a confidential guest must
 * accept before it uses it. The stub never uses any: the memory that firmware
 * allocates has been accepted. The kernel accepts memory when it needs it, by a
 * bitmap in units of 2 MiB. The parts of a range that do not fill a unit are lost:
 * less than 4 MiB, and nothing in known memory maps. So this file does not depend on
 * TDX or SEV-SNP.
 */
#include "efi_services.h"

#define VERSION 1u
#define UNIT ((uint64_t)2 << 20)
#define UNITS_PER_BYTE 8u

static const EFI_GUID table_guid = STUB_UNACCEPTED_TABLE_GUID;

/* The range from the first unit to the last one; a size of 0 if there are none. */
static struct bzb_range all_unaccepted(const struct efi_map *map)
{
	uint64_t start = UINT64_MAX, end = 0;

	for (size_t i = 0; i < efi_map_count(map); i++) {
		const EFI_MEMORY_DESCRIPTOR *d = efi_map_entry(map, i);
		uint64_t last = d->PhysicalStart + d->NumberOfPages * EFI_PAGE_SIZE;

		if (d->Type != STUB_MEMORY_UNACCEPTED)
			continue;
		if (d->PhysicalStart < start)
			start = d->PhysicalStart;
		if (last > end)
			end = last;
	}
	start &= -UNIT;
	return (struct bzb_range){ start, end > start ? bzb_align_up(end, UNIT) - start : 0 };
}

/* A kernel that looks for the table contains its GUID. There is no other sign of it. */
static bool kernel_knows(const struct boot *boot)
{
	const struct bzb_span *elf = &boot->kernel.elf.file;

	for (size_t at = 0; at + sizeof(table_guid) <= elf->size; at += 4)
		if (!memcmp(elf->data + at, &table_guid, sizeof(table_guid)))
			return true;
	return false;
}

static void leave_it_to_the_kernel(struct efi *efi)
{
	EFI_GUID guid = STUB_MEMORY_ACCEPTANCE_GUID;
	struct efi_memory_acceptance *protocol;

	if (!EFI_ERROR(efi->bs->LocateProtocol(&guid, NULL, (void **)&protocol)))
		protocol->allow_unaccepted(protocol);
}

static EFI_STATUS install_table(struct efi *efi, struct bzb_range range)
{
	uint64_t size = range.size / UNIT / UNITS_PER_BYTE + 1;
	EFI_PHYSICAL_ADDRESS addr;
	EFI_STATUS status = efi_allocate(efi, AllocateAnyPages, EfiACPIReclaimMemory,
					 sizeof(struct efi_unaccepted) + size, &addr);

	if (EFI_ERROR(status))
		return status;
	efi->unaccepted = (struct efi_unaccepted *)(uintptr_t)addr;
	*efi->unaccepted = (struct efi_unaccepted){
		.version = VERSION,
		.unit = UNIT,
		.base = range.addr,
		.size = size,
	};
	memset(efi->unaccepted->bitmap, 0, size);
	return efi_install_table(efi, (EFI_GUID *)(uintptr_t)&table_guid, efi->unaccepted) ?
		       EFI_SUCCESS :
		       EFI_OUT_OF_RESOURCES;
}

EFI_STATUS efi_prepare_unaccepted(struct boot *boot, const struct efi_map *map)
{
	struct efi *efi = boot->efi;
	struct bzb_range range = all_unaccepted(map);

	if (!range.size || efi->unaccepted || !kernel_knows(boot))
		return EFI_SUCCESS;
	leave_it_to_the_kernel(efi);
	efi->unaccepted = efi_find_table(efi, &table_guid);
	if (!efi->unaccepted)
		return install_table(efi, range);
	return efi->unaccepted->version == VERSION && efi->unaccepted->unit ? EFI_SUCCESS :
									      EFI_UNSUPPORTED;
}

void efi_mark_unaccepted(struct efi *efi, struct bzb_range *range)
{
	struct efi_unaccepted *table = efi->unaccepted;
	uint64_t first, end, last;

	if (!table) {
		range->size = 0;
		return;
	}
	first = range->addr > table->base ? range->addr - table->base : 0;
	first = first / table->unit + !!(first % table->unit);
	end = range->addr + range->size;
	last = end > table->base ? (end - table->base) / table->unit : 0;
	if (last > table->size * UNITS_PER_BYTE)
		last = table->size * UNITS_PER_BYTE;
	*range = (struct bzb_range){ table->base + first * table->unit,
				     last > first ? (last - first) * table->unit : 0 };
	for (; first < last; first++)
		table->bitmap[first / UNITS_PER_BYTE] |=
			(unsigned char)(1u << first % UNITS_PER_BYTE);
}
