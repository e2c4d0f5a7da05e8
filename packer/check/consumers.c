/* SPDX-License-Identifier: BSD-2-Clause */
#include "consumers.h"

#include <string.h>

#include <bzboot/bzboot.h>

#define BZIMAGE BZB_IS_BZIMAGE, 0, "a bzImage"
#define PE BZB_IS_PE, 0, "a PE image"
#define BZIMAGE_OR_ELF (BZB_IS_BZIMAGE | BZB_IS_ELF), 0, "a bzImage or an ELF"
#define BZIMAGE_OR_PE (BZB_IS_BZIMAGE | BZB_IS_PE), 0, "a bzImage or a PE image"
#define KERNEL                                                                                    \
	(BZB_IS_BZIMAGE | BZB_IS_ZBOOT | BZB_IS_ELF | BZB_IS_UKI), 0,                              \
		"a kernel: an ELF, a bzImage, a zboot image or a unified kernel image"
#define PE_NOT_UKI                                                                                \
	BZB_IS_PE, (BZB_IS_UKI | BZB_IS_ADDON), "a PE image, but no unified kernel image or addon"
#define UKI BZB_IS_UKI, 0, "a unified kernel image"
#define ANYTHING 0, 0, "any file"

static const struct consumer_row rows[CONSUMER_COUNT] = {
	/* clang-format off */
	[FIRMWARE] = { "firmware", "UEFI firmware", PE, false, TRIED_ON_X86_64 },
	[FIRMWARE_NX] = { "firmware-nx", "UEFI firmware with strict memory protection", PE, false, TRIED_ON_X86_64 },
	[SHIM] = { "shim", "shim", PE, false, TRIED_ON_X86_64 },
	[SD_BOOT] = { "sd-boot", "systemd-boot", PE, false, TRIED_ON_X86_64 },
	[SD_STUB] = { "sd-stub", "systemd-stub, as the .linux of its image", PE_NOT_UKI, false, TRIED_ON_X86_64 },
	[GRUB_EFI] = { "grub-efi", "GRUB on EFI, command linux", BZIMAGE, true, TRIED_ON_X86_64 },
	[GRUB_UKI] = { "grub-uki", "GRUB on EFI, command uki", UKI, false, TRIED_NEVER },
	[REFIND] = { "refind", "rEFInd", PE, false, TRIED_ON_X86_64 },
	[GRUB_BIOS] = { "grub-bios", "GRUB on a BIOS, commands linux and linux16", BZIMAGE, true, TRIED_ON_X86_64 },
	[SYSLINUX] = { "syslinux", "SYSLINUX", BZIMAGE, true, TRIED_ON_X86_64 },
	[IPXE] = { "ipxe", "iPXE", BZIMAGE_OR_PE, false, TRIED_ON_X86_64 },
	[LIMINE] = { "limine", "Limine, protocol linux", BZIMAGE, true, TRIED_NEVER },
	[SEABIOS] = { "seabios", "QEMU -kernel with SeaBIOS", BZIMAGE, true, TRIED_ON_X86_64 },
	[U_BOOT] = { "u-boot", "U-Boot, commands zboot and bootefi", BZIMAGE_OR_PE, false, TRIED_ON_X86_64 },
	[COREBOOT] = { "coreboot", "coreboot's cbfstool", BZIMAGE_OR_ELF, true, TRIED_NEVER },
	[KEXEC_LOAD] = { "kexec-load", "kexec -c, system call kexec_load", BZIMAGE_OR_ELF, true, TRIED_ON_X86_64 },
	[KEXEC_FILE] = { "kexec-file", "kexec -s, system call kexec_file_load", BZIMAGE, true, TRIED_ON_X86_64 },
	[U_ROOT] = { "u-root", "u-root's kexec, also with --loadsyscall", BZIMAGE, true, TRIED_NEVER },
	[QEMU] = { "qemu", "QEMU -kernel with OVMF", BZIMAGE_OR_PE, false, TRIED_ON_X86_64 },
	[XEN_DOM0] = { "xen-dom0", "Xen, as dom0", BZIMAGE_OR_ELF, true, TRIED_ON_X86_64 },
	[FIRECRACKER] = { "firecracker", "Firecracker", BZIMAGE_OR_ELF, true, TRIED_NEVER },
	[CLOUD_HYPERVISOR] = { "cloud-hypervisor", "Cloud Hypervisor", BZIMAGE_OR_ELF, true, TRIED_NEVER },
	[CROSVM] = { "crosvm", "crosvm", BZIMAGE_OR_ELF, true, TRIED_NEVER },
	[RUST_VMM] = { "rust-vmm", "rust-vmm's linux-loader", BZIMAGE_OR_ELF, true, TRIED_NEVER },
	[EXTRACT_VMLINUX] = { "extract-vmlinux", "Linux's scripts/extract-vmlinux", KERNEL, false, TRIED_EVERYWHERE },
	[UKIFY] = { "ukify", "ukify build --linux", PE, false, TRIED_EVERYWHERE },
	[KERNEL_INSTALL] = { "kernel-install", "kernel-install and bootctl", ANYTHING, false, TRIED_EVERYWHERE },
	[PESIGN] = { "pesign", "pesign", PE, false, TRIED_EVERYWHERE },
	[SBSIGN] = { "sbsign", "sbsign and sbverify", PE, false, TRIED_EVERYWHERE },
	[OSSLSIGNCODE] = { "osslsigncode", "osslsigncode", PE, false, TRIED_EVERYWHERE },
	[BZBOOT] = { "bzboot", "bzboot pack", KERNEL, true, TRIED_EVERYWHERE },
	/* clang-format on */
};

const struct consumer_row *consumer_row(enum consumer which)
{
	return &rows[which];
}

/* returns: CONSUMER_COUNT if there is none */
static enum consumer find(const char *name, size_t size)
{
	enum consumer which = 0;

	while (which < CONSUMER_COUNT &&
	       (strlen(rows[which].name) != size || memcmp(rows[which].name, name, size) != 0))
		which++;
	return which;
}

int consumers_parse(const char *list, consumer_set *ret, const char **ret_unknown, int *ret_size)
{
	consumer_set set = 0;

	for (;;) {
		size_t size = strcspn(list, ",");
		enum consumer which = find(list, size);

		if (which == CONSUMER_COUNT) {
			*ret_unknown = list;
			*ret_size = (int)size;
			return -1;
		}
		set |= CONSUMER(which);
		if (!list[size])
			break;
		list += size + 1;
	}
	*ret = set;
	return 0;
}
