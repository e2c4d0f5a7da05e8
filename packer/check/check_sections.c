/* SPDX-License-Identifier: BSD-2-Clause */
/* The sections of a PE image: their places in the file and in memory, and the entry */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <bzboot/bzboot.h>

#include "io/alloc.h"
#include "families.h"
#include "pe_fields.h"

/* --- places ------------------------------------------------------------------------------- */

static void check_in_headers(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	const consumer_set breaks = pe_fields_load_image(checking->subject, LOAD_UNSUPPORTED) |
				    CONSUMER(SHIM) | CONSUMER(PESIGN);

	for (unsigned int i = 0; i < pe->sections; i++) {
		struct bzb_pe_section section = pe_fields_section_at(pe, i);

		if (!section.raw_size)
			continue;
		if (section.raw_offset < pe->size_of_headers)
			found_for(checking, breaks,
				  PE_SECTION(pe, i, "PointerToRawData", section.raw_offset,
					     pointer_to_raw_data),
				  "section %s begins in the headers, which end at 0x%x",
				  section.name, pe->size_of_headers);
		else if (section.virtual_address < pe->size_of_headers)
			found_for(checking, breaks,
				  PE_SECTION(pe, i, "VirtualAddress", section.virtual_address,
					     virtual_address),
				  "section %s begins in the headers in memory, which end at 0x%x",
				  section.name, pe->size_of_headers);
	}
}

/* A section, and the bytes that it takes in the file or in memory */
struct extent {
	uint64_t start, end;
	unsigned int index;
};

static int compare(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static struct extent in_file(const struct bzb_pe_section *section, unsigned int index)
{
	return (struct extent){ section->raw_offset,
				(uint64_t)section->raw_offset + section->raw_size, index };
}

static struct extent in_memory(const struct bzb_pe_section *section, unsigned int index)
{
	return (struct extent){ section->virtual_address,
				(uint64_t)section->virtual_address + pe_fields_memory_size(section),
				index };
}

/* The extents that are not empty, in their order. Returns their number; @ret is for free(). */
static size_t sort_extents(const struct bzb_pe *pe,
			   struct extent extent_of(const struct bzb_pe_section *, unsigned int),
			   struct extent **ret)
{
	struct extent *extents = alloc_bytes((pe->sections + 1) * sizeof(*extents));
	size_t count = 0;

	if (!extents)
		diag_no_memory((pe->sections + 1) * sizeof(*extents));
	for (unsigned int i = 0; i < pe->sections; i++) {
		const struct bzb_pe_section section = bzb_pe_section(pe, i);

		extents[count] = extent_of(&section, i);
		count += extents[count].start < extents[count].end;
	}
	qsort(extents, count, sizeof(*extents), compare);
	*ret = extents;
	return count;
}

/* The first two extents that share bytes; false if there are none */
static bool find_overlap(const struct bzb_pe *pe,
			 struct extent extent_of(const struct bzb_pe_section *, unsigned int),
			 struct extent ret[2])
{
	struct extent *extents;
	size_t count = sort_extents(pe, extent_of, &extents), last = 0;
	bool overlap = false;

	for (size_t i = 1; i < count && !overlap; i++) {
		overlap = extents[i].start < extents[last].end;
		if (overlap) {
			ret[0] = extents[last];
			ret[1] = extents[i];
		}
		if (extents[i].end > extents[last].end)
			last = i;
	}
	free(extents);
	return overlap;
}

static void check_file_overlap(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	struct extent pair[2];

	if (find_overlap(pe, in_file, pair))
		found(checking,
		      PE_SECTION(pe, pair[1].index, "PointerToRawData", pair[1].start,
				 pointer_to_raw_data),
		      "sections %s and %s overlap in the file",
		      pe_fields_section_at(pe, pair[0].index).name,
		      pe_fields_section_at(pe, pair[1].index).name);
}

static void check_memory_overlap(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	struct extent pair[2];

	if (find_overlap(pe, in_memory, pair))
		found(checking,
		      PE_SECTION(pe, pair[1].index, "VirtualAddress", pair[1].start,
				 virtual_address),
		      "sections %s and %s overlap in memory",
		      pe_fields_section_at(pe, pair[0].index).name,
		      pe_fields_section_at(pe, pair[1].index).name);
}

static void check_order(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;

	for (unsigned int i = 1; i < pe->sections; i++) {
		const struct bzb_pe_section before = pe_fields_section_at(pe, i - 1);
		const struct bzb_pe_section section = pe_fields_section_at(pe, i);

		if (section.virtual_address >= before.virtual_address)
			continue;
		found(checking,
		      PE_SECTION(pe, i, "VirtualAddress", section.virtual_address, virtual_address),
		      "section %s is after %s in the table, but before it in memory", section.name,
		      before.name);
		return;
	}
}

/* The bytes after the sections and the symbols, without certificates: signers add up to seven
 * zeros */
static void check_trailing(struct checking *checking)
{
	const struct bzb_authenticode *image = &checking->subject->authenticode;
	size_t from = image->contents_end, size;

	if (from >= image->end)
		return;
	size = image->end - from;
	while (size && size < BZB_CERTIFICATE_ALIGN && !image->pe.file.data[from + size - 1])
		size--;
	if (size)
		found(checking, AT(from), "0x%zx bytes follow the last section", size);
}

static void check_file_size(struct checking *checking)
{
	const struct bzb_authenticode *image = &checking->subject->authenticode;

	if (image->padding && !image->table.size)
		found(checking, NOWHERE, "the size of the file, 0x%zx, is not a multiple of %d",
		      image->pe.file.size, BZB_CERTIFICATE_ALIGN);
}

/* --- sizes -------------------------------------------------------------------------------- */

static void check_virtual_size(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;

	for (unsigned int i = 0; i < pe->sections; i++) {
		const struct bzb_pe_section section = pe_fields_section_at(pe, i);

		if (!section.virtual_size)
			found(checking, PE_SECTION(pe, i, "VirtualSize", 0, virtual_size),
			      "section %s has the VirtualSize 0, and 0x%x bytes in the file",
			      section.name, section.raw_size);
	}
}

static void check_flat(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;

	if (!pe_fields_is_kernel(checking->subject))
		return;
	for (unsigned int i = 0; i < pe->sections; i++) {
		const struct bzb_pe_section section = pe_fields_section_at(pe, i);

		if (!section.raw_size || section.virtual_address == section.raw_offset)
			continue;
		found(checking,
		      PE_SECTION(pe, i, "VirtualAddress", section.virtual_address, virtual_address),
		      "section %s is at another place in the file, 0x%x", section.name,
		      section.raw_offset);
		return;
	}
}

static void check_address_alignment(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;

	for (unsigned int i = 0; pe->section_alignment && i < pe->sections; i++) {
		const struct bzb_pe_section section = pe_fields_section_at(pe, i);

		if (!(section.virtual_address % pe->section_alignment))
			continue;
		found(checking,
		      PE_SECTION(pe, i, "VirtualAddress", section.virtual_address, virtual_address),
		      "section %s is not at a multiple of SectionAlignment, 0x%x", section.name,
		      pe->section_alignment);
		return;
	}
}

static void check_raw_alignment(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;

	for (unsigned int i = 0; pe->file_alignment && i < pe->sections; i++) {
		const struct bzb_pe_section section = pe_fields_section_at(pe, i);

		if (!(section.raw_size % pe->file_alignment))
			continue;
		found(checking,
		      PE_SECTION(pe, i, "SizeOfRawData", section.raw_size, size_of_raw_data),
		      "section %s is not a multiple of FileAlignment, 0x%x", section.name,
		      pe->file_alignment);
		return;
	}
}

/* --- kinds of sections -------------------------------------------------------------------- */

#define RELOC ".reloc"

/* Whether shim's handle_image() takes a section for that of base relocations */
static bool is_directory(const struct bzb_pe_section *section, const struct pe_directory *directory)
{
	return section->raw_size && section->virtual_size &&
	       section->virtual_address == directory->address &&
	       directory->size <= section->virtual_size;
}

static void check_reloc(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	const struct pe_directory directory = pe_fields_directory(pe, BZB_PE_DIR_BASE_RELOCATION);
	unsigned int count = 0;

	for (unsigned int i = 0; i < pe->sections; i++) {
		const struct bzb_pe_section section = pe_fields_section_at(pe, i);
		const struct where where = PE_SECTION(pe, i, "VirtualAddress",
						      section.virtual_address, virtual_address);

		if (strcmp(section.name, RELOC) != 0 ||
		    !(section.characteristics & BZB_PE_MEM_READ))
			continue;
		if (count++)
			found(checking, where, "there are several sections " RELOC);
		else if (!is_directory(&section, &directory))
			found(checking, where,
			      "section " RELOC " does not hold the data directory of base "
			      "relocations, 0x%x bytes at 0x%x",
			      directory.size, directory.address);
	}
}

static void check_readable(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;

	for (unsigned int i = 0; i < pe->sections; i++) {
		const struct bzb_pe_section section = pe_fields_section_at(pe, i);

		if (!(section.characteristics & (BZB_PE_MEM_READ | BZB_PE_MEM_DISCARDABLE)))
			found(checking,
			      PE_SECTION(pe, i, "Characteristics", section.characteristics,
					 characteristics),
			      "section %s is not readable", section.name);
	}
}

/* --- the entry ---------------------------------------------------------------------------- */

/* Whether shim counts a section as one with the entry; it leaves out the last byte. */
static bool has_entry(const struct bzb_pe *pe, const struct bzb_pe_section *section)
{
	return (section->characteristics & BZB_PE_MEM_READ) &&
	       section->virtual_address <= pe->entry &&
	       pe->entry - section->virtual_address < pe_fields_memory_size(section);
}

static struct where entry_where(const struct bzb_pe *pe)
{
	const struct pe_fields fields = pe_fields_parsed(pe);

	return PE_FIELD(&fields, "AddressOfEntryPoint", pe->entry, optional,
			address_of_entry_point);
}

/* Sections with the entry; the last one is returned. */
static unsigned int count_entries(const struct bzb_pe *pe, struct bzb_pe_section *ret)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < pe->sections; i++) {
		const struct bzb_pe_section section = pe_fields_section_at(pe, i);

		if (!has_entry(pe, &section))
			continue;
		*ret = section;
		count++;
	}
	return count;
}

static void check_entry(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	struct bzb_pe_section section;

	if (count_entries(pe, &section))
		return;
	if (pe->entry >= pe->size_of_image)
		found_for(checking,
			  pe_fields_load_image(checking->subject, LOAD_OTHER_ERROR) |
				  CONSUMER(SHIM),
			  entry_where(pe), "the entry is after the image, which ends at 0x%x",
			  pe->size_of_image);
	else
		found_for(checking, CONSUMER(SHIM), entry_where(pe),
			  "the entry is in no readable section");
}

static void check_entry_twice(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	struct bzb_pe_section section;
	unsigned int count = count_entries(pe, &section);

	if (count > 1)
		found(checking, entry_where(pe), "%u sections have the entry", count);
}

static void check_entry_discardable(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	struct bzb_pe_section section;

	if (count_entries(pe, &section) == 1 && (section.characteristics & BZB_PE_MEM_DISCARDABLE))
		found(checking, entry_where(pe), "the entry is in section %s, which is discardable",
		      section.name);
}

const struct check section_checks[] = {
	{
		.name = "pe-section-in-headers",
		.severity = SEVERITY_ERROR,
		.parts = PART_PE,
		.after = "pe-headers-size",
		.breaks = LOAD_IMAGE_ANY | CONSUMER(SHIM) | CONSUMER(PESIGN),
		.run = check_in_headers,
		.why = "A section begins before SizeOfHeaders, in the file or in memory. EDK2's "
		       "PeCoffLoaderGetPeHeader() refuses it, and shim too (\"Section is inside "
		       "image headers\"), because it would be loaded over the headers and hashed "
		       "twice.",
	},
	{
		.name = "pe-overlap",
		.severity = SEVERITY_ERROR,
		.parts = PART_PE,
		.run = check_file_overlap,
		.why = "Two sections have bytes of the file in common. Firmware and pesign hash "
		       "them once for each section, osslsigncode once only, so a signature by one "
		       "does not verify with the other. sbsign takes the sum of the sizes for the "
		       "end of the file and cuts off the rest. bzboot does not sign such a file.",
	},
	{
		.name = "pe-memory-overlap",
		.severity = SEVERITY_ERROR,
		.parts = PART_PE,
		.run = check_memory_overlap,
		.why = "Two sections have bytes of memory in common. Loaders copy the sections in "
		       "the order of the table, so the later one overwrites the earlier one.",
	},
	{
		.name = "pe-section-order",
		.severity = SEVERITY_WARNING,
		.parts = PART_PE,
		.breaks = CONSUMER(PESIGN),
		.run = check_order,
		.why = "The section table is in the order of addresses (\"PE Format\", Section "
		       "Table). EDK2, shim and sbsign take any order. pesign hashes sections in "
		       "the order of the table, so firmware does not accept its signature; Windows "
		       "refuses the file, and editors of images that put a section after the last "
		       "one of the table overwrite another.",
	},
	{
		.name = "pe-trailing-data",
		.severity = SEVERITY_NOTE,
		.parts = PART_AUTHENTICODE,
		.run = check_trailing,
		.why = "Bytes after the last section are hashed and signed, but not loaded. All "
		       "signers agree about them if there is no gap before; sbsign warns about "
		       "\"data remaining\". objcopy and other editors of images drop them.",
	},
	{
		.name = "pe-file-size",
		.severity = SEVERITY_NOTE,
		.parts = PART_AUTHENTICODE,
		.run = check_file_size,
		.why = "The certificate table begins at a multiple of eight, so signers add zeros "
		       "to the file, and these are part of what is signed. Firmware and pesign "
		       "hash an unsigned file without them, shim with them: a digest of the "
		       "unsigned file in db or MokList does not match the signed file.",
	},
	{
		.name = "pe-virtual-size",
		.severity = SEVERITY_WARNING,
		.parts = PART_PE,
		.breaks = CONSUMER(SHIM),
		.run = check_virtual_size,
		.why = "VirtualSize is zero. EDK2 takes SizeOfRawData instead; shim refuses the "
		       "file when it computes its digest (get_section_vma(): \"Section has "
		       "negative size\").",
	},
	{
		.name = "pe-flat",
		.severity = SEVERITY_NOTE,
		.kinds = BZB_IS_BZIMAGE | BZB_IS_ZBOOT,
		.parts = PART_PE,
		.run = check_flat,
		.why = "Sections of a kernel are not where they are in memory. systemd-stub 250 "
		       "and 251 and GRUB of Fedora copy the file as a whole and enter it there.",
	},
	{
		.name = "pe-address-alignment",
		.severity = SEVERITY_NOTE,
		.parts = PART_PE,
		.run = check_address_alignment,
		.why = "Sections are at multiples of SectionAlignment (\"PE Format\", Section "
		       "Table). EDK2 and shim do not check it, but cannot protect the memory of a "
		       "section that does not begin with a page.",
	},
	{
		.name = "pe-raw-alignment",
		.severity = SEVERITY_NOTE,
		.parts = PART_PE,
		.after = "pe-file-alignment",
		.run = check_raw_alignment,
		.why = "SizeOfRawData is a multiple of FileAlignment (\"PE Format\", Section "
		       "Table). U-Boot rounds it up before it hashes a section, the others hash "
		       "the bytes of the section.",
	},
	{
		.name = "pe-reloc-section",
		.severity = SEVERITY_WARNING,
		.parts = PART_PE,
		.breaks = CONSUMER(SHIM),
		.run = check_reloc,
		.why = "shim looks for the base relocations in the section .reloc. It refuses an "
		       "image whose .reloc is empty, is not where the data directory says, or is "
		       "there twice (handle_image(): \"Relocation section is invalid\"). EDK2 uses "
		       "the data directory alone.",
	},
	{
		.name = "pe-unreadable",
		.severity = SEVERITY_WARNING,
		.parts = PART_PE,
		.run = check_readable,
		.why = "A section is not marked as readable. EDK2 loads it; shim leaves it out "
		       "(handle_image()), so the program finds other bytes there.",
	},
	{
		.name = "pe-entry",
		.severity = SEVERITY_ERROR,
		.parts = PART_PE,
		.breaks = LOAD_IMAGE_ANY | CONSUMER(SHIM),
		.run = check_entry,
		.why = "The entry is in no section that is loaded and readable. shim refuses the "
		       "file (\"Entry point is not within sections\"). EDK2 does not check it: it "
		       "enters whatever is there, or address 0 if the entry is after the image.",
	},
	{
		.name = "pe-entry-twice",
		.severity = SEVERITY_WARNING,
		.parts = PART_PE,
		.breaks = CONSUMER(SHIM),
		.run = check_entry_twice,
		.why = "Sections that overlap in memory both have the entry. shim refuses the file "
		       "(\"sections contain entry point\").",
	},
	{
		.name = "pe-entry-discardable",
		.severity = SEVERITY_WARNING,
		.parts = PART_PE,
		.breaks = CONSUMER(SHIM),
		.run = check_entry_discardable,
		.why = "The entry is in a section that may be discarded. EDK2 loads such sections, "
		       "shim does not, and then enters memory without code.",
	},
	{ 0 },
};
