/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EFI_MP_SERVICES_PROTOCOL: PI 1.8, volume 2, 13.4. gnu-efi lacks it; what is not used here is
 * declared as a pointer.
 */
#ifndef STUB_EFI_PROCESSORS_H
#define STUB_EFI_PROCESSORS_H

#include "efi.h"

#define EFI_MP_SERVICES_PROTOCOL_GUID \
	{ 0x3fdda605, 0xa76e, 0x4f46, { 0xad, 0x29, 0x12, 0xf4, 0x53, 0x1b, 0x3d, 0x08 } }

typedef void (EFIAPI *EFI_AP_PROCEDURE)(void *argument);

typedef struct efi_mp_services EFI_MP_SERVICES_PROTOCOL;
struct efi_mp_services {
	EFI_STATUS (EFIAPI *GetNumberOfProcessors)(EFI_MP_SERVICES_PROTOCOL *self, UINTN *all,
						   UINTN *enabled);
	void *GetProcessorInfo;
	EFI_STATUS (EFIAPI *StartupAllAPs)(EFI_MP_SERVICES_PROTOCOL *self,
					   EFI_AP_PROCEDURE procedure, BOOLEAN single_thread,
					   EFI_EVENT wait_event, UINTN timeout_microseconds,
					   void *argument, UINTN **failed_list);
	void *StartupThisAP;
	void *SwitchBSP;
	void *EnableDisableAP;
	void *WhoAmI;
};

#endif
