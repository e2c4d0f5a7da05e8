/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EFI_MP_SERVICES_PROTOCOL: PI 1.8, volume 2, 13.4. gnu-efi 3 lacks it. Unused functions are
 * declared as plain pointers.
 */
#ifndef STUB_EFI_PROCESSORS_H
#define STUB_EFI_PROCESSORS_H

#include "efi.h"

#define STUB_MP_SERVICES_GUID \
	{ 0x3fdda605, 0xa76e, 0x4f46, { 0xad, 0x29, 0x12, 0xf4, 0x53, 0x1b, 0x3d, 0x08 } }

typedef void(EFIAPI *efi_procedure)(void *argument);

/* PI 1.8, volume 2, 13.4.2: struct efi_processor, status */
enum {
	STUB_PROCESSOR_IS_BOOT = 1,
	STUB_PROCESSOR_ENABLED = 2,
	STUB_PROCESSOR_HEALTHY = 4,
};

struct efi_processor {
	UINT64 id;
	UINT32 status;
	UINT32 place[3];
	UINT32 more[6]; /* since PI 1.7 */
};

struct efi_mp_services {
	EFI_STATUS(EFIAPI *GetNumberOfProcessors)(struct efi_mp_services *self, UINTN *all,
						  UINTN *enabled);
	EFI_STATUS(EFIAPI *GetProcessorInfo)(struct efi_mp_services *self, UINTN number,
					     struct efi_processor *ret);
	void *StartupAllAPs;
	EFI_STATUS(EFIAPI *StartupThisAP)(struct efi_mp_services *self, efi_procedure procedure,
					  UINTN number, EFI_EVENT wait_event,
					  UINTN timeout_microseconds, void *argument,
					  BOOLEAN *finished);
	void *SwitchBSP;
	void *EnableDisableAP;
	void *WhoAmI;
};

#endif
