/* SPDX-License-Identifier: BSD-2-Clause */
#include "pe_fields.h"

#include <ctype.h>
#include <string.h>

#include <bzboot/bzboot.h>

/* The bytes of the optional header before the data directories, in PE32 */
#define PE32_OPTIONAL_SIZE 96u

int pe_fields_read(struct bzb_span file, struct pe_fields *ret)
{
	struct pe_fields fields = { 0 };
	struct bzb_span bytes;
	size_t size;

	if (bzb_slice(file, BZB_PE_LFANEW, 4, &bytes))
		return -1;
	fields.coff_offset = bzb_get32(bytes.data);
	if (bzb_slice(file, fields.coff_offset, sizeof(fields.coff), &bytes))
		return -1;
	memcpy(&fields.coff, bytes.data, sizeof(fields.coff));
	fields.optional_offset = fields.coff_offset + sizeof(fields.coff);
	if (bzb_slice(file, fields.optional_offset, PE32_OPTIONAL_SIZE, &bytes))
		return -1;
	size = bzb_get16(bytes.data) == BZB_PE_MAGIC_PE32 ? PE32_OPTIONAL_SIZE :
							    sizeof(fields.optional);
	if (bzb_slice(file, fields.optional_offset, size, &bytes))
		return -1;
	memcpy(&fields.optional, bytes.data, size);
	fields.directories_offset = fields.optional_offset + size;
	*ret = fields;
	return 0;
}

struct pe_fields pe_fields_parsed(const struct bzb_pe *pe)
{
	struct pe_fields fields = { 0 };

	pe_fields_read(pe->file, &fields);
	return fields;
}

struct pe_directory pe_fields_directory(const struct bzb_pe *pe, unsigned int index)
{
	const struct pe_fields fields = pe_fields_parsed(pe);
	struct pe_directory directory = { 0 };
	struct bzb_pe_data_directory raw;

	if (index >= pe->directories)
		return directory;
	directory.offset = fields.directories_offset + index * sizeof(raw);
	memcpy(&raw, pe->file.data + directory.offset, sizeof(raw));
	directory.address = bzb_ld32(raw.virtual_address);
	directory.size = bzb_ld32(raw.size);
	return directory;
}

struct where pe_fields_section(const struct bzb_pe *pe, unsigned int index, const char *field,
			       uint64_t value, size_t member)
{
	return FIELD_AT(field, value,
			pe->section_table + index * sizeof(struct bzb_pe_section_header) + member);
}

struct bzb_pe_section pe_fields_section_at(const struct bzb_pe *pe, unsigned int index)
{
	struct bzb_pe_section section = bzb_pe_section(pe, index);

	for (char *c = section.name; *c; c++)
		if (!isprint((unsigned char)*c))
			*c = '?';
	return section;
}

uint32_t pe_fields_memory_size(const struct bzb_pe_section *section)
{
	return section->virtual_size ? section->virtual_size : section->raw_size;
}

bool pe_fields_is_kernel(const struct subject *subject)
{
	struct bzb_pe_section section;

	return (subject->kinds & (BZB_IS_BZIMAGE | BZB_IS_ZBOOT)) &&
	       (subject->is_inner || bzb_pe_find_section(&subject->pe, ".linux", &section));
}

consumer_set pe_fields_load_image(const struct subject *subject, enum load_status status)
{
	bool is_bzimage = subject->kinds & BZB_IS_BZIMAGE;
	consumer_set set = LOAD_IMAGE;

	if (subject->kinds & BZB_IS_UKI)
		set |= CONSUMER(GRUB_UKI);
	if (!is_bzimage)
		set |= CONSUMER(IPXE);
	if (consumer_machine(subject->machine) & ON_APPLICATIONS)
		set |= CONSUMER(GRUB_EFI);
	if (!is_bzimage || status != LOAD_UNSUPPORTED)
		set |= CONSUMER(QEMU);
	return set;
}

consumer_set pe_fields_u_boot(const struct subject *subject)
{
	return subject->kinds & BZB_IS_BZIMAGE ? 0 : CONSUMER(U_BOOT);
}
