/* SPDX-License-Identifier: BSD-2-Clause */
/* gnu-efi's headers, and what they lack. */
#ifndef STUB_EFI_H
#define STUB_EFI_H

#include <stdint.h>
#include <efi.h>

/* Linux, include/linux/efi.h: the vendor media device path on which boot loaders offer an initrd
 * by LoadFile2. */
#define LINUX_EFI_INITRD_MEDIA_GUID \
	{ 0x5568e427, 0x68fc, 0x4f3d, { 0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68 } }

/* UEFI 2.10, 13.2 Load File 2 Protocol: as EFI_LOAD_FILE_PROTOCOL. */
#define EFI_LOAD_FILE2_PROTOCOL_GUID \
	{ 0x4006c0c1, 0xfcb3, 0x403e, { 0x99, 0x6d, 0x4a, 0x6c, 0x87, 0x24, 0xe0, 0x6d } }

/* UEFI 2.10, 37.3 EFI_MEMORY_ATTRIBUTE_PROTOCOL */
#define EFI_MEMORY_ATTRIBUTE_PROTOCOL_GUID \
	{ 0xf4560cf6, 0x40ec, 0x4b4a, { 0xa1, 0x92, 0xbf, 0x1d, 0x57, 0xd0, 0xb1, 0x89 } }

typedef struct efi_memory_attribute EFI_MEMORY_ATTRIBUTE_PROTOCOL;
struct efi_memory_attribute {
	EFI_STATUS (EFIAPI *get)(EFI_MEMORY_ATTRIBUTE_PROTOCOL *self, EFI_PHYSICAL_ADDRESS base,
				 UINT64 length, UINT64 *attributes);
	EFI_STATUS (EFIAPI *set)(EFI_MEMORY_ATTRIBUTE_PROTOCOL *self, EFI_PHYSICAL_ADDRESS base,
				 UINT64 length, UINT64 attributes);
	EFI_STATUS (EFIAPI *clear)(EFI_MEMORY_ATTRIBUTE_PROTOCOL *self, EFI_PHYSICAL_ADDRESS base,
				   UINT64 length, UINT64 attributes);
};

/* UEFI 2.10, 7.2 EFI_MEMORY_TYPE and attributes */
enum { EFI_PERSISTENT_MEMORY_TYPE = 14 };
#define EFI_MEMORY_SPECIFIC_PURPOSE 0x40000ull

#endif
