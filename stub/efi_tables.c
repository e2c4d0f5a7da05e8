/* SPDX-License-Identifier: BSD-2-Clause */
/* Configuration tables (UEFI 2.10, 4.6). */
#include "efi_boot.h"

static void *find_table(const struct efi *efi, const EFI_GUID *guid)
{
	for (UINTN i = 0; i < efi->st->NumberOfTableEntries; i++)
		if (!memcmp(&efi->st->ConfigurationTable[i].VendorGuid, guid, sizeof(*guid)))
			return efi->st->ConfigurationTable[i].VendorTable;
	return NULL;
}

void efi_set_rsdp(struct boot *boot)
{
	static const EFI_GUID acpi_2 = ACPI_20_TABLE_GUID, acpi_1 = ACPI_TABLE_GUID;
	void *rsdp = find_table(boot->efi, &acpi_2);

	if (!rsdp)
		rsdp = find_table(boot->efi, &acpi_1);
	boot->params->acpi_rsdp_addr = bzb_st64((uint64_t)(uintptr_t)rsdp);
}
