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

/* Platform Initialization 1.8, volume 2, 7.2: what there was before that protocol, in the table
 * of DXE services. */
#define DXE_SERVICES_TABLE_GUID \
	{ 0x05ad34ba, 0x6f02, 0x4214, { 0x95, 0x2e, 0x4d, 0xa0, 0x39, 0x8e, 0x2b, 0xb9 } }
#define DXE_SERVICES_SIGNATURE 0x565245535f455844ull	/* "DXE_SERV" */

struct dxe_memory_space {
	EFI_PHYSICAL_ADDRESS base;
	UINT64 size, capabilities, attributes;
	UINT32 type;
	EFI_HANDLE image, device;
};
enum { DXE_SYSTEM_MEMORY = 2 };

struct dxe_services {
	EFI_TABLE_HEADER head;
	void *unused[4];
	EFI_STATUS (EFIAPI *get_memory_space)(EFI_PHYSICAL_ADDRESS base,
					      struct dxe_memory_space *ret);
	EFI_STATUS (EFIAPI *set_memory_space)(EFI_PHYSICAL_ADDRESS base, UINT64 size,
					      UINT64 attributes);
};

/* UEFI 2.10, 7.2 EFI_MEMORY_TYPE and attributes */
enum { EFI_PERSISTENT_MEMORY_TYPE = 14, EFI_UNACCEPTED_MEMORY_TYPE = 15 };
#define EFI_MEMORY_RELIABLE 0x10000ull		/* EFI_MEMORY_MORE_RELIABLE: mirrored */
#define EFI_MEMORY_READ_ONLY 0x20000ull
#define EFI_MEMORY_SPECIFIC_PURPOSE 0x40000ull
#define EFI_MEMORY_HOT_PLUG 0x100000ull

/* EDK2, OvmfPkg: by this an operating system says that it will accept memory itself. */
#define MEMORY_ACCEPTANCE_PROTOCOL_GUID \
	{ 0xc5a010fe, 0x38a7, 0x4531, { 0x8a, 0x4a, 0x05, 0x00, 0xd2, 0xfd, 0x16, 0x49 } }

typedef struct efi_memory_acceptance EFI_MEMORY_ACCEPTANCE_PROTOCOL;
struct efi_memory_acceptance {
	EFI_STATUS (EFIAPI *allow_unaccepted)(EFI_MEMORY_ACCEPTANCE_PROTOCOL *self);
};

/* Linux, include/linux/efi.h: which units of memory have not been accepted, in a table of that
 * name. */
#define LINUX_EFI_UNACCEPTED_MEM_TABLE_GUID \
	{ 0xd5d1de3c, 0x105c, 0x44f9, { 0x9e, 0xa9, 0xbc, 0xef, 0x98, 0x12, 0x00, 0x31 } }

struct efi_unaccepted {
	UINT32 version;			/* 1 */
	UINT32 unit;			/* bytes that a bit stands for */
	UINT64 base;			/* address of the first unit */
	UINT64 size;			/* bytes of the bitmap */
	unsigned char bitmap[];
};

#endif
