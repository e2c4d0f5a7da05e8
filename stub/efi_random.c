/* SPDX-License-Identifier: BSD-2-Clause */
/* Random numbers from the firmware: UEFI 2.10, 37.5, EFI_RNG_PROTOCOL. */
#include "efi_boot.h"

bool efi_random(struct boot *boot, struct seed *seed)
{
	static EFI_GUID guid = EFI_RNG_PROTOCOL_GUID;
	EFI_RNG_PROTOCOL *rng;

	return !EFI_ERROR(boot->efi->bs->LocateProtocol(&guid, NULL, (void **)&rng)) &&
	       !EFI_ERROR(rng->GetRNG(rng, NULL, sizeof(*seed), (UINT8 *)seed));
}
