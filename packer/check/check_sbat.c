/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SBAT, as shim reads it when it starts an image itself: verify_buffer_sbat(), parse_sbat_section()
 * and verify_sbat(). Each finding was tried with shim 16.1. When GRUB has shim verify a kernel
 * (shim_verify()), the rules are the same, but for a kernel without SBAT.
 */
#include <string.h>

#include <bzboot/bzboot.h>

#include "input/sbat.h"
#include "families.h"
#include "pe_fields.h"

#define NAME ".sbat"

static bool is_sbat(const struct bzb_pe_section *section)
{
	return !strcmp(section->name, NAME);
}

/* shim ignores a section whose bytes in the file are fewer than those in memory. */
static bool is_read(const struct bzb_pe_section *section)
{
	return section->raw_size && section->raw_size >= section->virtual_size;
}

/* The text that shim reads: all bytes of the section in the file, up to a NUL. */
static bool find_text(const struct checking *checking, struct bzb_span *ret)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	struct bzb_pe_section section;
	const unsigned char *end;

	if (bzb_pe_find_section(pe, NAME, &section) || !is_read(&section) ||
	    bzb_slice(pe->file, section.raw_offset, section.raw_size, ret))
		return false;
	end = memchr(ret->data, '\0', ret->size);
	if (end)
		ret->size = (size_t)(end - ret->data);
	return true;
}

/* The field of the first section of that name */
static struct where raw_size_of(const struct bzb_pe *pe)
{
	for (unsigned int i = 0; i < pe->sections; i++) {
		struct bzb_pe_section section = bzb_pe_section(pe, i);

		if (is_sbat(&section))
			return PE_SECTION(pe, i, "SizeOfRawData", section.raw_size,
					  size_of_raw_data);
	}
	return NOWHERE;
}

static size_t place_of(const struct checking *checking, struct bzb_span text)
{
	return (size_t)(text.data - checking->subject->file.data);
}

/*
 * Those that refuse an image without SBAT. shim requires it of an image that it starts itself.
 * Kernels are started by a boot loader, addons by a stub; they only ask shim to verify.
 */
static consumer_set refusing(const struct checking *checking)
{
	unsigned int kinds = checking->subject->kinds;
	bool is_loaded = kinds & (BZB_IS_BZIMAGE | BZB_IS_ZBOOT | BZB_IS_ADDON);

	return is_loaded && !(kinds & BZB_IS_UKI) ? 0 : checking->check->breaks;
}

static void check_missing(struct checking *checking)
{
	struct bzb_pe_section section;
	struct bzb_span text;

	if (bzb_pe_find_section(&checking->subject->pe, NAME, &section))
		found_for(checking, refusing(checking), NOWHERE, "has no section " NAME);
	else if (find_text(checking, &text) && !text.size)
		found_for(checking, 0, AT(section.raw_offset), "the section " NAME " is empty");
}

static void check_duplicate(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	unsigned int count = 0;

	for (unsigned int i = 0; i < pe->sections; i++) {
		struct bzb_pe_section section = bzb_pe_section(pe, i);

		if (is_sbat(&section) && ++count > 1)
			found(checking, AT(section.raw_offset), "there is another section " NAME);
	}
}

static void check_relocations(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	struct bzb_pe_section_header header;

	for (unsigned int i = 0; i < pe->sections; i++) {
		struct bzb_pe_section section = bzb_pe_section(pe, i);
		size_t at = pe->section_table + i * sizeof(header);

		memcpy(&header, pe->file.data + at, sizeof(header));
		if (is_sbat(&section) && (bzb_ld16(header.number_of_relocations) ||
					  bzb_ld32(header.pointer_to_relocations)))
			found(checking, AT(at), "the section " NAME " has COFF relocations");
	}
}

static void check_raw_size(struct checking *checking)
{
	struct bzb_pe_section section;

	if (!bzb_pe_find_section(&checking->subject->pe, NAME, &section) && !is_read(&section))
		found_for(checking, refusing(checking), raw_size_of(&checking->subject->pe),
			  "the section " NAME " has %u bytes in the file, but %u in memory",
			  section.raw_size, section.virtual_size);
}

/*
 * The generations that shim's SbatLevel revokes, from shim's SbatLevel_Variable.txt: the last
 * revocation of each component, and its date. shim 16.1 of Debian sets that of 2025021800 by
 * itself; an older or newer list, and with it the other rows, is up to the owner of the machine.
 */
static const struct revocation {
	const char *component;
	unsigned int generation; /* the lowest that is not revoked */
	const char *date;
	bool is_automatic;
} revocations[] = {
	{ "sbat", 1, "2021030218", true },	    { "shim", 4, "2025021800", true },
	{ "grub", 5, "2025021800", true },	    { "grub.debian", 4, "2024010900", false },
	{ "grub.peimage", 2, "2024040900", false }, { "grub.proxmox", 2, "2025051000", false },
};

/* returns: NULL if the component has never been revoked */
static const struct revocation *revocation_of(struct bzb_span component)
{
	for (size_t i = 0; i < BZB_ARRAY_SIZE(revocations); i++)
		if (bzb_span_is(component, revocations[i].component))
			return &revocations[i];
	return NULL;
}

/* Calls @take with each line; @fault: of it, 0 if there is none. */
static void each_line(struct checking *checking,
		      void (*take)(struct checking *checking, enum sbat_fault fault,
				   const struct sbat_line *line, const struct why *why))
{
	struct sbat_line line = { 0 };
	size_t position = 0;
	struct bzb_span text;
	struct why why;
	int found;

	if (!find_text(checking, &text))
		return;
	while ((found = sbat_next(text, &position, &line, &why)))
		take(checking, found < 0 ? (enum sbat_fault) - found : 0, &line, &why);
}

static void find_malformed(struct checking *checking, enum sbat_fault fault,
			   const struct sbat_line *line, const struct why *why)
{
	if (fault == SBAT_FAULT_FIELD)
		found(checking, AT(place_of(checking, line->text)), "%s", why->text);
}

static void check_fields(struct checking *checking)
{
	each_line(checking, find_malformed);
}

static void find_character(struct checking *checking, enum sbat_fault fault,
			   const struct sbat_line *line, const struct why *why)
{
	if (fault == SBAT_FAULT_CHARACTER)
		found(checking, AT(place_of(checking, line->text)), "%s", why->text);
}

static void check_characters(struct checking *checking)
{
	each_line(checking, find_character);
}

static void find_generation(struct checking *checking, enum sbat_fault fault,
			    const struct sbat_line *line, const struct why *why)
{
	const struct revocation *revocation;

	if (fault != SBAT_FAULT_GENERATION)
		return;
	revocation = revocation_of(line->fields[SBAT_COMPONENT]);
	found_for(checking, revocation && revocation->is_automatic ? checking->check->breaks : 0,
		  AT(place_of(checking, line->text)), "%s", why->text);
}

static void check_generations(struct checking *checking)
{
	each_line(checking, find_generation);
}

static void find_revoked(struct checking *checking, enum sbat_fault fault,
			 const struct sbat_line *line, const struct why *why)
{
	const struct revocation *revocation = revocation_of(line->fields[SBAT_COMPONENT]);

	(void)fault;
	(void)why;
	if (revocation && line->generation && line->generation < revocation->generation)
		found_for(checking, revocation->is_automatic ? checking->check->breaks : 0,
			  AT(place_of(checking, line->text)),
			  "line %u: generation %u of %s is revoked by SbatLevel %s, which asks for "
			  "%u",
			  line->number, line->generation, revocation->component, revocation->date,
			  revocation->generation);
}

static void check_revoked(struct checking *checking)
{
	each_line(checking, find_revoked);
}

static void check_version(struct checking *checking)
{
	struct sbat_line line = { 0 };
	size_t position = 0;
	struct bzb_span text;
	struct why why;

	if (!find_text(checking, &text) || sbat_next(text, &position, &line, &why) <= 0)
		return;
	if (!bzb_span_is(line.fields[SBAT_COMPONENT], "sbat") || line.generation != 1)
		found(checking, AT(place_of(checking, line.text)),
		      "the first line does not begin with \"sbat,1,\"");
}

const struct check sbat_checks[] = {
	{
		.name = "sbat-missing",
		.severity = SEVERITY_NOTE,
		.parts = PART_PE,
		.breaks = CONSUMER(SHIM),
		.run = check_missing,
		.why = "With Secure Boot on, shim starts an image by itself (as grubx64.efi, or by "
		       "its option) only if it has a section .sbat, even if the signature is good: "
		       "\"No .sbat section data\". An image that another program starts and has "
		       "shim verify (GRUB by shim_lock, systemd-boot by LoadImage() of shim 16) "
		       "needs none, so shim refuses a kernel or an addon without it only if it "
		       "starts that itself. A section that is empty passes, but no revocation can "
		       "ever name the image. 'bzboot pack --sbat' and 'bzboot edit --sbat' add "
		       "one.",
	},
	{
		.name = "sbat-duplicate-section",
		.severity = SEVERITY_ERROR,
		.parts = PART_PE,
		.breaks = CONSUMER(SHIM) | CONSUMER(GRUB_EFI),
		.run = check_duplicate,
		.why = "shim refuses an image with two sections .sbat (\"Image has multiple SBAT "
		       "sections\"), because one of them could hide the other. objcopy "
		       "--add-section to a stub that has one already makes such images.",
	},
	{
		.name = "sbat-relocations",
		.severity = SEVERITY_ERROR,
		.parts = PART_PE,
		.breaks = CONSUMER(SHIM) | CONSUMER(GRUB_EFI),
		.run = check_relocations,
		.why = "The section header of .sbat says that the section has COFF relocations. "
		       "shim refuses the image (\"SBAT section has relocations\"), because they "
		       "would change the text.",
	},
	{
		.name = "sbat-raw-size",
		.severity = SEVERITY_WARNING,
		.parts = PART_PE,
		.breaks = CONSUMER(SHIM),
		.run = check_raw_size,
		.why = "shim reads SBAT from the file, not from memory, and ignores the section if "
		       "its size in the file (SizeOfRawData) is 0 or less than its size in memory "
		       "(VirtualSize). Then the image counts as one without SBAT, which shim does "
		       "not start itself.",
	},
	{
		.name = "sbat-malformed",
		.severity = SEVERITY_ERROR,
		.parts = PART_PE,
		.breaks = CONSUMER(SHIM) | CONSUMER(GRUB_EFI),
		.run = check_fields,
		.why = "Each line of .sbat has six fields that are not empty: component, "
		       "generation, vendor, package, version, URL. shim refuses the whole image if "
		       "one line has fewer (\"Could not parse .sbat section data\"). A NUL ends "
		       "the text, also in the middle of a line.",
	},
	{
		.name = "sbat-character",
		.severity = SEVERITY_WARNING,
		.parts = PART_PE,
		.run = check_characters,
		.why = "SBAT is defined as text in ASCII (shim's SBAT.md). shim does not look at "
		       "the characters, and starts the image, but compares components byte by "
		       "byte: a byte that cannot be seen makes another component, which a "
		       "revocation does not reach.",
	},
	{
		.name = "sbat-generation",
		.severity = SEVERITY_WARNING,
		.parts = PART_PE,
		.breaks = CONSUMER(SHIM) | CONSUMER(GRUB_EFI),
		.run = check_generations,
		.why = "A generation is a number from 1 to 65535. shim reads anything else as 0, "
		       "and keeps 16 bits of a larger number. The image starts as long as "
		       "SbatLevel does not name the component; from the first revocation on, every "
		       "shim refuses it, however new it is.",
	},
	{
		.name = "sbat-version-line",
		.severity = SEVERITY_WARNING,
		.parts = PART_PE,
		.after = "sbat-malformed",
		.run = check_version,
		.why = "The first line describes SBAT itself: \"sbat,1,SBAT Version,sbat,1,URL\" "
		       "(shim's SBAT.md). shim 16.1 starts an image without that line, or with "
		       "another version in it, and so gives no promise to read the other lines of "
		       "it in the same way.",
	},
	{
		.name = "sbat-revoked",
		.severity = SEVERITY_ERROR,
		.parts = PART_PE,
		.breaks = CONSUMER(SHIM) | CONSUMER(GRUB_EFI),
		.run = check_revoked,
		.why = "A component of the image has a generation that shim's list of revocations "
		       "(SbatLevel_Variable.txt, in the variable SbatLevel) no longer allows, "
		       "because it has a hole through which unsigned code gets past Secure Boot. "
		       "shim refuses the image: \"was revoked by SbatLevel\". shim 16.1 of Debian "
		       "sets the list of 2025021800 by itself; rows of other lists are in force "
		       "where the owner set them. Once set, a list stays, also when an older shim "
		       "boots.",
	},
	{ 0 },
};
