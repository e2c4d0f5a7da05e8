/* SPDX-License-Identifier: BSD-2-Clause */
/* Variables of the Boot Loader Interface, for bootctl and systemd-gpt-auto-generator. */
#include "uki_folder.h"
#include "uki_words.h"

static const UINT64 features = UKI_FEATURE_LOADER_PARTITION | UKI_FEATURE_CREDENTIALS |
			       UKI_FEATURE_SYSEXTS | UKI_FEATURE_PCRS | UKI_FEATURE_RANDOM_SEED |
			       UKI_FEATURE_ADDONS | UKI_FEATURE_SMBIOS | UKI_FEATURE_ADDON_TREES |
			       UKI_FEATURE_CONFEXTS | UKI_FEATURE_PROFILES |
			       UKI_FEATURE_STUB_PARTITION;

void uki_replace_variable(struct efi *efi, CHAR16 *name, const void *value, UINTN size)
{
	EFI_GUID guid = STUB_LOADER_INTERFACE_GUID;

	efi->st->RuntimeServices->SetVariable(name, &guid, STUB_VARIABLE_ATTRIBUTES, size,
					      (void *)(uintptr_t)value);
}

/* --- device paths ------------------------------------------------------------- */

static size_t node_size(const EFI_DEVICE_PATH *node)
{
	return bzb_get16(node->Length);
}

/* The next node of a path; NULL at its end, and if a length is invalid. */
static const EFI_DEVICE_PATH *next_node(const EFI_DEVICE_PATH *node)
{
	if (node_size(node) < sizeof(*node))
		return NULL;
	node = (const void *)((const unsigned char *)node + node_size(node));
	return IsDevicePathEnd(node) ? NULL : node;
}

static const EFI_DEVICE_PATH *first_node(const EFI_DEVICE_PATH *path)
{
	return path && !IsDevicePathEnd(path) ? path : NULL;
}

static bool is_media(const EFI_DEVICE_PATH *node, UINT8 subtype, size_t size)
{
	return node->Type == MEDIA_DEVICE_PATH && node->SubType == subtype &&
	       node_size(node) >= size;
}

/* UEFI 2.10, appendix A: the first three fields of a GUID are little-endian. */
static void add_guid(struct words *to, const UINT8 guid[16])
{
	static const signed char order[] = { 3,	 2, 1, 0,  -1, 5,  4,  -1, 7,  6,
					     -1, 8, 9, -1, 10, 11, 12, 13, 14, 15 };

	for (size_t i = 0; i < sizeof(order); i++) {
		if (order[i] < 0)
			words_add(to, '-');
		else
			words_add_number(to, guid[order[i]], 16, 2);
	}
}

/* The GUID of the partition that the image comes from; empty if it has none. */
static void find_partition(const struct efi *efi, struct words *to)
{
	EFI_GUID guid = DEVICE_PATH_PROTOCOL;
	EFI_DEVICE_PATH *path;

	if (!efi->image->DeviceHandle ||
	    EFI_ERROR(efi->bs->HandleProtocol(efi->image->DeviceHandle, &guid, (void **)&path)))
		return;
	for (const EFI_DEVICE_PATH *node = first_node(path); node; node = next_node(node)) {
		const HARDDRIVE_DEVICE_PATH *disk = (const void *)node;

		if (is_media(node, MEDIA_HARDDRIVE_DP, sizeof(*disk)) &&
		    disk->SignatureType == SIGNATURE_TYPE_GUID) {
			add_guid(to, disk->Signature);
			return;
		}
	}
}

/* --- the variables ------------------------------------------------------------- */

static void replace(struct efi *efi, CHAR16 *name, const struct words *value)
{
	const struct bzb_span bytes = words_bytes(value);

	if (value->count)
		uki_replace_variable(efi, name, bytes.data, bytes.size);
}

/* Unless a boot loader has set it. */
static void set(struct efi *efi, CHAR16 *name, const struct words *value)
{
	const struct bzb_span bytes = words_bytes(value);

	if (value->count)
		efi_set_variable(efi, name, bytes.data, bytes.size);
}

static void tell_partition(struct efi *efi)
{
	struct words partition = { .count = 0 };

	find_partition(efi, &partition);
	replace(efi, L"StubDevicePartUUID", &partition);
	set(efi, L"LoaderDevicePartUUID", &partition);
}

static void tell_file(struct efi *efi)
{
	struct uki_path file;
	UINTN size;

	uki_folder_image(efi, &file);
	if (!file.text[0])
		return;
	size = (uki_names_length(file.text) + 1) * sizeof(file.text[0]);
	uki_replace_variable(efi, L"StubImageIdentifier", file.text, size);
	efi_set_variable(efi, L"LoaderImageIdentifier", file.text, size);
}

/* "2.70" */
static void add_version(struct words *to, UINT32 version)
{
	words_add(to, ' ');
	words_add_number(to, version >> 16, 10, 1);
	words_add(to, '.');
	words_add_number(to, version & 0xffff, 10, 2);
}

static void tell_firmware(struct efi *efi)
{
	struct words info = { .count = 0 }, type = { .count = 0 };

	for (const CHAR16 *c = efi->st->FirmwareVendor; c && *c; c++)
		words_add(&info, *c);
	add_version(&info, efi->st->FirmwareRevision);
	set(efi, L"LoaderFirmwareInfo", &info);
	words_add_text(&type, "UEFI");
	add_version(&type, efi->st->Hdr.Revision);
	set(efi, L"LoaderFirmwareType", &type);
}

static void tell_profile(struct efi *efi)
{
	struct words number = { .count = 0 };

	words_add_number(&number, efi->uki->profile, 10, 1);
	replace(efi, L"StubProfile", &number);
}

enum stub_error uki_set_variables(struct boot *boot)
{
	struct efi *efi = boot->efi;

	uki_replace_variable(efi, L"StubInfo", STUB_INFO, sizeof(STUB_INFO));
	uki_replace_variable(efi, L"StubFeatures", &features, sizeof(features));
	tell_profile(efi);
	tell_partition(efi);
	tell_file(efi);
	tell_firmware(efi);
	return STUB_OK;
}
