/* SPDX-License-Identifier: BSD-2-Clause */
/* The sections of a unified kernel image: which there are, and how their headers are made */

#include <bzboot/bzboot.h>

#include "input/loader_info.h"
#include "input/os_release.h"
#include "input/uki_parts.h"
#include "families.h"

/* Sections of which there may be several: each is for another machine. */
#define FOR_MACHINES (UKI_NAME(BZB_UKI_DTBAUTO) | UKI_NAME(BZB_UKI_EFIFW))

/* Sections that x86-64 machines do not use */
#define DEVICE_TREES                                                                              \
	(UKI_NAME(BZB_UKI_DTB) | UKI_NAME(BZB_UKI_DTBAUTO) | UKI_NAME(BZB_UKI_HWIDS) |             \
	 UKI_NAME(BZB_UKI_EFIFW))

/* Those that list images by .osrel */
#define LISTERS (CONSUMER(SD_BOOT) | CONSUMER(KERNEL_INSTALL))

static struct uki_walk walk_all(const struct checking *checking)
{
	return UKI_WALK(&checking->subject->pe, UKI_NAMES_ALL);
}

/* --- kernel and os-release --------------------------------------------------------------- */

/* A file with .profile first is to be joined to an image. */
static bool is_profile(const struct checking *checking)
{
	struct uki_walk walk = walk_all(checking);
	struct uki_part part;

	return uki_walk_next(&walk, &part) && part.name == BZB_UKI_PROFILE;
}

/* systemd-boot has .osrel, too, about itself; its magic tells it from the stub. */
static bool is_about_itself(const struct bzb_pe *pe)
{
	struct bzb_span version;

	return loader_info_find(pe, "systemd-boot", &version);
}

static void check_whole(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	struct uki_part linux_part, osrel;
	const bool has_linux = uki_part_find(pe, BZB_UKI_LINUX, &linux_part);
	const bool has_osrel = uki_part_find(pe, BZB_UKI_OSREL, &osrel);

	if (has_linux == has_osrel || is_profile(checking))
		return;
	if (has_linux)
		found(checking, AT(linux_part.header), "has .linux without .osrel");
	else if (!is_about_itself(pe))
		found(checking, AT(osrel.header), "has .osrel without .linux");
}

/* --- profiles ----------------------------------------------------------------------------- */

static void check_kernel_of_profiles(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	struct uki_part first;
	struct bzb_uki uki;
	int err = 0;

	for (unsigned int i = 0; err != -BZB_ERR_NOTFOUND && i < BZB_UKI_PROFILES_MAX; i++) {
		err = bzb_uki_find(pe, i, &uki);
		if (err != -BZB_ERR_BADMAGIC)
			continue;
		if (!uki_part_find(pe, BZB_UKI_PROFILE, &first)) {
			found(checking, NOWHERE, ".linux is empty");
			return;
		}
		found(checking, NOWHERE, "profile %u has no kernel", i);
	}
}

static bool has_value(const struct uki_part *part, const char *name)
{
	struct blob value = os_release_value(uki_text(part), name);
	const bool has = value.size;

	blob_free(&value);
	return has;
}

static void check_profile(struct checking *checking)
{
	struct uki_walk walk = UKI_WALK(&checking->subject->pe, UKI_NAME(BZB_UKI_PROFILE));
	struct uki_part part;

	while (uki_walk_next(&walk, &part))
		if (!has_value(&part, "ID"))
			found(checking, AT(part.section.raw_offset), "profile %d has no ID",
			      part.profile);
}

/* --- headers ------------------------------------------------------------------------------ */

/* Sections that bootctl 252 reads */
#define SHOWN (UKI_NAME(BZB_UKI_OSREL) | UKI_NAME(BZB_UKI_CMDLINE))

/* shim has rules of its own for .sbat; sbat_checks has them. */
static void check_duplicates(struct checking *checking)
{
	struct uki_walk walk = UKI_WALK(&checking->subject->pe,
					UKI_NAMES_ALL & ~FOR_MACHINES & ~UKI_NAME(BZB_UKI_SBAT));
	unsigned int seen = 0;
	int profile = -1;
	struct uki_part part;

	while (uki_walk_next(&walk, &part)) {
		if (part.profile != profile)
			seen = 0;
		profile = part.profile;
		if (seen & UKI_NAME(part.name))
			found_for(checking,
				  UKI_NAME(part.name) & SHOWN ? CONSUMER(KERNEL_INSTALL) : 0,
				  AT(part.header), "a second %s", uki_label(&part).text);
		seen |= UKI_NAME(part.name);
	}
}

static void check_empty(struct checking *checking)
{
	struct uki_walk walk =
		UKI_WALK(&checking->subject->pe, UKI_NAMES_ALL & ~UKI_NAME(BZB_UKI_LINUX));
	struct uki_part part;

	while (uki_walk_next(&walk, &part))
		if (!part.section.virtual_size && part.profile < 0)
			found_for(checking, part.name == BZB_UKI_OSREL ? LISTERS : 0,
				  FIELD_AT("VirtualSize", 0,
					   part.header + offsetof(struct bzb_pe_section_header,
								  virtual_size)),
				  "%s has the VirtualSize 0: it is not there for systemd",
				  uki_label(&part).text);
}

/* GRUB 2.14 looks for the section table after 16 directories. */
static void check_directories(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	const size_t skipped =
		(BZB_PE_DIRECTORIES_MAX - pe->directories) * sizeof(struct bzb_pe_data_directory);
	const size_t header = sizeof(struct bzb_pe_section_header);
	struct uki_walk walk = UKI_WALK(pe, UKI_NAME(BZB_UKI_LINUX) | UKI_NAME(BZB_UKI_OSREL));
	struct uki_part part;

	if (pe->magic != BZB_PE_MAGIC_PE32PLUS || !skipped)
		return;
	while (uki_walk_next(&walk, &part)) {
		if (!(skipped % header) && part.header >= pe->section_table + skipped)
			continue;
		found(checking, FIELD("NumberOfRvaAndSizes", pe->directories),
		      "GRUB 2.14 does not see the header of %s", uki_label(&part).text);
		return;
	}
}

static void check_device_trees(struct checking *checking)
{
	struct uki_walk walk = UKI_WALK(&checking->subject->pe, DEVICE_TREES);
	struct uki_part part;

	if (checking->subject->machine != BZB_PE_MACHINE_X86_64)
		return;
	while (uki_walk_next(&walk, &part))
		found(checking, AT(part.header), "has %s, which x86-64 machines do not use",
		      uki_label(&part).text);
}

const struct check uki_checks[] = {
	{
		.name = "uki-whole",
		.severity = SEVERITY_WARNING,
		.parts = PART_PE,
		.breaks = LISTERS,
		.run = check_whole,
		.why = "A unified kernel image has both .linux and .osrel. Without .osrel no menu "
		       "lists it. Without .linux, systemd-boot and bootctl 252 list what cannot "
		       "start, and bootctl 257 and 262 do not. kernel-install takes both for an "
		       "EFI program or an addon.",
	},
	{
		.name = "uki-kernel",
		.severity = SEVERITY_ERROR,
		.kinds = BZB_IS_UKI,
		.breaks = UKI_STARTERS,
		.run = check_kernel_of_profiles,
		.why = "A menu lists an image, or a profile of it, also if it has no kernel; then "
		       "its stub ends with an error. Sections before the first .profile are those "
		       "of all profiles, those after it belong to one: a profile has no kernel if "
		       ".linux comes after the .profile of another one, or if its own .linux has "
		       "the VirtualSize 0.",
	},
	{
		.name = "uki-profile",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_UKI,
		.run = check_profile,
		.why = "The text in .profile names the profile: ID= is required by the UAPI "
		       "group's specification, TITLE= is for menus. Without an ID a profile can "
		       "only be chosen by its number.",
	},
	{
		.name = "uki-duplicate-section",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_UKI | BZB_IS_ADDON,
		.breaks = CONSUMER(KERNEL_INSTALL),
		.run = check_duplicates,
		.why = "A section may be in an image once, and once in each profile. Of two, "
		       "systemd-stub and systemd-boot take the last one up to version 252 and the "
		       "first one now, so that the image that is shown, measured and started "
		       "depends on the version. bootctl 252 leaves out an image with two .osrel or "
		       ".cmdline, systemd-pcrlock refuses any. objcopy --add-section makes such "
		       "files if the section is there already.",
	},
	{
		.name = "uki-empty-section",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_UKI | BZB_IS_ADDON,
		.breaks = LISTERS,
		.run = check_empty,
		.why = "Readers of systemd ignore a section with the VirtualSize 0: only in a "
		       "profile does it have a meaning, to remove a section of the base. With an "
		       "empty .osrel, the image is in no menu. Others, such as GRUB 2.14, read "
		       "SizeOfRawData bytes of it.",
	},
	{
		.name = "uki-directories",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_UKI,
		.breaks = CONSUMER(GRUB_UKI),
		.run = check_directories,
		.why = "GRUB 2.14 does not read SizeOfOptionalHeader: it expects the section table "
		       "after 16 data directories. In an image with 6, as bzImages have, it does "
		       "not see the first two section headers. If .linux or .osrel is one of them, "
		       "it does not list the image.",
	},
	{
		.name = "uki-device-tree",
		.severity = SEVERITY_NOTE,
		.kinds = BZB_IS_UKI | BZB_IS_ADDON,
		.parts = PART_PE,
		.run = check_device_trees,
		.why = "Kernels of x86-64 machines take no device tree from firmware: .dtb, "
		       ".dtbauto, .hwids and .efifw only make the image larger. They are measured, "
		       "too.",
	},
	{ 0 },
};
