/* SPDX-License-Identifier: BSD-2-Clause */
/* The data directories of a PE image that loaders read: base relocations, debug */
#include <inttypes.h>
#include <string.h>

#include <bzboot/bzboot.h>

#include "families.h"
#include "pe_fields.h"

static struct where directory_where(const char *name, const struct pe_directory *directory)
{
	return FIELD_AT(name, directory->address, directory->offset);
}

/* The bytes of the file at an RVA; false if a section does not have all of them in the file */
static bool find_bytes(const struct bzb_pe *pe, uint32_t address, uint32_t size,
		       struct bzb_span *ret)
{
	for (unsigned int i = 0; i < pe->sections; i++) {
		const struct bzb_pe_section section = bzb_pe_section(pe, i);
		uint32_t offset = address - section.virtual_address;

		if (address >= section.virtual_address && offset < section.raw_size &&
		    size <= section.raw_size - offset)
			return !bzb_slice(pe->file, (uint64_t)section.raw_offset + offset, size,
					  ret);
	}
	return false;
}

/* --- base relocations --------------------------------------------------------------------- */

/* IMAGE_BASE_RELOCATION, "Base Relocation Block" */
struct block {
	bzb_le32 page_rva;
	bzb_le32 size; /* of the block, with this header */
};

/* Types that EDK2's PeCoffLoaderRelocateImage() and shim's relocate_coff() apply on any machine */
enum { RELOC_ABSOLUTE = 0, RELOC_HIGH = 1, RELOC_LOW = 2, RELOC_HIGHLOW = 3, RELOC_DIR64 = 10 };

static bool is_common(unsigned int type)
{
	return type <= RELOC_HIGHLOW || type == RELOC_DIR64;
}

/* U-Boot compares no address, but refuses types that it does not know. */
static consumer_set refuse_relocations(const struct checking *checking)
{
	return pe_fields_load_image(checking->subject, LOAD_OTHER_ERROR) |
	       pe_fields_u_boot(checking->subject);
}

/* Entries of a block; says what is wrong with one. */
static bool check_entries(struct checking *checking, const struct where *where,
			  struct bzb_span entries, uint32_t page)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	consumer_set breaks = refuse_relocations(checking);

	for (size_t i = 0; i + 2 <= entries.size; i += 2) {
		unsigned int entry = bzb_get16(entries.data + i);
		uint64_t address = (uint64_t)page + (entry & 0xfff);

		if (address >= pe->size_of_image) {
			found_for(checking, breaks, *where,
				  "a base relocation is for address 0x%" PRIx64 ", after the image",
				  address);
			return false;
		}
		/* Other machines have types of their own. */
		if (pe->machine == BZB_PE_MACHINE_X86_64 && !is_common(entry >> 12)) {
			found_for(checking, breaks | CONSUMER(SHIM), *where,
				  "a base relocation has type %u", entry >> 12);
			return false;
		}
	}
	return true;
}

static void check_blocks(struct checking *checking, const struct where *where,
			 struct bzb_span blocks)
{
	consumer_set breaks = refuse_relocations(checking);
	struct bzb_span entries;
	struct block block;
	uint32_t size;

	/* EDK2 takes the last byte of the directory for its end. */
	for (size_t at = 0; at + 1 < blocks.size; at += size) {
		if (blocks.size - at < sizeof(block)) {
			found_for(checking, breaks, *where, "a block of base relocations is cut");
			return;
		}
		memcpy(&block, blocks.data + at, sizeof(block));
		size = bzb_ld32(block.size);
		if (size < sizeof(block) || size > blocks.size - at) {
			found_for(checking, breaks, *where,
				  "a block of base relocations has 0x%x bytes, of 0x%zx that are "
				  "left",
				  size, blocks.size - at);
			return;
		}
		entries =
			(struct bzb_span){ blocks.data + at + sizeof(block), size - sizeof(block) };
		if (!check_entries(checking, where, entries, bzb_ld32(block.page_rva)))
			return;
	}
}

static void check_relocations(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	const struct pe_directory directory = pe_fields_directory(pe, BZB_PE_DIR_BASE_RELOCATION);
	const struct where where = directory_where("BaseRelocationTable", &directory);
	struct bzb_span blocks;

	if (!directory.size)
		return;
	if ((uint64_t)directory.address + directory.size > pe->size_of_image)
		found_for(checking, refuse_relocations(checking), where,
			  "the base relocations, 0x%x bytes, go past the end of the image",
			  directory.size);
	else if (find_bytes(pe, directory.address, directory.size, &blocks))
		check_blocks(checking, &where, blocks);
}

/* --- debug -------------------------------------------------------------------------------- */

#define DIR_DEBUG 6
/* IMAGE_DEBUG_DIRECTORY, "Debug Directory" */
#define DEBUG_ENTRY_SIZE 28u

/* The offset in the file, as EDK2's PeCoffLoaderGetImageInfo() computes it; 0: it finds none. */
static uint64_t debug_offset(const struct bzb_pe *pe, uint32_t address)
{
	for (unsigned int i = 0; i < pe->sections; i++) {
		const struct bzb_pe_section section = bzb_pe_section(pe, i);

		if (address >= section.virtual_address &&
		    address - section.virtual_address < section.virtual_size)
			return (uint64_t)address - section.virtual_address + section.raw_offset;
	}
	return 0;
}

static void check_debug(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	const struct pe_directory directory = pe_fields_directory(pe, DIR_DEBUG);
	uint64_t offset = debug_offset(pe, directory.address);
	uint64_t count = (directory.size + DEBUG_ENTRY_SIZE - 1ull) / DEBUG_ENTRY_SIZE;
	struct bzb_span bytes;

	if (offset && directory.size &&
	    bzb_slice(pe->file, offset, count * DEBUG_ENTRY_SIZE, &bytes))
		found_for(checking, pe_fields_load_image(checking->subject, LOAD_UNSUPPORTED),
			  directory_where("Debug", &directory),
			  "the debug directory, 0x%x bytes at 0x%" PRIx64
			  ", goes past the end of the file",
			  directory.size, offset);
}

const struct check directory_checks[] = {
	{
		.name = "pe-base-relocations",
		.severity = SEVERITY_ERROR,
		.parts = PART_PE,
		.breaks = LOAD_IMAGE_ANY | CONSUMER(SHIM) | CONSUMER(U_BOOT),
		.run = check_relocations,
		.why = "Firmware moves the image by its base relocations. EDK2's "
		       "PeCoffLoaderRelocateImage() returns EFI_LOAD_ERROR if the data directory "
		       "or an address goes past SizeOfImage, or if a block has an impossible size; "
		       "U-Boot's bootefi takes what it finds there, and refuses unknown types. An "
		       "image that runs at any address leaves the directory empty.",
	},
	{
		.name = "pe-debug-directory",
		.severity = SEVERITY_ERROR,
		.parts = PART_PE,
		.breaks = LOAD_IMAGE_ANY,
		.run = check_debug,
		.why = "EDK2 reads the debug directory of every image, for the name of its symbols "
		       "(PeCoffLoaderGetImageInfo()), and returns EFI_UNSUPPORTED if an entry is "
		       "not in the file. Editors that remove sections of debug information leave "
		       "such a directory.",
	},
	{ 0 },
};
