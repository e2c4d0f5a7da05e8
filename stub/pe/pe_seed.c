/* SPDX-License-Identifier: BSD-2-Clause */
#include "pe_seed.h"

#include <bzboot/wipe.h>

/* Linux, drivers/firmware/efi/libstub/random.c: its stub ignores a longer seed, and frees one that
 * it has used. So the table is in memory of its own, unlike that of efi_keep(). */
#define SEED_MAX 512u

static EFI_GUID guid = STUB_RANDOM_SEED_TABLE_GUID;
static struct linux_seed_table *passed;

static void wipe(struct efi *efi, struct linux_seed_table *table)
{
	bzb_wipe(table->bits, table->size);
	efi->bs->FreePool(table);
}

static void append(struct linux_seed_table *table, const UINT8 *bits, UINT32 size)
{
	const UINT32 space = SEED_MAX - table->size;

	size = size < space ? size : space;
	memcpy(table->bits + table->size, bits, size);
	table->size += size;
}

void seed_pass(struct efi *efi)
{
	struct linux_seed_table *earlier = efi_earlier_seed(efi), *table;

	if (!efi->seed.size ||
	    EFI_ERROR(efi->bs->AllocatePool(EfiACPIReclaimMemory, sizeof(*table) + SEED_MAX,
					    (void **)&table)))
		return;
	table->size = 0;
	append(table, efi->seed.bits, efi->seed.size);
	if (earlier)
		append(table, earlier->bits, earlier->size);
	bzb_wipe(&efi->seed, sizeof(efi->seed));
	if (EFI_ERROR(efi->bs->InstallConfigurationTable(&guid, table))) {
		wipe(efi, table);
		return;
	}
	passed = table;
	if (earlier)
		wipe(efi, earlier);
}

void seed_take_back(struct efi *efi)
{
	if (passed && efi_find_table(efi, &guid) == passed) {
		efi->bs->InstallConfigurationTable(&guid, NULL);
		wipe(efi, passed);
	}
	passed = NULL;
}
