/* SPDX-License-Identifier: BSD-2-Clause */
/* Fields of PE headers that struct bzb_pe does not keep, and their places in the file. */
#ifndef PACKER_PE_FIELDS_H
#define PACKER_PE_FIELDS_H

#include "check.h"

struct pe_fields {
	struct bzb_pe_coff_header coff;
	struct bzb_pe_optional_header optional; /* PE32: right from section_alignment up to
						   dll_characteristics */
	size_t coff_offset, optional_offset;	/* in the file */
	size_t directories_offset;
};

/**
 * pe_fields_read() - read the headers, also those that bzb_pe_parse() refuses
 * @file: the whole file, whose PE signature is there
 * @ret: the fields; untouched on error
 *
 * returns: 0, or -1 if the headers go past the end
 */
int pe_fields_read(struct bzb_span file, struct pe_fields *ret);

/**
 * pe_fields_parsed() - read the headers of a parsed image
 * @pe: as parsed
 *
 * returns: the fields
 */
struct pe_fields pe_fields_parsed(const struct bzb_pe *pe);

/* Where a field of the headers is: an argument for found(). @struct_name: coff or optional */
#define PE_FIELD(fields, name, value, header, member)                                              \
	FIELD_AT(name, value,                                                                      \
		 (fields)->header##_offset + offsetof(struct bzb_pe_##header##_header, member))

/* A data directory; zeros if there are not as many */
struct pe_directory {
	uint32_t address, size;
	size_t offset; /* in the file; of the address */
};

/**
 * pe_fields_directory() - read a data directory
 * @pe: as parsed
 * @index: from 0
 *
 * returns: the directory
 */
struct pe_directory pe_fields_directory(const struct bzb_pe *pe, unsigned int index);

/**
 * pe_fields_section() - where a field of a section header is
 * @pe: as parsed
 * @index: of the section
 * @field: its name
 * @value: of it
 * @member: its offset in the header
 *
 * returns: an argument for found()
 */
struct where pe_fields_section(const struct bzb_pe *pe, unsigned int index, const char *field,
			       uint64_t value, size_t member);

#define PE_SECTION(pe, index, name, value, member)                                                 \
	pe_fields_section(pe, index, name, value, offsetof(struct bzb_pe_section_header, member))

/* A section, and its place in the table */
struct pe_entry {
	struct bzb_pe_section section; /* whose name is printable */
	unsigned int index;
};

/**
 * pe_fields_section_at() - read a section header
 * @pe: as parsed
 * @index: 0 to pe->sections - 1
 *
 * returns: the section, with "?" for each byte of its name that is not printable
 */
struct bzb_pe_section pe_fields_section_at(const struct bzb_pe *pe, unsigned int index);

/**
 * pe_fields_memory_size() - the bytes of memory that a section takes
 * @section: any
 *
 * returns: VirtualSize, or SizeOfRawData if that is zero, as EDK2's PeCoffLoaderLoadImage() has it
 */
uint32_t pe_fields_memory_size(const struct bzb_pe_section *section);

/**
 * pe_fields_is_kernel() - whether a unified kernel image may have the file as its .linux
 * @subject: a file with PART_PE
 */
bool pe_fields_is_kernel(const struct subject *subject);

/* The consumers that load a PE image by the firmware's LoadImage() */
#define LOAD_IMAGE ((EFI_LOADERS & ~CONSUMER(SHIM)) | CONSUMER(SD_STUB))

/* All that fail for some files if LoadImage() refuses them: pe_fields_load_image() */
#define LOAD_IMAGE_ANY                                                                            \
	(LOAD_IMAGE | CONSUMER(GRUB_EFI) | CONSUMER(GRUB_UKI) | CONSUMER(IPXE) | CONSUMER(QEMU))

/* The status with which LoadImage() of EDK2 refuses a file */
enum load_status { LOAD_UNSUPPORTED, LOAD_OTHER_ERROR };

/**
 * pe_fields_load_image() - the consumers that fail if LoadImage() refuses a file
 * @subject: the file
 * @status: why
 *
 * returns: LOAD_IMAGE, and those that have no other way to start the file. OVMF reads the setup
 * header of a bzImage if the status is EFI_UNSUPPORTED (QemuLoadKernelImage()); iPXE on a BIOS
 * reads nothing else. GRUB calls LoadImage() on other machines than x86-64.
 */
consumer_set pe_fields_load_image(const struct subject *subject, enum load_status status);

/**
 * pe_fields_u_boot() - U-Boot, if its bootefi is the only way by which it can start a file
 * @subject: the file
 *
 * Its LoadImage() compares less than EDK2's: lib/efi_loader/efi_image_loader.c, efi_load_pe().
 *
 * returns: a set, which is empty for a bzImage
 */
consumer_set pe_fields_u_boot(const struct subject *subject);

#endif
