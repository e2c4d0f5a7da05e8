/* SPDX-License-Identifier: BSD-2-Clause */
#include "pe_section.h"

int pe_section_bytes(struct bzb_span image, const struct bzb_pe_section *section,
		     struct bzb_span *ret)
{
	uint32_t size = section->raw_size;

	if (section->virtual_size && section->virtual_size < size)
		size = section->virtual_size;
	return bzb_slice(image, size ? section->raw_offset : 0, size, ret);
}

int pe_section_find(struct bzb_span image, const char *name, struct bzb_span *ret)
{
	struct bzb_pe_section section;
	struct bzb_pe pe;
	int err;

	if ((err = bzb_pe_parse(image, &pe)) || (err = bzb_pe_find_section(&pe, name, &section)))
		return err;
	return pe_section_bytes(image, &section, ret);
}
