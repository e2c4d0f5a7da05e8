/* SPDX-License-Identifier: BSD-2-Clause */
/* The image under test: read from the disk once, started any number of times */
#include "driver.h"

static struct {
	EFI_DEVICE_PATH *path; /* of the file */
	void *bytes;
	UINTN size;
} file;

EFI_HANDLE image_handle;

static void *pool(UINTN size)
{
	void *at;

	if (EFI_ERROR(real_bs->AllocatePool(EfiBootServicesData, size, &at)))
		give_up("no memory for the image");
	return at;
}

static bool read_file(EFI_FILE_HANDLE at)
{
	UINT64 size;

	if (EFI_ERROR(at->SetPosition(at, UINT64_MAX)) || EFI_ERROR(at->GetPosition(at, &size)) ||
	    EFI_ERROR(at->SetPosition(at, 0)))
		return false;
	file.size = size;
	file.bytes = pool(size);
	return !EFI_ERROR(at->Read(at, &file.size, file.bytes)) && file.size == size;
}

#define NAME L"\\EFI\\BOOT\\BOOTX64.EFI"

static size_t node_size(const EFI_DEVICE_PATH *node)
{
	return node->Length[0] | (size_t)node->Length[1] << 8;
}

/* The path of the file, on the disk with this one. */
static EFI_DEVICE_PATH *path_on(const EFI_DEVICE_PATH *disk)
{
	static const struct {
		EFI_DEVICE_PATH head;
		CHAR16 name[sizeof(NAME) / sizeof(CHAR16)];
		EFI_DEVICE_PATH end;
	} __attribute__((packed)) rest = {
		{ MEDIA_DEVICE_PATH,
		  MEDIA_FILEPATH_DP,
		  { sizeof(EFI_DEVICE_PATH) + sizeof(NAME), 0 } },
		NAME,
		{ END_DEVICE_PATH_TYPE,
		  END_ENTIRE_DEVICE_PATH_SUBTYPE,
		  { sizeof(EFI_DEVICE_PATH), 0 } },
	};
	const unsigned char *bytes = (const unsigned char *)disk;
	size_t size = 0;
	unsigned char *to;

	while (bytes[size] != END_DEVICE_PATH_TYPE)
		size += node_size((const EFI_DEVICE_PATH *)(bytes + size));
	to = pool(size + sizeof(rest));
	memcpy(to, disk, size);
	memcpy(to + size, &rest, sizeof(rest));
	return (EFI_DEVICE_PATH *)to;
}

static bool read_from(EFI_HANDLE handle)
{
	static EFI_GUID volumes = SIMPLE_FILE_SYSTEM_PROTOCOL, paths = DEVICE_PATH_PROTOCOL;
	EFI_FILE_IO_INTERFACE *volume;
	EFI_DEVICE_PATH *disk;
	EFI_FILE_HANDLE root, at;

	if (EFI_ERROR(real_bs->HandleProtocol(handle, &volumes, (void **)&volume)) ||
	    EFI_ERROR(real_bs->HandleProtocol(handle, &paths, (void **)&disk)) ||
	    EFI_ERROR(volume->OpenVolume(volume, &root)))
		return false;
	if (EFI_ERROR(root->Open(root, &at, NAME, EFI_FILE_MODE_READ, 0)))
		return false;
	file.path = path_on(disk);
	return read_file(at);
}

/* A firmware with a fast boot path starts us before it has connected the disks. */
static void connect_all(void)
{
	EFI_HANDLE *handles;
	UINTN count;

	if (EFI_ERROR(real_bs->LocateHandleBuffer(AllHandles, NULL, NULL, &count, &handles)))
		give_up("cannot list handles");
	for (UINTN i = 0; i < count; i++)
		real_bs->ConnectController(handles[i], NULL, NULL, TRUE);
	real_bs->FreePool(handles);
}

void image_find(void)
{
	static EFI_GUID volumes = SIMPLE_FILE_SYSTEM_PROTOCOL;
	EFI_HANDLE *handles;
	UINTN count;

	connect_all();
	if (EFI_ERROR(real_bs->LocateHandleBuffer(ByProtocol, &volumes, NULL, &count, &handles)))
		give_up("no disk");
	for (UINTN i = 0; i < count; i++)
		if (read_from(handles[i]))
			return;
	give_up("no image on the disk");
}

const unsigned char *image_bytes(size_t *size)
{
	*size = file.size;
	return file.bytes;
}

#define PAGE 4096		/* the manifest is at the start of one: docs/format.md */
#define MAGIC "bzboot\0\3"

unsigned char *image_manifest(void)
{
	unsigned char *bytes = file.bytes;

	for (size_t at = 0; at + PAGE <= file.size; at += PAGE)
		if (same_bytes(bytes + at, MAGIC, sizeof(MAGIC) - 1))
			return bytes + at;
	give_up("no manifest in the image");
}

EFI_STATUS image_start(const struct start *start, const struct plan *p)
{
	static EFI_GUID loaded_image = LOADED_IMAGE_PROTOCOL;
	EFI_LOADED_IMAGE *image;
	EFI_STATUS status;

	if (EFI_ERROR(real_bs->LoadImage(FALSE, driver_handle, file.path, file.bytes, file.size,
					 &image_handle)) ||
	    EFI_ERROR(real_bs->HandleProtocol(image_handle, &loaded_image, (void **)&image)))
		give_up("cannot load the image");
	image->LoadOptions = (void *)(uintptr_t)start->options;
	image->LoadOptionsSize = start->options_size;
	if (start->on_volume)
		image->DeviceHandle = offer_volume();
	image->SystemTable = services_begin(p);
	if (p->protect && p->leave) /* otherwise its memory is freed */
		protect_image(image);
	/* Firmware unloads an application that returns. */
	status = real_bs->StartImage(image_handle, NULL, NULL);
	services_end();
	return status;
}

void report(const char *name, EFI_STATUS status)
{
	say_line("fault=");
	say(name);
	say_word("failed", account.failed ? account.failed : "nothing");
	say_word("exit", account.exit_reached ? "reached" : "not_reached");
	say_hex("status", status);
	say_number("pages", account.pages);
	say_number("pools", account.pools);
	say_number("events", account.events);
	say_number("files", account.files);
	say_number("tables", account.tables);
	say_number("wrong", account.wrong);
	say("\r\n");
}
