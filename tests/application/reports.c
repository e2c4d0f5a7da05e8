/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A payload in the place of a kernel: an EFI application that reports what it is given, in a line
 * "PAYLOAD key=value ...", and then returns the error EFI_ABORTED (21) if its LoadOptions begin with
 * "return", or powers off.
 *
 *	image	LoadedImage describes the place where it runs
 *	fixed	LINUX_EFI_LOADED_IMAGE_FIXED is on its handle
 *	data	its initialised data is as built, the rest zero
 *	initrd	the size of the initrd that LoadFile2 offers, and the sum of its bytes
 *	tree	the sum of the bytes of the device tree, if there is one
 */
#include "say.h"

#define FIXED_GUID \
	{ 0xf5a37b6d, 0x3344, 0x42a5, { 0xb6, 0xbb, 0x97, 0x86, 0x48, 0xc1, 0x89, 0x0a } }
#define INITRD_GUID \
	{ 0x5568e427, 0x68fc, 0x4f3d, { 0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68 } }
#define LOAD_FILE2_GUID \
	{ 0x4006c0c1, 0xfcb3, 0x403e, { 0x99, 0x6d, 0x4a, 0x6c, 0x87, 0x24, 0xe0, 0x6d } }
#define MARK 0x6b72616d	/* any value */

extern const unsigned char __ImageBase[]; /* of the linker */

static EFI_GUID loaded_image = LOADED_IMAGE_PROTOCOL, fixed = FIXED_GUID;
static EFI_GUID load_file2 = LOAD_FILE2_GUID;
static const EFI_GUID device_tree = DEVICE_TREE_GUID;

static const struct {
	VENDOR_DEVICE_PATH vendor;
	EFI_DEVICE_PATH end;
} __attribute__((packed)) initrd_path = {
	{ { MEDIA_DEVICE_PATH, MEDIA_VENDOR_DP, { sizeof(VENDOR_DEVICE_PATH), 0 } }, INITRD_GUID },
	{ END_DEVICE_PATH_TYPE, END_ENTIRE_DEVICE_PATH_SUBTYPE, { sizeof(EFI_DEVICE_PATH), 0 } },
};

static volatile UINT32 marked = MARK;
static volatile unsigned char rest[100000];

static BOOLEAN data_is_whole(void)
{
	BOOLEAN ok = marked == MARK;

	for (UINTN i = 0; i < sizeof(rest); i++)
		ok = ok && !rest[i];
	marked = 0;
	rest[0] = rest[sizeof(rest) - 1] = 1;
	return ok;
}

static void say_initrd(void)
{
	EFI_DEVICE_PATH *path = (EFI_DEVICE_PATH *)(UINTN)&initrd_path;
	EFI_LOAD_FILE_PROTOCOL *loader;
	EFI_HANDLE handle;
	UINT64 sum = 0;
	UINTN size = 0;
	UINT8 *bytes;

	if (EFI_ERROR(st->BootServices->LocateDevicePath(&load_file2, &path, &handle)) ||
	    EFI_ERROR(st->BootServices->HandleProtocol(handle, &load_file2, (void **)&loader))) {
		say_word("initrd", "none");
		return;
	}
	if (loader->LoadFile(loader, path, FALSE, &size, NULL) != EFI_BUFFER_TOO_SMALL ||
	    EFI_ERROR(st->BootServices->AllocatePool(EfiLoaderData, size, (void **)&bytes)) ||
	    EFI_ERROR(loader->LoadFile(loader, path, FALSE, &size, bytes))) {
		say_word("initrd", "broken");
		return;
	}
	for (UINTN i = 0; i < size; i++)
		sum += bytes[i];
	st->BootServices->FreePool(bytes);
	say_hex("initrd", size);
	say_hex("sum", sum);
}

static void say_tree(void)
{
	const UINT8 *tree = find_table(&device_tree);
	UINT64 sum = 0;

	if (!tree)
		return;
	for (UINTN i = 0; i < ((UINTN)tree[5] << 16 | (UINTN)tree[6] << 8 | tree[7]); i++)
		sum += tree[i];
	say_hex("tree", sum);
}

static BOOLEAN begins_with(const CHAR16 *text, const CHAR16 *start)
{
	while (*start && *text == *start) {
		text++;
		start++;
	}
	return !*start;
}

EFI_STATUS EFIAPI efi_main(EFI_HANDLE handle, EFI_SYSTEM_TABLE *table)
{
	const CHAR16 *options;
	EFI_LOADED_IMAGE *image;
	void *found;

	st = table;
	st->BootServices->HandleProtocol(handle, &loaded_image, (void **)&image);
	options = image->LoadOptionsSize ? image->LoadOptions : L"";
	say("\r\nPAYLOAD");
	say_word("image", image->ImageBase == __ImageBase ? "ok" : "elsewhere");
	say_word("fixed", EFI_ERROR(st->BootServices->HandleProtocol(handle, &fixed, &found)) ?
				  "no" :
				  "yes");
	say_word("data", data_is_whole() ? "ok" : "damaged");
	say_initrd();
	say_tree();
	say_word("options", "");
	st->ConOut->OutputString(st->ConOut, (CHAR16 *)(UINTN)options);
	say("\r\n");
	if (begins_with(options, L"return"))
		return EFI_ABORTED;
	power_off();
}
