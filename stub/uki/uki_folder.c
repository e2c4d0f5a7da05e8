/* SPDX-License-Identifier: BSD-2-Clause */
#include "console.h"
#include "uki_folder.h"

/* UEFI 2.10, 13.5 EFI_FILE_INFO, with the longest name. A longer one is an error, because there is
 * no way to skip it. */
#define ENTRY_MAX (offsetof(EFI_FILE_INFO, FileName) + (UKI_NAMES_MAX + 1) * sizeof(CHAR16))

union entry {
	EFI_FILE_INFO info;
	unsigned char bytes[ENTRY_MAX + sizeof(CHAR16)]; /* and a NUL, whatever the firmware does */
};

/* Reads the next entry; @ret_size is 0 after the last one. */
static bool read_entry(EFI_FILE_HANDLE folder, union entry *ret, UINTN *ret_size)
{
	UINTN size = ENTRY_MAX;

	memset(ret, 0, sizeof(*ret));
	if (EFI_ERROR(folder->Read(folder, &size, ret)) || size > ENTRY_MAX)
		return false;
	*ret_size = size;
	return true;
}

static struct bzb_span device_path(const struct efi *efi)
{
	const void *path = efi->image->FilePath;

	return (struct bzb_span){ path, path ? STUB_DEVICE_PATH_MAX : 0 };
}

void uki_folder_image(const struct efi *efi, struct uki_path *ret)
{
	if (!uki_names_image(device_path(efi), ret->text, UKI_PATH_MAX))
		ret->text[0] = 0;
}

void uki_folder_beside(const struct efi *efi, struct uki_path *ret)
{
	if (!uki_names_folder(device_path(efi), ret->text, UKI_PATH_MAX))
		ret->text[0] = 0;
}

static bool is_folder(EFI_FILE_HANDLE file)
{
	EFI_GUID guid = EFI_FILE_INFO_ID;
	union entry entry;
	UINTN size = ENTRY_MAX;

	return !EFI_ERROR(file->GetInfo(file, &guid, &size, &entry)) &&
	       entry.info.Attribute & EFI_FILE_DIRECTORY;
}

EFI_FILE_HANDLE uki_folder_open(EFI_FILE_HANDLE root, const CHAR16 *path)
{
	EFI_FILE_HANDLE folder;

	if (!path[0] ||
	    EFI_ERROR(root->Open(root, &folder, (CHAR16 *)(uintptr_t)path, EFI_FILE_MODE_READ, 0)))
		return NULL;
	if (is_folder(folder))
		return folder;
	folder->Close(folder);
	return NULL;
}

static void insert(struct uki_file **at, struct uki_file *file)
{
	while (*at && uki_names_compare((*at)->name, file->name) <= 0)
		at = &(*at)->next;
	file->next = *at;
	*at = file;
}

static bool add(struct efi *efi, const EFI_FILE_INFO *info, struct uki_file **list)
{
	struct uki_file *file = efi_keep(efi, EfiLoaderData, sizeof(*file));

	if (!file)
		return false;
	file->size = info->FileSize;
	for (size_t i = 0; info->FileName[i]; i++)
		file->name[i] = info->FileName[i];
	insert(list, file);
	return true;
}

enum stub_error uki_folder_list(struct boot *boot, EFI_FILE_HANDLE folder,
				const struct uki_names_kind *kind, struct uki_file **ret)
{
	struct uki_file *list = NULL;
	union entry entry;
	UINTN size;

	*ret = NULL;
	for (;;) {
		if (!read_entry(folder, &entry, &size)) {
			boot_say(boot, "a folder cannot be read: its files are ignored");
			return STUB_OK;
		}
		if (!size)
			break;
		if (entry.info.Attribute & EFI_FILE_DIRECTORY ||
		    !uki_names_match(entry.info.FileName, kind))
			continue;
		if (!add(boot->efi, &entry.info, &list))
			return boot_fail(boot, STUB_NO_MEMORY, "no memory for the names of files");
	}
	*ret = list;
	return STUB_OK;
}

void uki_say_ignored(struct boot *boot, const struct uki_file *file, const char *why)
{
	char text[UKI_NAMES_MAX + 80];
	size_t n = 0;

	for (const CHAR16 *c = file->name; *c; c++)
		text[n++] = (char)*c;
	for (const char *part = ": "; *part; part++)
		text[n++] = *part;
	while (*why && n < sizeof(text) - sizeof(", ignored"))
		text[n++] = *why++;
	memcpy(text + n, ", ignored", sizeof(", ignored"));
	boot_say(boot, text);
}
