/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An EFI application that loads \image.efi, which returns, and calls its entry some times, as the
 * firmware would, but looks at what it leaves before the firmware could clean up. A line for each:
 *
 *	CALLER status=STATUS image=same protocols=same handles=same tree=same free=PAGES
 *
 *	image		LoadedImage has the same bytes
 *	protocols	as many are on the handle
 *	handles		as many are in the system
 *	tree		the same device tree is installed, or none
 *	free		pages of free memory, before the call
 */
#include "say.h"

#define IMAGE_NAME L"\\image.efi"
#define ROUNDS 8
#define LFANEW 0x3c	/* offset of the PE header's offset */
#define ENTRY 0x28	/* of AddressOfEntryPoint in it */

static EFI_GUID loaded_image = LOADED_IMAGE_PROTOCOL, volumes = SIMPLE_FILE_SYSTEM_PROTOCOL;
static const EFI_GUID device_tree = DEVICE_TREE_GUID;
static EFI_BOOT_SERVICES *bs;

struct state {
	EFI_LOADED_IMAGE image;
	UINTN protocols, handles;
	const void *tree;
	UINT64 free_pages;
};

static _Noreturn void give_up(const char *what)
{
	say("\r\nCALLER gives up: ");
	say(what);
	say("\r\n");
	power_off();
}

static void *pool(UINTN size)
{
	void *at;

	if (EFI_ERROR(bs->AllocatePool(EfiBootServicesData, size, &at)))
		give_up("no memory");
	return at;
}

static void read_image(EFI_HANDLE volume, void **bytes, UINTN *size)
{
	EFI_FILE_IO_INTERFACE *files;
	EFI_FILE_HANDLE root, file;
	UINT64 end;

	if (EFI_ERROR(bs->HandleProtocol(volume, &volumes, (void **)&files)) ||
	    EFI_ERROR(files->OpenVolume(files, &root)) ||
	    EFI_ERROR(root->Open(root, &file, (CHAR16 *)(UINTN)IMAGE_NAME, EFI_FILE_MODE_READ,
				 0)) ||
	    EFI_ERROR(file->SetPosition(file, UINT64_MAX)) ||
	    EFI_ERROR(file->GetPosition(file, &end)) || EFI_ERROR(file->SetPosition(file, 0)))
		give_up("no \\image.efi");
	*size = end;
	*bytes = pool(end);
	if (EFI_ERROR(file->Read(file, size, *bytes)) || *size != end)
		give_up("cannot read \\image.efi");
	file->Close(file);
	root->Close(root);
}

static UINT64 count_free(void)
{
	static UINT8 map[65536];
	UINTN size = sizeof(map), key, step;
	UINT64 pages = 0;
	UINT32 version;

	if (EFI_ERROR(bs->GetMemoryMap(&size, (EFI_MEMORY_DESCRIPTOR *)map, &key, &step, &version)))
		give_up("no memory map");
	for (UINTN at = 0; at + step <= size; at += step) {
		const EFI_MEMORY_DESCRIPTOR *range = (const EFI_MEMORY_DESCRIPTOR *)(map + at);

		if (range->Type == EfiConventionalMemory)
			pages += range->NumberOfPages;
	}
	return pages;
}

static void look(EFI_HANDLE handle, struct state *ret)
{
	EFI_LOADED_IMAGE *image;
	EFI_HANDLE *handles;
	EFI_GUID **protocols;

	if (EFI_ERROR(bs->HandleProtocol(handle, &loaded_image, (void **)&image)) ||
	    EFI_ERROR(bs->ProtocolsPerHandle(handle, &protocols, &ret->protocols)) ||
	    EFI_ERROR(bs->LocateHandleBuffer(AllHandles, NULL, NULL, &ret->handles, &handles)))
		give_up("cannot look at the handle");
	bs->FreePool(protocols);
	bs->FreePool(handles);
	ret->image = *image;
	ret->tree = find_table(&device_tree);
	ret->free_pages = count_free();
}

static EFI_STATUS call(EFI_HANDLE handle)
{
	typedef EFI_STATUS(EFIAPI * entry)(EFI_HANDLE handle, EFI_SYSTEM_TABLE * table);
	EFI_LOADED_IMAGE *image;
	const unsigned char *base;
	UINT32 header;

	if (EFI_ERROR(bs->HandleProtocol(handle, &loaded_image, (void **)&image)))
		give_up("not loaded");
	base = image->ImageBase;
	header = *(const UINT32 *)(base + LFANEW);
	return ((entry)(UINTN)(base + *(const UINT32 *)(base + header + ENTRY)))(handle, st);
}

static void try(EFI_HANDLE self, EFI_HANDLE volume, void *bytes, UINTN size)
{
	static CHAR16 options[] = L"return to the caller";
	struct state before, after;
	EFI_LOADED_IMAGE *image;
	EFI_HANDLE handle = NULL;
	EFI_STATUS status;

	status = bs->LoadImage(FALSE, self, NULL, bytes, size, &handle);
	if (EFI_ERROR(status) ||
	    EFI_ERROR(bs->HandleProtocol(handle, &loaded_image, (void **)&image)))
		give_up("cannot load \\image.efi");
	image->DeviceHandle = volume;
	image->LoadOptions = options;
	image->LoadOptionsSize = sizeof(options);
	look(handle, &before);
	status = call(handle);
	look(handle, &after);
	say("\r\nCALLER");
	say_hex("status", status);
	say_word("image", same_bytes(&before.image, &after.image, sizeof(before.image)) ?
				  "same" :
				  "changed");
	say_word("protocols", before.protocols == after.protocols ? "same" : "changed");
	say_word("handles", before.handles == after.handles ? "same" : "changed");
	say_word("tree", before.tree == after.tree ? "same" : "changed");
	say_hex("free", before.free_pages);
	say("\r\n");
	bs->UnloadImage(handle);
}

EFI_STATUS EFIAPI efi_main(EFI_HANDLE handle, EFI_SYSTEM_TABLE *table)
{
	EFI_LOADED_IMAGE *self;
	void *bytes;
	UINTN size;

	st = table;
	bs = st->BootServices;
	if (EFI_ERROR(bs->HandleProtocol(handle, &loaded_image, (void **)&self)))
		give_up("not loaded");
	read_image(self->DeviceHandle, &bytes, &size);
	for (unsigned int round = 0; round < ROUNDS; round++)
		try(handle, self->DeviceHandle, bytes, size);
	power_off();
}
