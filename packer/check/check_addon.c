/* SPDX-License-Identifier: BSD-2-Clause */
/* Addons, and the names of files */
#include <string.h>
#include <strings.h>

#include <bzboot/bzboot.h>

#include "input/uki_parts.h"
#include "io/fileio.h"
#include "families.h"

/* Sections of an addon that stubs use */
#define ADDED                                                                                     \
	(UKI_NAME(BZB_UKI_CMDLINE) | UKI_NAME(BZB_UKI_DTB) | UKI_NAME(BZB_UKI_DTBAUTO) |           \
	 UKI_NAME(BZB_UKI_HWIDS) | UKI_NAME(BZB_UKI_INITRD) | UKI_NAME(BZB_UKI_UCODE))
#define NOT_ADDED                                                                                 \
	(UKI_NAMES_ALL & ~(ADDED | UKI_NAME(BZB_UKI_UNAME) | UKI_NAME(BZB_UKI_SBAT)))

#define ADDON_SUFFIX ".addon.efi"

/* returns: NULL if the file has no name */
static const char *name_of(const struct checking *checking)
{
	const char *path = checking->subject->path;

	return path ? file_base_name(path) : NULL;
}

static bool ends_in(const char *name, const char *suffix)
{
	const size_t length = strlen(name), size = strlen(suffix);

	return length > size && !strcasecmp(name + length - size, suffix);
}

/* By its name, whatever is in it */
static bool is_named_addon(const struct checking *checking)
{
	const char *name = name_of(checking);

	return name && ends_in(name, ADDON_SUFFIX);
}

static bool has_one_of(const struct checking *checking, unsigned int names)
{
	struct uki_walk walk = UKI_WALK(&checking->subject->pe, names);
	struct uki_part part;

	while (uki_walk_next(&walk, &part))
		if (part.section.virtual_size)
			return true;
	return false;
}

/* The profile of an image that is to be made has the sections of an addon, too. */
static bool is_profile(const struct checking *checking)
{
	struct uki_part part;

	return uki_part_find(&checking->subject->pe, BZB_UKI_PROFILE, &part);
}

static bool has_kernel_header(const struct checking *checking)
{
	return checking->subject->kinds & (BZB_IS_BZIMAGE | BZB_IS_ZBOOT);
}

static void check_addon_linux(struct checking *checking)
{
	struct uki_part part;

	if (is_named_addon(checking) && uki_part_find(&checking->subject->pe, BZB_UKI_LINUX, &part))
		found(checking, AT(part.header), "has .linux, and its name is that of an addon");
}

static void check_addon_empty(struct checking *checking)
{
	const unsigned int contents = ADDED | UKI_NAME(BZB_UKI_LINUX);

	if (!has_one_of(checking, contents) &&
	    (is_named_addon(checking) || (checking->subject->kinds & BZB_IS_ADDON)))
		found(checking, NOWHERE, "is an addon that adds nothing");
}

static void check_addon_kernel(struct checking *checking)
{
	if (has_kernel_header(checking))
		found(checking, NOWHERE, "is a kernel with sections that make it an addon");
}

static void check_addon_section(struct checking *checking)
{
	struct uki_walk walk = UKI_WALK(&checking->subject->pe, NOT_ADDED);
	struct uki_part part;

	if (is_profile(checking) || has_kernel_header(checking))
		return;
	while (uki_walk_next(&walk, &part))
		found(checking, AT(part.header), "%s is not used in an addon",
		      uki_label(&part).text);
}

static void check_addon_name(struct checking *checking)
{
	const char *name = name_of(checking);

	if (name && !ends_in(name, ADDON_SUFFIX) && !is_profile(checking) &&
	    !has_kernel_header(checking))
		found(checking, NOWHERE, "is an addon, and its name does not end in " ADDON_SUFFIX);
}

static void check_name(struct checking *checking)
{
	const char *name = name_of(checking);

	if (!name)
		return;
	if (!ends_in(name, ".efi"))
		found(checking, NOWHERE,
		      "is a unified kernel image, and its name does not end in "
		      ".efi");
	else if (*name == '.' || !strncasecmp(name, "auto-", strlen("auto-")))
		found(checking, NOWHERE, "has a name that systemd-boot skips");
}

const struct check addon_checks[] = {
	{
		.name = "uki-name",
		.severity = SEVERITY_NOTE,
		.kinds = BZB_IS_UKI,
		.run = check_name,
		.why = "Menus list files in EFI/Linux whose names end in .efi; systemd-boot skips "
		       "those that begin with a dot or auto-. kernel-install refuses to copy an "
		       "image whose name does not end in .efi (90-uki-copy), and the package fails "
		       "to install.",
	},
	{
		.name = "addon-linux",
		.severity = SEVERITY_ERROR,
		.parts = PART_PE,
		.run = check_addon_linux,
		.why = "An addon has no .linux: stubs ignore a file NAME.addon.efi with a kernel.",
	},
	{
		.name = "addon-empty",
		.severity = SEVERITY_WARNING,
		.parts = PART_PE,
		.after = "addon-linux",
		.run = check_addon_empty,
		.why = "An addon adds .cmdline, .initrd, .ucode, or a device tree. Stubs ignore "
		       "one without any of these, or with empty ones.",
	},
	{
		.name = "addon-kernel",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_ADDON,
		.run = check_addon_kernel,
		.why = "A PE image without .linux, with .cmdline, .initrd or .ucode, is an addon "
		       "to systemd: bootctl kernel-identify says so, and kernel-install passes "
		       "that to its plugins. A kernel with an embedded command line or initrd "
		       "should have them in sections of other names.",
	},
	{
		.name = "addon-section",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_ADDON,
		.run = check_addon_section,
		.why = "systemd-stub takes the command line, initrd, microcode and device trees of "
		       "addons, and compares .uname. It ignores all other sections: .osrel, "
		       ".splash and .pcrsig belong to an image or a profile.",
	},
	{
		.name = "addon-name",
		.severity = SEVERITY_NOTE,
		.kinds = BZB_IS_ADDON,
		.after = "addon-empty",
		.run = check_addon_name,
		.why = "Stubs look for addons by their names: *.addon.efi, in /loader/addons or in "
		       "the folder IMAGE.efi.extra.d.",
	},
	{ 0 },
};
