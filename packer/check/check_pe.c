/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The headers of a PE image ("PE Format", Microsoft; UEFI 2.10, 2.1.1). The gates are those of
 * EDK2's PeCoffLoaderGetPeHeader(), PeCoffLoaderLoadImage() and CoreLoadPeImage(), and of shim's
 * read_header() and handle_image().
 */
#include <inttypes.h>
#include <string.h>

#include <bzboot/bzboot.h>

#include "input/identify.h"
#include "families.h"
#include "pe_fields.h"

#define KERNELS (BZB_IS_BZIMAGE | BZB_IS_ZBOOT)

static consumer_set unsupported(const struct checking *checking)
{
	return pe_fields_load_image(checking->subject, LOAD_UNSUPPORTED);
}

static consumer_set load_error(const struct checking *checking)
{
	return pe_fields_load_image(checking->subject, LOAD_OTHER_ERROR);
}

static uint64_t header_offset(const struct pe_fields *fields, unsigned int index)
{
	return fields->optional_offset + bzb_ld16(fields->coff.size_of_optional_header) +
	       (uint64_t)index * sizeof(struct bzb_pe_section_header);
}

/* A section of a file that bzb_pe_parse() refuses; false if the table does not have it */
static bool read_section(struct bzb_span file, const struct pe_fields *fields, unsigned int index,
			 struct bzb_pe_section_header *ret)
{
	struct bzb_span bytes;

	if (index >= bzb_ld16(fields->coff.number_of_sections) ||
	    bzb_slice(file, header_offset(fields, index), sizeof(*ret), &bytes))
		return false;
	memcpy(ret, bytes.data, sizeof(*ret));
	return true;
}

/* The first section whose bytes go past the end */
static bool find_truncated(struct bzb_span file, const struct pe_fields *fields, unsigned int *ret,
			   struct bzb_pe_section_header *ret_header)
{
	struct bzb_pe_section_header header;
	struct bzb_span bytes;

	for (unsigned int i = 0; read_section(file, fields, i, &header); i++)
		if (bzb_ld32(header.size_of_raw_data) &&
		    bzb_slice(file, bzb_ld32(header.pointer_to_raw_data),
			      bzb_ld32(header.size_of_raw_data), &bytes)) {
			*ret = i;
			*ret_header = header;
			return true;
		}
	return false;
}

static void found_bad_magic(struct checking *checking, const struct pe_fields *fields)
{
	unsigned int magic = bzb_ld16(fields->optional.magic);

	found_for(checking, unsupported(checking) | CONSUMER(SHIM),
		  PE_FIELD(fields, "Magic", magic, optional, magic),
		  "the optional header is neither PE32 (0x10b) nor PE32+ (0x20b)");
}

static void found_bad_size(struct checking *checking, const struct pe_fields *fields)
{
	unsigned int size = bzb_ld16(fields->coff.size_of_optional_header);
	const unsigned char *count = checking->subject->file.data + fields->directories_offset - 4;

	found_for(
		checking, unsupported(checking) | CONSUMER(SHIM),
		PE_FIELD(fields, "SizeOfOptionalHeader", size, coff, size_of_optional_header),
		"the optional header has 0x%x bytes, which are not 0x%zx and 8 for each of %u data "
		"directories (at most %u)",
		size, fields->directories_offset - fields->optional_offset, bzb_get32(count),
		BZB_PE_DIRECTORIES_MAX);
}

static void found_many_sections(struct checking *checking, const struct bzb_pe *pe)
{
	const struct pe_fields fields = pe_fields_parsed(pe);

	found_for(checking, 0,
		  PE_FIELD(&fields, "NumberOfSections", pe->sections, coff, number_of_sections),
		  "has %u sections, more than the %u that bzboot checks", pe->sections,
		  PE_SECTIONS_MAX);
}

static void check_headers(struct checking *checking)
{
	struct bzb_span file = checking->subject->file;
	struct bzb_pe_section_header header;
	struct pe_fields fields;
	unsigned int index;
	struct bzb_pe pe;
	int err = bzb_pe_parse(file, &pe);

	if (!err && pe.sections <= PE_SECTIONS_MAX)
		return;
	if (!err)
		found_many_sections(checking, &pe);
	else if (pe_fields_read(file, &fields))
		found_for(checking, unsupported(checking) | CONSUMER(SHIM),
			  FIELD_AT("e_lfanew", bzb_get32(file.data + BZB_PE_LFANEW), BZB_PE_LFANEW),
			  "the headers go past the end of the file");
	else if (err == -BZB_ERR_BADVERSION)
		found_bad_magic(checking, &fields);
	else if (err == -BZB_ERR_BADHEADER)
		found_bad_size(checking, &fields);
	else if (!find_truncated(file, &fields, &index, &header))
		found_for(checking, unsupported(checking) | CONSUMER(SHIM),
			  PE_FIELD(&fields, "NumberOfSections",
				   bzb_ld16(fields.coff.number_of_sections), coff,
				   number_of_sections),
			  "the section table goes past the end of the file");
}

static void check_truncated(struct checking *checking)
{
	struct bzb_span file = checking->subject->file;
	struct bzb_pe_section_header header;
	struct pe_fields fields;
	unsigned int index;
	uint64_t end;

	if ((checking->subject->parts & PART_PE) || pe_fields_read(file, &fields) ||
	    !find_truncated(file, &fields, &index, &header))
		return;
	end = (uint64_t)bzb_ld32(header.pointer_to_raw_data) + bzb_ld32(header.size_of_raw_data);
	found_for(checking, unsupported(checking) | CONSUMER(SHIM) | CONSUMER(PESIGN),
		  FIELD_AT("SizeOfRawData", bzb_ld32(header.size_of_raw_data),
			   header_offset(&fields, index) +
				   offsetof(struct bzb_pe_section_header, size_of_raw_data)),
		  "section %u ends at 0x%" PRIx64 ", but the file ends at 0x%zx", index, end,
		  file.size);
}

#define MACHINE_LOONGARCH64 0x6264

/* "Machine Types" of the PE format for which UEFI is defined (UEFI 2.10, 2.1.1) */
static const struct {
	uint16_t machine, magic;
} machines[] = {
	{ BZB_PE_MACHINE_X86_64, BZB_PE_MAGIC_PE32PLUS },
	{ 0x014c, BZB_PE_MAGIC_PE32 },	   /* i386 */
	{ 0x01c2, BZB_PE_MAGIC_PE32 },	   /* ARM, Thumb mixed */
	{ 0xaa64, BZB_PE_MAGIC_PE32PLUS }, /* arm64 */
	{ 0x5064, BZB_PE_MAGIC_PE32PLUS }, /* riscv64 */
	{ MACHINE_LOONGARCH64, BZB_PE_MAGIC_PE32PLUS },
	{ 0x0ebc, 0 }, /* EFI byte code: either */
};

static void check_machine(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	const struct pe_fields fields = pe_fields_parsed(pe);

	for (size_t i = 0; i < BZB_ARRAY_SIZE(machines); i++)
		if (machines[i].machine == pe->machine)
			return;
	found_for(checking,
		  unsupported(checking) | CONSUMER(SHIM) | CONSUMER(SBSIGN) | CONSUMER(PESIGN),
		  PE_FIELD(&fields, "Machine", pe->machine, coff, machine),
		  "UEFI is not defined for the machine");
}

static void check_magic(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	const struct pe_fields fields = pe_fields_parsed(pe);

	for (size_t i = 0; i < BZB_ARRAY_SIZE(machines); i++)
		if (machines[i].machine == pe->machine && machines[i].magic &&
		    machines[i].magic != pe->magic)
			found(checking, PE_FIELD(&fields, "Magic", pe->magic, optional, magic),
			      "the headers are %s, but the machine is %s",
			      pe->magic == BZB_PE_MAGIC_PE32 ? "PE32" : "PE32+",
			      pe_machine_name(pe->machine));
}

/* Subsystems that LoadImage() takes: application, boot service driver, runtime driver */
#define SUBSYSTEM_LAST 12

static void check_subsystem(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	const struct pe_fields fields = pe_fields_parsed(pe);

	if (pe->subsystem < BZB_PE_SUBSYSTEM_EFI_APPLICATION || pe->subsystem > SUBSYSTEM_LAST)
		found_for(
			checking, unsupported(checking),
			PE_FIELD(&fields, "Subsystem", pe->subsystem, optional, subsystem),
			"Subsystem is neither an EFI application (10) nor an EFI driver (11, 12)");
}

/* The DOS header (IMAGE_DOS_HEADER) */
#define DOS_HEADER_SIZE 0x40u
/* osslsigncode's pe_ctx_get() */
#define OSSLSIGNCODE_MIN 44u
/* rEFInd's IsValidLoader() reads 512 bytes */
#define REFIND_MAX 0x180u

static void check_dos_header(struct checking *checking)
{
	uint32_t offset = bzb_get32(checking->subject->file.data + BZB_PE_LFANEW);

	if (offset < DOS_HEADER_SIZE)
		found_for(checking,
			  CONSUMER(SHIM) | CONSUMER(SD_STUB) |
				  (offset < OSSLSIGNCODE_MIN ? CONSUMER(OSSLSIGNCODE) : 0),
			  FIELD_AT("e_lfanew", offset, BZB_PE_LFANEW),
			  "the PE headers begin inside the DOS header, which has 0x%x bytes",
			  DOS_HEADER_SIZE);
}

static void check_header_offset(struct checking *checking)
{
	uint32_t offset = bzb_get32(checking->subject->file.data + BZB_PE_LFANEW);

	if (offset >= REFIND_MAX)
		found(checking, FIELD_AT("e_lfanew", offset, BZB_PE_LFANEW),
		      "the PE headers begin at 0x%x, but rEFInd looks for them below 0x%x", offset,
		      REFIND_MAX);
}

static void check_directories(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	const struct pe_fields fields = pe_fields_parsed(pe);
	const struct where where =
		FIELD_AT("NumberOfRvaAndSizes", pe->directories, fields.directories_offset - 4);

	if (pe->directories == BZB_PE_DIR_CERTIFICATE + 1)
		found_for(
			checking, load_error(checking) | CONSUMER(SHIM), where,
			"there is no data directory of base relocations, and EDK2 takes the bytes "
			"after the others for it");
}

static void check_headers_size(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	const struct pe_fields fields = pe_fields_parsed(pe);
	const consumer_set breaks = unsupported(checking) | CONSUMER(SHIM);
	const struct where where =
		PE_FIELD(&fields, "SizeOfHeaders", pe->size_of_headers, optional, size_of_headers);
	size_t end = pe->section_table + pe->sections * sizeof(struct bzb_pe_section_header);

	if (pe->size_of_headers < end)
		found_for(checking, breaks, where,
			  "the section table ends at 0x%zx, after the headers", end);
	else if (pe->size_of_headers > pe->file.size)
		found_for(checking, breaks, where, "the headers go past the end of the file, 0x%zx",
			  pe->file.size);
	else if (pe->size_of_headers >= pe->size_of_image)
		found_for(checking, breaks, where, "SizeOfImage is 0x%x, not more than the headers",
			  pe->size_of_image);
}

/* The end of a section in memory, as EDK2 and shim compute it */
static uint64_t memory_end(const struct bzb_pe_section *section)
{
	return (uint64_t)section->virtual_address + pe_fields_memory_size(section);
}

static void check_image_size(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	const struct pe_fields fields = pe_fields_parsed(pe);
	const struct where where =
		PE_FIELD(&fields, "SizeOfImage", pe->size_of_image, optional, size_of_image);

	for (unsigned int i = 0; i < pe->sections; i++) {
		struct bzb_pe_section section = pe_fields_section_at(pe, i);
		uint64_t end = memory_end(&section);

		if (end <= pe->size_of_image)
			continue;
		/* PeCoffLoaderLoadImage() checks sections that have bytes in the file. */
		found_for(checking, CONSUMER(SHIM) | (section.raw_size ? load_error(checking) : 0),
			  where, "section %s ends at 0x%" PRIx64 " in memory", section.name, end);
		return;
	}
}

static void check_image_size_aligned(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	const struct pe_fields fields = pe_fields_parsed(pe);

	if (pe->section_alignment && pe->size_of_image % pe->section_alignment)
		found(checking,
		      PE_FIELD(&fields, "SizeOfImage", pe->size_of_image, optional, size_of_image),
		      "SizeOfImage is not a multiple of SectionAlignment, 0x%x",
		      pe->section_alignment);
}

static void check_image_size_of_kernel(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	const struct pe_fields fields = pe_fields_parsed(pe);

	if (pe_fields_is_kernel(checking->subject) && pe->size_of_image < pe->file.size)
		found(checking,
		      PE_FIELD(&fields, "SizeOfImage", pe->size_of_image, optional, size_of_image),
		      "the file has 0x%zx bytes, more than the image takes in memory",
		      pe->file.size);
}

static void check_section_alignment(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	const struct pe_fields fields = pe_fields_parsed(pe);
	const struct where where = PE_FIELD(&fields, "SectionAlignment", pe->section_alignment,
					    optional, section_alignment);

	if (!pe->section_alignment)
		found_for(checking, load_error(checking) | pe_fields_u_boot(checking->subject),
			  where, "SectionAlignment is zero");
	else if (!bzb_is_power_of_two(pe->section_alignment))
		found_for(checking, 0, where, "SectionAlignment is not a power of two");
	else if (pe->section_alignment < pe->file_alignment)
		found_for(checking, 0, where, "SectionAlignment is less than FileAlignment, 0x%x",
			  pe->file_alignment);
}

/* "FileAlignment": a power of two from 512 to 64 K; Linux has 32 bytes in some releases */
#define FILE_ALIGNMENT_MAX 0x10000u

static void check_file_alignment(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	const struct pe_fields fields = pe_fields_parsed(pe);
	const struct where where =
		PE_FIELD(&fields, "FileAlignment", pe->file_alignment, optional, file_alignment);

	if (pe->file_alignment % 2)
		found_for(checking, CONSUMER(SHIM), where, "FileAlignment is odd");
	else if (!bzb_is_power_of_two(pe->file_alignment) ||
		 pe->file_alignment > FILE_ALIGNMENT_MAX)
		found_for(checking, 0, where, "FileAlignment is not a power of two up to 0x%x",
			  FILE_ALIGNMENT_MAX);
}

/* COFF Characteristics */
#define RELOCS_STRIPPED 0x0001u
/* EDK2 and the memory map of PCs: no image is loaded below */
#define LOWEST_ADDRESS 0x100000u

static void check_stripped(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	const struct pe_fields fields = pe_fields_parsed(pe);
	const struct where where =
		PE_FIELD(&fields, "Characteristics", pe->characteristics, coff, characteristics);

	if (!(pe->characteristics & RELOCS_STRIPPED))
		return;
	if (pe->image_base < LOWEST_ADDRESS)
		found_for(checking, load_error(checking) | CONSUMER(SHIM), where,
			  "RELOCS_STRIPPED is set, and no firmware can load an image at ImageBase, "
			  "0x%" PRIx64,
			  pe->image_base);
	else
		found_for(checking, CONSUMER(SHIM), where,
			  "RELOCS_STRIPPED is set: firmware has to load the image at ImageBase, "
			  "0x%" PRIx64,
			  pe->image_base);
}

static void check_image_base(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	const struct pe_fields fields = pe_fields_parsed(pe);

	if (pe_fields_is_kernel(checking->subject) && pe->image_base)
		found(checking,
		      PE_FIELD(&fields, "ImageBase", pe->image_base, optional, image_base),
		      "ImageBase is not zero, although the kernel runs at any address");
}

static void check_sbsign_machine(struct checking *checking)
{
	const struct bzb_pe *pe = &checking->subject->pe;
	const struct pe_fields fields = pe_fields_parsed(pe);

	if (pe->machine == MACHINE_LOONGARCH64)
		found(checking, PE_FIELD(&fields, "Machine", pe->machine, coff, machine),
		      "sbsign does not know the machine");
}

static void check_checksum(struct checking *checking)
{
	const struct bzb_authenticode *image = &checking->subject->authenticode;
	uint32_t sum = bzb_authenticode_checksum(image);

	if (image->pe.checksum && image->pe.checksum != sum)
		found(checking, FIELD_AT("CheckSum", image->pe.checksum, image->checksum_offset),
		      "the checksum of the file is 0x%x", sum);
}

static void check_timestamp(struct checking *checking)
{
	const struct pe_fields fields = pe_fields_parsed(&checking->subject->pe);
	uint32_t seconds = bzb_ld32(fields.coff.time_date_stamp);

	if (seconds > 1)
		found(checking, PE_FIELD(&fields, "TimeDateStamp", seconds, coff, time_date_stamp),
		      "the file has the time of its build");
}

const struct check pe_checks[] = {
	{
		.name = "pe-headers",
		.severity = SEVERITY_ERROR,
		.kinds = BZB_IS_PE,
		.breaks = LOAD_IMAGE_ANY | CONSUMER(SHIM),
		.run = check_headers,
		.why = "The PE headers cannot be read: they go past the end of the file, are of a "
		       "kind that UEFI does not know, or their sizes contradict each other. EDK2's "
		       "PeCoffLoaderGetPeHeader() and shim's read_header() demand that "
		       "SizeOfOptionalHeader is exactly the optional header with as many data "
		       "directories as NumberOfRvaAndSizes says, at most 16. No other check of the "
		       "PE image runs. Nor does one for an image of more than 96 sections, the "
		       "most that Windows loads: consumers that those checks are about are then "
		       "untested, because firmware may start it.",
	},
	{
		.name = "pe-truncated",
		.severity = SEVERITY_ERROR,
		.kinds = BZB_IS_PE,
		.after = "pe-headers",
		.breaks = LOAD_IMAGE_ANY | CONSUMER(SHIM) | CONSUMER(PESIGN),
		.run = check_truncated,
		.why = "A section has bytes after the end of the file: the file is truncated, or "
		       "its headers are wrong. EDK2 reads the last byte of each section before it "
		       "loads anything (PeCoffLoaderGetPeHeader()), and shim checks all of them "
		       "before it computes the digest. pesign finds an invalid address; sbsign and "
		       "osslsigncode sign the file, but their digests differ. No other check of "
		       "the PE image runs.",
	},
	{
		.name = "pe-machine",
		.severity = SEVERITY_ERROR,
		.parts = PART_PE,
		.breaks = LOAD_IMAGE_ANY | CONSUMER(SHIM) | CONSUMER(SBSIGN) | CONSUMER(PESIGN),
		.run = check_machine,
		.why = "The machine of the COFF header is not one that UEFI has a calling "
		       "convention for (UEFI 2.10, 2.1.1). LoadImage() returns EFI_UNSUPPORTED; "
		       "shim and systemd compare the field with their own machine, and sbsign "
		       "refuses machines that it does not know.",
	},
	{
		.name = "pe-magic",
		.severity = SEVERITY_WARNING,
		.parts = PART_PE,
		.breaks = CONSUMER(SHIM) | CONSUMER(SBSIGN) | CONSUMER(PESIGN),
		.run = check_magic,
		.why = "Images for 64-bit machines have PE32+ headers, those for 32-bit machines "
		       "PE32 (UEFI 2.10, 2.1.1). EDK2 reads either, but shim refuses PE32 on "
		       "64-bit machines (image_is_loadable()), and sbsign expects the headers of "
		       "the machine.",
	},
	{
		.name = "pe-subsystem",
		.severity = SEVERITY_ERROR,
		.parts = PART_PE,
		.breaks = LOAD_IMAGE_ANY,
		.run = check_subsystem,
		.why = "The subsystem tells firmware the type of memory for the image (UEFI 2.10, "
		       "2.1.1). CoreLoadPeImage() of EDK2 returns EFI_UNSUPPORTED for others than "
		       "EFI applications and drivers. A linker without --subsystem=10 makes a "
		       "Windows program.",
	},
	{
		.name = "pe-dos-header",
		.severity = SEVERITY_WARNING,
		.parts = PART_PE,
		.breaks = CONSUMER(SHIM) | CONSUMER(SD_STUB) | CONSUMER(OSSLSIGNCODE),
		.run = check_dos_header,
		.why = "The PE headers begin before 0x40 and overlap the DOS header. EDK2 loads "
		       "such a file. shim (read_header()), systemd (verify_dos()) and Linux's "
		       "check of kexec signatures (pefile_parse_binary()) refuse it.",
	},
	{
		.name = "pe-header-offset",
		.severity = SEVERITY_NOTE,
		.parts = PART_PE,
		.breaks = CONSUMER(REFIND),
		.run = check_header_offset,
		.why = "The PE headers begin far from the start of the file. Firmware follows "
		       "e_lfanew anywhere, but some readers take only the first bytes of the file: "
		       "rEFInd 512 (IsValidLoader(): the headers are below 0x180), RefindPlus "
		       "4096. SYSLINUX on EFI enters a bzImage by its 32-bit entry if the headers "
		       "are after 0x200. Unified kernel images of bzboot are so, because the setup "
		       "header of a bzImage leaves no room for their section table.",
	},
	{
		.name = "pe-directories",
		.severity = SEVERITY_ERROR,
		.parts = PART_PE,
		.breaks = LOAD_IMAGE_ANY | CONSUMER(SHIM),
		.run = check_directories,
		.why = "shim needs the sixth data directory (handle_image(): \"Image has no "
		       "relocation entry\"). With exactly five, EDK2's PeCoffLoaderRelocateImage() "
		       "takes the start of the section table for the directory of base "
		       "relocations, because it compares with < instead of <=. Linkers write 16.",
	},
	{
		.name = "pe-headers-size",
		.severity = SEVERITY_ERROR,
		.parts = PART_PE,
		.breaks = LOAD_IMAGE_ANY | CONSUMER(SHIM),
		.run = check_headers_size,
		.why = "SizeOfHeaders covers everything up to the end of the section table, and is "
		       "part of the file and of the image in memory. Firmware copies and hashes "
		       "that many bytes. EDK2's PeCoffLoaderGetPeHeader() and shim's read_header() "
		       "check all three.",
	},
	{
		.name = "pe-image-size",
		.severity = SEVERITY_ERROR,
		.parts = PART_PE,
		.after = "pe-headers-size",
		.run = check_image_size,
		.breaks = LOAD_IMAGE_ANY | CONSUMER(SHIM),
		.why = "Firmware allocates SizeOfImage bytes for the image. A section that ends "
		       "after them would be written over other memory: EDK2's "
		       "PeCoffLoaderLoadImage() returns EFI_LOAD_ERROR, shim refuses the section. "
		       "A section that has no bytes in the file passes EDK2, and its memory "
		       "belongs to something else.",
	},
	{
		.name = "pe-image-size-alignment",
		.severity = SEVERITY_NOTE,
		.parts = PART_PE,
		.run = check_image_size_aligned,
		.why = "The PE format has SizeOfImage as a multiple of SectionAlignment. EDK2 and "
		       "shim round up to pages by themselves; Windows refuses such an image.",
	},
	{
		.name = "pe-image-size-file",
		.severity = SEVERITY_NOTE,
		.kinds = KERNELS,
		.parts = PART_PE,
		.run = check_image_size_of_kernel,
		.why = "Some loaders copy the whole file of a kernel, with its signature, into "
		       "memory of SizeOfImage bytes: systemd-stub 250 and 251 stop with an "
		       "assertion if that is too small.",
	},
	{
		.name = "pe-section-alignment",
		.severity = SEVERITY_ERROR,
		.parts = PART_PE,
		.breaks = LOAD_IMAGE_ANY | CONSUMER(U_BOOT),
		.run = check_section_alignment,
		.why = "SectionAlignment is a power of two, not less than FileAlignment. EDK2 "
		       "aligns the image in memory to it (CoreLoadPeImage()): with zero, the "
		       "address becomes zero, and LoadImage() returns EFI_INVALID_PARAMETER. Other "
		       "values that are no power of two misplace the image. U-Boot's bootefi finds "
		       "no memory for zero. shim takes FileAlignment if that is larger, and 4096 "
		       "instead of zero.",
	},
	{
		.name = "pe-file-alignment",
		.severity = SEVERITY_WARNING,
		.parts = PART_PE,
		.breaks = CONSUMER(SHIM),
		.run = check_file_alignment,
		.why = "FileAlignment is a power of two. EDK2 does not read it; shim refuses odd "
		       "numbers (read_header()); signing tools round sizes up to it.",
	},
	{
		.name = "pe-relocations-stripped",
		.severity = SEVERITY_ERROR,
		.parts = PART_PE,
		.breaks = LOAD_IMAGE_ANY | CONSUMER(SHIM),
		.run = check_stripped,
		.why = "An image without relocations that needs some is marked by RELOCS_STRIPPED: "
		       "firmware then loads it at ImageBase or not at all (CoreLoadPeImage()), and "
		       "shim never loads it. An image that runs anywhere has no relocations and no "
		       "such flag.",
	},
	{
		.name = "pe-image-base",
		.severity = SEVERITY_NOTE,
		.kinds = KERNELS,
		.parts = PART_PE,
		.run = check_image_base,
		.why = "Firmware and shim load an image anywhere and do not read ImageBase. "
		       "stubble refuses a .linux with a section whose address is less than "
		       "ImageBase. Linux 6.1 and later have zero.",
	},
	{
		.name = "pe-machine-sbsign",
		.severity = SEVERITY_NOTE,
		.parts = PART_PE,
		.breaks = CONSUMER(SBSIGN),
		.run = check_sbsign_machine,
		.why = "sbsign and sbverify 0.9.4 refuse images for loong64 (\"Invalid PE "
		       "header magic\"). pesign and osslsigncode sign them.",
	},
	{
		.name = "pe-checksum",
		.severity = SEVERITY_NOTE,
		.parts = PART_AUTHENTICODE,
		.run = check_checksum,
		.why = "CheckSum is neither 0, which means none, nor the sum of the file. EFI "
		       "programs do not check it, and signing tools write it again. It shows that "
		       "the file was changed after its link.",
	},
	{
		.name = "pe-timestamp",
		.severity = SEVERITY_NOTE,
		.parts = PART_PE,
		.run = check_timestamp,
		.why = "TimeDateStamp is the time of the build, so two builds of the same sources "
		       "differ, and so do their digests, which db, dbx and PCR 4 have. ld "
		       "--no-insert-timestamp and SOURCE_DATE_EPOCH prevent it.",
	},
	{ 0 },
};
