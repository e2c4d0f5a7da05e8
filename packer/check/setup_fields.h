/* SPDX-License-Identifier: BSD-2-Clause */
/* Fields of the setup header as they are in the file, also where the parser refuses the header. */
#ifndef PACKER_SETUP_FIELDS_H
#define PACKER_SETUP_FIELDS_H

#include "check.h"

/* The value of a field; 0 if the file ends before it */
#define SETUP_VALUE(checking, name)                                                               \
	setup_value(checking, offsetof(struct bzb_setup_header, name),                             \
		    sizeof(((struct bzb_setup_header *)0)->name))

/* The same as a place of a finding */
#define SETUP_FIELD(checking, name)                                                               \
	FIELD_AT(#name, SETUP_VALUE(checking, name),                                               \
		 BZB_SETUP_HEADER_OFFSET + offsetof(struct bzb_setup_header, name))

/**
 * setup_value() - a number of the setup header
 * @checking: its file is read
 * @offset: of the field in the header
 * @width: at most 8, bytes
 *
 * returns: the number; 0 if the file ends before it
 */
uint64_t setup_value(const struct checking *checking, size_t offset, size_t width);

/**
 * setup_is_since() - whether a bzImage has the fields of a version of the boot protocol
 * @checking: its file
 * @version: 0x0208 is 2.08
 */
bool setup_is_since(const struct checking *checking, unsigned int version);

/**
 * setup_size() - the bytes before the protected-mode part
 * @checking: its file
 *
 * returns: bytes; may be more than the file has
 */
uint64_t setup_size(const struct checking *checking);

/**
 * setup_pm_size() - the bytes of the protected-mode part, with a signature at its end
 * @checking: its file
 *
 * returns: bytes; 0 if the file ends before it
 */
uint64_t setup_pm_size(const struct checking *checking);

/**
 * setup_contents_size() - the same without signature and without what follows the sections
 * @checking: its file
 *
 * returns: bytes
 */
uint64_t setup_contents_size(const struct checking *checking);

/* QEMU's consumer_set if OVMF cannot start the file as a PE image and reads its setup header: then
 * OvmfPkg/Library/LoadLinuxLib/Linux.c decides. */
consumer_set setup_ovmf(const struct checking *checking);

/* All consumers that read a setup header and load what follows */
#define SETUP_READERS                                                                             \
	(CONSUMER(GRUB_EFI) | CONSUMER(GRUB_BIOS) | CONSUMER(SYSLINUX) | CONSUMER(IPXE) |          \
	 CONSUMER(LIMINE) | CONSUMER(SEABIOS) | CONSUMER(U_BOOT) | CONSUMER(COREBOOT) |            \
	 CONSUMER(KEXEC_LOAD) | CONSUMER(KEXEC_FILE) | CONSUMER(U_ROOT) | CONSUMER(XEN_DOM0) |     \
	 CONSUMER(FIRECRACKER) | CONSUMER(CLOUD_HYPERVISOR) | CONSUMER(CROSVM) |                   \
	 CONSUMER(RUST_VMM) | CONSUMER(BZBOOT))

#define GRUBS (CONSUMER(GRUB_EFI) | CONSUMER(GRUB_BIOS))

/* Those that decompress the payload by themselves */
#define PAYLOAD_READERS (CONSUMER(U_ROOT) | CONSUMER(XEN_DOM0) | CONSUMER(BZBOOT))

#endif
