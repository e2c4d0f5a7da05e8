/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EFI_MP_SERVICES_PROTOCOL: PI 1.8, volume 2, 13.4. gnu-efi 3 lacks it; what is not used here
 * is declared as a pointer.
 */
#ifndef STUB_EFI_PROCESSORS_H
#define STUB_EFI_PROCESSORS_H

#include "efi.h"

#define STUB_MP_SERVICES_GUID \
	{ 0x3fdda605, 0xa76e, 0x4f46, { 0xad, 0x29, 0x12, 0xf4, 0x53, 0x1b, 0x3d, 0x08 } }

typedef void (EFIAPI *efi_procedure)(void *argument);

struct efi_mp_services {
	EFI_STATUS (EFIAPI *GetNumberOfProcessors)(struct efi_mp_services *self, UINTN *all,
						   UINTN *enabled);
	void *GetProcessorInfo;
	EFI_STATUS (EFIAPI *StartupAllAPs)(struct efi_mp_services *self,
					   efi_procedure procedure, BOOLEAN single_thread,
					   EFI_EVENT wait_event, UINTN timeout_microseconds,
					   void *argument, UINTN **failed_list);
	void *StartupThisAP;
	void *SwitchBSP;
	void *EnableDisableAP;
	void *WhoAmI;
};

#endif
