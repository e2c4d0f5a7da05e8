/* SPDX-License-Identifier: BSD-2-Clause */
/* Apple's firmware: its device properties, and the operating system that it is told to start. */
#include "efi_services.h"

#define PROPERTIES_VERSION 0x10000

#define PROPERTIES_MAX (16u << 20)	/* more than any firmware has */

/* SMBIOS 3.6, 6.1.2 and 7.2: a record is a type, the length of its fields, a handle, other fields;
 * then NUL-terminated strings, and another NUL */
#define SMBIOS_HEAD 4
#define SMBIOS_SYSTEM 1
#define SMBIOS_END 127
#define SMBIOS_ANY 0xfffe		/* starts a search */

static void keep_properties(struct boot *boot)
{
	EFI_GUID guid = STUB_APPLE_PROPERTIES_GUID;
	struct apple_properties *properties;
	struct bzb_setup_data *node;
	UINT32 size = 0;

	if (EFI_ERROR(boot->efi->bs->LocateProtocol(&guid, NULL, (void **)&properties)) ||
	    properties->version != PROPERTIES_VERSION)
		return;
	properties->get_all(properties, NULL, &size);
	if (!size || size > PROPERTIES_MAX)
		return;
	node = efi_keep(boot->efi, EfiLoaderData, sizeof(*node) + size);
	if (node && !EFI_ERROR(properties->get_all(properties, node + 1, &size)))
		efi_add_setup_data(boot, node, BZB_SETUP_APPLE_PROPERTIES, sizeof(*node) + size);
}

static bool same_text(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

/* Returns NULL if there is none. */
static const UINT8 *record_by_protocol(struct efi *efi)
{
	EFI_GUID guid = STUB_SMBIOS_GUID;
	struct efi_smbios_protocol *smbios;
	UINT8 type = SMBIOS_SYSTEM, *record;
	UINT16 handle = SMBIOS_ANY;

	if (EFI_ERROR(efi->bs->LocateProtocol(&guid, NULL, (void **)&smbios)) ||
	    EFI_ERROR(smbios->get_next(smbios, &handle, &type, &record, NULL)))
		return NULL;
	return record;
}

static bool is_sound(const void *at, size_t size)
{
	const UINT8 *bytes = at;
	UINT8 sum = 0;

	while (size--)
		sum = (UINT8)(sum + *bytes++);
	return !sum;
}

/* The size with strings; 0 if the record does not end in the table. */
static size_t record_size(struct bzb_span table)
{
	size_t end = table.data[1];

	if (end < SMBIOS_HEAD)
		return 0;
	for (; end + 2 <= table.size; end++)
		if (!table.data[end] && !table.data[end + 1])
			return end + 2;
	return 0;
}

static const UINT8 *find_record(struct bzb_span table)
{
	while (table.size >= SMBIOS_HEAD && table.data[0] != SMBIOS_END) {
		size_t size = record_size(table);

		if (!size)
			return NULL;
		if (table.data[0] == SMBIOS_SYSTEM)
			return table.data;
		table = (struct bzb_span){ table.data + size, table.size - size };
	}
	return NULL;
}

/* Some Macs do not have the protocol. */
static const UINT8 *record_by_table(const struct efi *efi)
{
	static const EFI_GUID guid = STUB_SMBIOS_TABLE_GUID;
	const struct smbios_entry *entry = efi_find_table(efi, &guid);

	if (!entry || memcmp(entry->anchor, "_SM_", sizeof(entry->anchor)) ||
	    memcmp(entry->part.anchor, "_DMI_", sizeof(entry->part.anchor)) ||
	    !is_sound(entry, entry->size) || !is_sound(&entry->part, sizeof(entry->part)))
		return NULL;
	return find_record((struct bzb_span){ (const UINT8 *)(uintptr_t)entry->part.table,
					      entry->part.size });
}

/* The product's name: the string whose number is at offset 5; NULL if there is none. */
static const char *product_name(struct efi *efi)
{
	const UINT8 *record = record_by_protocol(efi);
	const char *text;

	if (!record)
		record = record_by_table(efi);
	if (!record || record[1] < 6)
		return NULL;
	text = (const char *)record + record[1];
	for (UINT8 i = 1; i < record[5]; i++) {
		if (!*text)
			return NULL;
		while (*text++)
			;
	}
	return text;
}

/* Of the two graphics chips of these models, the firmware switches one off unless it starts
 * Apple's own system (the list is Linux's). */
static bool hides_a_chip(struct efi *efi)
{
	static const char models[][sizeof("MacBookPro11,3")] = {
		"MacBookPro11,3", "MacBookPro11,5", "MacBookPro13,3", "MacBookPro14,3",
		"MacBookPro15,1", "MacBookPro15,3", "MacBookPro16,1", "MacBookPro16,4",
	};
	const char *name = product_name(efi);

	for (size_t i = 0; name && i < BZB_ARRAY_SIZE(models); i++)
		if (same_text(name, models[i]))
			return true;
	return false;
}

static void set_os(struct efi *efi)
{
	EFI_GUID guid = STUB_APPLE_SET_OS_GUID;
	struct apple_set_os *set;

	if (!hides_a_chip(efi) || EFI_ERROR(efi->bs->LocateProtocol(&guid, NULL, (void **)&set)))
		return;
	if (set->version >= 2)
		set->set_os_vendor("Apple Inc.");
	if (set->version >= 1)
		set->set_os_version("Mac OS X 10.9");
}

void efi_set_up_apple(struct boot *boot)
{
	static const CHAR16 apple[] = L"Apple";

	if (memcmp(boot->efi->st->FirmwareVendor, apple, sizeof(apple)))
		return;
	keep_properties(boot);
	set_os(boot->efi);
}
