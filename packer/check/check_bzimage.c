/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The setup header of a bzImage: its version, its parts and its texts. Fields for loading are in
 * check_loading.c. "boot.rst" is Linux's Documentation/arch/x86/boot.rst.
 */
#include <string.h>

#include <bzboot/bzboot.h>

#include "input/multiboot.h"
#include "families.h"
#include "setup_fields.h"
#include "zboot_fields.h"

/* loaders/i386/linux.c: GRUB_LINUX_MAX_SETUP_SECTS */
#define GRUB_SECTORS_MAX 64u
/* common/protos/linux_x86.c of Limine: edd_mbr_sig_buffer of struct boot_params */
#define LIMINE_HEADER_END 0x290u
/* src/arch/x86/image/bzimage.c: BZI_ASSUMED_RM_SIZE */
#define IPXE_SETUP_MAX 0x8000u
/* OvmfPkg/Library/LoadLinuxLib/Linux.c: LoadLinuxCheckKernelSetup() */
#define OVMF_SETUP_MIN 4096u
/* arch/x86/lib/zimage.c: BZIMAGE_MAX_SIZE */
#define U_BOOT_PM_MAX ((uint64_t)15 << 20)

static void check_header(struct checking *checking)
{
	const struct subject *subject = checking->subject;
	uint64_t needed = BZB_SETUP_HEADER_OFFSET + sizeof(struct bzb_setup_header);

	if (!setup_is_since(checking, 0x200))
		found(checking, SETUP_FIELD(checking, version),
		      "boot protocol %u.%02u: no loader of today reads one before 2.00",
		      (unsigned int)SETUP_VALUE(checking, version) >> 8,
		      (unsigned int)SETUP_VALUE(checking, version) & 0xff);
	else if (subject->file.size < needed)
		found(checking, AT(subject->file.size), "the file ends inside the setup header");
	else if (!setup_pm_size(checking))
		found(checking, SETUP_FIELD(checking, setup_sects),
		      "the file ends before the protected-mode part, which begins at 0x%llx",
		      (unsigned long long)setup_size(checking));
}

static void check_loaded_high(struct checking *checking)
{
	if (!(SETUP_VALUE(checking, loadflags) & BZB_LOADED_HIGH))
		found(checking, SETUP_FIELD(checking, loadflags),
		      "LOADED_HIGH is not set: it is a zImage, for memory below 1 MiB");
}

/* The minimums of consumers, and the words of what each misses */
static const struct {
	unsigned int version;
	consumer_set breaks;
} minimums[] = {
	{ 0x203, GRUBS | CONSUMER(LIMINE) },
	{ 0x205, CONSUMER(U_ROOT) },
	{ 0x208, CONSUMER(XEN_DOM0) | CONSUMER(BZBOOT) },
	{ 0x20c, CONSUMER(KEXEC_FILE) | CONSUMER(FIRECRACKER) },
};

static void check_version(struct checking *checking)
{
	consumer_set breaks = 0;
	unsigned int version = (unsigned int)SETUP_VALUE(checking, version);

	for (size_t i = 0; i < BZB_ARRAY_SIZE(minimums); i++)
		if (version < minimums[i].version)
			breaks |= minimums[i].breaks;
	if (version < 0x205)
		breaks |= setup_ovmf(checking);
	if (breaks)
		found_for(checking, breaks, SETUP_FIELD(checking, version),
			  "boot protocol %u.%02u is older than some loaders need", version >> 8,
			  version & 0xff);
}

static size_t header_end(const struct checking *checking)
{
	struct bzb_span jump;

	return bzb_slice(checking->subject->file, 0x200, 2, &jump) ? 0 : 0x202u + jump.data[1];
}

/* The end of the fields that the version has and that loaders read */
static size_t fields_end(const struct checking *checking)
{
	return setup_is_since(checking, 0x20f) ? 0x26c :
	       setup_is_since(checking, 0x20b) ? 0x268 :
	       setup_is_since(checking, 0x20a) ? 0x264 :
						 0x208;
}

static void check_jump(struct checking *checking)
{
	size_t end = header_end(checking);
	struct where where = FIELD_AT("jump", end - 0x202, 0x201);

	if (end - 0x202 > 0x7f)
		found_for(
			checking,
			CONSUMER(KEXEC_FILE) | (end > LIMINE_HEADER_END ? CONSUMER(LIMINE) : 0),
			where,
			"the header ends at 0x%zx by its jump, more than a signed byte from 0x202",
			end);
	else if (end < fields_end(checking))
		found_for(checking, 0, where,
			  "the header ends at 0x%zx by its jump, but its version has fields up to "
			  "0x%zx",
			  end, fields_end(checking));
}

static void check_sectors_zero(struct checking *checking)
{
	if (!SETUP_VALUE(checking, setup_sects))
		found(checking, SETUP_FIELD(checking, setup_sects),
		      "no number of setup sectors, which stands for 4");
}

static void check_setup_large(struct checking *checking)
{
	uint64_t sectors = SETUP_VALUE(checking, setup_sects), size = setup_size(checking);
	consumer_set breaks = (sectors > GRUB_SECTORS_MAX ? GRUBS : 0) |
			      (size > IPXE_SETUP_MAX ? CONSUMER(IPXE) : 0);

	if (breaks)
		found_for(checking, breaks, SETUP_FIELD(checking, setup_sects),
			  "the setup has %llu bytes, more than loaders have room for",
			  (unsigned long long)size);
}

static void check_setup_small(struct checking *checking)
{
	if (setup_size(checking) < OVMF_SETUP_MIN)
		found_for(checking, setup_ovmf(checking), SETUP_FIELD(checking, setup_sects),
			  "the setup has %llu bytes, fewer than the 4096 that OVMF requires",
			  (unsigned long long)setup_size(checking));
}

static bool has_bytes(struct bzb_span file, uint64_t from, uint64_t to)
{
	struct bzb_span bytes;

	if (from >= to || bzb_slice(file, from, to - from, &bytes))
		return false;
	for (size_t i = 0; i < bytes.size; i++)
		if (bytes.data[i])
			return true;
	return false;
}

/* Only firmware and shim read the others. */
static bool is_of_kernel(const struct bzb_pe_section *section)
{
	return !(section->characteristics & BZB_PE_MEM_DISCARDABLE) &&
	       strcmp(section->name, ".sbat") != 0 && strcmp(section->name, ".reloc") != 0;
}

/* Whether the kernel has bytes from a file offset on; zeros that fill a section up do not count */
static bool has_kernel_after(const struct subject *subject, uint64_t from)
{
	if (!(subject->parts & PART_PE))
		return has_bytes(subject->file, from, subject->file.size);
	for (unsigned int i = 0; i < subject->pe.sections; i++) {
		struct bzb_pe_section section = bzb_pe_section(&subject->pe, i);
		uint64_t start = section.raw_offset > from ? section.raw_offset : from;

		if (is_of_kernel(&section) &&
		    has_bytes(subject->file, start,
			      (uint64_t)section.raw_offset + section.raw_size))
			return true;
	}
	return false;
}

static void check_syssize(struct checking *checking)
{
	uint64_t stated = SETUP_VALUE(checking, syssize) * 16, pm = setup_pm_size(checking);
	struct where where = SETUP_FIELD(checking, syssize);

	if (!setup_is_since(checking, 0x204))
		return;
	if (stated > pm)
		found_for(checking, CONSUMER(CROSVM), where,
			  "states %llu bytes after the setup, but the file has %llu",
			  (unsigned long long)stated, (unsigned long long)pm);
	else if (has_kernel_after(checking->subject, setup_size(checking) + stated))
		found_for(checking, CONSUMER(U_BOOT), where,
			  "states %llu bytes after the setup, but the kernel goes on after them",
			  (unsigned long long)stated);
}

static void check_padding(struct checking *checking)
{
	uint64_t pm = setup_pm_size(checking);

	if (!(checking->subject->parts & PART_AUTHENTICODE) && pm % 16)
		found(checking, AT(checking->subject->file.size),
		      "%llu bytes after the setup, which is not a multiple of 16",
		      (unsigned long long)pm);
}

static void check_u_boot_size(struct checking *checking)
{
	uint64_t stated = SETUP_VALUE(checking, syssize) * 16;

	if (setup_is_since(checking, 0x204) && stated > U_BOOT_PM_MAX)
		found(checking, SETUP_FIELD(checking, syssize),
		      "%llu bytes after the setup, more than U-Boot's 15 MiB",
		      (unsigned long long)stated);
}

static void check_kernel_version(struct checking *checking)
{
	uint64_t pointer = SETUP_VALUE(checking, kernel_version);

	if (!pointer)
		found(checking, SETUP_FIELD(checking, kernel_version), "no text of the version");
	else if (0x200 + pointer >= setup_size(checking))
		found(checking, SETUP_FIELD(checking, kernel_version),
		      "the text of the version is outside the setup, which has %llu bytes",
		      (unsigned long long)setup_size(checking));
}

static size_t length_of(struct bzb_span text, const char *characters)
{
	size_t length = 0;

	while (length < text.size && text.data[length] &&
	       strchr(characters, text.data[length]) != NULL)
		length++;
	return length;
}

/* [^ )]+ */
static size_t length_of_builder(struct bzb_span text)
{
	size_t length = 0;

	while (length < text.size && text.data[length] != ' ' && text.data[length] != ')')
		length++;
	return length;
}

static bool begins_with(struct bzb_span text, const char *start)
{
	return text.size >= strlen(start) && !memcmp(text.data, start, strlen(start));
}

static struct bzb_span after(struct bzb_span text, size_t size)
{
	struct bzb_span rest = { text.data, 0 };

	(void)bzb_slice(text, size, text.size - size, &rest);
	return rest;
}

/* src/ukify/ukify.py, VERSION_PATTERN: [a-z0-9._+-]+ \([^ )]+\) (?:#.*), in 128 bytes */
static bool is_for_ukify(struct bzb_span text)
{
	size_t release, builder;

	if (text.size > 128)
		text.size = 128;
	release = length_of(text, "abcdefghijklmnopqrstuvwxyz0123456789._+-");
	text = after(text, release);
	if (!release || !begins_with(text, " ("))
		return false;
	text = after(text, 2);
	builder = length_of_builder(text);
	return builder && begins_with(after(text, builder), ") #");
}

/* Without a version in the setup header, ukify decompresses a zboot image. */
static consumer_set ukify_refuses(const struct checking *checking)
{
	const struct subject *subject = checking->subject;

	return (subject->parts & PART_ZBOOT) && !zboot_is_for_ukify(&subject->zboot) ?
		       CONSUMER(UKIFY) :
		       0;
}

static void check_version_text(struct checking *checking)
{
	const struct bzb_span text = checking->subject->bzimage.kernel_version;

	if (!is_for_ukify(text))
		found_for(checking, ukify_refuses(checking), SETUP_FIELD(checking, kernel_version),
			  "the text of the version is not \"RELEASE (USER@HOST) #1 ...\"");
}

static bool is_outside(const struct checking *checking)
{
	return SETUP_VALUE(checking, payload_offset) + SETUP_VALUE(checking, payload_length) >
	       setup_pm_size(checking);
}

static void check_payload_range(struct checking *checking)
{
	if (setup_is_since(checking, 0x208) && is_outside(checking))
		found(checking, SETUP_FIELD(checking, payload_length),
		      "the payload goes beyond the file, which has %llu bytes after the setup",
		      (unsigned long long)setup_pm_size(checking));
}

/* extract-vmlinux looks through the whole file. */
static consumer_set refused_without_payload(const struct checking *checking)
{
	return PAYLOAD_READERS |
	       (checking->subject->has_elf_stream ? 0 : CONSUMER(EXTRACT_VMLINUX));
}

static void check_no_payload(struct checking *checking)
{
	if (!setup_is_since(checking, 0x208))
		found_for(checking, refused_without_payload(checking), NOWHERE,
			  "its boot protocol is too old to state a payload");
	else if (!SETUP_VALUE(checking, payload_length))
		found_for(checking, refused_without_payload(checking),
			  SETUP_FIELD(checking, payload_length), "no payload is stated");
}

/* u-root reads four bytes after the payload, as a CRC. */
static void check_payload_end(struct checking *checking)
{
	uint64_t end =
		SETUP_VALUE(checking, payload_offset) + SETUP_VALUE(checking, payload_length);

	if (end + 4 > setup_pm_size(checking))
		found(checking, SETUP_FIELD(checking, payload_length),
		      "the file ends less than 4 bytes after the payload");
}

static void check_sentinel(struct checking *checking)
{
	struct bzb_span bytes;

	if (bzb_slice(checking->subject->file, BZB_SENTINEL_OFFSET, 2, &bytes) ||
	    (bytes.data[0] == 0xff && bytes.data[1] == 0xff))
		return;
	found(checking, FIELD_AT("sentinel", bzb_get16(bytes.data), BZB_SENTINEL_OFFSET),
	      "the two bytes before the setup header are not ff ff");
}

static void check_kernel_info(struct checking *checking)
{
	const struct subject *subject = checking->subject;
	uint32_t offset = bzb_ld32(subject->bzimage.header.kernel_info_offset);
	const struct bzb_kernel_info *info;

	if (offset && !bzb_kernel_info_find(subject->bzimage.pm, offset, &info))
		found(checking, SETUP_FIELD(checking, kernel_info_offset),
		      "no kernel_info (\"LToP\") is there");
}

/* iPXE itself is a program for Multiboot, too. */
static consumer_set refused_as_multiboot(const struct checking *checking)
{
	return checking->subject->parts & PART_PAYLOAD ? CONSUMER(IPXE) : 0;
}

static void check_multiboot(struct checking *checking)
{
	unsigned int version = multiboot_find(checking->subject->file);

	if (version)
		found_for(checking, version == 1 ? refused_as_multiboot(checking) : 0, NOWHERE,
			  "has a header of Multiboot %u near its start", version);
}

const struct check bzimage_checks[] = {
	{
		.name = "bzimage-header",
		.severity = SEVERITY_ERROR,
		.kinds = BZB_IS_BZIMAGE,
		.breaks = SETUP_READERS,
		.run = check_header,
		.why = "The file has the marks of a bzImage, but not all of its setup header, or "
		       "nothing after the setup. All loaders that read the header refuse it; under "
		       "EFI it may still start. (boot.rst, \"The Real-Mode Kernel Header\")",
	},
	{
		.name = "bzimage-loaded-high",
		.severity = SEVERITY_ERROR,
		.kinds = BZB_IS_BZIMAGE,
		.after = "bzimage-header",
		.breaks = GRUBS | CONSUMER(SYSLINUX) | CONSUMER(IPXE) | CONSUMER(SEABIOS) |
			  CONSUMER(LIMINE) | CONSUMER(KEXEC_LOAD) | CONSUMER(KEXEC_FILE) |
			  CONSUMER(RUST_VMM) | CONSUMER(CLOUD_HYPERVISOR) | CONSUMER(BZBOOT),
		.run = check_loaded_high,
		.why = "Bit 0 of loadflags says that the protected-mode part belongs at 1 MiB. "
		       "Without it the file is a zImage, which goes to 64 KiB and has room for 512 "
		       "KiB. GRUB, Limine, kexec and the hypervisors refuse it; SYSLINUX, iPXE and "
		       "QEMU load it to 64 KiB, where the setup of Linux does not look for it. "
		       "(boot.rst, \"loadflags\")",
	},
	{
		.name = "bzimage-version",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_BZIMAGE,
		.after = "bzimage-header",
		.breaks = GRUBS | CONSUMER(LIMINE) | CONSUMER(U_ROOT) | CONSUMER(XEN_DOM0) |
			  CONSUMER(KEXEC_FILE) | CONSUMER(FIRECRACKER) | CONSUMER(BZBOOT),
		.run = check_version,
		.why = "Each loader requires the version of the boot protocol that brought the "
		       "fields it needs: GRUB and Limine 2.03, OVMF's loader of images that are "
		       "not PE and u-root 2.05, Xen 2.08 (the payload), kexec_file_load and "
		       "Firecracker 2.12 (the 64-bit entry). kexec -c takes the 32-bit entry of "
		       "older ones.",
	},
	{
		.name = "bzimage-jump",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_BZIMAGE,
		.after = "bzimage-header",
		.breaks = CONSUMER(LIMINE) | CONSUMER(KEXEC_FILE),
		.run = check_jump,
		.why = "Byte 0x201, the distance of the jump at 0x200, is the length of the header "
		       "after 0x202. Loaders copy that much to the kernel: fields beyond it are "
		       "missing there. kexec_file_load reads it as a signed number, and copies "
		       "gigabytes if it is above 0x7f; Limine refuses a header that ends after "
		       "0x290, where struct boot_params has other fields. (boot.rst, \"jump\"; "
		       "arch/x86/kernel/kexec-bzimage64.c; Limine's common/protos/linux_x86.c)",
	},
	{
		.name = "bzimage-setup-sects-zero",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_BZIMAGE,
		.after = "bzimage-header",
		.breaks = CONSUMER(XEN_DOM0) | CONSUMER(COREBOOT),
		.run = check_sectors_zero,
		.why = "For the oldest kernels, 0 in setup_sects stands for 4. Xen "
		       "(xen/arch/x86/bzimage.c) and coreboot's cbfstool do not know that, and "
		       "look for the kernel in the wrong place. (boot.rst, \"setup_sects\")",
	},
	{
		.name = "bzimage-setup-large",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_BZIMAGE,
		.after = "bzimage-header",
		.breaks = GRUBS | CONSUMER(IPXE),
		.run = check_setup_large,
		.why = "The setup is loaded below 1 MiB, between other data. iPXE has 32 KiB for "
		       "it (src/arch/x86/image/bzimage.c), GRUB 64 sectors after the first one "
		       "(loader/i386/linux.c: \"too many setup sectors\"); U-Boot prints an error "
		       "and goes on.",
	},
	{
		.name = "bzimage-setup-small",
		.severity = SEVERITY_NOTE,
		.kinds = BZB_IS_BZIMAGE,
		.after = "bzimage-header",
		.breaks = CONSUMER(QEMU),
		.run = check_setup_small,
		.why = "OVMF starts the PE image in the file. If there is none, or if the firmware "
		       "does not start it, OVMF loads the bzImage by itself, and requires 4096 "
		       "bytes of setup, which are seven setup sectors. "
		       "(OvmfPkg/Library/LoadLinuxLib/Linux.c)",
	},
	{
		.name = "bzimage-syssize",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_BZIMAGE,
		.after = "bzimage-header",
		.breaks = CONSUMER(CROSVM) | CONSUMER(U_BOOT),
		.run = check_syssize,
		.why = "syssize is the size after the setup, in units of 16 bytes. crosvm refuses "
		       "a file that is shorter (x86_64/src/bzimage.rs); U-Boot copies no more than "
		       "that, so the end of the kernel is missing if it is too small "
		       "(arch/x86/lib/zimage.c). Others take the size of the file.",
	},
	{
		.name = "bzimage-padding",
		.severity = SEVERITY_NOTE,
		.kinds = BZB_IS_BZIMAGE,
		.after = "bzimage-syssize",
		.run = check_padding,
		.why = "syssize counts units of 16 bytes, so it cannot state the size of this "
		       "file: with the number rounded up crosvm refuses it, with the number "
		       "rounded down U-Boot leaves the last bytes out. Linux's build pads the "
		       "file.",
	},
	{
		.name = "bzimage-u-boot-size",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_BZIMAGE,
		.after = "bzimage-header",
		.breaks = CONSUMER(U_BOOT),
		.run = check_u_boot_size,
		.why = "U-Boot's command zboot loads at 1 MiB and refuses more than 15 MiB, "
		       "because memory may have a hole at 16 MiB (arch/x86/lib/zimage.c). Its "
		       "command bootefi has no such limit.",
	},
	{
		.name = "bzimage-kernel-version",
		.severity = SEVERITY_NOTE,
		.kinds = BZB_IS_BZIMAGE,
		.after = "bzimage-header",
		.run = check_kernel_version,
		.why = "The field points to a text with the version, less 0x200, inside the setup. "
		       "file(1), ukify, U-Boot, Limine and u-root show or use it; kernels boot "
		       "without it. (boot.rst, \"kernel_version\")",
	},
	{
		.name = "bzimage-version-text",
		.severity = SEVERITY_NOTE,
		.kinds = BZB_IS_BZIMAGE,
		.parts = PART_BZIMAGE | PART_PAYLOAD,
		.after = "bzimage-kernel-version",
		.breaks = CONSUMER(UKIFY),
		.run = check_version_text,
		.why = "ukify takes the release for .uname from the first 128 bytes of the "
		       "version, by a regular expression for \"RELEASE (USER@HOST) #...\" with a "
		       "release in lower case. If that fails it has no .uname; of a zboot image it "
		       "reads the compressed kernel then, and fails if the type is not gzip, lz4, "
		       "lzma or zstd. (src/ukify/ukify.py, Uname)",
	},
	{
		.name = "bzimage-payload-range",
		.severity = SEVERITY_ERROR,
		.kinds = BZB_IS_BZIMAGE,
		.after = "bzimage-header",
		.breaks = PAYLOAD_READERS,
		.run = check_payload_range,
		.why = "payload_offset and payload_length are to describe the compressed kernel in "
		       "the protected-mode part. Xen and u-root read it there and refuse the file, "
		       "and it is likely truncated, so the kernel does not boot either. (boot.rst, "
		       "\"payload_offset\")",
	},
	{
		.name = "bzimage-no-payload",
		.severity = SEVERITY_NOTE,
		.kinds = BZB_IS_BZIMAGE,
		.after = "bzimage-header",
		.breaks = PAYLOAD_READERS | CONSUMER(EXTRACT_VMLINUX),
		.run = check_no_payload,
		.why = "The header states no compressed kernel. Programs that are bzImages without "
		       "being Linux, as memtest86+ and iPXE, have none; boot loaders do not need "
		       "it. Xen, u-root with --loadsyscall and tools that extract the kernel do.",
	},
	{
		.name = "bzimage-payload-end",
		.severity = SEVERITY_NOTE,
		.kinds = BZB_IS_BZIMAGE,
		.parts = PART_PAYLOAD,
		.after = "bzimage-payload-range",
		.breaks = CONSUMER(U_ROOT),
		.run = check_payload_end,
		.why = "u-root reads four bytes after the payload, the checksum that Linux's build "
		       "used to put at the end of the file, and fails if they are missing. "
		       "(pkg/boot/bzimage/bzimage.go)",
	},
	{
		.name = "bzimage-sentinel",
		.severity = SEVERITY_NOTE,
		.kinds = BZB_IS_BZIMAGE,
		.after = "bzimage-header",
		.run = check_sentinel,
		.why = "Loaders that copy the first bytes of the file into boot_params, as "
		       "SYSLINUX and Debian's GRUB do under EFI, copy code and other headers "
		       "along. The kernel sees the ff ff of the sentinel there and clears those "
		       "fields; without it, it takes them as facts. (Linux, "
		       "arch/x86/include/asm/bootparam_utils.h)",
	},
	{
		.name = "bzimage-kernel-info",
		.severity = SEVERITY_NOTE,
		.kinds = BZB_IS_BZIMAGE,
		.parts = PART_BZIMAGE,
		.run = check_kernel_info,
		.why = "kernel_info_offset points to a structure that begins with \"LToP\" in the "
		       "protected-mode part and states, for one, which setup_data the kernel "
		       "knows. No loader of today requires it. (boot.rst, \"The kernel_info\")",
	},
	{
		.name = "bzimage-multiboot",
		.severity = SEVERITY_NOTE,
		.kinds = BZB_IS_BZIMAGE,
		.breaks = CONSUMER(IPXE),
		.run = check_multiboot,
		.why = "kexec -c, crosvm and iPXE on a BIOS look for a Multiboot header before they "
		       "look at the setup header, so they load the file by that, as a program for "
		       "Multiboot and in 32-bit mode; iPXE then refuses a kernel. iPXE has both on "
		       "purpose; in a kernel the bytes are an accident. (kexec-multiboot-x86.c, "
		       "src/arch/x86/image/multiboot.c)",
	},
	{ 0 },
};
