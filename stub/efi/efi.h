/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gnu-efi's headers, and declarations that some releases of them lack.
 *
 * The names of the specifications (EFI_ and all others in capitals) are reserved for gnu-efi, which
 * defines more of them with each release. Here and in all files that include this one, our own
 * structures and types are in lower case, and constants and macros begin with STUB_. The constants
 * of a single file may have any name that is not in a specification.
 */
#ifndef STUB_EFI_H
#define STUB_EFI_H

#include <stdint.h>
#include <efi.h>

/* UEFI 2.10, 10.3: more bytes than a device path has. Its nodes state their lengths, and the last
 * one ends it. */
#define STUB_DEVICE_PATH_MAX 0x10000u

/* Linux, include/linux/efi.h: the vendor media device path on which boot loaders offer an initrd
 * by LoadFile2. */
#define STUB_INITRD_MEDIA_GUID \
	{ 0x5568e427, 0x68fc, 0x4f3d, { 0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68 } }

/* Linux, include/linux/efi.h: installed on the kernel's handle, it states that the kernel is where it
 * is to stay; otherwise its own stub copies it. */
#define STUB_IMAGE_FIXED_GUID \
	{ 0xf5a37b6d, 0x3344, 0x42a5, { 0xb6, 0xbb, 0x97, 0x86, 0x48, 0xc1, 0x89, 0x0a } }

/* UEFI 2.10, 13.2 Load File 2 Protocol: as EFI_LOAD_FILE_PROTOCOL. */
#define STUB_LOAD_FILE2_GUID \
	{ 0x4006c0c1, 0xfcb3, 0x403e, { 0x99, 0x6d, 0x4a, 0x6c, 0x87, 0x24, 0xe0, 0x6d } }

/* UEFI 2.10, 37.3 EFI_MEMORY_ATTRIBUTE_PROTOCOL */
#define STUB_MEMORY_ATTRIBUTE_GUID \
	{ 0xf4560cf6, 0x40ec, 0x4b4a, { 0xa1, 0x92, 0xbf, 0x1d, 0x57, 0xd0, 0xb1, 0x89 } }

struct efi_memory_attribute {
	EFI_STATUS(EFIAPI *get)(struct efi_memory_attribute *self, EFI_PHYSICAL_ADDRESS base,
				UINT64 length, UINT64 *attributes);
	EFI_STATUS(EFIAPI *set)(struct efi_memory_attribute *self, EFI_PHYSICAL_ADDRESS base,
				UINT64 length, UINT64 attributes);
	EFI_STATUS(EFIAPI *clear)(struct efi_memory_attribute *self, EFI_PHYSICAL_ADDRESS base,
				  UINT64 length, UINT64 attributes);
};

/* Platform Initialization 1.8, volume 2, 7.2: the predecessor of that protocol, in the table of DXE
 * services. */
#define STUB_DXE_SERVICES_GUID \
	{ 0x05ad34ba, 0x6f02, 0x4214, { 0x95, 0x2e, 0x4d, 0xa0, 0x39, 0x8e, 0x2b, 0xb9 } }
#define STUB_DXE_SERVICES_SIGNATURE 0x565245535f455844ull	/* "DXE_SERV" */

struct dxe_memory_space {
	EFI_PHYSICAL_ADDRESS base;
	UINT64 size, capabilities, attributes;
	UINT32 type;
	EFI_HANDLE image, device;
};
/* EFI_GCD_MEMORY_TYPE: RAM, and mirrored RAM */
enum { STUB_DXE_SYSTEM_MEMORY = 2, STUB_DXE_MORE_RELIABLE = 5 };

struct dxe_services {
	EFI_TABLE_HEADER head;
	void *unused[4];
	EFI_STATUS(EFIAPI *get_memory_space)(EFI_PHYSICAL_ADDRESS base,
					     struct dxe_memory_space *ret);
	EFI_STATUS(EFIAPI *set_memory_space)(EFI_PHYSICAL_ADDRESS base, UINT64 size,
					     UINT64 attributes);
};

/* UEFI 2.10, 7.2 EFI_MEMORY_TYPE and attributes */
enum { STUB_MEMORY_PERSISTENT = 14, STUB_MEMORY_UNACCEPTED = 15 };
#define STUB_MEMORY_RELIABLE 0x10000ull		/* EFI_MEMORY_MORE_RELIABLE: mirrored */
#define STUB_MEMORY_READ_ONLY 0x20000ull
#define STUB_MEMORY_SPECIFIC_PURPOSE 0x40000ull
#define STUB_MEMORY_HOT_PLUG 0x100000ull

/* EDK2, OvmfPkg: an operating system calls it if it accepts memory itself. */
#define STUB_MEMORY_ACCEPTANCE_GUID \
	{ 0xc5a010fe, 0x38a7, 0x4531, { 0x8a, 0x4a, 0x05, 0x00, 0xd2, 0xfd, 0x16, 0x49 } }

struct efi_memory_acceptance {
	EFI_STATUS(EFIAPI *allow_unaccepted)(struct efi_memory_acceptance *self);
};

/* Linux, include/linux/efi.h: a configuration table of the units of memory that have not been
 * accepted. */
#define STUB_UNACCEPTED_TABLE_GUID \
	{ 0xd5d1de3c, 0x105c, 0x44f9, { 0x9e, 0xa9, 0xbc, 0xef, 0x98, 0x12, 0x00, 0x31 } }

struct efi_unaccepted {
	UINT32 version; /* 1 */
	UINT32 unit;	/* bytes for each bit */
	UINT64 base;	/* address of the first unit */
	UINT64 size;	/* bytes of the bitmap */
	unsigned char bitmap[];
};

/* Linux, include/linux/efi.h, EFI_CC_BLOB_GUID: struct guest_blob, from firmware of SEV-SNP
 * guests */
#define STUB_CC_BLOB_GUID \
	{ 0x067b1f5f, 0xcf26, 0x44c5, { 0x85, 0x54, 0x93, 0xd7, 0x77, 0x91, 0x2d, 0x42 } }

/* --- configuration tables that Linux reads (include/linux/efi.h) --- */

#define STUB_RANDOM_SEED_TABLE_GUID \
	{ 0x1ce1e5bc, 0x7ceb, 0x42f2, { 0x81, 0xe5, 0x8a, 0xad, 0xf1, 0x80, 0xf5, 0x7b } }
#define STUB_EVENT_LOG_TABLE_GUID \
	{ 0xb7799cb0, 0xeca2, 0x4943, { 0x96, 0x67, 0x1f, 0xae, 0x07, 0xb7, 0x47, 0xfa } }

/* UEFI 2.10, 4.6: EFI_DTB_TABLE */
#define STUB_DEVICE_TREE_TABLE_GUID \
	{ 0xb1b621d5, 0xf19c, 0x41a5, { 0x83, 0x0b, 0xd9, 0x15, 0x2c, 0x69, 0xaa, 0xe0 } }

struct linux_seed_table {
	UINT32 size; /* bytes */
	UINT8 bits[];
};

struct linux_event_log_table {
	UINT32 size;		  /* bytes, of the log */
	UINT32 final_events_size; /* bytes of the log that are final events, too */
	UINT8 version;		  /* the log's format */
	UINT8 log[];
} __attribute__((packed));

struct linux_initrd_table {
	UINT64 base, size;
};

/* --- EFI Device Tree Fixup Protocol Specification
 * (https://github.com/U-Boot-EFI/EFI_DT_FIXUP_PROTOCOL) --- */

#define STUB_DT_FIXUP_GUID \
	{ 0xe617d64c, 0xfe08, 0x46da, { 0xf4, 0xdc, 0xbb, 0xd5, 0x87, 0x0c, 0x73, 0x00 } }

enum { STUB_DT_APPLY_FIXUPS = 1, STUB_DT_RESERVE_MEMORY = 2 };

struct dt_fixup_protocol {
	UINT64 revision; /* 0x10000 */
	/* @size: of the buffer; if it is too small, the size that is needed is returned */
	EFI_STATUS(EFIAPI *fixup)(struct dt_fixup_protocol *self, void *tree, UINTN *size,
				  UINT32 flags);
};

/* --- TCG EFI Protocol Specification 1.00, 6 EFI_TCG2_PROTOCOL --- */

#define STUB_TCG2_GUID \
	{ 0x607f766c, 0x7455, 0x42be, { 0x93, 0x0b, 0xe4, 0xd7, 0x6d, 0xb2, 0x72, 0x0f } }
#define STUB_TCG2_FINAL_EVENTS_GUID \
	{ 0x1e2ed096, 0x30e2, 0x4254, { 0xbd, 0x89, 0x86, 0x3b, 0xbe, 0xf8, 0x23, 0x25 } }

enum { STUB_LOG_FORMAT_1_2 = 1, STUB_LOG_FORMAT_2 = 2 };

/* An event to be logged; the data follow. It is the same in EFI_CC_MEASUREMENT_PROTOCOL. */
struct tcg_event_head {
	UINT32 size;	       /* bytes, with the data */
	UINT32 header_size;    /* of the four fields from here */
	UINT16 header_version; /* 1 */
	UINT32 index;	       /* of a PCR, or of a measurement register */
	UINT32 type;
} __attribute__((packed));

typedef EFI_STATUS(EFIAPI *tcg_get_event_log)(void *self, UINT32 format,
					      EFI_PHYSICAL_ADDRESS *first,
					      EFI_PHYSICAL_ADDRESS *last, BOOLEAN *cut);
typedef EFI_STATUS(EFIAPI *tcg_hash_log_extend_event)(void *self, UINT64 flags,
						      EFI_PHYSICAL_ADDRESS data, UINT64 size,
						      const struct tcg_event_head *event);

/* EFI_TCG2_PROTOCOL, and UEFI 2.10, 38.2 EFI_CC_MEASUREMENT_PROTOCOL. They are alike up to
 * map_pcr_to_mr_index(), which the second one has. */
struct tcg_protocol {
	void *get_capability;
	tcg_get_event_log get_event_log;
	tcg_hash_log_extend_event hash_log_extend_event;
	EFI_STATUS(EFIAPI *map_pcr_to_mr_index)(void *self, UINT32 pcr, UINT32 *ret);
};

#define STUB_CC_MEASUREMENT_GUID \
	{ 0x96751a3d, 0x72f4, 0x41a6, { 0xa7, 0x94, 0xed, 0x5d, 0x0e, 0x67, 0xae, 0x6b } }
#define STUB_CC_FINAL_EVENTS_GUID \
	{ 0xdd4a4648, 0x2de7, 0x4665, { 0x96, 0x4d, 0x21, 0xd9, 0xef, 0x5f, 0xb4, 0x46 } }

/* TCG PC Client Platform Reset Attack Mitigation Specification 1.10, 5 */
#define STUB_MEMORY_OVERWRITE_GUID \
	{ 0xe20939be, 0x32d4, 0x41be, { 0xa1, 0x50, 0x89, 0x7f, 0x85, 0xd4, 0x98, 0x29 } }

/* --- the console (EDK II): on handles that belong to ConOut --- */

#define STUB_CONSOLE_OUT_DEVICE_GUID \
	{ 0xd3b36f2c, 0xd551, 0x11d4, { 0x9a, 0x46, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d } }

/* --- PI Specification 1.8, vol. 5, 15 EFI_SMBIOS_PROTOCOL --- */

#define STUB_SMBIOS_GUID \
	{ 0x03583ff6, 0xcb36, 0x4940, { 0x94, 0x7e, 0xb9, 0xb3, 0x9f, 0x4a, 0xfa, 0xf7 } }

struct efi_smbios_protocol {
	void *add, *update_string, *remove;
	EFI_STATUS(EFIAPI *get_next)(struct efi_smbios_protocol *self, UINT16 *handle, UINT8 *type,
				     UINT8 **record, EFI_HANDLE *producer);
};

/* SMBIOS 3.6, 5.2.1: the entry point of tables below 4 GiB */
#define STUB_SMBIOS_TABLE_GUID \
	{ 0xeb9d2d31, 0x2d88, 0x11d3, { 0x9a, 0x16, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d } }

struct smbios_entry {
	UINT8 anchor[4], checksum; /* "_SM_" */
	UINT8 size;		   /* bytes that the checksum covers */
	UINT8 unused[10];
	struct {
		UINT8 anchor[5], checksum; /* "_DMI_" */
		UINT16 size;		   /* bytes of the table */
		UINT32 table;
		UINT16 count;
		UINT8 revision;
	} __attribute__((packed)) part;
} __attribute__((packed));

/* 5.2.2: that of tables anywhere */
#define STUB_SMBIOS3_TABLE_GUID \
	{ 0xf2fd1544, 0x9794, 0x4a2c, { 0x99, 0x2e, 0xe5, 0xbb, 0xcf, 0x20, 0xe3, 0x94 } }

struct smbios3_entry {
	UINT8 anchor[5], checksum; /* "_SM3_" */
	UINT8 length, major, minor, document, revision, unused;
	UINT32 size; /* bytes of the table, at most */
	UINT64 table;
} __attribute__((packed));

/* --- Apple's protocols, as in Linux --- */

#define STUB_APPLE_PROPERTIES_GUID \
	{ 0x91bd12fe, 0xf6c3, 0x44fb, { 0xa5, 0xb7, 0x51, 0x22, 0xab, 0x30, 0x3a, 0xe0 } }
#define STUB_APPLE_SET_OS_GUID \
	{ 0xc5c5da95, 0x7d5c, 0x45e6, { 0xb2, 0xf1, 0x3f, 0xd5, 0x2b, 0xb1, 0x00, 0x77 } }

struct apple_properties {
	UINTN version; /* 0x10000 */
	void *get, *set, *del;
	EFI_STATUS(EFIAPI *get_all)(struct apple_properties *self, void *buffer, UINT32 *size);
};

struct apple_set_os {
	UINTN version; /* 1: version only; 2: vendor too */
	EFI_STATUS(EFIAPI *set_os_version)(const char *version);
	EFI_STATUS(EFIAPI *set_os_vendor)(const char *vendor);
};

/* --- the Boot Loader Interface (https://systemd.io/BOOT_LOADER_INTERFACE) --- */

#define STUB_LOADER_INTERFACE_GUID \
	{ 0x4a67b082, 0x0a4c, 0x41cf, { 0xb6, 0xc7, 0x44, 0x0b, 0x29, 0xbb, 0x8c, 0x4f } }

/* --- UEFI Shell Specification 2.2, 2.3 EFI_SHELL_PARAMETERS_PROTOCOL; and EFI Shell 1.0's --- */

#define STUB_SHELL_PARAMETERS_GUID \
	{ 0x752f3136, 0x4e16, 0x4fdc, { 0xa2, 0x2a, 0xe5, 0xf4, 0x68, 0x12, 0xf4, 0xca } }
#define STUB_SHELL_INTERFACE_GUID \
	{ 0x47c7b223, 0xc42a, 0x11d2, { 0x8e, 0x57, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b } }

/* --- shim --- */

/* shim, README.md and shim.h. The first protocol verifies an image; its functions have the System V
 * calling convention, and shim's variables have the same GUID. The second exists since shim 16. */
#define STUB_SHIM_LOCK_GUID \
	{ 0x605dab50, 0xe046, 0x4300, { 0xab, 0xb6, 0x3d, 0xd8, 0x10, 0xdd, 0x8b, 0x23 } }
#define STUB_SHIM_LOADER_GUID \
	{ 0x1f492041, 0xfadb, 0x4e59, { 0x9e, 0x57, 0x7c, 0xaf, 0xe7, 0x3a, 0x55, 0xab } }

struct efi_shim_lock {
	EFI_STATUS (*verify)(const void *image, UINT32 size);
};

#endif
