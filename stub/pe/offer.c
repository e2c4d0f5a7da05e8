/* SPDX-License-Identifier: BSD-2-Clause */
#include "offer.h"

static EFI_GUID load_file_guid = STUB_LOAD_FILE2_GUID, path_guid = DEVICE_PATH_PROTOCOL;

static struct bzb_range offered;
static EFI_HANDLE handle; /* that has the offer; NULL: there is none */
static EFI_LOAD_FILE_PROTOCOL
	*loaders; /* that was on the handle before; NULL: the handle is ours */

/* UEFI 2.10, 13.2.2 EFI_LOAD_FILE2_PROTOCOL.LoadFile() */
static EFI_STATUS EFIAPI load_file(EFI_LOAD_FILE_PROTOCOL *self, EFI_DEVICE_PATH *path,
				   BOOLEAN is_boot, UINTN *size, VOID *to)
{
	const UINTN space = size ? *size : 0;

	(void)self;
	if (is_boot)
		return EFI_UNSUPPORTED;
	if (!size || !path)
		return EFI_INVALID_PARAMETER;
	if (!offered.size)
		return EFI_NOT_FOUND;
	*size = offered.size;
	if (!to || space < offered.size)
		return EFI_BUFFER_TOO_SMALL;
	memcpy(to, (const void *)(uintptr_t)offered.addr, offered.size);
	return EFI_SUCCESS;
}

static EFI_LOAD_FILE_PROTOCOL ours = { load_file };

static void *path_of_offer(void)
{
	return (void *)(uintptr_t)&efi_initrd_path;
}

/* There may be only one handle with the device path. */
static EFI_STATUS replace(struct efi *efi, EFI_HANDLE with_offer)
{
	EFI_LOAD_FILE_PROTOCOL *found;
	EFI_STATUS status = efi->bs->HandleProtocol(with_offer, &load_file_guid, (void **)&found);

	if (EFI_ERROR(status))
		return status;
	status = efi->bs->ReinstallProtocolInterface(with_offer, &load_file_guid, found, &ours);
	if (!EFI_ERROR(status)) {
		handle = with_offer;
		loaders = found;
	}
	return status;
}

bool offer_initrd(struct efi *efi, struct bzb_range initrd)
{
	EFI_DEVICE_PATH *rest = path_of_offer();
	EFI_HANDLE with_offer;

	offered = initrd;
	if (!EFI_ERROR(efi->bs->LocateDevicePath(&load_file_guid, &rest, &with_offer)))
		return !EFI_ERROR(replace(efi, with_offer));
	return !EFI_ERROR(efi->bs->InstallMultipleProtocolInterfaces(&handle, &path_guid,
								     path_of_offer(),
								     &load_file_guid, &ours, NULL));
}

void withdraw_initrd(struct efi *efi)
{
	if (loaders)
		efi->bs->ReinstallProtocolInterface(handle, &load_file_guid, &ours, loaders);
	else if (handle)
		efi->bs->UninstallMultipleProtocolInterfaces(handle, &path_guid, path_of_offer(),
							     &load_file_guid, &ours, NULL);
	loaders = NULL;
	handle = NULL;
}
