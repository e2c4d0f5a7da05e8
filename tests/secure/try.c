/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An EFI application that tries to load files by the firmware, and reports on the console:
 *
 *	TRY started
 *	TRY variable=NAME set=STATUS	each file in \shim, set as a variable for shim: visible to
 *					boot services only, and non-volatile
 *	TRY second=NAME start=STATUS	\image.efi as if it were in \second, started with the name
 *					of each file there as LoadOptions: shim takes that as the
 *					file to start, and returns if it refuses
 *	TRY file=NAME load=STATUS	each file in \try or \EFI\Linux, loaded from there
 *	TRY file=NAME start=STATUS	each file in \start, loaded and started from there
 *	TRY entry=NAME			each entry that systemd-boot has found
 *	TRY change=OFFSET load=STATUS	\image.efi, loaded from memory with the lowest bit of one
 *					byte changed: at each offset in \changes, 32 bits
 *					little-endian
 *	TRY image load=STATUS		\image.efi itself
 *
 * which is then started; with \options, UTF-16, as LoadOptions if there is such a file, and \offer
 * as an initrd by LoadFile2. Without it, or when it returns, the machine is reset.
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
static struct bytes image_file; /* \image.efi, if there is one */

static EFI_FILE_HANDLE open(EFI_FILE_HANDLE folder, CHAR16 *name)
{
	EFI_FILE_HANDLE file;

	if (EFI_ERROR(folder->Open(folder, &file, name, EFI_FILE_MODE_READ, 0)))
		return NULL;
	return file;
}

/* returns: true if the file exists and could be read */
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

/* UEFI 2.10, 7.4.1: after EFI_SECURITY_VIOLATION the image is loaded, but must not be started. */
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

/* Calls a function for each file of a folder, if the folder exists. */
static void each_file(CHAR16 *folder_name, void (*take)(CHAR16 *name, CHAR16 *path))
{
	EFI_FILE_HANDLE folder = open(root, folder_name);
	CHAR16 path[NAME_MAX];
	EFI_FILE_INFO *info;

	while (folder && (info = next_file(folder))) {
		if (info->Attribute & EFI_FILE_DIRECTORY)
			continue;
		SPrint(path, sizeof(path), L"%s\\%s", folder_name, info->FileName);
		take(info->FileName, path);
	}
}

static void try_file(CHAR16 *name, CHAR16 *path)
{
	const struct bytes from_disk = { 0 };

	Print(L"TRY file=%s load=%r\n", name, try(path, &from_disk));
}

static void start_file(CHAR16 *name, CHAR16 *path)
{
	const struct bytes from_disk = { 0 };
	EFI_HANDLE image;
	EFI_STATUS status = load(path, &from_disk, &image);

	if (!EFI_ERROR(status))
		status = BS->StartImage(image, NULL, NULL);
	Print(L"TRY file=%s start=%r\n", name, status);
}

/* The Boot Loader Interface (systemd.io): LoaderEntries has one text after the other. */
static void print_entries(void)
{
	static EFI_GUID loader = {
		0x4a67b082, 0x0a4c, 0x41cf, { 0xb6, 0xc7, 0x44, 0x0b, 0x29, 0xbb, 0x8c, 0x4f }
	};
	UINTN size;
	CHAR16 *entries = LibGetVariableAndSize(L"LoaderEntries", &loader, &size);

	for (UINTN at = 0; entries && at * sizeof(CHAR16) < size; at += StrLen(entries + at) + 1)
		Print(L"TRY entry=%s\n", entries + at);
}

static void set_variable(CHAR16 *name, CHAR16 *path)
{
	EFI_GUID shim = {
		0x605dab50, 0xe046, 0x4300, { 0xab, 0xb6, 0x3d, 0xd8, 0x10, 0xdd, 0x8b, 0x23 }
	};
	struct bytes value;
	EFI_STATUS status = EFI_NOT_FOUND;

	if (read_file(path, &value))
		status =
			RT->SetVariable(name, &shim,
					EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS,
					value.size, value.data);
	Print(L"TRY variable=%s set=%r\n", name, status);
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

static void set_options(EFI_HANDLE image)
{
	EFI_LOADED_IMAGE *loaded;
	struct bytes options;

	if (!read_file(L"\\options", &options) ||
	    EFI_ERROR(BS->HandleProtocol(image, &LoadedImageProtocol, (void **)&loaded)))
		return;
	loaded->LoadOptions = options.data;
	loaded->LoadOptionsSize = (UINT32)options.size;
}

/* Linux, include/linux/efi.h: LINUX_EFI_INITRD_MEDIA_GUID */
static struct {
	VENDOR_DEVICE_PATH vendor;
	EFI_DEVICE_PATH end;
} __attribute__((packed)) offer_path = {
	{ { MEDIA_DEVICE_PATH, MEDIA_VENDOR_DP, { sizeof(VENDOR_DEVICE_PATH), 0 } },
	  { 0x5568e427, 0x68fc, 0x4f3d, { 0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68 } } },
	{ END_DEVICE_PATH_TYPE, END_ENTIRE_DEVICE_PATH_SUBTYPE, { sizeof(EFI_DEVICE_PATH), 0 } },
};
static struct bytes offer;

static EFI_STATUS EFIAPI load_offer(EFI_LOAD_FILE_PROTOCOL *this, EFI_DEVICE_PATH *path,
				    BOOLEAN policy, UINTN *size, VOID *to)
{
	UINTN room = *size;

	(void)this;
	(void)path;
	(void)policy;
	*size = offer.size;
	if (!to || room < offer.size)
		return EFI_BUFFER_TOO_SMALL;
	CopyMem(to, offer.data, offer.size);
	return EFI_SUCCESS;
}

static void offer_initrd(void)
{
	static EFI_GUID paths = DEVICE_PATH_PROTOCOL;
	static EFI_GUID files = {
		0x4006c0c1, 0xfcb3, 0x403e, { 0x99, 0x6d, 0x4a, 0x6c, 0x87, 0x24, 0xe0, 0x6d }
	};
	static EFI_LOAD_FILE_PROTOCOL load_file2 = { .LoadFile = load_offer };
	EFI_HANDLE handle = NULL;

	if (!read_file(L"\\offer", &offer))
		return;
	BS->InstallProtocolInterface(&handle, &paths, EFI_NATIVE_INTERFACE, &offer_path);
	BS->InstallProtocolInterface(&handle, &files, EFI_NATIVE_INTERFACE, &load_file2);
}

static void start_image(const struct bytes *bytes)
{
	EFI_HANDLE image;
	EFI_STATUS status = load(L"\\image.efi", bytes, &image);

	Print(L"TRY image load=%r\n", status);
	if (EFI_ERROR(status))
		return;
	set_options(image);
	offer_initrd();
	Print(L"TRY image start=%r\n", BS->StartImage(image, NULL, NULL));
}

static void start_second(CHAR16 *name, CHAR16 *path)
{
	EFI_LOADED_IMAGE *loaded;
	EFI_HANDLE image;
	EFI_STATUS status = load(L"\\second\\image.efi", &image_file, &image);

	(void)path;
	if (!EFI_ERROR(status))
		status = BS->HandleProtocol(image, &LoadedImageProtocol, (void **)&loaded);
	if (!EFI_ERROR(status)) {
		loaded->LoadOptions = name;
		loaded->LoadOptionsSize = (UINT32)StrSize(name);
		status = BS->StartImage(image, NULL, NULL);
	}
	Print(L"TRY second=%s start=%r\n", name, status);
}

/* Called by gnu-efi's start. */
EFI_STATUS efi_main(EFI_HANDLE handle, EFI_SYSTEM_TABLE *table);

EFI_STATUS efi_main(EFI_HANDLE handle, EFI_SYSTEM_TABLE *table)
{
	EFI_LOADED_IMAGE *loaded;
	struct bytes changes;

	InitializeLib(handle, table);
	self = handle;
	if (EFI_ERROR(BS->HandleProtocol(handle, &LoadedImageProtocol, (void **)&loaded)))
		return EFI_LOAD_ERROR;
	device = loaded->DeviceHandle;
	root = LibOpenRoot(device);
	if (!root)
		return EFI_LOAD_ERROR;
	Print(L"TRY started\n");
	each_file(L"\\shim", set_variable);
	each_file(L"\\start", start_file);
	each_file(L"\\try", try_file);
	each_file(L"\\EFI\\Linux", try_file);
	print_entries();
	if (read_file(L"\\image.efi", &image_file)) {
		if (read_file(L"\\changes", &changes))
			try_changes(&image_file, &changes);
		each_file(L"\\second", start_second);
		start_image(&image_file);
	}
	/* U-Boot cannot switch a PC off. */
	RT->ResetSystem(EfiResetCold, EFI_SUCCESS, 0, NULL);
	return EFI_DEVICE_ERROR;
}
