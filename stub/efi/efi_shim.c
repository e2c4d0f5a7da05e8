/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shim before 16 halts the machine if the image that it started calls ExitBootServices() and has
 * never asked it to verify anything: a boot loader must not start a kernel unverified. Our kernel
 * is a part of the image that shim has verified, so there is nothing left to verify. We ask it to
 * verify an empty image: shim refuses it, measures nothing, and then allows ExitBootServices().
 */
#include "efi_boot.h"

void efi_answer_shim(struct efi *efi)
{
	EFI_GUID lock_guid = STUB_SHIM_LOCK_GUID, loader_guid = STUB_SHIM_LOADER_GUID;
	struct efi_shim_lock *lock;
	void *loader;

	if (EFI_ERROR(efi->bs->LocateProtocol(&lock_guid, NULL, (void **)&lock)) ||
	    !EFI_ERROR(efi->bs->LocateProtocol(&loader_guid, NULL, &loader)))
		return;
	lock->verify(efi, 0);
}
