/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An EFI application that tries what the firmware lets through, and says so on the console:
 *
 *	TRY started
 *	TRY file=NAME load=STATUS	each file in \try, loaded from there
 *	TRY change=OFFSET load=STATUS	\image.efi, loaded from memory with the lowest bit of one
 *					byte changed: at each offset in \changes, 32 bits
 *					little-endian
 *	TRY image load=STATUS		\image.efi as it is
 *
 * which is then started. Without it, or when it comes back, the machine is switched off.
 */
#include <efi.h>
#include <efilib.h>

#define NAME_MAX 256	/* a FAT name has up to 255 */

struct bytes {
	UINT8 *data;
	UINTN size;
};

static EFI_HANDLE self, device;
static EFI_FILE_HANDLE root;

static EFI_FILE_HANDLE open(EFI_FILE_HANDLE folder, CHAR16 *name)
{
	EFI_FILE_HANDLE file;

	if (EFI_ERROR(folder->Open(folder, &file, name, EFI_FILE_MODE_READ, 0)))
		return NULL;
	return file;
}

/* returns: whether there is such a file, and it could be read */
static BOOLEAN read_file(CHAR16 *name, struct bytes *ret)
{
	EFI_FILE_HANDLE file = open(root, name);
	EFI_FILE_INFO *info = file ? LibFileInfo(file) : NULL;

	if (!info)
		return FALSE;
	ret->size = info->FileSize;
	ret->data = AllocatePool(ret->size);
	return ret->data && !EFI_ERROR(file->Read(file, &ret->size, ret->data));
}

/* UEFI 2.10, 7.4.1: after EFI_SECURITY_VIOLATION there is an image, which must not be started. */
static EFI_STATUS load(CHAR16 *name, const struct bytes *bytes, EFI_HANDLE *ret)
{
	EFI_DEVICE_PATH *path = FileDevicePath(device, name);
	EFI_STATUS status;

	*ret = NULL;
	status = BS->LoadImage(FALSE, self, path, bytes->data, bytes->size, ret);
	FreePool(path);
	return status;
}

static EFI_STATUS try(CHAR16 *name, const struct bytes *bytes)
{
	EFI_HANDLE image;
	EFI_STATUS status = load(name, bytes, &image);

	if (image)
		BS->UnloadImage(image);
	return status;
}

/* UEFI 2.10, 13.5: reading a folder gives one EFI_FILE_INFO at a time, and nothing at its end. */
static EFI_FILE_INFO *next_file(EFI_FILE_HANDLE folder)
{
	static union {
		EFI_FILE_INFO info;
		UINT8 bytes[sizeof(EFI_FILE_INFO) + NAME_MAX * sizeof(CHAR16)];
	} entry;
	UINTN size = sizeof(entry);

	if (EFI_ERROR(folder->Read(folder, &size, &entry)) || !size)
		return NULL;
	return &entry.info;
}

static void try_files(void)
{
	EFI_FILE_HANDLE folder = open(root, L"\\try");
	const struct bytes from_disk = { 0 };
	CHAR16 path[NAME_MAX];
	EFI_FILE_INFO *info;

	while (folder && (info = next_file(folder))) {
		if (info->Attribute & EFI_FILE_DIRECTORY)
			continue;
		SPrint(path, sizeof(path), L"\\try\\%s", info->FileName);
		Print(L"TRY file=%s load=%r\n", info->FileName, try(path, &from_disk));
	}
}

static UINT32 load_le32(const UINT8 *at)
{
	return at[0] | at[1] << 8 | at[2] << 16 | (UINT32)at[3] << 24;
}

static void try_changes(const struct bytes *image, const struct bytes *changes)
{
	for (UINTN at = 0; at + 4 <= changes->size; at += 4) {
		UINT32 offset = load_le32(changes->data + at);

		if (offset >= image->size) {
			Print(L"TRY change=0x%x is not in the image\n", offset);
			continue;
		}
		image->data[offset] ^= 1;
		Print(L"TRY change=0x%x load=%r\n", offset, try(L"\\image.efi", image));
		image->data[offset] ^= 1;
	}
}

static void start_image(const struct bytes *bytes)
{
	EFI_HANDLE image;
	EFI_STATUS status = load(L"\\image.efi", bytes, &image);

	Print(L"TRY image load=%r\n", status);
	if (!EFI_ERROR(status))
		Print(L"TRY image start=%r\n", BS->StartImage(image, NULL, NULL));
}

/* Called by gnu-efi's start. */
EFI_STATUS efi_main(EFI_HANDLE handle, EFI_SYSTEM_TABLE *table);

EFI_STATUS efi_main(EFI_HANDLE handle, EFI_SYSTEM_TABLE *table)
{
	struct bytes image, changes;
	EFI_LOADED_IMAGE *loaded;

	InitializeLib(handle, table);
	self = handle;
	if (EFI_ERROR(BS->HandleProtocol(handle, &LoadedImageProtocol, (void **)&loaded)))
		return EFI_LOAD_ERROR;
	device = loaded->DeviceHandle;
	root = LibOpenRoot(device);
	if (!root)
		return EFI_LOAD_ERROR;
	Print(L"TRY started\n");
	try_files();
	if (read_file(L"\\image.efi", &image)) {
		if (read_file(L"\\changes", &changes))
			try_changes(&image, &changes);
		start_image(&image);
	}
	RT->ResetSystem(EfiResetShutdown, EFI_SUCCESS, 0, NULL);
	return EFI_DEVICE_ERROR;
}
