/* SPDX-License-Identifier: BSD-2-Clause */
#include "consumers.h"

#include <stdio.h>
#include <string.h>

#include <bzboot/bzboot.h>

#define BZIMAGE BZB_IS_BZIMAGE, 0, "a bzImage"
#define PE BZB_IS_PE, 0, "a PE image"
#define BZIMAGE_OR_ELF (BZB_IS_BZIMAGE | BZB_IS_ELF), 0, "a bzImage or an ELF"
#define BZIMAGE_OR_PE (BZB_IS_BZIMAGE | BZB_IS_PE), 0, "a bzImage or a PE image"
#define IMAGE IS_LINUX_IMAGE, 0, "Linux's Image"
#define IMAGE_OR_ZBOOT (IS_LINUX_IMAGE | BZB_IS_ZBOOT), 0, "Linux's Image or a zboot image"
#define IMAGE_ZBOOT_OR_UKI                                                                        \
	(IS_LINUX_IMAGE | BZB_IS_ZBOOT | BZB_IS_UKI), 0,                                           \
		"Linux's Image, a zboot image or a unified kernel image"
#define IMAGE_ZBOOT_OR_ELF                                                                        \
	(IS_LINUX_IMAGE | BZB_IS_ZBOOT | BZB_IS_ELF), 0,                                           \
		"Linux's Image, a zboot image or an ELF"
#define APPLICATION                                                                               \
	(IS_LINUX_IMAGE | BZB_IS_ZBOOT | BZB_IS_ELF | BZB_IS_UKI), 0,                              \
		"Linux's Image, an ELF, a zboot image or a unified kernel image"
#define KERNEL                                                                                    \
	(BZB_IS_BZIMAGE | BZB_IS_ZBOOT | BZB_IS_ELF | BZB_IS_UKI), 0,                              \
		"a kernel: an ELF, a bzImage, a zboot image or a unified kernel image"
#define PE_NOT_UKI                                                                                \
	BZB_IS_PE, (BZB_IS_UKI | BZB_IS_ADDON), "a PE image, but no unified kernel image or addon"
#define UKI BZB_IS_UKI, 0, "a unified kernel image"
#define ANYTHING 0, 0, "any file"

#define EVERYWHERE(...) { { ANYWHERE, __VA_ARGS__ } }
#define X86_64_ONLY(...) { { ON_X86_64, __VA_ARGS__ } }

static const struct consumer_row rows[CONSUMER_COUNT] = {
	/* clang-format off */
	[FIRMWARE] = { "firmware", "UEFI firmware", EVERYWHERE(PE), ON_X86_64 | ON_ARM64 | ON_LOONG64 },
	[FIRMWARE_NX] = { "firmware-nx", "UEFI firmware with strict memory protection", EVERYWHERE(PE), ON_X86_64 | ON_ARM64 },
	[SHIM] = { "shim", "shim", EVERYWHERE(PE), ON_X86_64 },
	[SD_BOOT] = { "sd-boot", "systemd-boot", EVERYWHERE(PE), ON_X86_64 | ON_ARM64 },
	[SD_STUB] = { "sd-stub", "systemd-stub, as the .linux of its image", EVERYWHERE(PE_NOT_UKI), ON_X86_64 },
	[GRUB_EFI] = { "grub-efi", "GRUB on EFI, command linux", { { ON_X86_64, BZIMAGE }, { ON_APPLICATIONS, PE } }, ON_X86_64 | ON_ARM64 },
	[GRUB_UKI] = { "grub-uki", "GRUB on EFI, command uki", EVERYWHERE(UKI), 0 },
	[REFIND] = { "refind", "rEFInd", { { ON_X86_64 | ON_ARM64 | ON_UNKNOWN, PE } }, ON_X86_64 },
	[GRUB_BIOS] = { "grub-bios", "GRUB on a BIOS, commands linux and linux16", X86_64_ONLY(BZIMAGE), ON_X86_64 },
	[SYSLINUX] = { "syslinux", "SYSLINUX", X86_64_ONLY(BZIMAGE), ON_X86_64 },
	[IPXE] = { "ipxe", "iPXE", { { ON_X86_64 | ON_UNKNOWN, BZIMAGE_OR_PE }, { ON_APPLICATIONS, PE } }, ON_X86_64 },
	[LIMINE] = { "limine", "Limine, protocol linux", X86_64_ONLY(BZIMAGE), 0 },
	[SEABIOS] = { "seabios", "QEMU -kernel with SeaBIOS", X86_64_ONLY(BZIMAGE), ON_X86_64 },
	[U_BOOT] = { "u-boot", "U-Boot, commands bootefi and, on x86, zboot", { { ON_X86_64 | ON_UNKNOWN, BZIMAGE_OR_PE }, { ON_APPLICATIONS, PE } }, ON_X86_64 | ON_ARM64 | ON_RISCV64 },
	[COREBOOT] = { "coreboot", "coreboot's cbfstool", X86_64_ONLY(BZIMAGE_OR_ELF), 0 },
	[KEXEC_LOAD] = { "kexec-load", "kexec -c, system call kexec_load", { { ON_X86_64, BZIMAGE_OR_ELF }, { ON_ARM64, APPLICATION }, { ON_RISCV64 | ON_LOONG64, IMAGE_ZBOOT_OR_ELF } }, ON_X86_64 },
	[KEXEC_FILE] = { "kexec-file", "kexec -s, system call kexec_file_load", { { ON_X86_64, BZIMAGE }, { ON_ARM64, IMAGE_ZBOOT_OR_UKI }, { ON_RISCV64 | ON_LOONG64, IMAGE_ZBOOT_OR_ELF } }, ON_X86_64 },
	[U_ROOT] = { "u-root", "u-root's kexec, also with --loadsyscall", { { ON_X86_64, BZIMAGE }, { ON_ARM64, IMAGE_OR_ZBOOT }, { ON_RISCV64, IMAGE } }, 0 },
	[QEMU] = { "qemu", "QEMU -kernel with EDK2", { { ON_X86_64 | ON_UNKNOWN, BZIMAGE_OR_PE }, { ON_APPLICATIONS, PE } }, ON_X86_64 | ON_ARM64 | ON_LOONG64 },
	[XEN_DOM0] = { "xen-dom0", "Xen, as dom0", { { ON_X86_64, BZIMAGE_OR_ELF }, { ON_ARM64, IMAGE } }, ON_X86_64 },
	[FIRECRACKER] = { "firecracker", "Firecracker", { { ON_X86_64, BZIMAGE_OR_ELF }, { ON_ARM64, IMAGE } }, 0 },
	[CLOUD_HYPERVISOR] = { "cloud-hypervisor", "Cloud Hypervisor", { { ON_X86_64, BZIMAGE_OR_ELF }, { ON_ARM64 | ON_RISCV64, IMAGE } }, 0 },
	[CROSVM] = { "crosvm", "crosvm", { { ON_X86_64, BZIMAGE_OR_ELF }, { ON_ARM64, IMAGE } }, 0 },
	[RUST_VMM] = { "rust-vmm", "rust-vmm's linux-loader", { { ON_X86_64, BZIMAGE_OR_ELF }, { ON_ARM64 | ON_RISCV64, IMAGE } }, 0 },
	[EXTRACT_VMLINUX] = { "extract-vmlinux", "Linux's scripts/extract-vmlinux", EVERYWHERE(KERNEL), ANYWHERE },
	[UKIFY] = { "ukify", "ukify build --linux", EVERYWHERE(PE), ANYWHERE },
	[KERNEL_INSTALL] = { "kernel-install", "kernel-install and bootctl", EVERYWHERE(ANYTHING), ANYWHERE },
	[PESIGN] = { "pesign", "pesign", EVERYWHERE(PE), ANYWHERE },
	[SBSIGN] = { "sbsign", "sbsign and sbverify", EVERYWHERE(PE), ANYWHERE },
	[OSSLSIGNCODE] = { "osslsigncode", "osslsigncode", EVERYWHERE(PE), ANYWHERE },
	[BZBOOT] = { "bzboot", "bzboot pack", { { ON_X86_64, KERNEL }, { ON_APPLICATIONS, APPLICATION } }, ANYWHERE },
	/* clang-format on */
};

const struct consumer_row *consumer_row(enum consumer which)
{
	return &rows[which];
}

unsigned int consumer_machine(uint16_t machine)
{
	enum bzb_machine known = BZB_MACHINE_COUNT;

	return bzb_machine_of_pe(machine, &known) ? ON_UNKNOWN : MACHINE(known);
}

const struct reading *consumer_reading(const struct consumer_row *row, uint16_t machine)
{
	const unsigned int wanted = machine ? consumer_machine(machine) : row->reads[0].machines;

	for (unsigned int i = 0; i < READINGS_MAX; i++)
		if (row->reads[i].machines & wanted)
			return &row->reads[i];
	return NULL;
}

static void add(struct why *to, const char *before, const char *text)
{
	const size_t length = strlen(to->text);

	snprintf(to->text + length, sizeof(to->text) - length, "%s%s", length ? before : "", text);
}

static void add_machines(struct why *to, const char *before, unsigned int machines)
{
	for (enum bzb_machine i = 0; i < BZB_MACHINE_COUNT; i++) {
		if (!(machines & MACHINE(i)))
			continue;
		add(to, before, bzb_machine_name(i));
		before = ", ";
	}
}

void consumer_reads(const struct consumer_row *row, struct why *ret)
{
	*ret->text = '\0';
	for (unsigned int i = 0; i < READINGS_MAX && row->reads[i].machines; i++) {
		add(ret, "; ", row->reads[i].words);
		if (row->reads[i].machines != ANYWHERE)
			add_machines(ret, " for ", row->reads[i].machines);
	}
}

void consumer_refuses(const struct consumer_row *row, uint16_t machine, struct why *ret)
{
	const struct reading *reading = consumer_reading(row, machine);

	explain(ret, "%s reads ", row->name);
	if (!reading) {
		add(ret, "", "no files for this machine");
		return;
	}
	add(ret, "", reading->words);
	if (reading->machines != ANYWHERE)
		add_machines(ret, " for ", machine ? consumer_machine(machine) : reading->machines);
	add(ret, "", ", which this is not");
}

void consumer_tried(const struct consumer_row *row, struct why *ret)
{
	*ret->text = '\0';
	if (!row->tried)
		add(ret, "", "never");
	else if (row->tried == ANYWHERE)
		add(ret, "", "everywhere");
	else
		add_machines(ret, "", row->tried);
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
