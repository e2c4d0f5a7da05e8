/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shim before 16 halts the machine when the image that it started leaves the firmware and has never
 * asked it to verify anything: a boot loader that verifies nothing must not start a kernel. Our
 * kernel is a part of the image that shim has verified, so nothing is left to verify. We ask about
 * an image of no bytes: shim refuses it, measures nothing, and lets us leave.
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
