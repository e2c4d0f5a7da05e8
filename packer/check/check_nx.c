/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * No memory is both writable and executable: what firmware that enforces it makes of a PE image
 * (EDK2, ProtectUefiImage() and CreateImagePropertiesRecord()).
 */
#include <bzboot/bzboot.h>

#include "families.h"
#include "pe_fields.h"

#define PAGE 0x1000u

static void check_compat(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	const struct pe_fields fields = pe_fields_parsed(pe);

	if (!(pe->dll_characteristics & BZB_PE_NX_COMPAT))
		found(checking,
		      PE_FIELD(&fields, "DllCharacteristics", pe->dll_characteristics, optional,
			       dll_characteristics),
		      "NX_COMPAT is not set");
}

static void check_writable_code(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;

	for (unsigned int i = 0; i < pe->sections; i++) {
		const struct bzb_pe_section section = pe_fields_section_at(pe, i);

		if ((section.characteristics & (uint32_t)BZB_PE_MEM_WRITE) &&
		    (section.characteristics & (BZB_PE_MEM_EXECUTE | BZB_PE_CNT_CODE)))
			found(checking,
			      PE_SECTION(pe, i, "Characteristics", section.characteristics,
					 characteristics),
			      "section %s is both writable and executable", section.name);
	}
}

static void check_pages(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	const struct pe_fields fields = pe_fields_parsed(pe);

	if (pe->section_alignment && pe->section_alignment % PAGE)
		found(checking,
		      PE_FIELD(&fields, "SectionAlignment", pe->section_alignment, optional,
			       section_alignment),
		      "SectionAlignment is not a multiple of a page, 0x%x", PAGE);
}

static void check_code_pages(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;

	if (!pe_fields_is_kernel(checking->subject) ||
	    !(pe->dll_characteristics & BZB_PE_NX_COMPAT))
		return;
	for (unsigned int i = 0; i < pe->sections; i++) {
		const struct bzb_pe_section section = pe_fields_section_at(pe, i);

		if ((section.characteristics & (BZB_PE_MEM_EXECUTE | BZB_PE_CNT_CODE)) &&
		    (section.virtual_size % PAGE || section.virtual_address % PAGE))
			found(checking,
			      PE_SECTION(pe, i, "VirtualSize", section.virtual_size, virtual_size),
			      "section %s, with code, is not made of whole pages", section.name);
	}
}

static void check_entry(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;

	for (unsigned int i = 0; i < pe->sections; i++) {
		const struct bzb_pe_section section = pe_fields_section_at(pe, i);
		const struct where where = PE_SECTION(pe, i, "Characteristics",
						      section.characteristics, characteristics);

		if (section.virtual_address > pe->entry ||
		    pe->entry - section.virtual_address >= pe_fields_memory_size(&section))
			continue;
		if (!(section.characteristics & BZB_PE_CNT_CODE))
			found(checking, where,
			      "the entry is in section %s, which is not marked as code",
			      section.name);
		else if (!(section.characteristics & BZB_PE_MEM_EXECUTE))
			found(checking, where,
			      "the entry is in section %s, which is not executable", section.name);
	}
}

const struct check nx_checks[] = {
	{
		.name = "nx-compat",
		.severity = SEVERITY_WARNING,
		.parts = PART_PE,
		.run = check_compat,
		.why = "NX_COMPAT says that the program neither executes data nor writes to code. "
		       "Microsoft demands it of what it signs. shim 16 refuses images without it "
		       "if it has the flag itself and firmware enforces memory protection "
		       "(MOK_POLICY_REQUIRE_NX); firmware may refuse them, or start them without "
		       "protection.",
	},
	{
		.name = "nx-writable-code",
		.severity = SEVERITY_WARNING,
		.parts = PART_PE,
		.run = check_writable_code,
		.why = "A section is both writable and executable. shim refuses it if it enforces "
		       "memory protection (handle_image(): \"Section is writable and "
		       "executable\"). EDK2 makes sections of code read-only if it protects images "
		       "from disks, so a program that writes to one crashes.",
	},
	{
		.name = "nx-section-alignment",
		.severity = SEVERITY_WARNING,
		.parts = PART_PE,
		.run = check_pages,
		.why = "Memory is protected by pages, so sections have to begin with one. EDK2 "
		       "does not protect an image with a smaller SectionAlignment "
		       "(CreateImagePropertiesRecord()); other firmware refuses it, and GRUB of "
		       "Fedora leaves its memory writable and executable.",
	},
	{
		.name = "nx-code-pages",
		.severity = SEVERITY_WARNING,
		.kinds = BZB_IS_BZIMAGE | BZB_IS_ZBOOT,
		.parts = PART_PE,
		.run = check_code_pages,
		.why = "systemd-stub 257 and later make the sections of code of a kernel with "
		       "NX_COMPAT read-only by EFI_MEMORY_ATTRIBUTE_PROTOCOL, which takes whole "
		       "pages only: with others, \"Cannot make kernel image read-only\".",
	},
	{
		.name = "nx-entry",
		.severity = SEVERITY_WARNING,
		.parts = PART_PE,
		.run = check_entry,
		.why = "The entry is in a section without the flags of code. EDK2 makes all "
		       "sections but those of code (CNT_CODE) non-executable if its "
		       "PcdImageProtectionPolicy is for images from disks, as that of ArmVirtQemu "
		       "is, and shim those without MEM_EXECUTE; the first instruction then is a "
		       "page fault. OVMF protects only its own images.",
	},
	{ 0 },
};
