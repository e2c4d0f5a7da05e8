/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's addition to the command line of a guest, in SMBIOS: systemd-stub(7),
 * "io.systemd.stub.kernel-cmdline-extra". */
#include "smbios.h"
#include "uki_boot.h"

#define PREFIX "io.systemd.stub.kernel-cmdline-extra="

/* The entry point of 64 bits, else that of 32 bits */
static struct bzb_span find_table(const struct efi *efi)
{
	static const EFI_GUID guid = STUB_SMBIOS_TABLE_GUID, guid3 = STUB_SMBIOS3_TABLE_GUID;
	const struct smbios3_entry *entry3 = efi_find_table(efi, &guid3);
	const struct smbios_entry *entry = efi_find_table(efi, &guid);

	if (entry3 && !memcmp(entry3->anchor, "_SM3_", sizeof(entry3->anchor)))
		return (struct bzb_span){ (const void *)(uintptr_t)entry3->table, entry3->size };
	if (entry && !memcmp(entry->anchor, "_SM_", sizeof(entry->anchor)))
		return (struct bzb_span){ (const void *)(uintptr_t)entry->part.table,
					  entry->part.size };
	return (struct bzb_span){ NULL, 0 };
}

/* The host writes the table: in a guest that does not trust it, not even the size counts. */
static struct bzb_span find_text(const struct boot *boot)
{
	if (guest_is_confidential(&boot->guest))
		return (struct bzb_span){ NULL, 0 };
	return smbios_find_text(find_table(boot->efi), PREFIX);
}

enum stub_error uki_append_smbios(struct boot *boot)
{
	return uki_append(boot, find_text(boot));
}
