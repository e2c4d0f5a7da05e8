/* SPDX-License-Identifier: BSD-2-Clause */
/* Configuration tables (UEFI 2.10, 4.6) and setup_data. */
#include "efi_services.h"

struct efi_kept {
	struct efi_kept *next;
	UINT64 size;
	unsigned char data[];
};
_Static_assert(offsetof(struct efi_kept, data) % 8 == 0, "alignment of kept data");

void *efi_keep(struct efi *efi, EFI_MEMORY_TYPE type, uint64_t size)
{
	struct efi_kept *kept;

	if (EFI_ERROR(efi->bs->AllocatePool(type, sizeof(*kept) + size, (void **)&kept)))
		return NULL;
	*kept = (struct efi_kept){ efi->kept, size };
	efi->kept = kept;
	return memset(kept->data, 0, size);
}

void *efi_find_table(const struct efi *efi, const EFI_GUID *guid)
{
	for (UINTN i = 0; i < efi->st->NumberOfTableEntries; i++)
		if (!memcmp(&efi->st->ConfigurationTable[i].VendorGuid, guid, sizeof(*guid)))
			return efi->st->ConfigurationTable[i].VendorTable;
	return NULL;
}

bool efi_install_table(struct efi *efi, EFI_GUID *guid, void *table)
{
	if (efi->table_count == STUB_TABLES_MAX ||
	    EFI_ERROR(efi->bs->InstallConfigurationTable(guid, table)))
		return false;
	efi->tables[efi->table_count++] = guid;
	return true;
}

void efi_take_back(struct efi *efi)
{
	while (efi->table_count)
		efi->bs->InstallConfigurationTable(efi->tables[--efi->table_count], NULL);
	while (efi->kept) {
		struct efi_kept *kept = efi->kept;

		efi->kept = kept->next;
		/* A seed may be in it. */
		memset(kept->data, 0, kept->size);
		efi->bs->FreePool(kept);
	}
}

void efi_add_setup_data(struct boot *boot, struct bzb_setup_data *node, uint32_t type,
			uint64_t size)
{
	bzb_boot_params_add_data(boot->params, node, (uint64_t)(uintptr_t)node, type,
				 (uint32_t)(size - sizeof(*node)));
}

void efi_set_rsdp(struct boot *boot)
{
	static const EFI_GUID acpi_2 = ACPI_20_TABLE_GUID, acpi_1 = ACPI_TABLE_GUID;
	void *rsdp = efi_find_table(boot->efi, &acpi_2);

	if (!rsdp)
		rsdp = efi_find_table(boot->efi, &acpi_1);
	boot->params->acpi_rsdp_addr = bzb_st64((uint64_t)(uintptr_t)rsdp);
}
