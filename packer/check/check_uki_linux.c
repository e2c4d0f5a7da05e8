/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel in a unified kernel image: whether its stub starts it */
#include <bzboot/bzboot.h>

#include "input/identify.h"
#include "input/uki_parts.h"
#include "measure/stub_version.h"
#include "checks.h"
#include "families.h"
#include "pe_fields.h"

/* --- an image that is to be in .linux --------------------------------------------------------- */

static void check_stub_sections(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;

	for (unsigned int i = 0; pe_fields_is_kernel(checking->subject) && i < pe->sections; i++) {
		const struct bzb_pe_section section = bzb_pe_section(pe, i);
		const uint64_t header =
			pe->section_table + (uint64_t)i * sizeof(struct bzb_pe_section_header);

		if (section.raw_size > section.virtual_size)
			found(checking,
			      FIELD_AT("SizeOfRawData", section.raw_size,
				       header + offsetof(struct bzb_pe_section_header,
							 size_of_raw_data)),
			      "section %s is larger in the file than in memory", section.name);
	}
}

static void check_stub_relocations(struct checking *checking)
{
	const struct subject *subject = checking->subject;

	if (pe_fields_is_kernel(subject) && subject->pe.base_relocation_size)
		found(checking, FIELD("BaseRelocationTable.Size", subject->pe.base_relocation_size),
		      "has base relocations");
}

/* The stub enters older kernels by the handover protocol, if they have it. */
static bool has_handover(const struct subject *subject)
{
	return (subject->parts & PART_BZIMAGE) && subject->bzimage.version >= 0x020b &&
	       subject->bzimage.header.relocatable_kernel &&
	       (bzb_ld16(subject->bzimage.header.xloadflags) & BZB_XLF_EFI_HANDOVER_64);
}

static void check_stub_version(struct checking *checking)
{
	const struct subject *subject = checking->subject;

	if (pe_fields_is_kernel(subject) && !subject->pe.major_image_version &&
	    !has_handover(subject))
		found(checking, FIELD("MajorImageVersion", 0),
		      "has no version of Linux's EFI stub, and no handover entry");
}

const struct check stub_checks[] = {
	{
		.name = "stub-sections",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_BZIMAGE | BZB_IS_ZBOOT,
		.parts = PART_PE,
		.breaks = CONSUMER(SD_STUB),
		.run = check_stub_sections,
		.why = "systemd-stub loads the kernel in .linux itself, from version 258 on: it "
		       "refuses a section whose SizeOfRawData is larger than its VirtualSize. "
		       "Firmware takes such a section, and loads the kernel for stubs up to 257; "
		       "shim does with Secure Boot on.",
	},
	{
		.name = "stub-relocations",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_BZIMAGE | BZB_IS_ZBOOT,
		.parts = PART_PE,
		.breaks = CONSUMER(SD_STUB),
		.run = check_stub_relocations,
		.why = "systemd-stub from version 258 on applies no base relocations, and refuses "
		       "a kernel whose directory of them is not empty.",
	},
	{
		.name = "stub-version",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_BZIMAGE | BZB_IS_ZBOOT,
		.parts = PART_PE,
		.breaks = CONSUMER(SD_STUB),
		.run = check_stub_version,
		.why = "MajorImageVersion of a kernel is the version of its EFI stub. With 0, as "
		       "before Linux 5.8, systemd-stub does not hand over the initrd by LoadFile2, "
		       "but uses the handover protocol, which only x86 kernels have, and newer "
		       "ones may not.",
	},
	{ 0 },
};

/* --- the kernel that is in .linux ------------------------------------------------------------- */

/* Others have paths, or a stream, in .linux. */
static bool is_of_systemd(const struct bzb_pe *pe)
{
	return stub_version(pe) != STUB_VERSION_NEWEST;
}

/* Sections that change what is booted; others are only not measured by older stubs. */
static void check_stub_age(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	const unsigned int version = stub_version(pe);
	struct uki_walk walk = UKI_WALK(pe, UKI_NAME(BZB_UKI_UCODE) | UKI_NAME(BZB_UKI_PROFILE) |
						    UKI_NAME(BZB_UKI_DTBAUTO));
	struct uki_part part;

	while (uki_walk_next(&walk, &part)) {
		if (stub_measures(version, part.name))
			continue;
		found(checking, AT(part.header), "%s is not known to the stub, of systemd %u",
		      uki_label(&part).text, version);
		return;
	}
}

static bool find_kernel(const struct checking *checking, struct uki_part *ret)
{
	const struct subject *subject = checking->subject;

	return !subject->is_inner && is_of_systemd(&subject->pe) &&
	       uki_part_find(&subject->pe, BZB_UKI_LINUX, ret) && ret->bytes.size;
}

static void check_linux(struct checking *checking)
{
	struct uki_part part;

	if (find_kernel(checking, &part) && !(bzb_probe(part.bytes) & BZB_IS_PE))
		found(checking, AT(part.section.raw_offset), "%s is %s, not a PE image",
		      uki_label(&part).text, identify(part.bytes).text);
}

static void check_linux_machine(struct checking *checking)
{
	struct uki_part part;
	struct bzb_pe inner;

	if (find_kernel(checking, &part) && !bzb_pe_parse(part.bytes, &inner) &&
	    inner.machine != checking->subject->pe.machine)
		found(checking, AT(part.section.raw_offset), "%s is for %s, and its stub for %s",
		      uki_label(&part).text, pe_machine_name(inner.machine),
		      pe_machine_name(checking->subject->pe.machine));
}

/* The findings about the kernel for which its loader refuses it */
static void check_linux_image(struct checking *checking)
{
	struct checking of_kernel;
	struct uki_part part;
	struct subject inner;
	struct input input = { 0 };
	consumer_set loaders = CONSUMER(SD_STUB);

	if (!find_kernel(checking, &part))
		return;
	/*
	 * Stubs up to 257 have LoadImage() load the kernel, but override its verification of
	 * signatures: findings about these have no stub among those that refuse.
	 */
	if (stub_loads_image(stub_version(&checking->subject->pe)))
		loaders |= CONSUMER(FIRMWARE);
	input.bytes = blob_copy(part.bytes);
	subject_parse(&input, &inner);
	inner.is_inner = true;
	checks_run(&inner, &of_kernel);
	for (size_t i = 0; i < of_kernel.count; i++)
		if ((of_kernel.findings[i].breaks & loaders) == loaders)
			found(checking, AT(part.section.raw_offset), "%s: %s: %.180s",
			      uki_label(&part).text, of_kernel.findings[i].check->name,
			      of_kernel.findings[i].what.text);
	checks_free(&of_kernel);
	subject_free(&inner);
}

const struct check uki_linux_checks[] = {
	{
		.name = "uki-stub-age",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_UKI,
		.run = check_stub_age,
		.why = "systemd-stub ignores sections that came after it: .ucode before 256, "
		       ".profile and .dtbauto before 257. Microcode then stays the old one. Of an "
		       "image with profiles, a stub that does not know them may take the command "
		       "line of any profile. ukify takes the stub of the system that it runs on, "
		       "or that of --stub.",
	},
	{
		.name = "uki-linux",
		.severity = SEVERITY_ERROR,
		.kinds = BZB_IS_UKI,
		.breaks = UKI_STARTERS,
		.run = check_linux,
		.why = "systemd-stub starts the kernel in .linux as an EFI program: a bzImage with "
		       "an EFI stub, or a zboot image. It does not start an ELF, a compressed file "
		       "or a kernel without CONFIG_EFI_STUB. Images of bzboot and of other stubs "
		       "have other contents there, and are not checked.",
	},
	{
		.name = "uki-linux-machine",
		.severity = SEVERITY_ERROR,
		.kinds = BZB_IS_UKI,
		.after = "uki-linux",
		.breaks = UKI_STARTERS,
		.run = check_linux_machine,
		.why = "The stub and the kernel in .linux are for different machines: ukify takes "
		       "the stub of the machine that it runs on, unless --efi-arch or --stub names "
		       "another.",
	},
	{
		.name = "uki-linux-image",
		.severity = SEVERITY_ERROR,
		.kinds = BZB_IS_UKI,
		.after = "uki-linux-machine",
		.breaks = UKI_STARTERS,
		.run = check_linux_image,
		.why = "The kernel in .linux has a finding of another check, for which the loader "
		       "of the kernel refuses it: systemd-stub itself from version 258 on, the "
		       "firmware's LoadImage() before. 'bzboot extract --section .linux' gets the "
		       "kernel, and --explain has that check. The image is in every menu, and does "
		       "not start.",
	},
	{ 0 },
};
