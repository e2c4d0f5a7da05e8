/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The setup header of a bzImage: where loaders put the kernel, with how much memory, and by which
 * entry. "boot.rst" is Linux's Documentation/arch/x86/boot.rst.
 */
#include <bzboot/bzboot.h>

#include "families.h"
#include "setup_fields.h"

/* Where loaders put the protected-mode part of a kernel that does not move */
#define BASE 0x100000u
/* kexec/arch/i386/kexec-bzImage.c, with --real-mode */
#define HEAP_END_MAX 0xfffcu
/* arch/x86/kernel/kexec-bzimage64.c: room for "elfcorehdr=" and the NUL of a command line */
#define CMDLINE_SIZE_MIN 31u
/* boot.rst, "cmdline_size": that of kernels without the field */
#define CMDLINE_SIZE_OLD 255u
/* A signature with its certificates seldom has more. */
#define SIGNATURE_SIZE 4096u

static bool has_xloadflags(const struct checking *checking, unsigned int flags)
{
	return setup_is_since(checking, 0x20c) &&
	       (SETUP_VALUE(checking, xloadflags) & flags) == flags;
}

/* The setup of Linux jumps to code32_start, so 16-bit loaders depend on it, too. A program without
 * payload is not Linux, and may go its own way. */
static consumer_set entered_by_setup(const struct checking *checking)
{
	return checking->subject->parts & PART_PAYLOAD ?
		       CONSUMER(GRUB_BIOS) | CONSUMER(SYSLINUX) | CONSUMER(SEABIOS) |
			       CONSUMER(IPXE) :
		       0;
}

static void check_code32_start(struct checking *checking)
{
	uint64_t start = SETUP_VALUE(checking, code32_start);
	consumer_set breaks = CONSUMER(GRUB_EFI) | entered_by_setup(checking);

	if (start == BASE)
		return;
	if (start < BASE)
		breaks |= CONSUMER(RUST_VMM) | CONSUMER(CLOUD_HYPERVISOR);
	else if (start - BASE < setup_pm_size(checking))
		breaks = 0;
	found_for(checking, breaks, SETUP_FIELD(checking, code32_start),
		  breaks ? "the 32-bit entry is outside the kernel" :
			   "the 32-bit entry is not at the start of the kernel");
}

static void check_heap_end(struct checking *checking)
{
	if (setup_is_since(checking, 0x201) && SETUP_VALUE(checking, heap_end_ptr) > HEAP_END_MAX)
		found(checking, SETUP_FIELD(checking, heap_end_ptr),
		      "the heap of the setup ends above 0xfffc, so no stack fits");
}

/* The end of the kernel where loaders put it first */
static uint64_t end_in_memory(const struct checking *checking)
{
	uint64_t start = BASE, size = setup_pm_size(checking);

	if (setup_is_since(checking, 0x20a)) {
		uint64_t preferred = SETUP_VALUE(checking, pref_address);

		start = preferred > BASE ? preferred : BASE;
		size = SETUP_VALUE(checking, init_size);
	}
	return size < UINT64_MAX - start ? start + size : UINT64_MAX;
}

static void check_initrd_max(struct checking *checking)
{
	consumer_set breaks = GRUBS | CONSUMER(SYSLINUX) | CONSUMER(IPXE);
	uint64_t end = end_in_memory(checking);

	if (!setup_is_since(checking, 0x203) || SETUP_VALUE(checking, initrd_addr_max) >= end)
		return;
	if (!has_xloadflags(checking, BZB_XLF_CAN_BE_LOADED_ABOVE_4G))
		breaks |= CONSUMER(SEABIOS);
	found_for(checking, breaks, SETUP_FIELD(checking, initrd_addr_max),
		  "an initrd has no place: it must end below the end of the kernel, 0x%llx",
		  (unsigned long long)end);
}

static void check_alignment(struct checking *checking)
{
	uint64_t alignment = SETUP_VALUE(checking, kernel_alignment);

	if (setup_is_since(checking, 0x205) && SETUP_VALUE(checking, relocatable_kernel) &&
	    !bzb_is_power_of_two(alignment))
		found(checking, SETUP_FIELD(checking, kernel_alignment),
		      "the alignment is not a power of two");
}

static void check_min_alignment(struct checking *checking)
{
	uint64_t least = SETUP_VALUE(checking, min_alignment);
	uint64_t alignment = SETUP_VALUE(checking, kernel_alignment);

	if (setup_is_since(checking, 0x20a) && least &&
	    (least > 31 || (uint64_t)1 << least > alignment))
		found(checking, SETUP_FIELD(checking, min_alignment),
		      "the least alignment, 2^%llu, is more than kernel_alignment, 0x%llx",
		      (unsigned long long)least, (unsigned long long)alignment);
}

static void check_relocatable(struct checking *checking)
{
	if (setup_is_since(checking, 0x205) && !SETUP_VALUE(checking, relocatable_kernel))
		found_for(checking, CONSUMER(U_ROOT) | setup_ovmf(checking),
			  SETUP_FIELD(checking, relocatable_kernel),
			  "relocatable_kernel is 0: it runs only where it is linked to");
}

static void check_kernel_64(struct checking *checking)
{
	if (setup_is_since(checking, 0x20c) && !has_xloadflags(checking, BZB_XLF_KERNEL_64))
		found(checking, SETUP_FIELD(checking, xloadflags),
		      "KERNEL_64 is not set: it has no 64-bit entry");
}

static void check_above_4g(struct checking *checking)
{
	if (has_xloadflags(checking, BZB_XLF_KERNEL_64) &&
	    !has_xloadflags(checking, BZB_XLF_CAN_BE_LOADED_ABOVE_4G))
		found(checking, SETUP_FIELD(checking, xloadflags),
		      "CAN_BE_LOADED_ABOVE_4G is not set");
}

static void check_5level(struct checking *checking)
{
	if (has_xloadflags(checking, BZB_XLF_KERNEL_64) &&
	    !has_xloadflags(checking, BZB_XLF_5LEVEL))
		found(checking, SETUP_FIELD(checking, xloadflags),
		      "5LEVEL is not set: its 64-bit entry takes four levels of page tables only");
}

static void check_efi_kexec(struct checking *checking)
{
	if (has_xloadflags(checking, BZB_XLF_KERNEL_64) && (checking->subject->parts & PART_PE) &&
	    !has_xloadflags(checking, BZB_XLF_EFI_KEXEC))
		found(checking, SETUP_FIELD(checking, xloadflags), "EFI_KEXEC is not set");
}

static uint64_t handover_end(const struct checking *checking)
{
	uint64_t offset = SETUP_VALUE(checking, handover_offset);

	return has_xloadflags(checking, BZB_XLF_EFI_HANDOVER_64) ? offset + BZB_ENTRY64_OFFSET :
								   offset;
}

static void check_handover(struct checking *checking)
{
	uint64_t offset = SETUP_VALUE(checking, handover_offset);

	if (!setup_is_since(checking, 0x20b))
		return;
	if (offset && handover_end(checking) >= setup_pm_size(checking))
		found(checking, SETUP_FIELD(checking, handover_offset),
		      "the EFI handover entry is beyond the end of the file");
	else if (!offset && has_xloadflags(checking, BZB_XLF_EFI_HANDOVER_64))
		found(checking, SETUP_FIELD(checking, handover_offset),
		      "EFI_HANDOVER_64 is set, but there is no handover entry");
}

static void check_no_handover(struct checking *checking)
{
	if ((checking->subject->parts & PART_PE) && setup_is_since(checking, 0x20c) &&
	    !SETUP_VALUE(checking, handover_offset))
		found(checking, SETUP_FIELD(checking, handover_offset), "no EFI handover entry");
}

static void check_cmdline_size(struct checking *checking)
{
	uint64_t size = SETUP_VALUE(checking, cmdline_size);
	consumer_set breaks = (size < CMDLINE_SIZE_MIN ? CONSUMER(KEXEC_FILE) : 0) |
			      (size ? 0 : CONSUMER(KEXEC_LOAD));

	if (setup_is_since(checking, 0x206) && size < CMDLINE_SIZE_OLD)
		found_for(checking, breaks, SETUP_FIELD(checking, cmdline_size),
			  "a command line of %llu bytes at most, fewer than the 255 of any kernel",
			  (unsigned long long)size);
}

static void check_setup_data(struct checking *checking)
{
	if (setup_is_since(checking, 0x209) && SETUP_VALUE(checking, setup_data))
		found(checking, SETUP_FIELD(checking, setup_data),
		      "setup_data points to memory that no loader has filled");
}

static void check_pref_address(struct checking *checking)
{
	uint64_t address = SETUP_VALUE(checking, pref_address);
	uint64_t alignment = SETUP_VALUE(checking, kernel_alignment);

	if (setup_is_since(checking, 0x20a) && SETUP_VALUE(checking, relocatable_kernel) &&
	    bzb_is_power_of_two(alignment) && address % alignment)
		found(checking, SETUP_FIELD(checking, pref_address),
		      "pref_address is not a multiple of kernel_alignment, 0x%llx",
		      (unsigned long long)alignment);
}

/* With what a signer appended */
static void check_init_size(struct checking *checking)
{
	uint64_t size = bzb_align_up(SETUP_VALUE(checking, init_size), BZB_PAGE_SIZE);
	uint64_t contents = setup_contents_size(checking);
	consumer_set breaks = CONSUMER(KEXEC_FILE);

	if (!setup_is_since(checking, 0x20a) || size >= setup_pm_size(checking))
		return;
	if (size < contents)
		breaks |= CONSUMER(KEXEC_LOAD) | CONSUMER(GRUB_BIOS) | setup_ovmf(checking);
	if (!size)
		breaks |= CONSUMER(COREBOOT);
	found_for(checking, breaks, SETUP_FIELD(checking, init_size),
		  "init_size is less than the %llu bytes after the setup",
		  (unsigned long long)setup_pm_size(checking));
}

static void check_init_size_room(struct checking *checking)
{
	uint64_t size = bzb_align_up(SETUP_VALUE(checking, init_size), BZB_PAGE_SIZE);

	if (setup_is_since(checking, 0x20a) && (checking->subject->parts & PART_AUTHENTICODE) &&
	    !checking->subject->authenticode.table.size &&
	    size < setup_pm_size(checking) + SIGNATURE_SIZE)
		found(checking, SETUP_FIELD(checking, init_size),
		      "init_size leaves no room for a signature of %u bytes", SIGNATURE_SIZE);
}

static void check_init_size_image(struct checking *checking)
{
	uint64_t size = SETUP_VALUE(checking, init_size);
	uint64_t image = checking->subject->pe.size_of_image;

	if (setup_is_since(checking, 0x20a) && size && size < image)
		found(checking, SETUP_FIELD(checking, init_size),
		      "init_size is less than SizeOfImage, 0x%llx", (unsigned long long)image);
}

const struct check loading_checks[] = {
	{
		.name = "bzimage-code32-start",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_BZIMAGE,
		.after = "bzimage-header",
		.breaks = GRUBS | CONSUMER(SYSLINUX) | CONSUMER(SEABIOS) | CONSUMER(IPXE) |
			  CONSUMER(RUST_VMM) | CONSUMER(CLOUD_HYPERVISOR),
		.run = check_code32_start,
		.why = "GRUB's command linux jumps to code32_start, moved as far as it moved the "
		       "kernel from 1 MiB; Linux's setup jumps there, too; rust-vmm loads the "
		       "kernel there, and refuses less than 1 MiB. The others enter at its start. "
		       "Only 0x100000 is the same for all. Programs like iPXE, whose setup goes "
		       "its own way, start by 16-bit loaders: SYSLINUX, QEMU, GRUB's linux16. "
		       "(boot.rst, \"code32_start\"; loader/i386/linux.c)",
	},
	{
		.name = "bzimage-heap-end",
		.severity = SEVERITY_NOTE,
		.kinds = BZB_IS_BZIMAGE,
		.after = "bzimage-header",
		.run = check_heap_end,
		.why = "The setup runs in one segment of 64 KiB, with its heap and its stack. Most "
		       "loaders replace heap_end_ptr; kexec -c --real-mode fails if it is above "
		       "0xfffc. (boot.rst, \"heap_end_ptr\"; kexec/arch/i386/kexec-bzImage.c)",
	},
	{
		.name = "bzimage-initrd-addr-max",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_BZIMAGE,
		.after = "bzimage-header",
		.breaks = GRUBS | CONSUMER(SYSLINUX) | CONSUMER(IPXE) | CONSUMER(SEABIOS),
		.run = check_initrd_max,
		.why = "Loaders put the initrd between the end of the kernel and initrd_addr_max, "
		       "so the kernel boots without an initrd only. QEMU ignores the field if the "
		       "kernel can be loaded above 4 GiB. (boot.rst, \"initrd_addr_max\"; "
		       "loader/i386/linux.c: \"the initrd is too big\")",
	},
	{
		.name = "bzimage-alignment",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_BZIMAGE,
		.after = "bzimage-header",
		.run = check_alignment,
		.why = "Loaders round addresses up to kernel_alignment by a mask, which gives any "
		       "address if it is not a power of two. The kernel finds its own place by the "
		       "same field. (boot.rst, \"kernel_alignment\")",
	},
	{
		.name = "bzimage-min-alignment",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_BZIMAGE,
		.after = "bzimage-alignment",
		.breaks = CONSUMER(GRUB_EFI),
		.run = check_min_alignment,
		.why = "A loader that finds no memory at kernel_alignment tries smaller ones, down "
		       "to min_alignment. GRUB tries none if that is the larger of the two, so the "
		       "kernel boots only while pref_address is free: on a BIOS it is, under EFI "
		       "often not. (boot.rst, \"min_alignment\"; loader/i386/linux.c, "
		       "allocate_pages())",
	},
	{
		.name = "bzimage-relocatable",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_BZIMAGE,
		.after = "bzimage-header",
		.breaks = CONSUMER(U_ROOT) | CONSUMER(QEMU),
		.run = check_relocatable,
		.why = "The kernel runs only at one address (CONFIG_RELOCATABLE is off), so it "
		       "cannot be a crash kernel and has no KASLR, and firmware may be using that "
		       "memory. u-root refuses it, and OVMF if the file is not a PE image. "
		       "(boot.rst, \"relocatable_kernel\")",
	},
	{
		.name = "bzimage-kernel-64",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_BZIMAGE,
		.after = "bzimage-header",
		.breaks = CONSUMER(KEXEC_FILE) | CONSUMER(FIRECRACKER),
		.run = check_kernel_64,
		.why = "Loaders in 64-bit mode enter at 0x200 after the start of the kernel, if "
		       "KERNEL_64 says that there is such an entry. kexec_file_load and "
		       "Firecracker refuse other files; kexec -c, crosvm and U-Boot take the "
		       "32-bit entry. (boot.rst, \"xloadflags\"; "
		       "arch/x86/kernel/kexec-bzimage64.c)",
	},
	{
		.name = "bzimage-above-4g",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_BZIMAGE,
		.after = "bzimage-kernel-64",
		.breaks = CONSUMER(KEXEC_FILE),
		.run = check_above_4g,
		.why = "The kernel, or its initrd and boot_params, must be below 4 GiB. "
		       "kexec_file_load refuses such a kernel, QEMU limits the initrd by "
		       "initrd_addr_max, and kexec -c takes the 32-bit entry. (boot.rst, "
		       "\"xloadflags\")",
	},
	{
		.name = "bzimage-5level",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_BZIMAGE,
		.after = "bzimage-above-4g",
		.breaks = CONSUMER(KEXEC_FILE),
		.run = check_5level,
		.why = "On a machine that runs with five levels of page tables, as newer servers "
		       "do, kexec_file_load refuses a kernel whose 64-bit entry does not take "
		       "them. With four levels it does not matter. "
		       "(arch/x86/kernel/kexec-bzimage64.c)",
	},
	{
		.name = "bzimage-efi-kexec",
		.severity = SEVERITY_NOTE,
		.kinds = BZB_IS_BZIMAGE,
		.after = "bzimage-above-4g",
		.run = check_efi_kexec,
		.why = "kexec -c passes the EFI runtime services on only if EFI_KEXEC is set: "
		       "after it, the kernel has no access to the variables of the firmware, and "
		       "may not find ACPI. (boot.rst, \"xloadflags\"; "
		       "kexec/arch/i386/x86-linux-setup.c)",
	},
	{
		.name = "bzimage-handover",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_BZIMAGE,
		.after = "bzimage-header",
		.run = check_handover,
		.why = "Older loaders under EFI, as Debian's GRUB with Secure Boot and the first "
		       "systemd-stubs, jump to this entry: handover_offset, plus 0x200 in 64-bit "
		       "mode. They do not compare it with the size of the file. (boot.rst, \"EFI "
		       "Handover Protocol\")",
	},
	{
		.name = "bzimage-no-handover",
		.severity = SEVERITY_NOTE,
		.kinds = BZB_IS_BZIMAGE,
		.run = check_no_handover,
		.why = "Debian 12's GRUB, with Secure Boot on, enters kernels by the EFI handover "
		       "protocol only (\"kernel doesn't support EFI handover\"). Without Secure "
		       "Boot, and by firmware, such a kernel starts. (boot.rst, "
		       "\"handover_offset\")",
	},
	{
		.name = "bzimage-cmdline-size",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_BZIMAGE,
		.after = "bzimage-header",
		.breaks = CONSUMER(KEXEC_FILE) | CONSUMER(KEXEC_LOAD),
		.run = check_cmdline_size,
		.why = "Loaders cut the command line at cmdline_size or refuse a longer one. "
		       "kexec_file_load requires 31 bytes to be left for a crash kernel's address "
		       "whatever the command line is, kexec -c at least one byte. Linux takes "
		       "2047. (boot.rst, \"cmdline_size\"; arch/x86/kernel/kexec-bzimage64.c)",
	},
	{
		.name = "bzimage-setup-data",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_BZIMAGE,
		.after = "bzimage-header",
		.run = check_setup_data,
		.why = "setup_data is a list in memory that loaders make. They put theirs in front "
		       "of the one in the file, so the kernel goes on to read an address where "
		       "nothing is. It is 0 in a file. (boot.rst, \"setup_data\")",
	},
	{
		.name = "bzimage-pref-address",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_BZIMAGE,
		.after = "bzimage-alignment",
		.run = check_pref_address,
		.why = "GRUB and SYSLINUX put the kernel at pref_address without rounding it, "
		       "kexec rounds it up; the kernel decompresses itself to an aligned address, "
		       "after the memory that the loader has reserved. (boot.rst, "
		       "\"pref_address\")",
	},
	{
		.name = "bzimage-init-size",
		.severity = SEVERITY_ERROR,
		.kinds = BZB_IS_BZIMAGE,
		.after = "bzimage-header",
		.breaks = CONSUMER(KEXEC_FILE) | CONSUMER(KEXEC_LOAD) | CONSUMER(QEMU) |
			  CONSUMER(COREBOOT) | CONSUMER(GRUB_BIOS),
		.run = check_init_size,
		.why = "init_size is the memory that loaders reserve from the start of the kernel. "
		       "kexec_file_load refuses (EINVAL) a file that is larger, its signature "
		       "included; kexec -c cuts it off without a word; GRUB reads it over what "
		       "follows, and on a BIOS crashes at once. OVMF refuses it if it is not a PE "
		       "image, coreboot if init_size is 0. (boot.rst, \"init_size\")",
	},
	{
		.name = "bzimage-init-size-room",
		.severity = SEVERITY_NOTE,
		.kinds = BZB_IS_BZIMAGE,
		.after = "bzimage-init-size",
		.run = check_init_size_room,
		.why = "A signature is appended to the file, and kexec_file_load counts it: if the "
		       "file with it is larger than init_size, the signed kernel is refused "
		       "(EINVAL). (kernel/kexec_core.c, sanity_check_segment_list())",
	},
	{
		.name = "bzimage-init-size-image",
		.severity = SEVERITY_NOTE,
		.kinds = BZB_IS_BZIMAGE,
		.parts = PART_PE,
		.after = "bzimage-init-size",
		.run = check_init_size_image,
		.why = "Fedora's GRUB puts the whole PE image into init_size bytes of memory, "
		       "although the memory that the image needs is SizeOfImage. (rhboot/grub2, "
		       "loader/i386/efi/linux.c)",
	},
	{ 0 },
};
